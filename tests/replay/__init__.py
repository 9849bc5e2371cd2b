"""Real outages through real processes, against figures that were counted another way."""
