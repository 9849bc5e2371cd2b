"""`python -m services.cli` is `relight` where nothing is installed."""

from __future__ import annotations

from services.cli import main

main()
