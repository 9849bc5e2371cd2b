"""Outage notices in and out of their tables, and the question of every desk: is it known that it is dark there?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from services.intake.domain.notices.brief import NoticeBrief
from services.intake.domain.notices.notice import OutageNotice, Publication, Scope
from services.intake.domain.notices.words import NoticeKind, NoticeStatus, PublicationChannel, ScopeKind
from services.intake.tables import outage_notice_publications, outage_notice_scopes, outage_notices
from shared.db import Session
from shared.errors import NotFound, Text
from shared.ids import new_id
from shared.store import Store

_MISSING = Text("没有这条停电通知", "there is no such notice")

COLUMNS = tuple(column.name for column in outage_notices.columns)
FIXED = COLUMNS[1 : COLUMNS.index("deviation_reason")]


def _missing(_: UUID) -> NotFound:
    return NotFound("notice.unknown", _MISSING)


def _to_row(notice: OutageNotice) -> dict[str, Any]:
    return {name: getattr(notice, name) for name in COLUMNS}


def _from_row(row: Mapping[str, Any]) -> OutageNotice:
    words = {"kind": NoticeKind(row["kind"]), "status": NoticeStatus(row["status"])}
    return OutageNotice(**{**row, **words})


NOTICES: Store[OutageNotice] = Store(outage_notices, to_row=_to_row, from_row=_from_row, missing=_missing, fixed=FIXED)


async def get_notice(session: Session, notice_id: UUID) -> OutageNotice:
    """Return a notice with what it switches off, locked until the end of the transaction; raises NotFound."""
    notice = await NOTICES.get(session, notice_id)
    notice.scopes = (await list_scopes(session, [notice_id])).get(notice_id, ())
    return notice


async def read_notice(session: Session, notice_id: UUID) -> OutageNotice:
    """Return a notice with what it switches off, as it is now; raises NotFound."""
    statement = select(outage_notices).where(outage_notices.c.id == notice_id)
    row = (await session.execute(statement)).mappings().first()
    if row is None:
        raise _missing(notice_id)
    notice = _from_row(dict(row))
    notice.scopes = (await list_scopes(session, [notice_id])).get(notice_id, ())
    return notice


async def add_notice(session: Session, notice: OutageNotice) -> None:
    """Write a fresh notice and what it switches off."""
    NOTICES.add(session, notice)
    await NOTICES.flush(session)
    rows = [{"notice_id": notice.id, "kind": scope.kind, "code": scope.code} for scope in notice.scopes]
    await session.execute(insert(outage_notice_scopes), rows)


async def list_scopes(session: Session, notice_ids: Iterable[UUID]) -> dict[UUID, list[Scope]]:
    """Return what each of these notices switches off."""
    table = outage_notice_scopes
    statement = select(table).where(table.c.notice_id.in_(list(notice_ids))).order_by(table.c.kind, table.c.code)
    found: dict[UUID, list[Scope]] = {}
    for row in await session.execute(statement):
        found.setdefault(row.notice_id, []).append(Scope(ScopeKind(row.kind), row.code))
    return found


async def add_publication(session: Session, notice_id: UUID, said: Publication) -> None:
    """Write down that a notice was made public, and what shows it."""
    row = {"id": new_id(), "notice_id": notice_id, "recorded_at": session.now}
    said_row = {field.name: getattr(said, field.name) for field in fields(said)}
    await session.execute(insert(outage_notice_publications).values({**row, **said_row}))


async def list_publications(session: Session, notice_id: UUID) -> list[Publication]:
    """Return where and when a notice was made public, the first one first."""
    table = outage_notice_publications
    statement = select(table).where(table.c.notice_id == notice_id).order_by(table.c.published_at, table.c.id)
    return [
        Publication(PublicationChannel(row.channel), row.published_at, row.evidence, row.published_by)
        for row in await session.execute(statement)
    ]


async def list_notices(
    session: Session, filters: Mapping[str, Any], *, after: tuple[datetime, UUID] | None, most: int
) -> list[OutageNotice]:
    """Return notices by when they begin, the latest first; `filters` are columns and the values they must have."""
    statement = select(outage_notices).order_by(outage_notices.c.starts_at.desc(), outage_notices.c.id.desc())
    for name, value in filters.items():
        if value is not None:
            statement = statement.where(outage_notices.c[name] == value)
    if after is not None:
        starts_at, notice_id = after
        keys = (outage_notices.c.starts_at, outage_notices.c.id)
        statement = statement.where(tuple_(*keys) < (starts_at, notice_id))
    found = [_from_row(dict(row)) for row in (await session.execute(statement.limit(most))).mappings()]
    scopes = await list_scopes(session, [notice.id for notice in found])
    for notice in found:
        notice.scopes = scopes.get(notice.id, ())
    return found


_KNOWN = text(
    "SELECT n.* FROM intake.outage_notices n JOIN intake.outage_notice_scopes s ON s.notice_id = n.id"
    " WHERE (s.kind = 'transformer_area' AND s.code = :area OR s.kind = 'feeder' AND (s.code = :feeder OR s.code ="
    "  (SELECT feeder FROM intake.customers WHERE transformer_area = :area AND feeder IS NOT NULL LIMIT 1)))"
    " AND n.status <> 'withdrawn' AND coalesce(n.switched_off_at, n.starts_at) <= :at"
    " AND (n.status = 'switched_off' OR :at < coalesce(n.switched_on_at, n.ends_at))"
    " ORDER BY n.status = 'switched_off' DESC, n.published_at IS NULL, n.starts_at DESC LIMIT 1"
)


async def find_notice_for(
    session: Session, *, transformer_area: str | None, feeder: str | None, at: datetime
) -> NoticeBrief | None:
    """Return the announced outage that explains why it is dark at a place at `at`, or None if nobody knows of one.

    A feeder that is not known is looked up in the register by the transformer area. An outage that should be over but
    was not switched on again is still found, and says so (`is_overrun`). `brief.text` is what to tell the caller.
    """
    if transformer_area is None and feeder is None:
        return None
    parameters = {"area": transformer_area, "feeder": feeder, "at": at}
    row = (await session.execute(_KNOWN, parameters)).mappings().first()
    if row is None:
        return None
    return NoticeBrief(
        notice_id=row["id"],
        kind=NoticeKind(row["kind"]),
        reason=row["reason"],
        area_text=row["area_text"],
        off_at=row["switched_off_at"] or row["starts_at"],
        on_by=row["ends_at"],
        is_published=row["published_at"] is not None,
        is_overrun=row["status"] == NoticeStatus.SWITCHED_OFF and at > row["ends_at"],
    )


def as_scopes(feeders: Sequence[str], transformer_areas: Sequence[str]) -> list[Scope]:
    """Return what is switched off, each once."""
    named = {Scope(ScopeKind.FEEDER, code) for code in feeders}
    return sorted(named | {Scope(ScopeKind.TRANSFORMER_AREA, code) for code in transformer_areas})
