"""限电序位表: which feeder is shed first, approved and announced before it is needed (004-021, 004-022)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.domain.notices.sequence import SequenceTable
from services.intake.handlers import notices as desk
from services.intake.repository import notice_recipients
from shared.errors import bad_field
from shared.web import Answer, Change, Moment, Read, Strict, invalid

router = APIRouter()

MOST = 1000
TableCode = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,60}$")]
Feeder = Annotated[str, Field(min_length=1, max_length=60, pattern=WRITTEN)]


class SequenceTableBody(Strict):
    """The next version of a table: `feeders` in the order in which they go."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "approved_by": "县发改局 〔2026〕12 号",
                    "approved_at": "2026-01-10T09:00:00+08:00",
                    "announced_at": "2026-01-20T09:00:00+08:00",
                    "feeders": ["F-07", "F-02", "F-11"],
                }
            ]
        }
    )

    approved_by: str = Field(min_length=2, max_length=200, pattern=WRITTEN)
    approved_at: Moment
    announced_at: Moment = Field(description="When the table was made public: nothing is shed by it before.")
    feeders: list[Feeder] = Field(min_length=1, max_length=MOST)


class SequenceTableView(Answer):
    """One version of a table."""

    code: str
    version: int
    approved_by: str
    approved_at: datetime
    announced_at: datetime
    feeders: list[str]


class SequenceTables(Answer):
    """Every version of every table."""

    items: list[SequenceTableView]


@router.put("/load-shedding-tables/{code}", summary="Enter the next version of a 限电序位表.")
async def enter_sequence_table(door: Change, code: TableCode, body: SequenceTableBody) -> SequenceTableView:
    """Let a new version begin; outages of before keep the version that they followed."""
    wrong = []
    if len(set(body.feeders)) < len(body.feeders):
        wrong.append(bad_field("feeders", "sequence_table.doubled", "线路重复", "name a feeder twice"))
    if body.announced_at < body.approved_at:
        zh, en = "公告早于批准时间", "is before approved_at"
        wrong.append(bad_field("announced_at", "sequence_table.times_out_of_order", zh, en))
    if wrong:
        raise invalid(*wrong)
    table = SequenceTable(code, 0, body.approved_by, body.approved_at, body.announced_at, tuple(body.feeders))

    async def do() -> SequenceTableView:
        version = await desk.enter_sequence_table(door.session, table, actor=door.actor)
        return _view(table, version=version)

    return await door.once(SequenceTableView, do)


@router.get("/load-shedding-tables", summary="The 限电序位表, all versions.")
async def list_sequence_tables(door: Read) -> SequenceTables:
    """Return every version of every table, the latest of each first."""
    tables = await notice_recipients.list_tables(door.session)
    return SequenceTables(items=[_view(table, version=table.version) for table in tables])


def _view(table: SequenceTable, *, version: int) -> SequenceTableView:
    return SequenceTableView(
        code=table.code,
        version=version,
        approved_by=table.approved_by,
        approved_at=table.approved_at,
        announced_at=table.announced_at,
        feeders=list(table.feeders),
    )
