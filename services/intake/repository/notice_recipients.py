"""Who has to be reached about a notice, what was tried, and which table says who is shed first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from services.intake.domain.notices.recipients import Call, Recipient
from services.intake.domain.notices.sequence import SequenceTable
from services.intake.domain.notices.words import CallOutcome, RecipientReason
from services.intake.tables import load_shedding_tables, notification_log, outage_notice_recipients
from shared.db import Session
from shared.ids import new_id

_LIST = text(
    "INSERT INTO intake.outage_notice_recipients (notice_id, customer_no, why)"
    " SELECT :notice_id, customer_no, why FROM ("
    "  SELECT customer_no, CASE WHEN customer_class <> 'ordinary' THEN 'important'"
    "   WHEN is_dual_supply THEN 'dual_supply' ELSE 'affected' END AS why FROM intake.customers"
    "  WHERE transformer_area = ANY(CAST(:areas AS text[])) OR feeder = ANY(CAST(:feeders AS text[]))) AS there"
    " WHERE why = ANY(CAST(:listed AS text[])) ON CONFLICT DO NOTHING"
)


async def list_those_affected(
    session: Session,
    notice_id: UUID,
    *,
    areas: Sequence[str],
    feeders: Sequence[str],
    listed: Iterable[RecipientReason],
) -> int:
    """Put on a notice's list those customers of its places that have a reason to be there; return how many."""
    parameters = {"notice_id": notice_id, "areas": areas, "feeders": feeders, "listed": [str(why) for why in listed]}
    return (await session.execute(_LIST, parameters)).rowcount


async def list_recipients(session: Session, notice_id: UUID) -> list[Recipient]:
    """Return everybody on a notice's list with every call, oldest first."""
    calls: dict[str, list[Call]] = {}
    log = notification_log
    statement = select(log).where(log.c.notice_id == notice_id).order_by(log.c.called_at, log.c.id)
    for row in await session.execute(statement):
        outcome = CallOutcome(row.outcome)
        call = Call(row.customer_no, row.called_at, row.caller, outcome, row.line, row.content)
        calls.setdefault(row.customer_no, []).append(call)
    table = outage_notice_recipients
    listed = select(table).where(table.c.notice_id == notice_id).order_by(table.c.why.desc(), table.c.customer_no)
    return [
        Recipient(row.customer_no, RecipientReason(row.why), calls.get(row.customer_no, ()))
        for row in await session.execute(listed)
    ]


async def find_listed(session: Session, notice_id: UUID, numbers: Iterable[str]) -> set[str]:
    """Return those of `numbers` that stand on a notice's list."""
    table = outage_notice_recipients
    statement = select(table.c.customer_no).where(
        table.c.notice_id == notice_id, table.c.customer_no.in_(sorted(set(numbers)))
    )
    return set((await session.execute(statement)).scalars())


async def add_calls(session: Session, notice_id: UUID, calls: Sequence[Call]) -> None:
    """Write down these calls."""
    rows: list[tuple[Any, ...]] = [
        (new_id(), notice_id, c.customer_no, c.called_at, c.caller, str(c.outcome), c.line, c.content, session.now)
        for c in calls
    ]
    columns = (
        *("id", "notice_id", "customer_no", "called_at", "caller", "outcome", "line", "content"),
        "recorded_at",
    )
    await session.copy(notification_log, columns, rows)


async def find_latest_table(session: Session, code: str) -> SequenceTable | None:
    """Return the latest version of a sequence table, or None if there is none of that name."""
    table = load_shedding_tables
    statement = select(table).where(table.c.code == code).order_by(table.c.version.desc()).limit(1)
    row = (await session.execute(statement)).first()
    return _sequence_table(row) if row else None


async def list_tables(session: Session) -> list[SequenceTable]:
    """Return every version of every sequence table, the latest of each first."""
    table = load_shedding_tables
    rows = await session.execute(select(table).order_by(table.c.code, table.c.version.desc()))
    return [_sequence_table(row) for row in rows]


async def add_table(session: Session, table: SequenceTable, *, by: str) -> int:
    """Write the next version of a sequence table; return its number. Two at once: one waits for the other."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"load_shedding_table {table.code}"))))
    latest = await find_latest_table(session, table.code)
    version = latest.version + 1 if latest else 1
    row = {
        "code": table.code,
        "version": version,
        "approved_by": table.approved_by,
        "approved_at": table.approved_at,
        "announced_at": table.announced_at,
        "feeders": list(table.feeders),
        "entered_by": by,
        "entered_at": session.now,
    }
    await session.execute(insert(load_shedding_tables).values(row))
    return version


def _sequence_table(row: Any) -> SequenceTable:
    return SequenceTable(row.code, row.version, row.approved_by, row.approved_at, row.announced_at, tuple(row.feeders))
