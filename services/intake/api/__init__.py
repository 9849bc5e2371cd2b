"""The HTTP door of intake, one file a concept."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from services.intake.api import (
    alerts,
    amendments,
    attachments,
    calls,
    customers,
    department_calls,
    desk,
    duplicates,
    forms,
    handling,
    handovers,
    knowledge,
    known_outages,
    load_shedding,
    matters,
    misconduct,
    notices,
    notifications,
    orders,
    platform_messages,
    policies,
    reply_quality,
    report_box,
    responsibility,
    search,
    service_requests,
    shifts,
    supervisions,
    switching,
    taking,
    taking_policies,
    upstream,
    upstream_matters,
    views,
)
from services.intake.api.guard import hide_restricted
from shared.web import add_routes

UNGUARDED = (orders, upstream, upstream_matters, taking)
"""Nothing there names an order by our own id; what is received by the thousand pays for no guard. Taking has one of its
own: who took a misconduct report may still read its answer day out.
"""

GUARDED = (
    handling,
    amendments,
    search,
    platform_messages,
    views,
    desk,
    customers,
    taking_policies,
    forms,
    calls,
    service_requests,
    report_box,
    duplicates,
    policies,
    known_outages,
    notices,
    switching,
    load_shedding,
    knowledge,
    alerts,
    department_calls,
    handovers,
    matters,
    misconduct,
    notifications,
    responsibility,
    shifts,
    supervisions,
    attachments,
    reply_quality,
)
"""Whatever names an order in its path."""

router = APIRouter()
add_routes(router, (part.router for part in UNGUARDED))
add_routes(router, (part.router for part in GUARDED), dependencies=[Depends(hide_restricted)])
