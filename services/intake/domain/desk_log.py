"""What stands at the desk besides orders (calls, service requests): each has a log that is only ever added to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.aggregate import Aggregate


@dataclass(frozen=True, slots=True)
class LogLine:
    """One thing that happened."""

    kind: str
    occurred_at: datetime
    actor: str
    data: dict[str, Any]


@dataclass(kw_only=True, eq=False)
class DeskSubject(Aggregate):
    """A thing with a log; its rules call `log` once everything is checked."""

    logged: list[LogLine] = field(default_factory=list, repr=False)

    def log(self, kind: str, *, occurred_at: datetime, actor: str, **data: Any) -> None:
        """Note what happened; never a name, phone or address in `data`."""
        said = {name: str(value) for name, value in data.items() if value is not None}
        self.logged.append(LogLine(kind, occurred_at, actor, said))

    def take_logged(self) -> list[LogLine]:
        """Hand over the lines that are not written yet, once."""
        logged, self.logged = self.logged, []
        return logged
