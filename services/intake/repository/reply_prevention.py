"""Past returns, each with the reply that came back and what was known of its order then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.intake.repository.visibility import visible_sql
from shared.auth import Actor
from shared.db import Session

Key = tuple[datetime, UUID, str]
"""Where a page of returns ends: when, which order, which level."""

# The reply of a repair stands on the timeline: the order begins its next round without it.
_RETURNS = """
SELECT r.order_id, r.level, r.round, r.reason_code, r.returned_at, o.order_no, o.business_type, o.content,
       o.received_at, t.answer_by, reply.*, repaired.data AS repaired, files.attachments, tried.contact_count,
       tried.reached_count,
       ARRAY(SELECT e.result_text FROM intake.replies e
             WHERE e.order_id = r.order_id AND e.round < r.round ORDER BY e.id) AS previous_texts
FROM intake.returns r
JOIN intake.orders o ON o.id = r.order_id
LEFT JOIN intake.takings t ON t.order_id = r.order_id
LEFT JOIN LATERAL (
    SELECT p.drafted_at, p.handling_time, p.course, p.basis, p.plan, p.customer_opinion, p.handlers, p.result_text,
           p.is_substantiated, p.company_liable
    FROM intake.replies p
    WHERE p.order_id = r.order_id AND p.round = r.round AND p.recorded_at <= r.recorded_at
    ORDER BY p.id DESC LIMIT 1
) reply ON true
LEFT JOIN LATERAL (
    SELECT jsonb_set(l.data, '{{occurred_at}}', to_jsonb(l.occurred_at)) AS data
    FROM intake.timeline l
    WHERE l.order_id = r.order_id AND l.kind = 'repair-replied' AND l.occurred_at <= r.returned_at
    ORDER BY l.occurred_at DESC LIMIT 1
) repaired ON o.business_type = 'fault_repair'
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array(a.kind, a.is_third_party, a.size_bytes)) AS attachments
    FROM intake.attachments a WHERE a.order_id = r.order_id AND a.recorded_at <= r.recorded_at
) files ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS contact_count, count(*) FILTER (WHERE c.is_reached) AS reached_count
    FROM intake.contacts c
    WHERE c.order_id = r.order_id AND c.round = r.round AND c.recorded_at <= r.recorded_at
) tried ON true
WHERE r.returned_at >= :since AND r.returned_at < :until AND {visible}
  AND (r.returned_at, r.order_id, r.level) > (:after_time, :after_order, :after_level)
ORDER BY r.returned_at, r.order_id, r.level LIMIT :most
"""


async def list_returns(
    session: Session, *, since: datetime, until: datetime, after: Key, most: int, actor: Actor
) -> Sequence[Mapping[str, Any]]:
    """Return the returns of `[since, until)` after `after`, oldest first; those of orders hidden from `actor` not."""
    statement = text(_RETURNS.format(visible=visible_sql(actor, alias="o")))
    place = {"after_time": after[0], "after_order": after[1], "after_level": after[2]}
    period = {"since": since, "until": until, "most": most}
    rows: Sequence[Any] = (await session.execute(statement, {**period, **place})).mappings().all()
    return rows
