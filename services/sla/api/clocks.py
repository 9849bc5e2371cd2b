"""Routes about promises and their clocks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from services.sla.domain.clocks import ClockStatus
from services.sla.domain.promises import Layer, Promise
from services.sla.domain.verdicts import Clock
from services.sla.handlers import clocks as handlers
from shared.web import Answer, Moment, Page, Read, decode_cursor, encode_cursor

router = APIRouter()


class PromiseAnswer(Answer):
    """One version of a promise; `limit_minutes` by area type, `any` for every area that is not named."""

    id: UUID
    code: str
    layer: Layer
    per: str
    starts: str
    stops: list[str]
    limit_minutes: dict[str, float]
    warn_at: float
    calendar: str
    valid_from: datetime
    valid_to: datetime | None
    source: str


class PromiseList(Answer):
    """Every version of every promise."""

    items: list[PromiseAnswer]


class ClockAnswer(Answer):
    """One promise to one order. `decided_at` is when the verdict became true: a broken one at `due_at`."""

    id: UUID
    order_id: UUID
    promise_id: UUID
    promise: str
    layer: Layer
    subject: str
    status: ClockStatus
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    cancelled_at: datetime | None
    decided_at: datetime | None
    warned_at: datetime | None


class ClockList(Answer):
    """The clocks of one order, in the order in which they started."""

    items: list[ClockAnswer]


@router.get("/promises", summary="What was promised, in all versions")
async def list_promises(door: Read) -> PromiseList:
    """Every version of every promise: limits, start and stop, when it is in force, where it comes from."""
    return PromiseList(items=[_promise_answer(promise) for promise in await handlers.list_promises(door.session)])


@router.get("/orders/{order_id}/clocks", summary="The clocks of one order")
async def list_order_clocks(
    door: Read,
    order_id: Annotated[UUID, Path(examples=["01980000-0000-7000-8000-000000000001"])],
) -> ClockList:
    """Every promise that this order has or had, whatever became of it. 404 for an order never heard of."""
    found = await handlers.list_order_clocks(door.session, order_id)
    return ClockList(items=[_clock_answer(clock) for clock in found])


@router.get("/clocks", summary="Clocks by status, due first")
async def list_clocks(
    door: Read,
    *,
    status: Annotated[ClockStatus, Query(examples=["open"])] = ClockStatus.OPEN,
    promise: Annotated[str | None, Query(examples=["repair_arrival_internal"])] = None,
    due_before: Annotated[Moment | None, Query(examples=["2026-11-22T12:00:00Z"])] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[ClockAnswer]:
    """Which promises are at risk: clocks of one status (open when none is named), those due first first."""
    after = _read_cursor(cursor) if cursor else None
    found = await handlers.list_clocks(
        door.session, status=status, promise=promise, due_before=due_before, after=after, most=limit + 1
    )
    shown = found[:limit]
    following = encode_cursor(shown[-1].due_at.isoformat(), shown[-1].id) if len(found) > limit else None
    return Page(items=[_clock_answer(clock) for clock in shown], next_cursor=following)


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    due_at, clock_id = decode_cursor(cursor, kinds=(_aware, UUID))
    return due_at, clock_id


def _aware(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError(written)
    return moment


def _promise_answer(promise: Promise) -> PromiseAnswer:
    return PromiseAnswer(
        id=promise.id,
        code=promise.code,
        layer=promise.layer,
        per=promise.per,
        starts=promise.starts,
        stops=sorted(promise.stops),
        limit_minutes={area or "any": limit.total_seconds() / 60 for area, limit in promise.limits.items()},
        warn_at=promise.warn_at,
        calendar=promise.calendar,
        valid_from=promise.valid_from,
        valid_to=promise.valid_to,
        source=promise.source,
    )


def _clock_answer(clock: Clock) -> ClockAnswer:
    return ClockAnswer.model_validate(clock, from_attributes=True)
