"""What the desk does with an order that was just taken: ask on, note what was told, settle it on the phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.intake.domain import tariffs
from services.intake.domain.answer_days import AnswerDays
from services.intake.domain.completeness import is_complete
from services.intake.domain.lifecycle import Action, Status
from services.intake.domain.new_order import NewOrder
from services.intake.domain.order import Order
from services.intake.domain.phone_resolution import resolve_by_phone
from services.intake.domain.receiving import AutomaticAcceptance, accept
from services.intake.domain.taking import (
    Notices,
    PhoneResolution,
    Subtype,
    Taking,
    Told,
    find_broken_taking,
    find_unresolvable,
)
from services.intake.domain.triage import Triage, Verdict, judge
from services.intake.repository import orders, takings
from services.intake.repository.orders import ORDERS
from services.intake.repository.taking_policies import TakingPolicies, read_policies, read_policy_at
from services.intake.repository.visibility import require_visible
from shared.auth import Actor
from shared.calendars import Holidays
from shared.db import Session
from shared.errors import BadField, Conflict, Invalid, Text
from shared.glossary import AssetOwnership, BusinessType

_CLOSED = Text("工单已结束（{status}）", "the order is closed ({status})")
_INVALID = Text("内容不符合要求，未作任何更改", "it breaks the rules below; nothing was changed")


HOLD_AT_MOST = timedelta(seconds=150)
"""So long an order waits for the agent's guidance: half a minute before the city's three are over (001-055)."""

BATCH = 100


@dataclass(frozen=True)
class Asked:
    """What is known after asking on: the order, what was said, and what follows."""

    order: Order
    taking: Taking
    verdict: Verdict


async def triage_order(
    session: Session,
    order_id: UUID,
    triage: Triage,
    ownership: AssetOwnership | None,
    *,
    is_held: bool,
    now: datetime,
    actor: Actor,
) -> Asked:
    """Note what the caller said of breaker and fuse, and whose the fault seems to be (003-017, 004-039).

    An order that waited for it goes out now, unless the agent still holds it to guide or refer the caller (003-019).
    """
    order, taking, row = await _load(session, order_id, actor)
    verdict = judge(order.outage_scope, triage)
    is_theirs = (ownership or order.asset_ownership) is AssetOwnership.CUSTOMER
    stays_held = taking.is_held and is_held and (is_theirs or verdict is Verdict.GUIDE_BY_PHONE)
    changed = replace(taking, triage=triage, is_held=stays_held)
    _refuse(find_broken_taking(changed, business_type=order.business_type, outage_scope=None, asset_ownership=None))
    if ownership is not None:
        order.asset_ownership = ownership
    order.note("triage", occurred_at=now, actor=actor.id, verdict=str(verdict), asset_ownership=ownership)
    if taking.is_held and not stays_held:
        _release(order, await _acceptance_at(session, now), now=now)
    await _keep(session, order, changed, row)
    return Asked(order, changed, verdict)


async def release_held(session: Session, *, now: datetime) -> int:
    """Let go what an agent held too long: whoever is unsure sends somebody (requirement 003-019). Return how many."""
    ids = await takings.list_held(session, since=now - HOLD_AT_MOST, most=BATCH)
    if not ids:
        return 0
    await ORDERS.prefetch(session, ids)
    acceptance = await _acceptance_at(session, now)
    for order_id in ids:
        order = await ORDERS.get(session, order_id)
        _release(order, acceptance, now=now)
        orders.save(session, order)
    await takings.let_go(session, ids)
    return len(ids)


def _release(order: Order, acceptance: AutomaticAcceptance, *, now: datetime) -> None:
    if order.status is Status.RECEIVED and acceptance.takes(order) and is_complete(order):
        accept(order, at=now, by="system", now=now)


async def _acceptance_at(session: Session, at: datetime) -> AutomaticAcceptance:
    return (await read_policies(session, {"automatic_acceptance"}, at=at)).acceptance


async def resolve_order(
    session: Session, order_id: UUID, resolution: PhoneResolution, *, now: datetime, actor: Actor
) -> Order:
    """Settle a fault on the phone: no crew; the callback confirms it (003-018, 003-029, E20).

    Raises Invalid naming why somebody has to go, Conflict where the order is past that.
    """
    order, taking, row = await _load(session, order_id, actor)
    waits = order.status is Status.RECEIVED and order.business_type is BusinessType.FAULT_REPAIR
    if not waits and not order.can(Action.RESOLVE_BY_PHONE):
        order.move(Action.RESOLVE_BY_PHONE)
    wrong = list(
        find_unresolvable(resolution, scope=order.outage_scope, triage=taking.triage, ownership=order.asset_ownership)
    )
    policies = await _lists_at(session, now)
    wrong += tariffs.find_unknown_codes(None, resolution.referral_code, policies.prices, policies.teams)
    _refuse(wrong)
    at = resolution.resolved_at or now
    if waits:
        accept(order, at=at, by=actor.id, now=now, needs_crew=False)
    resolve_by_phone(order, resolution, at=at, by=actor.id, now=now)
    await _keep(session, order, replace(taking, phone_resolution=resolution, is_held=False), row)
    return order


async def note_told(session: Session, order_id: UUID, notices: Notices, *, now: datetime, actor: Actor) -> Asked:
    """Note what the caller was told: answer day, fees, repair teams, the checklist (002-007, 003-014, 003-028)."""
    order, taking, row = await _load(session, order_id, actor)
    policies = await _lists_at(session, now)
    _refuse(tariffs.find_unknown_codes(notices.price_code, notices.referral_code, policies.prices, policies.teams))
    before = taking.notices or Notices()
    merged = Notices(
        told=before.told | notices.told,
        price_code=notices.price_code or before.price_code,
        referral_code=notices.referral_code or before.referral_code,
    )
    changed = replace(taking, notices=merged)
    told = sorted(notices.told)
    order.note("caller-told", occurred_at=now, actor=actor.id, told=told, price_code=notices.price_code)
    row = dict(row or {})
    if Told.ANSWER_DAY in notices.told:
        row["answer_by"] = await find_answer_by(session, order, taking.subtype)
    if Told.PAID_SERVICE in notices.told or notices.price_code:
        row["paid_service_explained_at"] = row.get("paid_service_explained_at") or now
    await _keep(session, order, changed, row)
    return Asked(order, changed, judge(order.outage_scope, taking.triage))


async def complete_taking(
    session: Session,
    order_id: UUID,
    *,
    subtype: Subtype | None,
    language: str | None,
    call_id: UUID | None,
    actor: Actor,
    now: datetime,
) -> Asked:
    """Add what was learned after the order was made: its subtype, the caller's language, the call."""
    order, taking, row = await _load(session, order_id, actor)
    changed = replace(
        taking,
        subtype=subtype or taking.subtype,
        language=language or taking.language,
        call_id=call_id or taking.call_id,
    )
    _refuse(find_broken_taking(changed, business_type=order.business_type, outage_scope=None, asset_ownership=None))
    order.note("taking-completed", occurred_at=now, actor=actor.id, subtype=subtype, language=language)
    await _keep(session, order, changed, row)
    return Asked(order, changed, judge(order.outage_scope, taking.triage))


