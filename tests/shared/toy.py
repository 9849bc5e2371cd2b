"""A service of four lines, so that the doors can be tried without a business behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import BigInteger, Column, Identity, MetaData, Table, Text, Uuid, insert, select, text

from shared.aggregate import Told
from shared.bus import Message
from shared.clock import SystemClock
from shared.db import Database, Session
from shared.events import Event, Fact, to_message
from shared.events.intake import OrderCancelled
from shared.host import Service
from shared.ids import new_id
from shared.inbox import Inbox, Listening, Prefetch, Reaction
from shared.outbox import Outbox
from shared.parking import Parking

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Toy:
    """A fresh toy service on one database: its tables, its pool, its outbox and parking."""

    def __init__(self, url: str, router: APIRouter | None = None) -> None:
        metadata = MetaData(schema="toy")
        self.effects = Table(
            "effects",
            metadata,
            Column("turn", BigInteger, Identity(), primary_key=True),
            Column("event_id", Uuid, nullable=False),
            Column("order_id", Uuid, nullable=False),
            Column("reason", Text, nullable=False),
        )
        self.service = Service(
            name="toy", summary="A toy.", router=router or APIRouter(), metadata=metadata, folder=Path(__file__).parent
        )
        self.outbox = Outbox(self.service.outbox)
        self.parking = Parking(self.service.parked)
        self.written: dict[UUID, list[str]] = {}
        self.database = Database(
            url, schema="toy", pool_size=20, write_events=self.outbox.write, after_commit=self.outbox.wake
        )

    async def make_tables(self) -> None:
        """Make the schema and its tables, without a migration."""
        async with self.database.engine.begin() as connection:
            await connection.execute(text("CREATE SCHEMA IF NOT EXISTS toy"))
            await connection.run_sync(self.service.metadata.create_all)

    async def tell(self, event: Event, *, slowly: float = 0.0) -> None:
        """Commit one event, its outbox row written `slowly` seconds before the commit."""
        async with self.database.transaction(now=NOW) as session:
            await self.outbox.write(session, [Told(event, NOW)])
            if slowly:
                await session.execute(text(f"SELECT pg_sleep({slowly})"))
        self.outbox.wake()

    async def tell_in_turn(self, order_id: UUID, *, reason: str, slowly: float = 0.0) -> None:
        """Commit one event of an order as an aggregate does, under the order's lock, and note it in `written`."""
        async with self.database.transaction(now=NOW) as session:
            await session.execute(text(f"SELECT pg_advisory_xact_lock({order_id.int % 2**31}, 7)"))
            self.written.setdefault(order_id, []).append(reason)
            await self.outbox.write(session, [Told(make_cancelled(order_id, reason), NOW)])
            if slowly:
                await session.execute(text(f"SELECT pg_sleep({slowly})"))
        self.outbox.wake()

    async def on_cancelled(self, session: Session, fact: Fact[OrderCancelled], *, now: datetime) -> None:
        """Note the effect; `poison` in the reason breaks it."""
        if fact.event.reason == "poison":
            raise RuntimeError("poisonous")
        row = {"event_id": fact.id, "order_id": fact.event.order_id, "reason": fact.event.reason}
        await session.execute(insert(self.effects).values(row))

    def inbox(self, reaction: Reaction | None = None, prefetch: Prefetch | None = None) -> Inbox:
        """Make a consumer that reacts to cancelled orders."""
        return Inbox(
            group="toy",
            database=self.database,
            table=self.service.inbox,
            parking=self.parking,
            listening=Listening({OrderCancelled: reaction or self.on_cancelled}, prefetch),
            clock=SystemClock(),
        )

    async def reasons(self, order_id: UUID | None = None) -> list[str]:
        """Return the reasons that had their effect, in the order in which they had it."""
        statement = select(self.effects.c.reason).order_by(self.effects.c.turn)
        if order_id:
            statement = statement.where(self.effects.c.order_id == order_id)
        async with self.database.transaction(now=NOW) as session:
            return list((await session.execute(statement)).scalars())


@asynccontextmanager
async def toy_on(url: str, router: APIRouter | None = None) -> AsyncIterator[Toy]:
    """Yield a toy service with its tables made."""
    toy = Toy(url, router)
    await toy.make_tables()
    try:
        yield toy
    finally:
        await toy.database.close()


def make_cancelled(order_id: UUID | None = None, reason: str = "false alarm") -> OrderCancelled:
    """Make an event that concerns one order."""
    return OrderCancelled(order_id=order_id or new_id(), cancelled_at=NOW, reason=reason)


def make_message(event: Event | None = None) -> Message:
    """Make a message as the bus would bring it."""
    return to_message(Fact(new_id(), event or make_cancelled(), NOW, NOW))
