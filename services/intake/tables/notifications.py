"""Who has to be told, who was, and each attempt: written with the fact they tell of, delivered by a steady task."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, SmallInteger, Table, Text, Uuid, text

from services.intake.domain.notifying import Means, NotificationKind, NotificationStatus, NotifiedRole, Outcome
from services.intake.tables.base import is_one_of, metadata, time

notifications = Table(
    "notifications",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("role", Text),
    Column("unit", Text),
    Column("name", Text),
    Column("means", Text),
    Column("address", Text),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("written_at", DateTime(timezone=True), nullable=False),
    Column("status", Text, nullable=False),
    Column("attempt_count", SmallInteger, nullable=False, server_default="0"),
    time("due_at"),
    time("delivered_at"),
    time("given_up_at"),
    Column("failure", Text),
    Column("settled_by", Text),
    is_one_of("kind", NotificationKind),
    is_one_of("role", NotifiedRole),
    is_one_of("means", Means),
    is_one_of("status", NotificationStatus),
    postgresql_partition_by="RANGE (id)",
)
"""One row for each person to be told. Without a name nobody held the role, and that is an alarm."""
Index("notifications_due", notifications.c.due_at, postgresql_where=text("status = 'pending'"))
Index("notifications_given_up", notifications.c.id, postgresql_where=text("status = 'given_up'"))
Index("notifications_order", notifications.c.order_id, notifications.c.id)

notification_attempts = Table(
    "notification_attempts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("notification_id", Uuid, nullable=False),
    Column("number", SmallInteger, nullable=False),
    Column("sender", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("attempted_at", DateTime(timezone=True), nullable=False),
    is_one_of("outcome", Outcome),
    postgresql_partition_by="RANGE (id)",
)
"""Each attempt is a row, only ever added."""
Index("notification_attempts_notification", notification_attempts.c.notification_id, notification_attempts.c.number)

notification_contacts = Table(
    "notification_contacts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("unit", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("means", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("valid_from", DateTime(timezone=True), nullable=False),
    time("ended_at"),
    Column("set_by", Text, nullable=False),
    is_one_of("role", NotifiedRole),
    is_one_of("means", Means),
)
"""Contacts per unit and role, as policy data: a change ends a row and begins another. The unit '' is the whole city."""
Index("notification_contacts_place", notification_contacts.c.unit, notification_contacts.c.role)
