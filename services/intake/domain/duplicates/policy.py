"""How far recognition goes: policy data, versioned like every policy (`duplicates` in intake's policies)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicatePolicy:
    """`same_outage_within`: how old an outage may be that other customers are joined to (dispatch's own limit).

    `same_customer_within`: how old a customer's own open order may be. A caller's contacts belong together while no
    pause between them is longer than `pause`; the `alert_on`-th of them alerts the supervisor (case C2).
    """

    is_enabled: bool = True
    same_outage_within: timedelta = timedelta(hours=24)
    same_customer_within: timedelta = timedelta(days=7)
    pause: timedelta = timedelta(days=30)
    alert_on: int = 3

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Self:
        """Read what stands in the books: hours and days as whole numbers."""
        return cls(
            is_enabled=value["is_enabled"],
            same_outage_within=timedelta(hours=value["same_outage_hours"]),
            same_customer_within=timedelta(days=value["same_customer_days"]),
            pause=timedelta(days=value["pause_days"]),
            alert_on=value["alert_on"],
        )

    def write(self) -> dict[str, Any]:
        """Write it as it stands in the books."""
        return {
            "is_enabled": self.is_enabled,
            "same_outage_hours": self.same_outage_within // timedelta(hours=1),
            "same_customer_days": self.same_customer_within // timedelta(days=1),
            "pause_days": self.pause // timedelta(days=1),
            "alert_on": self.alert_on,
        }
