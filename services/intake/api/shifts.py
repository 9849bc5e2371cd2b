"""On duty and off again: signing in, what is still in one's hands, signing out (E21)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict

from services.intake.domain.shifts import Group, OpenWork, Shift
from services.intake.handlers import shifts
from shared.glossary import BusinessType
from shared.web import Answer, Change, Read, Strict

router = APIRouter()


class SignIn(Strict):
    """The group whose shift begins (requirement 000-036)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"group": "acceptance"}]})

    group: Group


class SignOut(Strict):
    """The end of one's own shift."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})


class ShiftView(Answer):
    """One person's time on duty."""

    id: UUID
    person: str
    group: Group
    signed_in_at: datetime
    signed_out_at: datetime | None


class OpenWorkView(Answer):
    """An open order in one's hands; `offered_to` is the successor who has not answered yet."""

    order_id: UUID
    order_no: str
    business_type: BusinessType
    status: str
    received_at: datetime
    offered_to: str | None


class DutyView(Answer):
    """One's shift, and the open orders that one answers for: at most 500 of `open_count`, oldest first."""

    shift: ShiftView | None
    open_count: int
    open_work: list[OpenWorkView]


@router.post("/shifts/sign-in", summary="Begin one's shift in a group.")
async def sign_in_shift(door: Change, body: SignIn) -> ShiftView:
    """Be on duty from now on; the same again answers the shift that is open."""

    async def do() -> ShiftView:
        return _shift(await shifts.sign_in(door.session, body.group, now=door.now, actor=door.actor))

    return await door.once(ShiftView, do)


@router.post("/shifts/sign-out", summary="End one's shift.")
async def sign_out_shift(door: Change, body: SignOut) -> ShiftView:
    """Leave; refused while one answers for open orders, each of which a successor has to confirm (000-038)."""

    async def do() -> ShiftView:
        return _shift(await shifts.sign_out(door.session, now=door.now, actor=door.actor))

    return await door.once(ShiftView, do)


@router.get("/shifts/mine", summary="One's shift, and what is in one's hands.")
async def show_my_shift(door: Read) -> DutyView:
    """Return the caller's shift and open orders, misconduct reports by their number only."""
    duty = await shifts.show_duty(door.session, door.actor)
    return DutyView(
        shift=_shift(duty.shift) if duty.shift else None,
        open_count=duty.count,
        open_work=[_work(work) for work in duty.work],
    )


def _shift(shift: Shift) -> ShiftView:
    return ShiftView(
        id=shift.id,
        person=shift.person,
        group=shift.group,
        signed_in_at=shift.signed_in_at,
        signed_out_at=shift.signed_out_at,
    )


def _work(work: OpenWork) -> OpenWorkView:
    return OpenWorkView(
        order_id=work.order_id,
        order_no=work.order_no,
        business_type=BusinessType(work.business_type),
        status=work.status,
        received_at=work.received_at,
        offered_to=work.offered_to,
    )
