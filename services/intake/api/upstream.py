"""What the national platform tells us: each call signed, the same `webhook-id` answered as the first time."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from pydantic import ConfigDict, Field, SkipValidation

from services.intake.api.bodies import WRITTEN, BatchReceived, OrderReceived, UpstreamOrderBody
from services.intake.api.orders import MOST, receive_many, receive_one
from services.intake.domain.closing import CustomerAnswer, Return, ReturnReason
from services.intake.domain.lifecycle import Status
from services.intake.domain.order import Order
from services.intake.handlers import upstream
from shared.glossary import ReturnLevel, Satisfaction
from shared.web import Answer, Caller, Change, Moment, Strict

router = APIRouter(prefix="/upstream")

NationalNo = Annotated[str, Path(pattern=r"^\d{16}$", description="The platform's own number.")]


class UpstreamOrders(Strict):
    """Up to five hundred orders of the platform."""

    orders: list[SkipValidation[UpstreamOrderBody]] = Field(min_length=1, max_length=MOST)


class NationalCallback(Strict):
    """What the customer said when the national centre called back (requirement 001-002)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "called_back_at": "2026-01-05T15:00:00+08:00",
                    "power_restored_confirmed": True,
                    "satisfaction": "satisfied",
                }
            ]
        }
    )

    called_back_at: Moment
    power_restored_confirmed: bool | None = None
    satisfaction: Satisfaction
    opinion: str | None = Field(None, max_length=2000, pattern=WRITTEN)


class NationalReturn(Strict):
    """国网退单: why a finished order comes back (requirements 001-017 to 001-020)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason_code": "not_fully_solved",
                    "reason": "客户反映电压仍不稳定，诉求未彻底解决",
                    "returned_at": "2026-01-05T15:10:00+08:00",
                }
            ]
        }
    )

    reason_code: ReturnReason
    reason: str = Field(min_length=1, max_length=2000, pattern=WRITTEN)
    returned_at: Moment


class CallbackCancellation(Strict):
    """The national centre calls nobody: it agrees with an approved 情况说明 (requirement 001-038)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"cancelled_at": "2026-01-08T10:00:00+08:00"}]})

    cancelled_at: Moment
    reason: str | None = Field(None, min_length=1, max_length=2000, pattern=WRITTEN)


class UpstreamAnswer(Answer):
    """Where the order is now."""

    id: UUID
    order_no: str
    national_order_no: str | None
    status: Status
    round: int
    return_count: int
    called_back_at: datetime | None
    returned_at: datetime | None
    archived_at: datetime | None


@router.post(
    "/orders",
    status_code=201,
    response_model=OrderReceived,
    responses={200: {"model": OrderReceived, "description": "The order was in the books already."}},
    summary="The platform sends one order.",
)
async def push_order(request: Request, actor: Caller, body: Annotated[UpstreamOrderBody, SkipValidation]) -> Response:
    """Receive one order of the platform. `national_order_no` is its natural key: the same again is the same order."""
    return await receive_one(request, actor, UpstreamOrderBody, body)


@router.post("/orders/batch", response_model=BatchReceived, summary="The platform sends up to 500 orders.")
async def push_orders(door: Change, body: UpstreamOrders) -> Response:
    """Receive many orders in one transaction: good ones are stored, bad ones explained, each at its index."""
    return await receive_many(door, UpstreamOrderBody, body.orders)


@router.post("/orders/{national_order_no}/callbacks", summary="The platform called its customer back.")
async def push_callback(door: Change, national_order_no: NationalNo, body: NationalCallback) -> UpstreamAnswer:
    """Put the customer's answer on the order: archived if all is well, out again at once if there is no power."""
    answer = CustomerAnswer(
        called_back_at=body.called_back_at,
        is_power_restored=body.power_restored_confirmed,
        satisfaction=body.satisfaction,
        opinion=body.opinion,
    )

    async def hear() -> UpstreamAnswer:
        return _answer(
            await upstream.hear_callback(door.session, national_order_no, answer, now=door.now, actor=door.actor)
        )

    return await door.once(UpstreamAnswer, hear)


@router.post("/orders/{national_order_no}/returns", summary="The platform returns a finished order (国网退单).")
async def push_return(door: Change, national_order_no: NationalNo, body: NationalReturn) -> UpstreamAnswer:
    """Send the same order out again in its next round, and count the return (requirement 001-018)."""
    back = Return(
        level=ReturnLevel.NATIONAL, reason_code=body.reason_code, reason=body.reason, returned_at=body.returned_at
    )

    async def take() -> UpstreamAnswer:
        return _answer(
            await upstream.take_return(door.session, national_order_no, back, now=door.now, actor=door.actor)
        )

    return await door.once(UpstreamAnswer, take)


@router.post("/orders/{national_order_no}/callback-cancellations", summary="The platform cancels its callback.")
async def push_callback_cancellation(
    door: Change, national_order_no: NationalNo, body: CallbackCancellation
) -> UpstreamAnswer:
    """Archive the order without a callback; the province must have approved a statement before (001-037)."""

    async def take() -> UpstreamAnswer:
        return _answer(
            await upstream.take_callback_cancellation(
                door.session,
                national_order_no,
                at=body.cancelled_at,
                reason=body.reason,
                now=door.now,
                actor=door.actor,
            )
        )

    return await door.once(UpstreamAnswer, take)


def _answer(order: Order) -> UpstreamAnswer:
    return UpstreamAnswer(
        id=order.id,
        order_no=order.order_no,
        national_order_no=order.national_order_no,
        status=order.status,
        round=order.round,
        return_count=order.return_count,
        called_back_at=order.called_back_at,
        returned_at=order.returned_at,
        archived_at=order.archived_at,
    )
