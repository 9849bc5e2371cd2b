"""Receiving orders from our own desks: one by one or by the hundred, late entries too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field, SkipValidation

from services.intake.api.bodies import (
    BatchLine,
    BatchReceived,
    NewOrderBody,
    OrderReceived,
    UpstreamOrderBody,
    answer_received,
    describe_problem,
    read_order,
)
from services.intake.domain.new_order import NewOrder
from services.intake.handlers.receiving import receive_orders
from shared.auth import Actor
from shared.db import Session
from shared.errors import Invalid, RelightError
from shared.gather import Gathering
from shared.once import once_of
from shared.web import Caller, Change, Door, Strict, runtime_of

router = APIRouter()

MOST = 500
JSON = "application/json"


class NewOrders(Strict):
    """Up to five hundred orders, each received on its own merits."""

    orders: list[SkipValidation[NewOrderBody]] = Field(min_length=1, max_length=MOST)


async def _receive(session: Session, new_orders: Sequence[NewOrder]) -> list[OrderReceived | RelightError]:
    outcomes = await receive_orders(session, new_orders, now=session.now)
    return [outcome if isinstance(outcome, RelightError) else answer_received(outcome) for outcome in outcomes]


RECEIVING: Gathering[NewOrder, OrderReceived] = Gathering(_receive, model=OrderReceived)
"""Calls that come at the same time share one transaction and one commit."""


@router.post(
    "/orders",
    status_code=201,
    response_model=OrderReceived,
    responses={200: {"model": OrderReceived, "description": "The order was in the books already."}},
    summary="Receive one order (受理).",
)
async def create_order(request: Request, actor: Caller, body: Annotated[NewOrderBody, SkipValidation]) -> Response:
    """Receive one order of any business type. 201 only after the commit; the same `Idempotency-Key`, or the same
    `origin` and `origin_no` of a late entry, answers the first order again.
    """
    return await receive_one(request, actor, NewOrderBody, body)


@router.post("/orders/batch", response_model=BatchReceived, summary="Receive up to 500 orders.")
async def create_orders(door: Change, body: NewOrders) -> Response:
    """Receive many orders in one transaction: good ones are stored, bad ones explained, each at its index."""
    return await receive_many(door, NewOrderBody, body.orders)


async def receive_one(
    request: Request, actor: Actor, model: type[NewOrderBody] | type[UpstreamOrderBody], raw: Any
) -> Response:
    """Receive one order in the company of those that come at the same time."""
    runtime = runtime_of(request)
    new = read_order(model, raw, taken_by=actor.id, now=runtime.clock.now())
    if isinstance(new, Invalid):
        raise new
    trace = request.headers.get("traceparent", "")
    answer = await RECEIVING.ask(runtime, new, once=await once_of(request, actor), trace=trace)
    return Response(answer.model_dump_json(), 200 if answer.duplicate else 201, media_type=JSON)


async def receive_many(
    door: Door, model: type[NewOrderBody] | type[UpstreamOrderBody], raws: Sequence[Any]
) -> Response:
    """Receive many orders in one transaction; the same key again gets the first answer again."""
    answer = await door.once(BatchReceived, lambda: _receive_each(door, model, raws))
    return Response(answer.model_dump_json(exclude_none=True), media_type=JSON)


async def _receive_each(
    door: Door, model: type[NewOrderBody] | type[UpstreamOrderBody], raws: Sequence[Any]
) -> BatchReceived:
    read = [read_order(model, raw, taken_by=door.actor.id, now=door.now) for raw in raws]
    done = iter(await _receive(door.session, [new for new in read if not isinstance(new, Invalid)]))
    lines: list[BatchLine] = []
    for index, new in enumerate(read):
        outcome = new if isinstance(new, Invalid) else next(done)
        if isinstance(outcome, RelightError):
            lines.append(BatchLine(index=index, problem=describe_problem(outcome, door.language)))
        else:
            lines.append(BatchLine(index=index, order=outcome))
    return BatchReceived(results=lines)
