"""What survives when the whole installation is killed at any moment."""
