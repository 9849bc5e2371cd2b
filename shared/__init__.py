"""What every service stands on: events, the bus, the doors. Nothing here knows a service."""
