"""What operations see: JSON logs with personal data masked, and metrics without any.

Outside names are those of the interface to operations, fixed; a service's own metrics stand with the service.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram

EVENTS_CONSUMED = Counter(
    "relight_events_consumed", "Events that reached a group, by what became of them.", ["group", "type", "outcome"]
)
EVENT_LAG = Gauge("relight_event_lag_seconds", "Age of the oldest event that a group has not taken yet.", ["group"])
DEAD_LETTERS = Gauge("relight_dead_letters", "Events that were given up on and wait for a person.", ["group"])
OUTBOX_PENDING = Gauge("relight_outbox_pending", "Events committed but not on the bus yet.", ["service"])
REQUEST_SECONDS = Histogram(
    "http_server_request_duration_seconds",
    "Time from request to answer.",
    ["http_request_method", "http_route", "http_response_status_code"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
HOUSEKEEPING_ROWS = Counter("relight_housekeeping_rows", "Rows that reached their stated end.", ["service", "table"])

PHONE = re.compile(
    r"(?<!\d)(\+?86[- ]?)?(1\d{2})[- ]?\d{4}[- ]?(\d{4})(?!\d)|(?<!\d)(0\d{2,3})[- ]?\d{3,4}(\d{4})(?!\d)"
)
PERSONAL_KEYS = frozenset(
    {"name", "phone", "address", "content", "surroundings", "opinion", "customer_opinion", "caller"}
)
"""Keys whose values never reach a log."""


SHORTEST_PHONE = 8
SHOWN_OF_ADDRESS = 8
HOUSE_NUMBER = re.compile(r"\d+|[〇零一二两三四五六七八九十百]+(?=[号栋幢座单室户楼层组队院])")


def mask_phone(phone: str) -> str:
    """Show a phone number as lists do: the first three and last four digits (`138****5678`)."""
    digits = re.sub(r"\D", "", phone)
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= SHORTEST_PHONE else "****"


def mask_name(name: str) -> str:
    """Show a person's name as lists do: the family name only (`张**`)."""
    return name[:1] + "**" if name else ""


def mask_address(address: str) -> str:
    """Show an address as lists do: down to town or street, house numbers hidden, in Chinese numerals too."""
    shown = HOUSE_NUMBER.sub("*", address)
    return shown[:SHOWN_OF_ADDRESS] + "…" if len(shown) > SHOWN_OF_ADDRESS else shown


def mask_text(text: str) -> str:
    """Hide every phone number in free text."""
    return PHONE.sub(lambda m: f"{m.group(2) or m.group(4)}****{m.group(3) or m.group(5)}", text)


DETAILS = re.compile(r"(DETAIL|CONTEXT): .*|input_value=.*?(?=, input_type)|\[parameters: .*")
"""Where database drivers and validators quote the row or the body that they refuse."""


def reason_of(error: BaseException) -> str:
    """Say what went wrong without whom it was about: for logs and for the reason of a dead letter."""
    return mask_text(DETAILS.sub("…", f"{type(error).__name__}: {error}"))


def _mask_personal(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in entry.items():
        if key in PERSONAL_KEYS:
            entry[key] = "***"
        elif isinstance(value, str):
            entry[key] = mask_text(DETAILS.sub("…", value) if key == "exception" else value)
    return entry


def configure_logging(*, level: str = "info", form: str = "json") -> None:
    """Send every log line, ours and the libraries', to standard error in one form, masked."""
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        cache_logger_on_first_use=True,
    )
    ending: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if form == "json":
        ending.append(structlog.processors.format_exc_info)
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[*ending, _mask_personal, renderer])
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # the bus says in one line that its broker is away
    for noisy in ("alembic", "uvicorn.access", "httpx", "httpcore", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
