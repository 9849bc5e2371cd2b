"""Order records in and out of their table: columns to count by, and the history that they are read off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.sla.domain.marks import Mark, Milestone
from services.sla.domain.records import Assessment, Callback, OrderRecord, Restoration, Return, Trip
from services.sla.tables import order_records
from shared.db import Session
from shared.errors import NotFound, Text
from shared.glossary import AreaType, BusinessType, Channel, ReturnLevel
from shared.store import Store

_UNKNOWN = Text("没有此工单的时限记录：{order_id}", "no promises are known for this order: {order_id}")


def unknown_order(order_id: UUID) -> NotFound:
    """Make the refusal for an order that nobody told us of."""
    return NotFound("order.unknown", _UNKNOWN, order_id=str(order_id))


def held(session: Session, order_id: UUID) -> OrderRecord | None:
    """Return a record that was prefetched or opened in this transaction, or None."""
    return session.identity.get(RECORDS, {}).get(order_id)


async def is_known(session: Session, order_id: UUID) -> bool:
    """Say whether we were told of an order."""
    found = await session.execute(select(order_records.c.id).where(order_records.c.id == order_id))
    return found.first() is not None


def to_row(record: OrderRecord) -> dict[str, Any]:
    """Write a record as a row."""
    callback = record.last_callback
    return {
        "id": record.id,
        "business_type": record.business_type,
        "channel": record.channel,
        "area_type": record.area_type,
        "created_area_type": record.created_area_type,
        "station_code": record.station_code,
        "created_station_code": record.created_station_code,
        "origin": record.origin,
        "origin_no": record.origin_no,
        "is_late_entry": record.is_late_entry,
        "reported_at": record.reported_at,
        "received_at": record.received_at,
        "recorded_at": record.recorded_at,
        "declined_at": record.at(Milestone.DECLINED),
        "merged_at": record.at(Milestone.MERGED),
        "main_order_id": record.main_order_id,
        "dispatched_at": record.dispatched_at,
        "arrived_at": record.arrived_at,
        "restored_at": record.restored_at,
        "called_back_at": callback.at if callback else None,
        "satisfaction": callback.satisfaction or None if callback else None,
        "unreachable_at": record.at(Milestone.UNREACHABLE),
        "archived_at": record.at(Milestone.ARCHIVED),
        "national_return_count": record.count_returns(ReturnLevel.NATIONAL),
        "province_return_count": record.count_returns(ReturnLevel.PROVINCE),
        "history": _history(record),
    }


def from_row(row: Mapping[str, Any]) -> OrderRecord:
    """Read a record out of its row."""
    history = row["history"]
    return OrderRecord(
        id=row["id"],
        business_type=BusinessType(row["business_type"]),
        channel=Channel(row["channel"]),
        created_area_type=AreaType(row["created_area_type"]),
        created_station_code=row["created_station_code"],
        origin=row["origin"],
        origin_no=row["origin_no"],
        is_late_entry=row["is_late_entry"],
        reported_at=row["reported_at"],
        received_at=row["received_at"],
        recorded_at=row["recorded_at"],
        main_order_id=row["main_order_id"],
        marks=_read_marks(history["marks"]),
        trips={
            UUID(task_id): Trip(trip["station_code"], _read_marks(trip["marks"]))
            for task_id, trip in history["trips"].items()
        },
        assessments={Assessment(_read(at), AreaType(area)) for at, area in history["assessments"]},
        restorations={
            Restoration(_read(at), _read(recorded_at), is_) for at, recorded_at, is_ in history["restorations"]
        },
        reopenings={Mark(_read(at), _read(recorded_at)) for at, recorded_at in history["reopenings"]},
        returns={
            Return(_read(at), _read(recorded_at), ReturnLevel(level), number)
            for at, recorded_at, level, number in history["returns"]
        },
        callbacks={Callback(_read(at), satisfaction) for at, satisfaction in history["callbacks"]},
    )


RECORDS: Store[OrderRecord] = Store(order_records, to_row=to_row, from_row=from_row, missing=unknown_order)


def _history(record: OrderRecord) -> dict[str, Any]:
    return {
        "marks": _write_marks(record.marks),
        "trips": {
            str(task_id): {"station_code": trip.station_code, "marks": _write_marks(trip.marks)}
            for task_id, trip in record.trips.items()
        },
        **{
            name: [[_write(part) for part in entry] for entry in sorted(getattr(record, name))]
            for name in ("assessments", "restorations", "reopenings", "returns", "callbacks")
        },
    }


def _write(part: object) -> object:
    return part.isoformat() if isinstance(part, datetime) else part


def _write_marks(marks: Mapping[Milestone, Mark]) -> dict[str, list[str]]:
    return {milestone: [mark.at.isoformat(), mark.recorded_at.isoformat()] for milestone, mark in marks.items()}


def _read_marks(marks: Mapping[str, Iterable[str]]) -> dict[Milestone, Mark]:
    return {Milestone(name): Mark(*map(_read, times)) for name, times in marks.items()}


_read = datetime.fromisoformat
