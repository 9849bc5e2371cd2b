"""The AsyncAPI 3.0 document: who tells what on which topic, and who listens, made from the events themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic.json_schema import models_json_schema

from shared.bus import Message
from shared.bus.cloudevents import kafka_topic, to_headers
from shared.events import Event
from shared.events.examples import make_example
from shared.events.schemas import load_events

Hearing = Mapping[str, Collection[type[Event]]]
"""Each service that listens, and the events that it reacts to. Only services know this, so it is handed in."""

_SCHEMAS = "#/components/schemas/"
_HEADERS = "CloudEventHeaders"

_HEADER_MEANINGS = {
    "ce_specversion": "CloudEvents version.",
    "ce_id": "Id of this event, UUIDv7; the same id again is the same event, drop it.",
    "ce_type": "Name of the event.",
    "ce_source": "Who tells it.",
    "ce_time": "When it happened (`occurred_at`), UTC.",
    "ce_subject": "Id of the order that it is about; also the record's key, so one order's events stay in order.",
    "ce_recordedat": "When we learned of it, UTC; later than `ce_time` for what came in from a phone without signal.",
    "content-type": "The value is JSON.",
    "traceparent": "W3C trace context of the request that caused it, if there is one.",
}
_FORMATS = {"ce_id": "uuid", "ce_time": "date-time", "ce_recordedat": "date-time"}


def make_asyncapi(hearing: Hearing) -> dict[str, Any]:
    """Return the document for every declared event; `hearing` says which service listens to which of them."""
    events = load_events()
    topics = sorted({event.topic for event in events.values()})
    spoken = {topic: [event for event in events.values() if event.topic == topic] for topic in topics}
    return {
        "asyncapi": "3.0.0",
        "info": _info(),
        "defaultContentType": "application/json",
        "servers": {"kafka": _server()},
        "channels": {kafka_topic(topic): _channel(topic, spoken[topic]) for topic in topics},
        "operations": _sending(spoken) | _receiving(hearing, topics),
        "components": {
            "messages": {name: _message(event) for name, event in events.items()},
            "schemas": _schemas(events),
        },
    }


def _info() -> dict[str, Any]:
    return {
        "title": "复电 Relight: events",
        "version": "0.1.0",
        "description": "What the services of Relight tell each other: CloudEvents 1.0 in Kafka's binary mode, at least "
        "once, in order per key. Schemas only grow: ignore fields that you do not know.",
        "license": {"name": "Apache-2.0"},
        "tags": [{"name": "CloudEvents"}],
    }


def _server() -> dict[str, Any]:
    return {
        "host": "{servers}",
        "protocol": "kafka",
        "description": "The brokers that RELIGHT_KAFKA_SERVERS names.",
        "variables": {"servers": {"default": "127.0.0.1:9092", "description": "host:port, separated by commas"}},
    }


def _channel(topic: str, events: Collection[type[Event]]) -> dict[str, Any]:
    return {
        "address": kafka_topic(topic),
        "title": topic,
        "summary": f"Everything that {topic} tells.",
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {event.name: {"$ref": f"#/components/messages/{event.name}"} for event in events},
        "bindings": {"kafka": {"topic": kafka_topic(topic)}},
    }


def _sending(spoken: Mapping[str, Collection[type[Event]]]) -> dict[str, Any]:
    return {
        f"{topic}.tells": _operation("send", topic, events, summary=f"{topic} tells what happened, after its commit.")
        for topic, events in spoken.items()
    }


def _receiving(hearing: Hearing, topics: Collection[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for service, heard in sorted(hearing.items()):
        for topic in topics:
            events = sorted((event for event in heard if event.topic == topic), key=lambda event: event.name)
            if events:
                summary = f"{service} hears what {topic} tells; each event takes effect there once."
                operation = _operation("receive", topic, events, summary=summary)
                operation["bindings"] = {"kafka": {"groupId": {"type": "string", "const": service}}}
                found[f"{service}.hears.{topic}"] = operation
    return found


def _operation(action: str, topic: str, events: Collection[type[Event]], *, summary: str) -> dict[str, Any]:
    channel = f"#/channels/{kafka_topic(topic)}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "summary": summary,
        "messages": [{"$ref": f"{channel}/messages/{event.name}"} for event in events],
    }


def _message(event: type[Event]) -> dict[str, Any]:
    summary, _, rest = (event.__doc__ or "").strip().partition("\n\n")
    message: dict[str, Any] = {
        "name": event.name,
        "title": event.__name__,
        "summary": " ".join(summary.split()),
        "contentType": "application/json",
        "headers": {"$ref": _SCHEMAS + _HEADERS},
        "payload": {"$ref": _SCHEMAS + event.__name__},
        "examples": [_example(event)],
        "bindings": {"kafka": {"key": {"type": "string", "format": "uuid", "description": "order_id"}}},
    }
    return message | ({"description": rest.strip()} if rest.strip() else {})


def _example(event: type[Event]) -> dict[str, Any]:
    payload = make_example(event)
    happened = datetime(2026, 7, 14, 11, 20, tzinfo=UTC)
    message = Message(
        id=UUID("019815c0-0d40-7000-8000-000000000001"),
        topic=event.topic,
        type=event.name,
        key=payload["order_id"],
        occurred_at=happened,
        recorded_at=happened + timedelta(seconds=2),
        data=b"",
    )
    headers = {name: value.decode() for name, value in to_headers(message)}
    return {"name": event.name, "headers": headers, "payload": payload}


def _schemas(events: Mapping[str, type[Event]]) -> dict[str, Any]:
    wanted: list[Any] = [(event, "serialization") for event in events.values()]
    _, document = models_json_schema(wanted, ref_template=_SCHEMAS + "{model}")
    return {_HEADERS: _headers(), **document["$defs"]}


def _headers() -> dict[str, Any]:
    fields = {
        name: {"type": "string", "description": meaning} | ({"format": _FORMATS[name]} if name in _FORMATS else {})
        for name, meaning in _HEADER_MEANINGS.items()
    }
    return {
        "type": "object",
        "description": "A CloudEvents 1.0 record in Kafka's binary mode.",
        "properties": fields,
        "required": [name for name in fields if name != "traceparent"],
    }