async def find_unknown_codes(session: Session, taken: Sequence[tuple[int, NewOrder]]) -> dict[int, list[BadField]]:
    """Return, by their indexes, the new orders that name prices or repair teams which the lists in force do not know.

    The lists are read only if an order names one.
    """
    codes = [(i, _codes_of(new.taking)) for i, new in taken if new.taking is not None]
    named = [(i, *listed) for i, listed in codes if any(listed)]
    if not named:
        return {}
    lists = await _lists_at(session, session.now)
    found = {
        i: [
            *tariffs.find_unknown_codes(price, told, lists.prices, lists.teams, place="notices."),
            *tariffs.find_unknown_codes(None, referred, lists.prices, lists.teams, place="phone_resolution."),
        ]
        for i, price, told, referred in named
    }
    return {i: fields for i, fields in found.items() if fields}


def _codes_of(taking: Taking) -> tuple[str | None, str | None, str | None]:
    notices, resolution = taking.notices, taking.phone_resolution
    return (
        notices.price_code if notices else None,
        notices.referral_code if notices else None,
        resolution.referral_code if resolution else None,
    )


async def find_answer_by(session: Session, order: Order, subtype: Subtype | None) -> datetime | None:
    """Return the last instant of the answer day, by the promises that were in force when the order was received."""
    return (await map_answers_by(session, [(order, subtype)]))[order.id]


async def map_answers_by(
    session: Session, wanted: Sequence[tuple[Order, Subtype | None]]
) -> dict[UUID, datetime | None]:
    """Return the same for many orders, in two statements."""
    then = await read_policy_at(session, "answer_days", {order.received_at for order, _ in wanted})
    holidays = (await read_policies(session, {"working_days"}, at=session.now)).holidays
    return {
        order.id: answer_by(order, subtype, then[order.received_at].answer_days, holidays) for order, subtype in wanted
    }


def answer_by(order: Order, subtype: Subtype | None, days: AnswerDays, holidays: Holidays) -> datetime | None:
    """Return until when an order's answer is promised, or None where nothing is."""
    if order.business_type is BusinessType.FAULT_REPAIR:
        limit = days.arrival_limit(order.area_type)
    else:
        limit = days.answer_limit(order.business_type, subtype, order.channel)
    return limit.after(order.accepted_at or order.received_at, holidays) if limit else None


async def check_may_see(session: Session, order: Order, actor: Actor) -> None:
    """Return if somebody may go on with an order: who took it always may, even a misconduct report; raises NotFound."""
    if actor.id != order.first_responder:
        await require_visible(session, order.id, actor)


async def _load(session: Session, order_id: UUID, actor: Actor) -> tuple[Order, Taking, Mapping[str, Any] | None]:
    order = await ORDERS.get(session, order_id)
    await check_may_see(session, order, actor)
    if order.is_over:
        raise Conflict("order.already_closed", _CLOSED, status=str(order.status))
    row = await takings.find_taking(session, order_id)
    return order, takings.read_taking(row), row


async def _keep(session: Session, order: Order, taking: Taking, row: Mapping[str, Any] | None) -> None:
    known = row or {}
    orders.save(session, order)
    await takings.put_taking(
        session,
        order,
        taking,
        answer_by=known.get("answer_by"),
        explained_at=known.get("paid_service_explained_at"),
    )


async def _lists_at(session: Session, at: datetime) -> TakingPolicies:
    return await read_policies(session, {"price_list", "referral_list"}, at=at)


def _refuse(wrong: list[BadField]) -> None:
    if wrong:
        raise Invalid("order.invalid", _INVALID, fields=wrong)
