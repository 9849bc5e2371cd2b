"""The peer: an endpoint as most people write it with FastAPI and the SQLAlchemy ORM, a session per request.

No authorisation, no idempotency, no numbering, no relay: it does less than Relight, and its two rows are as wide.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

import uvicorn
from fastapi import Depends, FastAPI
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import BigInteger, DateTime, Identity
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.db import sqlalchemy_url

URL = os.environ.get("PEER_DATABASE_URL", "postgresql:///peer")
engine = create_async_engine(sqlalchemy_url(URL), pool_size=16, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()

Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]


class Base(DeclarativeBase):
    """The peer's own tables."""

    __table_args__ = {"schema": "peer"}  # noqa: RUF012 - as SQLAlchemy wants it


class OrderRow(Base):
    """An order as it lies on disk."""

    __tablename__ = "orders"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_no: Mapped[str]
    status: Mapped[str]
    business_type: Mapped[str]
    channel: Mapped[str]
    reported_at: Mapped[Instant]
    received_at: Mapped[Instant]
    accept_by: Mapped[Instant]
    accepted_at: Mapped[Instant]
    content: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str]
    address: Mapped[str]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    outage_scope: Mapped[str | None]
    outage_started_at: Mapped[Instant | None] = mapped_column(DateTime(timezone=True))
    surroundings: Mapped[str | None]
    voltage_level: Mapped[str | None]
    area_type: Mapped[str | None]


class OutboxRow(Base):
    """An event that waits for a relay."""

    __tablename__ = "outbox"

    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    id: Mapped[UUID]
    topic: Mapped[str]
    type: Mapped[str]
    key: Mapped[str]
    occurred_at: Mapped[Instant]
    recorded_at: Mapped[Instant]
    data: Mapped[bytes]


class Customer(BaseModel):
    """Who has no light."""

    name: str
    phone: str
    address: str
    lon: float | None = None
    lat: float | None = None


class NewOrder(BaseModel):
    """The same body that Relight takes."""

    business_type: str
    channel: str
    reported_at: AwareDatetime
    content: str
    customer: Customer
    outage_scope: str | None = None
    outage_started_at: AwareDatetime | None = None
    surroundings: str | None = None
    voltage_level: str | None = None
    area_type: str | None = None


class OrderRead(BaseModel):
    """The same answer that Relight gives."""

    id: UUID
    order_no: str
    status: str
    received_at: datetime
    accept_by: datetime


async def open_session() -> AsyncIterator[AsyncSession]:
    """Lend a session to one request."""
    async with sessions() as session:
        yield session


@app.get("/")
async def ready() -> dict[str, str]:
    """Say that the peer is there."""
    return {"status": "ok"}


@app.post("/intake/orders", status_code=201)
async def create_order(new: NewOrder, session: Annotated[AsyncSession, Depends(open_session)]) -> OrderRead:
    """Store an order and its event in one transaction."""
    now = datetime.now(UTC)
    order_id = uuid4()
    facts = new.model_dump(exclude={"customer"})
    order = OrderRow(
        id=order_id,
        order_no=f"{now:%Y%m%d}{order_id.int % 100_000_000_000:011}",
        status="accepted",
        received_at=now,
        accept_by=now + timedelta(minutes=3),
        accepted_at=now,
        **facts,
        **new.customer.model_dump(),
    )
    event = OutboxRow(
        id=uuid4(),
        topic="intake",
        type="order-created",
        key=str(order_id),
        occurred_at=now,
        recorded_at=now,
        data=new.model_dump_json().encode(),
    )
    session.add_all([order, event])
    await session.commit()
    return OrderRead.model_validate(order, from_attributes=True)


if __name__ == "__main__":
    port = int(os.environ["PEER_PORT"])
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)
