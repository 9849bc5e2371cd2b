"""What a transition table is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.intake.domain.lifecycle.words import Action, Status


@dataclass(frozen=True)
class Transition:
    """What one action does: from each status in which it is legal, the status to which it leads (perhaps the same)."""

    leads: Mapping[Status, Status]

    @property
    def sources(self) -> frozenset[Status]:
        """Where the action is legal."""
        return frozenset(self.leads)

    @property
    def targets(self) -> frozenset[Status]:
        """Where the action may lead."""
        return frozenset(self.leads.values())

    def staying(self, *statuses: Status) -> Transition:
        """Return the same, legal also in `statuses`, which it does not change."""
        return Transition({**self.leads, **{status: status for status in statuses}})


Lifecycle = Mapping[Action, Transition]
"""One life: every action that there is in it, in the order in which they are offered."""


def leading(*sources: Status, to: Status) -> Transition:
    """From any of `sources` to `to`."""
    return Transition(dict.fromkeys(sources, to))


def staying(*statuses: Status) -> Transition:
    """Legal in `statuses`, and moves nothing."""
    return Transition({}).staying(*statuses)
