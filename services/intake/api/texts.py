"""What people wrote, as it is shown to whoever rings nobody: no phone number in it, wherever it stands."""

from __future__ import annotations

from typing import TypeVar

from shared.telemetry import mask_text

NO_TEXT = ("_id", "_ids", "_at", "_no", "_code", "_by")
"""How the names of ids, times, numbers, codes and staff end: nobody writes into those."""

T = TypeVar("T")


def hide_numbers(value: T, name: str = "") -> T:
    """Return `value` with the phone numbers hidden in every text of it, however deep; `name` is the field it is of."""
    hidden: object = value
    if isinstance(value, str):
        hidden = value if f"_{name}".endswith(NO_TEXT) else mask_text(value)
    elif isinstance(value, dict):
        hidden = {key: hide_numbers(item, key) for key, item in value.items()}
    elif isinstance(value, list):
        hidden = [hide_numbers(item, name) for item in value]
    return hidden  # type: ignore[return-value]
