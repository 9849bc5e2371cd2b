"""Service requests (服务申请), beside the orders."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Double, Index, Sequence, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

from services.intake.domain.service_requests import RequestStatus, ServiceKind, Taker
from services.intake.tables.base import is_one_of, metadata, time
from shared.glossary import Channel, VoltageLevel

service_request_numbers = Sequence("service_request_numbers", metadata=metadata)

service_requests = Table(
    "service_requests",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_no", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("customer_no", Text),
    Column("caller_name", Text, nullable=False),
    Column("caller_phone", Text, nullable=False),
    Column("caller_address", Text, nullable=False),
    Column("language", Text),
    Column("call_id", Uuid),
    Column("capacity_kw", Double),
    Column("voltage_level", Text),
    time("booked_at"),
    Column("station_code", Text),
    Column("taken_by", Text, nullable=False),
    Column("department", Text),
    Column("told", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("first_responder", Text, nullable=False),
    Column("reported_at", DateTime(timezone=True), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    time("answer_by"),
    Column("status", Text, nullable=False),
    time("handled_at"),
    Column("result", Text),
    time("answered_at"),
    Column("answer", Text),
    time("withdrawn_at"),
    is_one_of("kind", ServiceKind),
    is_one_of("channel", Channel),
    is_one_of("voltage_level", VoltageLevel),
    is_one_of("taken_by", Taker),
    is_one_of("status", RequestStatus),
)
Index("service_requests_status", service_requests.c.status, service_requests.c.id)
Index("service_requests_kind", service_requests.c.kind, service_requests.c.id)
