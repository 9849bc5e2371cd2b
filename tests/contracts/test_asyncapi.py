"""The AsyncAPI document tells of every event, by reference to one schema each, with examples that are true."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared.events.asyncapi import make_asyncapi
from shared.events.examples import make_example
from shared.events.schemas import SPEAKERS, load_events

EVENTS = load_events()
HEARING = {
    "sla": [event for event in EVENTS.values() if event.topic != "sla"],
    "callback": [EVENTS["order-sent"]],
}
CHECK = Path(__file__).parents[2] / "deploy" / "asyncapi-check"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(make_asyncapi(HEARING)))
    return made


@pytest.mark.parametrize("name", EVENTS)
def test_the_example_of_an_event_is_one(name: str) -> None:
    example = json.dumps(make_example(EVENTS[name]))

    event = EVENTS[name].model_validate_json(example)

    assert json.loads(event.model_dump_json()) == json.loads(example)


def test_every_event_is_told_on_its_topic_by_its_owner(document: dict[str, Any]) -> None:
    assert set(document["channels"]) == {f"relight.{topic}" for topic in SPEAKERS}
    told = {
        message["$ref"].rsplit("/", 1)[-1]
        for name, operation in document["operations"].items()
        if operation["action"] == "send"
        for message in operation["messages"]
        if operation["channel"]["$ref"] == f"#/channels/relight.{name.removesuffix('.tells')}"
    }
    assert told == set(EVENTS)


def test_a_service_hears_only_what_it_reacts_to(document: dict[str, Any]) -> None:
    heard = {name: operation for name, operation in document["operations"].items() if operation["action"] == "receive"}

    assert set(heard) == {"sla.hears.intake", "sla.hears.dispatch", "sla.hears.callback", "callback.hears.intake"}
    assert heard["callback.hears.intake"]["messages"] == [{"$ref": "#/channels/relight.intake/messages/order-sent"}]
    assert heard["callback.hears.intake"]["bindings"]["kafka"]["groupId"]["const"] == "callback"


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document)))

    for reference in references:
        found = document
        for part in reference.split("/"):
            found = found[part]
        assert found
    assert len(references) > 2 * len(EVENTS)


def test_every_message_has_its_words_headers_and_a_true_example(document: dict[str, Any]) -> None:
    headers = Draft202012Validator(document["components"]["schemas"]["CloudEventHeaders"])
    for name, message in document["components"]["messages"].items():
        assert message["summary"].endswith((".", ")")), name
        [example] = message["examples"]
        headers.validate(example["headers"])
        assert example["headers"]["ce_type"] == name
        assert example["headers"]["ce_subject"] == example["payload"]["order_id"]
        assert set(example["headers"]) <= set(headers.schema["properties"])


@pytest.mark.skipif(not (CHECK / "node_modules").is_dir(), reason="npm install --prefix deploy/asyncapi-check")
def test_asyncapis_own_parser_finds_nothing_wrong(document: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "asyncapi.json"
    file.write_text(json.dumps(document))
    run = ["node", str(CHECK / "check.mjs"), str(file)]

    good = subprocess.run(run, capture_output=True, text=True, check=False, env=dict(os.environ))
    file.write_text(json.dumps(document | {"channels": {"a": {"address": 7}}}))
    bad = subprocess.run(run, capture_output=True, text=True, check=False, env=dict(os.environ))

    assert (good.returncode, good.stderr) == (0, "")
    assert bad.returncode == 1
    assert "error" in bad.stderr
