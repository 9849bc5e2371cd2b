"""Promises, clocks, verdicts and indicators: pure rules over facts. Nothing here reads a clock, a setting or a database."""
