"""How an answer says that an order is about something known, or that its place has to be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.intake.domain.addresses import Village
from services.intake.domain.duplicates import Basis, Link, LinkKind
from services.intake.domain.lifecycle import Status
from services.intake.handlers.places import as_choices
from shared.web import Answer


class LinkedAnswer(Answer):
    """What a call is about that was known already, and what its caller is told (003-025 to 003-027)."""

    kind: LinkKind = Field(description="consultation: nobody is sent; child: it follows; urge: no new order.")
    order_id: UUID = Field(description="The order that it is about.")
    order_no: str
    status: Status = Field(description="Where that order's outage stands.")
    estimated_restoration_at: datetime | None = Field(None, description="When light is expected back, if known.")
    call_count: int = Field(description="So many calls about it, this one included.")
    basis: Basis = Field(description="By what it was recognised.")
    tell: str = Field(description="What to read out, in Chinese.")
    tell_en: str = Field(description="The same in English.")


class PlaceChoice(Answer):
    """One place that an address may mean: ask the caller, and write the town into the address."""

    county: str
    town: str
    village: str


def answer_link(link: Link | None) -> LinkedAnswer | None:
    """Say what an order is about, if it is about something known."""
    if link is None:
        return None
    return LinkedAnswer(
        kind=link.kind,
        order_id=link.lead.id,
        order_no=link.lead.order_no,
        status=link.lead.main_status,
        estimated_restoration_at=link.lead.estimated_restoration_at,
        call_count=link.call_count,
        basis=link.basis,
        tell=link.told.zh,
        tell_en=link.told.en,
    )


def answer_choices(places: Sequence[Village]) -> list[PlaceChoice] | None:
    """Say which places an address may mean, if several."""
    return [PlaceChoice(**choice) for choice in as_choices(places)] or None
