"""From the draft to its submission; nothing leaves the city that the quality check would see returned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.domain.handling import Handling, replies, reviews
from services.intake.domain.handling.replies import Reply
from services.intake.domain.handling.reviews import Review
from services.intake.domain.handling.words import ReviewLevel, ReviewSubject, Verdict
from services.intake.domain.lifecycle import Action, Status
from services.intake.domain.order import Order
from services.intake.domain.reply_quality import DraftAttachment, Finding, ReplyDraft, find_findings
from services.intake.handlers.handling.opening import open_handling, save
from services.intake.handlers.reply_quality import check_for, check_many
from services.intake.repository import attachments, handlings
from services.intake.repository.reply_words import get_lists
from shared.auth import Actor
from shared.db import Session
from shared.errors import BadField, Conflict, bad_field
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


async def submit(
    session: Session,
    order_id: UUID,
    *,
    at: datetime | None,
    now: datetime,
    actor: Actor,
    unfit: Mapping[UUID, Conflict] | None = None,
) -> Order:
    """The reply leaves the city: to the province, or to our own callback desk; checked once more before.

    `unfit`: what `find_unfit` said of the set that it is sent with; without it the reply is looked at by itself.
    """
    order, handling = await open_handling(session, order_id, actor)
    if not _can_leave(order):
        order.move(_leaving(order))
    if order.business_type is not BusinessType.PRAISE:
        reviews.check_fit(handling, ())
    refused = await _find_unfit_handled(session, [order], now=now) if unfit is None else unfit
    if order_id in refused:
        raise refused[order_id]
    reviews.submit(order, handling, at=at or now, by=actor.id, now=now)
    save(session, order, handling)
    return order


async def find_unfit(session: Session, held: Sequence[Order], *, now: datetime) -> dict[UUID, Conflict]:
    """Return, by order, the refusal of each reply to which the check objects; the statements do not grow with `held`.

    Orders that have no reply, or whose reply cannot leave now, are not in it.
    """
    await handlings.prefetch_handled(session, held)
    handled = await _find_unfit_handled(session, held, now=now)
    return {**handled, **await _find_unfit_repairs(session, held, now=now)}


async def _find_unfit_handled(session: Session, held: Sequence[Order], *, now: datetime) -> dict[UUID, Conflict]:
    leaving = [order for order in held if order.business_type not in _UNCHECKED and _can_leave(order)]
    of_order = {order.id: await handlings.handling_of(session, order) for order in leaving}
    ids = {order_id: handling.reply_id for order_id, handling in of_order.items() if handling.reply_id}
    if not ids:
        return {}
    written = await handlings.map_replies(session, ids.values())
    noted = await handlings.map_city_findings(session, leaving)
    drafts = [(o, _read(o, written[ids[o.id]], _ticked(noted.get(o.id)), now=now)) for o in leaving if o.id in ids]
    checked = await check_many(session, drafts)
    found = {
        order.id: _list_wrong(order, of_order[order.id], written[ids[order.id]], checked[order.id].findings)
        for order, _ in drafts
    }
    return {order_id: reviews.unfit(wrong) for order_id, wrong in found.items() if wrong}


_UNCHECKED = frozenset({BusinessType.FAULT_REPAIR, BusinessType.PRAISE})
"""A crew's reply is looked at by itself; a praise has none."""


def _can_leave(order: Order) -> bool:
    return order.can(_leaving(order))


def _leaving(order: Order) -> Action:
    return Action.SUBMIT if order.is_national else Action.SEND


async def _find_unfit_repairs(session: Session, held: Sequence[Order], *, now: datetime) -> dict[UUID, Conflict]:
    """Return, by order, the refusal of each crew's reply to which the quality check objects (lifecycles 3.1, row 22).

    Not looked at: the standard statement, which is no crew's, and what another system sent long ago.
    """
    looked_at = [order for order in held if _has_reply_of_crew(order) and not _is_of_other_system(order)]
    if not looked_at:
        return {}
    words, files = await get_lists(session), await attachments.map_for_check(session, [o.id for o in looked_at])
    found = {o.id: find_findings(_read_repair(o, files.get(o.id, ()), now=now), words) for o in looked_at}
    wrong = {order_id: [_named(f) for f in findings if f.is_blocking] for order_id, findings in found.items()}
    return {order_id: reviews.unfit(fields) for order_id, fields in wrong.items() if fields}


def _has_reply_of_crew(order: Order) -> bool:
    return order.business_type is BusinessType.FAULT_REPAIR and order.status is Status.REPLIED


def _is_of_other_system(order: Order) -> bool:
    return order.is_late_entry and order.origin is not None


def _read_repair(order: Order, files: tuple[DraftAttachment, ...], *, now: datetime) -> ReplyDraft:
    return ReplyDraft(
        business_type=order.business_type,
        now=now,
        content=order.content,
        received_at=order.received_at,
        course=order.reply_process or "",
        result_text=order.reply_result or "",
        customer_opinion=order.customer_opinion or "",
        basis=order.reply_cause or "",
        attachments=files,
    )


async def _require_fit(
    session: Session, order: Order, handling: Handling, ticked: frozenset[str], *, now: datetime
) -> tuple[Reply, Sequence[Finding]]:
    reviews.check_fit(handling, ())
    reply = await handlings.get_reply(session, handling.reply_id)  # type: ignore[arg-type] # check_fit saw to it
    findings = await _check(session, order, reply, ticked, now=now)
    reviews.check_fit(handling, _list_wrong(order, handling, reply, findings))
    return reply, findings


def _list_wrong(order: Order, handling: Handling, reply: Reply, findings: Sequence[Finding]) -> list[BadField]:
    return [*replies.find_gaps(order, handling, reply), *(_named(f) for f in findings if f.is_blocking)]


async def _check(
    session: Session, order: Order, reply: Reply, ticked: frozenset[str], *, now: datetime
) -> Sequence[Finding]:
    return (await check_for(session, order, _read(order, reply, ticked, now=now))).findings


def _read(order: Order, reply: Reply, ticked: frozenset[str], *, now: datetime) -> ReplyDraft:
    return ReplyDraft(
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


def _ticked(noted: Mapping[str, Any] | None) -> frozenset[str]:
    """Return what the city's reviewer ticked in this round."""
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
