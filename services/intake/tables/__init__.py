"""How intake lies on disk, one file a concept; importing this declares every table."""

from __future__ import annotations

from services.intake.tables.alerts import alerts
from services.intake.tables.amendments import amendments
from services.intake.tables.attachments import attachments, file_folder
from services.intake.tables.base import metadata
from services.intake.tables.calls import WAITS_FOR_RING_BACK, caller_flags, calls
from services.intake.tables.contact_views import contact_views
from services.intake.tables.customers import (
    customer_contacts,
    customer_imports,
    customer_views,
    customer_visits,
    customers,
)
from services.intake.tables.department_calls import department_calls
from services.intake.tables.desk_log import desk_log
from services.intake.tables.duplicates import caller_contacts, order_links, report_keys
from services.intake.tables.green_channels import green_channels
from services.intake.tables.handlings import appeals, contacts, handlings, replies, reviews, statements
from services.intake.tables.knowledge import article_pairs, article_versions, articles
from services.intake.tables.matters import matters
from services.intake.tables.notices import (
    load_shedding_tables,
    notification_log,
    outage_notice_publications,
    outage_notice_recipients,
    outage_notice_scopes,
    outage_notices,
)
from services.intake.tables.notifications import notification_attempts, notification_contacts, notifications
from services.intake.tables.orders import FIXED, IS_OPEN, order_keys, orders
from services.intake.tables.platform_messages import platform_messages
from services.intake.tables.policies import policies
from services.intake.tables.report_box import report_box_days
from services.intake.tables.responsibility import accountability_moves, handover_items, handovers, shifts, transfers
from services.intake.tables.returns import returns
from services.intake.tables.search import RETURNED, WAS_RETURNED, order_search, promises_at_risk
from services.intake.tables.service_requests import service_request_numbers, service_requests
from services.intake.tables.supervisions import supervision_reports, supervisions
from services.intake.tables.takings import takings
from services.intake.tables.timeline import timeline
from services.intake.tables.villages import villages

__all__ = [
    "FIXED",
    "IS_OPEN",
    "RETURNED",
    "WAITS_FOR_RING_BACK",
    "WAS_RETURNED",
    "accountability_moves",
    "alerts",
    "amendments",
    "appeals",
    "article_pairs",
    "article_versions",
    "articles",
    "attachments",
    "caller_contacts",
    "caller_flags",
    "calls",
    "contact_views",
    "contacts",
    "customer_contacts",
    "customer_imports",
    "customer_views",
    "customer_visits",
    "customers",
    "department_calls",
    "desk_log",
    "file_folder",
    "green_channels",
    "handlings",
    "handover_items",
    "handovers",
    "load_shedding_tables",
    "matters",
    "metadata",
    "notification_attempts",
    "notification_contacts",
    "notification_log",
    "notifications",
    "order_keys",
    "order_links",
    "order_search",
    "orders",
    "outage_notice_publications",
    "outage_notice_recipients",
    "outage_notice_scopes",
    "outage_notices",
    "platform_messages",
    "policies",
    "promises_at_risk",
    "replies",
    "report_box_days",
    "report_keys",
    "returns",
    "reviews",
    "service_request_numbers",
    "service_requests",
    "shifts",
    "statements",
    "supervision_reports",
    "supervisions",
    "takings",
    "timeline",
    "transfers",
    "villages",
]
