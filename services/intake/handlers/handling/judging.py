"""What the province decides (replies, statements, appeals), and what the city asks it to decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from services.intake import metrics
from services.intake.domain.attachments import AttachmentKind
from services.intake.domain.closing import Return
from services.intake.domain.handling import Handling, appeals, reviews, statements
from services.intake.domain.handling.appeals import Appeal
from services.intake.domain.handling.reviews import Review
from services.intake.domain.handling.statements import Statement
from services.intake.domain.handling.words import ReviewLevel, ReviewSubject, Verdict
from services.intake.domain.order import Order
from services.intake.handlers.handling.opening import open_handling, save
from services.intake.repository import attachments, handlings, orders, returns
from services.intake.repository.handlings import handling_of
from services.intake.tables import appeals as appeals_table
from services.intake.tables import statements as statements_table
from shared.auth import Actor
from shared.db import Session
from shared.errors import Invalid, Text, bad_field
from shared.glossary import ReturnLevel

_WRONG_FILE = Text("附件不符合要求", "the file is not the one that is needed")

Decide = Callable[..., None]

DECIDE: Mapping[tuple[ReviewSubject, Verdict], Decide] = {
    (ReviewSubject.REPLY, Verdict.APPROVED): reviews.approve,
    (ReviewSubject.REPLY, Verdict.RETURNED): reviews.return_by_province,
    (ReviewSubject.STATEMENT, Verdict.APPROVED): statements.approve_statement,
    (ReviewSubject.STATEMENT, Verdict.RETURNED): statements.refuse_statement,
    (ReviewSubject.APPEAL, Verdict.APPROVED): appeals.decide_appeal,
    (ReviewSubject.APPEAL, Verdict.RETURNED): appeals.decide_appeal,
}
"""What each verdict of the province does."""


async def hear_province(session: Session, order_no: str, made: Review, *, now: datetime, actor: Actor) -> Order:
    """The province's verdict on an order, by our own number. The same verdict again changes nothing."""
    order = await orders.get_by_order_no(session, order_no)
    if await handlings.was_reviewed(session, order.id, made):
        return order
    handling = await handling_of(session, order)
    await _decide(session, order, handling, made, now=now, actor=actor)
    save(session, order, handling)
    return order


async def submit_statement(session: Session, order_id: UUID, made: Statement, *, now: datetime, actor: Actor) -> Order:
    """情况说明: facts, basis and attitude under the unit's seal, to the province (001-035, 001-036)."""
    order, handling = await open_handling(session, order_id, actor)
    await _require_file(session, order_id, made.attachment_id, kind=AttachmentKind.STATEMENT)
    statements.submit_statement(order, handling, made, by=actor.id, now=now)
    await handlings.add_statement(session, order, made, by=actor.id)
    save(session, order, handling)
    return order


async def open_appeal(session: Session, order_id: UUID, made: Appeal, *, now: datetime, actor: Actor) -> Order:
    """The city appeals against an archived complaint."""
    order, handling = await open_handling(session, order_id, actor)
    await _require_file(session, order_id, made.attachment_id)
    appeals.appeal(order, handling, made, by=actor.id, now=now)
    await handlings.add_appeal(session, order, made, by=actor.id)
    save(session, order, handling)
    return order


async def settle_appeal(session: Session, order_id: UUID, made: Review, *, now: datetime, actor: Actor) -> Order:
    """Enter the province's answer to an appeal that came on paper."""
    order, handling = await open_handling(session, order_id, actor)
    await _decide(session, order, handling, made, now=now, actor=actor)
    save(session, order, handling)
    return order


async def _require_file(
    session: Session, order_id: UUID, attachment_id: UUID | None, *, kind: AttachmentKind | None = None
) -> None:
    """Return if the order has this file, of this kind; no file at all is judged elsewhere."""
    if attachment_id is None:
        return
    listed = await attachments.list_attachments(session, order_id)
    of_order = {row["id"]: row["kind"] for row in listed if row["removed_at"] is None}
    if attachment_id not in of_order:
        wrong = bad_field("attachment_id", "attachment.unknown", "工单没有这个附件", "is no file of this order")
    elif kind is not None and of_order[attachment_id] != kind:
        wrong = bad_field("attachment_id", "attachment.of_other_kind", f"附件类别须为 {kind}", f"must be a {kind}")
    else:
        return
    raise Invalid("attachment.wrong", _WRONG_FILE, fields=[wrong])


async def _decide(
    session: Session, order: Order, handling: Handling, made: Review, *, now: datetime, actor: Actor
) -> None:
    looked_at, reply_id = order.round, handling.reply_id
    is_statement = made.subject is ReviewSubject.STATEMENT
    waiting = {"waiting": await handlings.list_waiting_statements(session, order.id)} if is_statement else {}
    DECIDE[made.subject, made.verdict](order, handling, made, by=actor.id, now=now, **waiting)
    await handlings.add_review(
        session,
        order,
        made,
        level=ReviewLevel.PROVINCE,
        looked_at=looked_at,
        reply_id=reply_id,
        findings=None,
        by=actor.id,
    )
    at = min(made.reviewed_at, now)
    if is_statement:
        await handlings.decide_open(
            session, statements_table, order.id, made.verdict, at, statements_table.c.submitted_at <= made.reviewed_at
        )
    elif made.subject is ReviewSubject.APPEAL:
        await handlings.decide_open(session, appeals_table, order.id, made.verdict, at)
    elif made.verdict is Verdict.RETURNED:
        await _count(session, order, made, looked_at)


async def _count(session: Session, order: Order, made: Review, looked_at: int) -> None:
    back = Return(
        level=ReturnLevel.PROVINCE,
        reason_code=str(made.reason_code),
        reason=made.reason or "",
        returned_at=made.reviewed_at,
    )
    await returns.add_return(session, order.id, back, returned_round=looked_at)
    metrics.count_return(session, ReturnLevel.PROVINCE, str(made.reason_code))
