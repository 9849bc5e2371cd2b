"""What every service stands on, proven on the real thing."""
