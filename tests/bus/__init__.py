"""The bus: one contract, held by every bus there is."""
