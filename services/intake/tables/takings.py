"""How an order was taken: what was asked and told beside the order itself; only where there is something to say."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.intake.domain.taking import PhoneOutcome, Subtype
from services.intake.domain.triage import Verdict
from services.intake.tables.base import is_one_of, metadata, time

takings = Table(
    "takings",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("subtype", Text),
    Column("language", Text),
    Column("call_id", Uuid),
    Column("triage", JSONB(none_as_null=True)),
    Column("verdict", Text),
    Column("is_held", Boolean, nullable=False, server_default=text("false")),
    Column("phone_outcome", Text),
    Column("told", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("price_code", Text),
    time("paid_service_explained_at"),
    Column("referral_code", Text),
    time("answer_by"),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    is_one_of("subtype", Subtype),
    is_one_of("verdict", Verdict),
    is_one_of("phone_outcome", PhoneOutcome),
    postgresql_partition_by="RANGE (order_id)",
)
"""`answer_by` is the answer day that was read out; `triage` what the caller said, `verdict` what followed."""

Index("takings_held", takings.c.recorded_at, postgresql_where=text("is_held"))
