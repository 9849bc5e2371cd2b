"""How long before an outage it must be public, as the policy in force says."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from services.intake.domain.notices.lead import NoticeLead
from services.intake.tables import policies
from shared.db import Session

OUTAGE_NOTICE_LEAD = "outage_notice_lead"


async def read_lead(session: Session) -> NoticeLead:
    """Return the lead times that hold now."""
    statement = (
        select(policies.c.value)
        .where(policies.c.name == OUTAGE_NOTICE_LEAD, policies.c.valid_from <= session.now)
        .order_by(policies.c.valid_from.desc())
        .limit(1)
    )
    value = (await session.execute(statement)).scalar_one()
    return NoticeLead(
        planned=timedelta(hours=value["planned_hours"]),
        temporary=timedelta(hours=value["temporary_hours"]),
        is_whole_days=value["is_whole_days"],
    )
