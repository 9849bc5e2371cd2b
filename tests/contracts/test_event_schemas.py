"""The committed schemas of events are current, and only grow."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field, create_model

from shared.events.growth import find_shrinkage
from shared.events.schemas import (
    FOLDER,
    SPEAKERS,
    find_losses,
    find_stale,
    load_events,
    make_schema,
    make_schemas,
    read_schemas,
    write_schemas,
)
from shared.glossary import Word

REFRESH = "run: python -m shared.events.schemas --write"


class Colour(Word):
    """A made-up list of words."""

    RED = "red"
    GREEN = "green"


class Place(BaseModel):
    """A made-up part."""

    street: str
    floor: int | None = None


class Before(BaseModel):
    """A made-up event as it was."""

    topic: ClassVar[str] = "made-up"

    number: str
    seen: int
    colour: Colour
    place: Place
    notes: list[str] = []
    weight: float | None = None
    length: int = Field(0, le=10)


def schema_of(**changes: Any) -> dict[str, Any]:
    """The schema of `Before` with some fields declared otherwise."""
    return create_model("After", __base__=Before, **changes).model_json_schema(mode="serialization")


def before() -> dict[str, Any]:
    return Before.model_json_schema(mode="serialization")


class MoreColours(Word):
    RED = "red"
    GREEN = "green"
    BLUE = "blue"


class FewerColours(Word):
    RED = "red"


class BiggerPlace(Place):
    """A part with one more optional field."""

    door: str | None = None


class OtherPlace(BaseModel):
    """A part whose field got another name."""

    road: str
    floor: int | None = None


class StricterPlace(BaseModel):
    street: str
    floor: int


def test_the_committed_schemas_are_current() -> None:
    assert find_stale(read_schemas(), make_schemas()) == [], REFRESH


def test_events_take_nothing_away_from_the_committed_ones() -> None:
    assert find_losses(read_schemas(), make_schemas()) == []


def test_every_event_has_a_topic_a_summary_and_a_module_of_its_speaker() -> None:
    for name, event in load_events().items():
        assert event.topic in SPEAKERS, name
        assert f"{event.__module__}.".startswith(f"shared.events.{event.topic}."), name
        assert event.__dict__.get("__doc__"), name


def test_every_committed_schema_is_a_json_schema() -> None:
    schemas = read_schemas()

    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.json" for name in schemas}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"extra": (str | None, None)}, id="an optional field comes"),
        pytest.param({"colour": (MoreColours, ...)}, id="a word comes"),
        pytest.param({"seen": (float, ...)}, id="a whole number becomes any number"),
        pytest.param({"seen": (int | str, ...)}, id="a type widens"),
        pytest.param({"number": (str | None, None)}, id="a required field becomes optional"),
        pytest.param({"place": (BiggerPlace, ...)}, id="an optional field comes deep inside"),
        pytest.param({"colour": (str, ...)}, id="a list of words opens"),
        pytest.param({"length": (int, Field(0, le=20))}, id="a limit rises"),
    ],
)
def test_growing_is_no_loss(changes: dict[str, Any]) -> None:
    assert find_shrinkage(before(), schema_of(**changes)) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"extra": (str, ...)}, "event.extra: the field is required now", id="a required field comes"),
        pytest.param({"weight": (float | None, ...)}, "event.weight: the field is required now", id="required"),
        pytest.param({"colour": (FewerColours, ...)}, "event.colour: the value 'green' is gone", id="a word goes"),
        pytest.param({"colour": (Literal["red"], ...)}, "event.colour: the value 'green' is gone", id="one word left"),
        pytest.param({"weight": (float, 0.0)}, "event.weight: null is no longer allowed", id="null goes"),
        pytest.param({"seen": (str, ...)}, "event.seen: integer is no longer allowed", id="another type"),
        pytest.param(
            {"number": (Literal["a"], ...)}, "event.number: only listed values are allowed now", id="a list closes"
        ),
        pytest.param(
            {"number": (str, Field(max_length=5))}, "event.number: maxLength is 5 now, was open", id="a limit comes"
        ),
        pytest.param(
            {"number": (str, Field(min_length=5))}, "event.number: minLength is 5 now, was open", id="a least comes"
        ),
        pytest.param(
            {"number": (str, Field(pattern="^a"))}, "event.number: pattern is '^a' now, was 'open'", id="a pattern"
        ),
        pytest.param({"length": (int, Field(0, le=5))}, "event.length: maximum is 5 now, was 10", id="a limit sinks"),
        pytest.param({"notes": (list[int], [])}, "event.notes[]: string is no longer allowed", id="another item"),
        pytest.param(
            {"place": (StricterPlace, ...)}, "event.place.floor: null is no longer allowed", id="narrow deep inside"
        ),
        pytest.param(
            {"place": (OtherPlace, ...)},
            "event.place.street: the field is gone or has another name",
            id="another name deep inside",
        ),
    ],
)
def test_taking_away_is_named(changes: dict[str, Any], told: str) -> None:
    assert told in find_shrinkage(before(), schema_of(**changes))


def without(name: str) -> Callable[[dict[str, Any]], None]:
    def change(schema: dict[str, Any]) -> None:
        del schema["properties"][name]
        schema["required"] = [field for field in schema["required"] if field != name]

    return change


def closed(schema: dict[str, Any]) -> None:
    schema["additionalProperties"] = False


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(without("seen"), "event.seen: the field is gone or has another name", id="a required field goes"),
        pytest.param(without("weight"), "event.weight: the field is gone or has another name", id="an optional one"),
        pytest.param(closed, "event: unknown fields are no longer allowed", id="unknown fields"),
    ],
)
def test_a_field_that_goes_is_named(change: Callable[[dict[str, Any]], None], told: str) -> None:
    after = copy.deepcopy(before())
    change(after)

    assert find_shrinkage(before(), after) == [told]


def test_another_topic_is_another_event() -> None:
    event = load_events()["order-created"]
    schema = make_schema(event)

    assert find_shrinkage(schema, schema | {"x-topic": "sla"}) == ["x-topic was 'intake', is 'sla'"]


def test_writing_adds_what_is_new_and_refuses_what_takes_away(tmp_path: Path) -> None:
    current = make_schemas()
    assert write_schemas(tmp_path, current) == sorted(current)
    assert write_schemas(tmp_path, current) == []

    fewer = copy.deepcopy(current)
    del fewer["order-created"]["properties"]["channel"]
    fewer["order-sent"]["title"] = "changed"
    with pytest.raises(ValueError, match=r"order-created: event\.channel"):
        write_schemas(tmp_path, fewer)
    with pytest.raises(ValueError, match="order-created: the event is gone"):
        write_schemas(tmp_path, {name: schema for name, schema in current.items() if name != "order-created"})
    assert read_schemas(tmp_path) == current
    assert json.loads((tmp_path / "order-sent.json").read_text())["title"] == "OrderSent"
