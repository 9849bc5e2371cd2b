"""How a department handles what is no repair (lifecycles 3.2): one file a concept, all of them about a `Handling`."""

from __future__ import annotations

from services.intake.domain.handling.record import Handling

__all__ = ["Handling"]
