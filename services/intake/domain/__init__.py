"""Orders, their rules and their life: pure, no I/O, no clock, no ids, no settings."""
