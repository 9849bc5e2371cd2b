"""催办, 补充, 撤诉 from the national platform (interfaces, section 1): signed, and told once however often sent."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.api.matters import MatterNoted, describe_noted
from services.intake.api.upstream import NationalNo
from services.intake.domain.matters import Matter, MatterKind, MatterSource
from services.intake.handlers import matters
from shared.ids import new_id
from shared.web import Change, Door, Moment, Strict

router = APIRouter(prefix="/upstream")


class UpstreamUrge(Strict):
    """国网催办. Without `said_at` each webhook-id is an urge of its own."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "客户催办", "said_at": "2026-01-05T15:00:00+08:00"}]}
    )

    text: str = Field("", max_length=1000, pattern=WRITTEN)
    said_at: Moment | None = None


class UpstreamSaid(UpstreamUrge):
    """国网补充, 国网撤诉."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "客户补充：院内仍无电", "said_at": "2026-01-05T15:00:00+08:00"}]}
    )

    text: str = Field(min_length=1, max_length=1000, pattern=WRITTEN)


@router.post("/orders/{national_order_no}/urges", status_code=201, summary="The platform presses its order (催办).")
async def push_urge(door: Change, national_order_no: NationalNo, body: UpstreamUrge) -> MatterNoted:
    """Note the urge on the order that stands; never a new order."""
    return await _note(door, national_order_no, MatterKind.URGE, body)


@router.post("/orders/{national_order_no}/supplements", status_code=201, summary="The platform adds something (补充).")
async def push_supplement(door: Change, national_order_no: NationalNo, body: UpstreamSaid) -> MatterNoted:
    """Note what was added to the order that stands."""
    return await _note(door, national_order_no, MatterKind.SUPPLEMENT, body)


@router.post("/orders/{national_order_no}/withdrawals", status_code=201, summary="The customer takes it back (撤诉).")
async def push_withdrawal(door: Change, national_order_no: NationalNo, body: UpstreamSaid) -> MatterNoted:
    """Note the withdrawal; the order is handled and answered all the same."""
    return await _note(door, national_order_no, MatterKind.WITHDRAWAL, body)


async def _note(door: Door, national_order_no: str, kind: MatterKind, body: UpstreamUrge) -> MatterNoted:
    source, said_at = MatterSource.NATIONAL_PLATFORM, body.said_at or door.now
    matter = Matter(id=new_id(), kind=kind, source=source, text=body.text, said_at=said_at)

    async def do() -> MatterNoted:
        noted = await matters.note_upstream(door.session, national_order_no, matter, now=door.now, actor=door.actor)
        return describe_noted(noted, kind)

    return await door.once(MatterNoted, do)
