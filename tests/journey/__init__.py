"""One order's whole way, as strangers see it, through real processes."""
