"""The ways out of intake: how a notification reaches a person."""
