"""What people press: accept, decline, send, rework, archive, cancel. A time of the past may be given (late entry)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from services.intake.api.bodies import WRITTEN, describe_problem
from services.intake.domain.closing import CancelReason
from services.intake.domain.lifecycle import Status
from services.intake.domain.order import Order
from services.intake.domain.receiving import DeclineReason
from services.intake.handlers import desk
from shared.errors import RelightError, bad_field
from shared.web import Answer, Change, Id, Moment, Problem, Strict, invalid

router = APIRouter()

MOST = 500


class Accept(Strict):
    """接单."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"accepted_at": "2026-01-05T10:02:00+08:00"}]})

    accepted_at: Moment | None = Field(None, description="When, if earlier than now.")


class Decline(Strict):
    """退单; of a repair within 3 minutes."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "wrong_area"}]})

    reason: DeclineReason
    text: str | None = Field(None, min_length=1, max_length=500, pattern=WRITTEN, description="Mandatory with `other`.")
    declined_at: Moment | None = None


class Send(Strict):
    """发送."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"sent_at": "2026-01-05T12:30:00+08:00"}]})

    sent_at: Moment | None = Field(None, description="When, if earlier than now.")


class SendOne(Send):
    """One of many."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"order_id": "019b8d0e-0000-7000-8000-000000000000"}]})

    order_id: Id


class SendMany(Strict):
    """Up to five hundred reviewed replies."""

    orders: list[SendOne] = Field(min_length=1, max_length=MOST)


class Rework(Strict):
    """Back to the crew."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "未填写故障原因"}]})

    reason: str = Field(min_length=1, max_length=500, pattern=WRITTEN)
    rework_at: Moment | None = None


class Archive(Strict):
    """归档."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    archived_at: Moment | None = None


class Cancel(Strict):
    """An order that falls away."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "false_alarm", "text": "客户来电说明已恢复"}]})

    reason: CancelReason
    text: str = Field("", max_length=500, pattern=WRITTEN)
    cancelled_at: Moment | None = None


class OrderMoved(Answer):
    """Where the order is now."""

    id: UUID
    order_no: str
    status: Status
    round: int
    moved_at: datetime | None = None


class SendLine(Answer):
    """What became of one of many."""

    index: int
    order: OrderMoved | None = None
    problem: Problem | None = None


class SentMany(Answer):
    """What became of each, in the order of the request."""

    results: list[SendLine]


@router.post("/orders/{order_id}/accept", summary="Accept an order (接单).")
async def accept_order(door: Change, order_id: UUID, body: Accept) -> OrderMoved:
    """Take a received order; promised within 3 minutes (requirement 001-055)."""

    async def do() -> OrderMoved:
        order = await desk.accept_order(door.session, order_id, at=body.accepted_at, now=door.now, actor=door.actor)
        return moved(order, order.accepted_at)

    return await door.once(OrderMoved, do)


@router.post("/orders/{order_id}/decline", summary="Decline a wrong order (退单), a repair within 3 minutes.")
async def decline_order(door: Change, order_id: UUID, body: Decline) -> OrderMoved:
    """Hand back what is not ours; counts in no return rate (decision 1)."""
    if body.reason is DeclineReason.OTHER and not body.text:
        raise invalid(bad_field("text", "field.missing", "选择“其他”时必填", "is required with “other”"))

    async def do() -> OrderMoved:
        order = await desk.decline_order(
            door.session, order_id, body.reason, body.text, at=body.declined_at, now=door.now, actor=door.actor
        )
        return moved(order, order.declined_at)

    return await door.once(OrderMoved, do)


@router.post("/orders/send/batch", summary="Send up to 500 reviewed replies.")
async def send_orders(door: Change, body: SendMany) -> SentMany:
    """Send many; good ones are sent, the others explained, each at its index."""

    async def do() -> SentMany:
        wanted = [(one.order_id, one.sent_at) for one in body.orders]
        outcomes = await desk.send_orders(door.session, wanted, now=door.now, actor=door.actor)
        return SentMany(results=[_line(door, index, outcome) for index, outcome in enumerate(outcomes)])

    return await door.once(SentMany, do)


@router.post("/orders/{order_id}/send", summary="Send the reviewed reply (发送).")
async def send_order(door: Change, order_id: UUID, body: Send) -> OrderMoved:
    """Send the reply up, or to our own callback desk; power that the grid saw back goes with a standard statement.

    A reply to which the quality check objects is refused, each finding named (lifecycles 3.1, row 22).
    """

    async def do() -> OrderMoved:
        order = await desk.send_order(door.session, order_id, at=body.sent_at, now=door.now, actor=door.actor)
        return moved(order, order.sent_at)

    return await door.once(OrderMoved, do)


@router.post("/orders/{order_id}/rework", summary="Give the reply back to the crew.")
async def rework_order(door: Change, order_id: UUID, body: Rework) -> OrderMoved:
    """Our own reviewer is not content; counts in no return rate (lifecycles 3.1, row 23)."""

    async def do() -> OrderMoved:
        order = await desk.rework_order(
            door.session, order_id, body.reason, at=body.rework_at, now=door.now, actor=door.actor
        )
        return moved(order, order.rework_at)

    return await door.once(OrderMoved, do)


@router.post("/orders/{order_id}/archive", summary="Archive an order (归档).")
async def archive_order(door: Change, order_id: UUID, body: Archive) -> OrderMoved:
    """End an order's life, if it is complete (requirement 003-024); everything that is missing is named."""

    async def do() -> OrderMoved:
        order = await desk.archive_order(door.session, order_id, at=body.archived_at, now=door.now, actor=door.actor)
        return moved(order, order.archived_at)

    return await door.once(OrderMoved, do)


@router.post("/orders/{order_id}/cancel", summary="Cancel an order before its repair.")
async def cancel_order(door: Change, order_id: UUID, body: Cancel) -> OrderMoved:
    """A duplicate or a false alarm, with a supervisor's word; it stays in the books (lifecycles 3.1, row 27)."""

    async def do() -> OrderMoved:
        order = await desk.cancel_order(
            door.session, order_id, body.reason, body.text, at=body.cancelled_at, now=door.now, actor=door.actor
        )
        return moved(order, order.cancelled_at)

    return await door.once(OrderMoved, do)


def moved(order: Order, at: datetime | None) -> OrderMoved:
    """Say where an order is now."""
    return OrderMoved(id=order.id, order_no=order.order_no, status=order.status, round=order.round, moved_at=at)


def _line(door: Change, index: int, outcome: Order | RelightError) -> SendLine:
    if isinstance(outcome, RelightError):
        return SendLine(index=index, problem=describe_problem(outcome, door.language))
    return SendLine(index=index, order=moved(outcome, outcome.sent_at))
