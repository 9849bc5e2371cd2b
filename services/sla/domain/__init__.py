"""Promises, clocks, verdicts and indicators: pure rules over facts. No clock, setting or database is read here."""
