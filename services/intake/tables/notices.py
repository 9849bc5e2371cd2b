"""Outage notices: what will be switched off, how that was announced, who had to be reached and who was."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.intake.domain.notices.words import (
    CallOutcome,
    NoticeKind,
    NoticeStatus,
    PublicationChannel,
    RecipientReason,
    ScopeKind,
)
from services.intake.tables.base import is_one_of, metadata, time

load_shedding_tables = Table(
    "load_shedding_tables",
    metadata,
    Column("code", Text),
    Column("version", Integer),
    Column("approved_by", Text, nullable=False),
    Column("approved_at", DateTime(timezone=True), nullable=False),
    Column("announced_at", DateTime(timezone=True), nullable=False),
    Column("feeders", JSONB, nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("entered_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("code", "version"),
)
"""限电序位表: which feeder goes first; a version never changes (requirement 004-021)."""

outage_notices = Table(
    "outage_notices",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("area_text", Text, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("sequence_table", Text),
    Column("sequence_version", Integer),
    Column("deviation_reason", Text),
    Column("status", Text, nullable=False),
    time("published_at"),
    Column("is_late", Boolean, nullable=False, server_default=text("false")),
    Column("late_reason", Text),
    time("switched_off_at"),
    time("switched_on_at"),
    time("withdrawn_at"),
    Column("withdrawal_reason", Text),
    is_one_of("kind", NoticeKind),
    is_one_of("status", NoticeStatus),
    CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
    ForeignKeyConstraint(
        ["sequence_table", "sequence_version"], [load_shedding_tables.c.code, load_shedding_tables.c.version]
    ),
)
Index("outage_notices_starts_at", outage_notices.c.starts_at, outage_notices.c.id)

outage_notice_scopes = Table(
    "outage_notice_scopes",
    metadata,
    Column("notice_id", Uuid, ForeignKey(outage_notices.c.id)),
    Column("kind", Text),
    Column("code", Text),
    PrimaryKeyConstraint("notice_id", "kind", "code"),
    is_one_of("kind", ScopeKind),
)
Index("outage_notice_scopes_code", outage_notice_scopes.c.kind, outage_notice_scopes.c.code)

outage_notice_publications = Table(
    "outage_notice_publications",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("notice_id", Uuid, ForeignKey(outage_notices.c.id), nullable=False, index=True),
    Column("channel", Text, nullable=False),
    Column("published_at", DateTime(timezone=True), nullable=False),
    Column("evidence", Text, nullable=False),
    Column("published_by", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    is_one_of("channel", PublicationChannel),
)
"""Where and when a notice was made public, and what shows it (requirement 000-005): written once."""

outage_notice_recipients = Table(
    "outage_notice_recipients",
    metadata,
    Column("notice_id", Uuid, ForeignKey(outage_notices.c.id)),
    Column("customer_no", Text, ForeignKey("intake.customers.customer_no")),
    Column("why", Text, nullable=False),
    PrimaryKeyConstraint("notice_id", "customer_no"),
    is_one_of("why", RecipientReason),
)
"""Who has to be reached one by one."""

notification_log = Table(
    "notification_log",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("notice_id", Uuid, nullable=False),
    Column("customer_no", Text, nullable=False),
    Column("called_at", DateTime(timezone=True), nullable=False),
    Column("caller", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(
        ["notice_id", "customer_no"], [outage_notice_recipients.c.notice_id, outage_notice_recipients.c.customer_no]
    ),
    is_one_of("outcome", CallOutcome),
)
"""电话记录: who was called when, of what, and whether somebody answered (requirement 000-007): written once."""
Index("notification_log_of", notification_log.c.notice_id, notification_log.c.customer_no)
