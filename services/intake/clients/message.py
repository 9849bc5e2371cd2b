"""What every way out has in common."""

from __future__ import annotations

from typing import Protocol

from services.intake.domain.delivery import Message, Sent

TIMEOUT_SECONDS = 5.0
"""A stranger that does not answer by then has failed this time."""


class Sender(Protocol):
    """One way to a person."""

    async def send(self, message: Message) -> Sent:
        """Try once; whatever goes wrong is said in the outcome, and nothing is raised."""
        ...
