"""The API explains itself: whoever reads `/docs` can make the first call without asking us."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

Operation = dict[str, Any]
CHINESE_OR_CAPITAL = re.compile(r"^[A-Z一-鿿«“/`]")


def operations(document: dict[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def resolve(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def has_example(media: dict[str, Any], document: dict[str, Any]) -> bool:
    """Whether a body shows what it looks like: as a whole, or in every field that must be there."""
    schema = resolve(media.get("schema", {}), document)
    if media.get("examples") or media.get("example") or schema.get("examples") or schema.get("example"):
        return True
    fields = schema.get("properties", {})
    return bool(fields) and all(_is_shown(fields[name], document) for name in schema.get("required", fields))


def _is_shown(schema: dict[str, Any], document: dict[str, Any]) -> bool:
    plain = resolve(schema, document)
    if schema.get("examples") or plain.get("examples") or "enum" in plain or "const" in plain:
        return True
    if plain.get("type") == "array":
        return _is_shown(plain["items"], document)
    return plain.get("type") == "object" and has_example({"schema": plain}, document)


def test_every_operation_has_a_summary_and_a_description(openapi: dict[str, Any]) -> None:
    mute = [
        name
        for name, operation in operations(openapi)
        if not CHINESE_OR_CAPITAL.match(operation.get("summary", "")) or len(operation.get("description", "")) < 10
    ]
    assert mute == []


def test_every_summary_is_written_and_not_made_from_the_name(openapi: dict[str, Any]) -> None:
    made = [
        name
        for name, operation in operations(openapi)
        if operation.get("summary", "").lower() == operation["operationId"].split(".")[-1].replace("_", " ")
    ]
    assert made == []


def test_every_request_body_shows_an_example(openapi: dict[str, Any]) -> None:
    bare = [
        f"{name} ({media_type})"
        for name, operation in operations(openapi)
        for media_type, media in operation.get("requestBody", {}).get("content", {}).items()
        if media_type == "application/json" and not has_example(media, openapi)
    ]
    assert bare == []


def test_every_refusal_is_a_problem(openapi: dict[str, Any]) -> None:
    other = {
        f"{name} {status}"
        for name, operation in operations(openapi)
        if operation["tags"] != ["ops"]
        for status, response in operation["responses"].items()
        if not status.startswith(("2", "3"))
        if list(response.get("content", {})) != ["application/problem+json"]
    }
    assert other == set()


def test_every_operation_of_a_service_tells_of_its_refusals(openapi: dict[str, Any]) -> None:
    silent = [
        name
        for name, operation in operations(openapi)
        if operation["tags"] != ["ops"] and not {"401", "403", "422", "default"} <= operation["responses"].keys()
    ]
    assert silent == []


@pytest.mark.parametrize("name", ["Problem", "ProblemField"])
def test_the_problem_is_described(openapi: dict[str, Any], name: str) -> None:
    assert openapi["components"]["schemas"][name]["description"]
