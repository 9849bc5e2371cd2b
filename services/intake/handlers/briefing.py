"""What the agent reads out for an order: read-only, from the order, what it follows, the promises and the lists."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.intake.domain.briefing import Known
from services.intake.domain.completeness import find_gaps
from services.intake.domain.order import Order
from services.intake.domain.triage import judge
from services.intake.handlers.taking import answer_by, check_may_see
from services.intake.repository import lists, takings
from services.intake.repository.notices import find_notice_for
from services.intake.repository.orders import read_order
from services.intake.repository.taking_policies import read_policies
from shared.auth import Actor
from shared.db import Session
from shared.errors import Text
from shared.glossary import BusinessType

NAMES = {"working_days", "price_list", "referral_list"}


async def read_briefing(session: Session, order_id: UUID, *, now: datetime, actor: Actor) -> Known:
    """Gather what is known of an order for its briefing; raises NotFound.

    Who took a misconduct report may still read its answer day out: nothing here says who reported what.
    """
    order = read_order(await lists.get_row(session, order_id))
    await check_may_see(session, order, actor)
    leading = read_order(await lists.get_row(session, order.main_order_id)) if order.main_order_id else order
    taking = takings.read_taking(await takings.find_taking(session, order_id))
    policies = await read_policies(session, NAMES, at=now)
    then = await read_policies(session, {"answer_days"}, at=order.received_at)
    return Known(
        order=order,
        leading=leading,
        taking=taking,
        verdict=judge(order.outage_scope, taking.triage),
        answer_by=answer_by(
            leading if leading.business_type is BusinessType.FAULT_REPAIR else order,
            taking.subtype,
            then.answer_days,
            policies.holidays,
        ),
        holidays=policies.holidays,
        prices=policies.prices,
        teams=policies.teams,
        gaps=find_gaps(order, taking),
        notice=await _find_notice(session, order),
    )


async def _find_notice(session: Session, order: Order) -> Text | None:
    """Return what is announced for the place and time of a fault (issue 3, point 8)."""
    if order.business_type is not BusinessType.FAULT_REPAIR:
        return None
    brief = await find_notice_for(
        session, transformer_area=order.transformer_area, feeder=order.feeder, at=order.reported_at
    )
    return brief.text if brief else None
