"""A message as a CloudEvents 1.0 record in Kafka's binary mode: attributes are headers, the body is the value."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.bus import Message
from shared.clock import format_z

PREFIX = "relight."


def kafka_topic(topic: str) -> str:
    """Return how a topic is called in Kafka."""
    return PREFIX + topic


def to_headers(message: Message) -> list[tuple[str, bytes]]:
    """Write everything but key and body as headers; `traceparent` only if there is one."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(message.id),
        "ce_type": message.type,
        "ce_source": f"/relight/{message.topic}",
        "ce_time": format_z(message.occurred_at),
        "ce_subject": message.key,
        "ce_recordedat": format_z(message.recorded_at),
        "content-type": "application/json",
    }
    if message.trace:
        headers["traceparent"] = message.trace
    return [(name, value.encode()) for name, value in headers.items()]


def from_record(
    *,
    topic: str,
    place: str,
    key: bytes | None,
    value: bytes | None,
    headers: Iterable[tuple[str, bytes]],
    written_at: int,
) -> Message:
    """Read a record of Kafka's `topic`; `place` names it for ever, `written_at` is in milliseconds.

    A record that is no event of ours becomes a message of type "": whoever handles messages must put it aside, not we.
    """
    texts = {name: content.decode(errors="replace") for name, content in headers}
    fallback = datetime.fromtimestamp(max(written_at, 0) / 1000, UTC)
    return Message(
        id=_uuid(texts.get("ce_id", ""), place),
        topic=topic.removeprefix(PREFIX),
        type=texts.get("ce_type", ""),
        key=(key or b"").decode(errors="replace"),
        occurred_at=_instant(texts.get("ce_time", ""), fallback),
        recorded_at=_instant(texts.get("ce_recordedat", ""), fallback),
        data=value or b"",
        trace=texts.get("traceparent", ""),
    )


def _uuid(text: str, place: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid5(NAMESPACE_URL, place)


def _instant(text: str, fallback: datetime) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return fallback
    return instant if instant.tzinfo else fallback
