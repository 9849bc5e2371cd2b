"""From the draft to its submission; nothing leaves the city that the quality check would see returned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.domain.handling import Handling, replies, reviews
from services.intake.domain.handling.replies import Reply
from services.intake.domain.handling.reviews import Review
from services.intake.domain.handling.words import ReviewLevel, ReviewSubject, Verdict
from services.intake.domain.lifecycle import Action
from services.intake.domain.order import Order
from services.intake.domain.reply_quality import Finding, ReplyDraft
from services.intake.handlers.handling.opening import open_handling, save
from services.intake.handlers.reply_quality import check_for
from services.intake.repository import handlings
from shared.auth import Actor
from shared.db import Session
from shared.errors import BadField, bad_field
from shared.glossary import BusinessType, Satisfaction


@dataclass(frozen=True)
class Drafted:
    """A version of the reply that stands, with what it still lacks and what the quality check says of it."""

    order: Order
    gaps: Sequence[BadField]
    findings: Sequence[Finding]


async def draft_reply(session: Session, order_id: UUID, reply: Reply, *, now: datetime, actor: Actor) -> Drafted:
    """Keep a version of the reply; what is wrong with it is told, and stops its review, not its keeping."""
    order, handling = await open_handling(session, order_id, actor)
    replies.draft(order, handling, reply, by=actor.id, now=now)
    await handlings.add_reply(session, order, reply, by=actor.id)
    save(session, order, handling)
    findings = await _check(session, order, reply, frozenset(), now=now)
    return Drafted(order, replies.find_gaps(order, handling, reply), findings)


async def review_reply(
    session: Session,
    order_id: UUID,
    *,
    ticked: frozenset[str],
    probed: Satisfaction | None,
    note: str | None,
    at: datetime | None,
    now: datetime,
    actor: Actor,
) -> Order:
    """The city's reviewer lets it pass; raises Conflict naming every finding that stands against it."""
    order, handling = await open_handling(session, order_id, actor)
    if not order.can(Action.CITY_REVIEW):
        order.move(Action.CITY_REVIEW)
    reply, findings = await _require_fit(session, order, handling, ticked, now=now)
    reviews.review(order, handling, probed=probed, note=note, at=at or now, by=actor.id, now=now)
    replies.adopt(handling, reply)
    passed = Review(
        subject=ReviewSubject.REPLY, verdict=Verdict.APPROVED, reviewed_at=handling.city_reviewed_at or now, reason=note
    )
    noted = [{"code": f.code, "severity": str(f.severity), "field": str(f.field)} for f in findings]
    await _keep_verdict(
        session, order, handling, passed, findings={"findings": noted, "ticked": sorted(ticked)}, by=actor.id
    )
    save(session, order, handling)
    return order


async def rework(
    session: Session, order: Order, reason: str, *, at: datetime | None, now: datetime, actor: Actor
) -> Order:
    """The city takes its review back: the unit writes again; counts in no rate."""
    order, handling = await open_handling(session, order.id, actor)
    at = at or now
    reviews.rework(order, handling, reason, at=at, by=actor.id, now=now)
    sent_back = Review(subject=ReviewSubject.REPLY, verdict=Verdict.RETURNED, reviewed_at=at, reason=reason)
    await _keep_verdict(session, order, handling, sent_back, findings=None, by=actor.id)
    save(session, order, handling)
    return order


async def submit(session: Session, order_id: UUID, *, at: datetime | None, now: datetime, actor: Actor) -> Order:
    """The reply leaves the city: to the province, or to our own callback desk; checked once more before."""
    order, handling = await open_handling(session, order_id, actor)
    action = Action.SUBMIT if order.is_national else Action.SEND
    if not order.can(action):
        order.move(action)
    if order.business_type is not BusinessType.PRAISE:
        await _require_fit(session, order, handling, await _ticked(session, order), now=now)
    reviews.submit(order, handling, at=at or now, by=actor.id, now=now)
    save(session, order, handling)
    return order


async def _require_fit(
    session: Session, order: Order, handling: Handling, ticked: frozenset[str], *, now: datetime
) -> tuple[Reply, Sequence[Finding]]:
    reviews.check_fit(handling, ())
    reply = await handlings.get_reply(session, handling.reply_id)  # type: ignore[arg-type] # check_fit saw to it
    findings = await _check(session, order, reply, ticked, now=now)
    wrong = [*replies.find_gaps(order, handling, reply), *(_named(f) for f in findings if f.is_blocking)]
    reviews.check_fit(handling, wrong)
    return reply, findings


async def _check(
    session: Session, order: Order, reply: Reply, ticked: frozenset[str], *, now: datetime
) -> Sequence[Finding]:
    draft = ReplyDraft(
        business_type=order.business_type,
        now=now,
        handling_time=reply.handling_time,
        course=reply.course,
        basis=reply.basis,
        plan=reply.plan,
        customer_opinion=reply.customer_opinion,
        handlers=reply.handlers,
        result_text=reply.result_text,
        is_substantiated=reply.is_substantiated,
        company_liable=reply.company_liable,
        ticked_claims=ticked,
    )
    return (await check_for(session, order, draft)).findings


async def _ticked(session: Session, order: Order) -> frozenset[str]:
    """Return what the city's reviewer ticked in this round."""
    noted: Any = await handlings.find_last_city_findings(session, order)
    return frozenset(noted["ticked"]) if noted else frozenset()


def _named(finding: Finding) -> BadField:
    zh, en = f"{finding.message.zh}；{finding.mend.zh}", f"{finding.message.en}; {finding.mend.en}"
    return bad_field(str(finding.field), f"reply.{finding.code}", zh, en)


async def _keep_verdict(
    session: Session, order: Order, handling: Handling, made: Review, *, findings: dict[str, Any] | None, by: str
) -> None:
    await handlings.add_review(
        session,
        order,
        made,
        level=ReviewLevel.CITY,
        looked_at=order.round,
        reply_id=handling.reply_id,
        findings=findings,
        by=by,
    )
