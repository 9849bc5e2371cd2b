"""Promises, clocks, indicators: what sla must make of what it hears."""
