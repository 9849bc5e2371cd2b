"""What Relight is compared with: the database alone, a plain endpoint, and an endpoint that does nothing."""
