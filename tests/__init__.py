"""Every test of Relight; `tests/conftest.py` holds what they stand on."""
