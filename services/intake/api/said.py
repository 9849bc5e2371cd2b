"""What is asked and told while an order is taken, as it is sent to us; receiving and the later steps share it."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from services.intake.domain.taking import Notices, PhoneOutcome, PhoneResolution, Told
from services.intake.domain.triage import QUESTIONS, Said, Triage
from shared.web import Moment, Strict

WRITTEN = r"^[^\x00]*$"
"""Anything but NUL, which PostgreSQL cannot keep in text."""

PHONE = r"^\+?[0-9][0-9 -]{4,19}$"

CODE = r"^[A-Za-z0-9_.-]{1,40}$"

TAKING = frozenset({"subtype", "language", "call_id", "triage", "is_held", "phone_resolution", "notices"})
"""The fields of an order that say how it was taken."""


def _language() -> Any:
    return Field(
        None,
        min_length=1,
        max_length=40,
        pattern=WRITTEN,
        description="The language or dialect that the caller would rather speak (003-013).",
        examples=["普通话", "闽南话"],
    )


LANGUAGE = _language()


class TriageBody(Strict):
    """What the caller said when asked; what was not asked stays unknown."""

    do_neighbours_have_power: Said = Said.UNKNOWN
    is_breaker_tripped: Said = Said.UNKNOWN
    is_fuse_blown: Said = Said.UNKNOWN
    is_danger_seen: Said = Said.UNKNOWN

    def say(self) -> Triage:
        """Say it in the domain's words."""
        return Triage(**{name: getattr(self, name) for name in QUESTIONS})


class PhoneResolutionBody(Strict):
    """How the caller was helped without a crew."""

    outcome: PhoneOutcome
    guidance: str = Field(min_length=1, max_length=2000, pattern=WRITTEN, examples=["指导客户合上跳闸的总开关"])
    resolved_at: Moment | None = Field(None, description="When, if earlier than now.")
    referral_code: str | None = Field(None, pattern=CODE, description="The repair team that was named (003-029).")

    def say(self) -> PhoneResolution:
        """Say it in the domain's words."""
        return PhoneResolution(**dict(self))


class NoticesBody(Strict):
    """What the caller was told, all at once (002-007)."""

    told: list[Told] = Field(default_factory=list, max_length=len(Told))
    price_code: str | None = Field(None, pattern=CODE, description="The line of the price list read out (003-030).")
    referral_code: str | None = Field(None, pattern=CODE, description="The repair team that was named (003-029).")

    def say(self) -> Notices:
        """Say it in the domain's words."""
        named = dict(self)
        return Notices(**named | {"told": frozenset(self.told)})
