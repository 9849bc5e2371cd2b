"""What it means for an order to be linked, and how one becomes a consultation (lifecycles 3.1, row 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.intake.domain.duplicates.progress import tell_progress
from services.intake.domain.duplicates.recognition import Basis, LinkKind, Match
from services.intake.domain.duplicates.report import Report
from services.intake.domain.lifecycle import Action
from services.intake.domain.order import Order
from shared.errors import Text
from shared.events.intake.duplicates import OrderLinked


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An order beside the one that it is about. `call_count`: so many calls about one matter, this one included."""

    kind: LinkKind
    lead: Report
    basis: Basis
    call_count: int
    told: Text


def make_link(match: Match, *, call_count: int) -> Link:
    """Return the link of a match, with what its caller is told (003-026, 003-027)."""
    return Link(
        kind=match.kind, lead=match.lead, basis=match.basis, call_count=call_count, told=tell_progress(match.lead)
    )


def link_as_consultation(order: Order, link: Link, *, at: datetime, by: str, reason: str | None = None) -> None:
    """Let an order be a consultation beside the one it is about: answered on the call, nobody sent, no repair.

    Raises Conflict (`order.transition_illegal`) where the life cycle does not allow it.
    """
    order.move(Action.LINK_AS_CONSULTATION)
    order.merged_at = at
    order.main_order_id = link.lead.id
    event = OrderLinked(
        order_id=order.id,
        lead_order_id=link.lead.id,
        kind=link.kind,
        basis=link.basis,
        linked_at=at,
        call_count=link.call_count,
    )
    more = {"reason": reason} if reason else {}
    order.say(event, occurred_at=at, actor=by, told=link.told.zh, **more)
