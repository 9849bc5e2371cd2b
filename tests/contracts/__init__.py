"""What others build against stays as it was promised: events, AsyncAPI."""
