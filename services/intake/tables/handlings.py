"""How orders that are no repairs are handled: the present way through, and everything that was ever added to it."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.intake.domain.handling.words import (
    AnswerMode,
    Claim,
    ContactMeans,
    Outcome,
    ReviewLevel,
    ReviewSubject,
    Verdict,
)
from services.intake.tables.base import is_one_of, metadata, time

handlings = Table(
    "handlings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("is_important", Boolean, nullable=False, server_default=text("false")),
    Column("responsible_unit", Text),
    time("forwarded_at"),
    time("contacted_at"),
    Column("contact_count", SmallInteger, nullable=False, server_default="0"),
    Column("reached_count", SmallInteger, nullable=False, server_default="0"),
    time("investigation_started_at"),
    time("transferred_at"),
    Column("transferred_external", Text),
    Column("reply_id", Uuid),
    time("reply_drafted_at"),
    Column("outcome", Text),
    Column("is_substantiated", Boolean),
    Column("company_liable", Boolean),
    Column("answer_mode", Text),
    time("answered_at"),
    time("city_reviewed_at"),
    time("submitted_at"),
    time("province_approved_at"),
    time("verified_at"),
    Column("is_verified", Boolean),
    Column("passed_on_to", Text),
    Column("article_id", Uuid),
    Column("article_version", Integer),
    time("statement_submitted_at"),
    time("statement_approved_at"),
    time("statement_refused_at"),
    time("callback_cancelled_at"),
    Column("conclusion", Text),
    time("feedback_closed_at"),
    time("appealed_at"),
    time("substantiation_changed_at"),
    is_one_of("outcome", Outcome),
    is_one_of("answer_mode", AnswerMode),
    CheckConstraint("NOT company_liable OR is_substantiated", name="liable_needs_facts"),
    postgresql_partition_by="RANGE (id)",
)
"""`id` is the order's own."""
Index("handlings_unit", handlings.c.responsible_unit, handlings.c.id)

contacts = Table(
    "contacts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("round", SmallInteger, nullable=False),
    Column("contacted_at", DateTime(timezone=True), nullable=False),
    Column("person", Text, nullable=False),
    Column("means", Text, nullable=False),
    Column("is_reached", Boolean, nullable=False),
    Column("result", Text, nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    is_one_of("means", ContactMeans),
    postgresql_partition_by="RANGE (id)",
)
"""One row for each attempt to reach a customer."""
Index("contacts_order", contacts.c.order_id, contacts.c.id)

replies = Table(
    "replies",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("round", SmallInteger, nullable=False),
    Column("drafted_at", DateTime(timezone=True), nullable=False),
    time("handling_time"),
    Column("course", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("customer_opinion", Text, nullable=False),
    Column("handlers", ARRAY(Text), nullable=False),
    Column("result_text", Text, nullable=False),
    Column("is_substantiated", Boolean),
    Column("company_liable", Boolean),
    Column("outcome", Text),
    Column("outcome_reason", Text),
    Column("rule_cited", Text),
    Column("answer_mode", Text),
    time("answered_at"),
    Column("compensation_fen", Integer),
    Column("liable_person", Text),
    Column("conclusion", Text),
    Column("entered_by", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    is_one_of("outcome", Outcome),
    is_one_of("answer_mode", AnswerMode),
    postgresql_partition_by="RANGE (id)",
)
"""One row for each version of a reply, in every round."""
Index("replies_order", replies.c.order_id, replies.c.id)

reviews = Table(
    "reviews",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("round", SmallInteger, nullable=False),
    Column("level", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason_code", Text),
    Column("reason", Text),
    Column("reply_id", Uuid),
    Column("findings", JSONB(none_as_null=True)),
    Column("reviewed_at", DateTime(timezone=True), nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    is_one_of("level", ReviewLevel),
    is_one_of("subject", ReviewSubject),
    is_one_of("verdict", Verdict),
    postgresql_partition_by="RANGE (id)",
)
"""One row for each verdict. `round` is the one that was looked at, `reviewed_at` as the reviewer said it."""
Index("reviews_order", reviews.c.order_id, reviews.c.id)

statements = Table(
    "statements",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("round", SmallInteger, nullable=False),
    Column("claim", Text, nullable=False),
    Column("signer_unit", Text, nullable=False),
    Column("has_seal", Boolean, nullable=False),
    Column("facts", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("attitude", Text, nullable=False),
    Column("attachment_id", Uuid, nullable=False),
    Column("submitted_at", DateTime(timezone=True), nullable=False),
    Column("verdict", Text),
    time("decided_at"),
    Column("entered_by", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    is_one_of("claim", Claim),
    is_one_of("verdict", Verdict),
    CheckConstraint("has_seal", name="seal_is_there"),
    CheckConstraint("(verdict IS NULL) = (decided_at IS NULL)", name="verdict_has_its_time"),
)
"""Stamped statements, decided together (requirements 001-035 to 001-038)."""
Index("statements_order", statements.c.order_id, statements.c.id)

appeals = Table(
    "appeals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("grounds", Text, nullable=False),
    Column("attachment_id", Uuid),
    Column("appealed_at", DateTime(timezone=True), nullable=False),
    Column("verdict", Text),
    time("decided_at"),
    Column("entered_by", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    is_one_of("verdict", Verdict),
    CheckConstraint("(verdict IS NULL) = (decided_at IS NULL)", name="verdict_has_its_time"),
)
"""Appeals against archived complaints (E31)."""
Index("appeals_order", appeals.c.order_id, appeals.c.id)
