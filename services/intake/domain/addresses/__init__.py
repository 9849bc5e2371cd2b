"""Addresses as people say them: read into parts, compared part by part, never guessed."""

from __future__ import annotations

from services.intake.domain.addresses.likeness import Likeness, compare
from services.intake.domain.addresses.parsing import Address, read_address
from services.intake.domain.addresses.villages import Village, find_places, names_in

__all__ = ["Address", "Likeness", "Village", "compare", "find_places", "names_in", "read_address"]
