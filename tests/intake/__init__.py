"""Intake: orders in, through the field, out to the customer and into the archive."""
