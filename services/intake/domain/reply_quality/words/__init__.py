"""The word lists of the quality check: data with versions, each in force from its day on (package data, JSON)."""
