"""The compose file names real settings, keeps secrets out, and gives each service its own login."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from shared.db import role_of
from shared.settings import Settings
from tests.architecture.tree import PROJECT

SERVICES = ("intake", "dispatch", "callback", "sla")
TEXT = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
EXAMPLE = (PROJECT / "deploy" / "compose.env.example").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(TEXT)
    return loaded


def environment(compose: dict[str, Any], service: str) -> dict[str, str]:
    found: dict[str, str] = compose["services"][service].get("environment", {})
    return found


@pytest.mark.parametrize("file", ["docker-compose.yml", "deploy/Dockerfile", "deploy/compose.env.example"])
def test_every_setting_that_is_named_exists(file: str) -> None:
    names = {field.alias or f"RELIGHT_{name.upper()}" for name, field in Settings.model_fields.items()}

    named = set(re.findall(r"\bRELIGHT_[A-Z_]+\b", (PROJECT / file).read_text(encoding="utf-8")))

    assert named - names == set()
    assert named


def test_every_secret_comes_from_the_environment_and_has_no_default() -> None:
    asked = re.findall(r"\$\{(\w+)(:[?-])?([^}]*)\}", TEXT)

    for name, operator, words in asked:
        if "PASSWORD" in name or "SECRET" in name:
            assert operator == ":?", name
            assert len(words) > 10, f"{name}: say what to do"
    assert not re.search(r"^\s*\w*(?:PASSWORD|SECRETS?): *[^$\s]", TEXT, re.MULTILINE)


def test_the_example_has_a_line_for_everything_that_is_asked_for() -> None:
    needed = set(re.findall(r"\$\{(\w+):\?", TEXT))

    assert set(re.findall(r"^(\w+)=", EXAMPLE, re.MULTILINE)) == needed


def test_no_line_of_the_example_stands_for_a_secret_until_it_is_filled_in() -> None:
    assert set(re.findall(r"^\w+=(.*)$", EXAMPLE, re.MULTILINE)) == {""}


def test_the_demonstration_makes_its_accounts_and_signs_as_the_platform_and_knows_no_more(
    compose: dict[str, Any],
) -> None:
    values = {name: value for name, value in environment(compose, "demo").items() if value is not None}

    assert set(values) == {"RELIGHT_DATABASE_URL", "RELIGHT_DISPATCH_DATABASE_URL", "RELIGHT_UPSTREAM_SECRETS"}
    for name in ("RELIGHT_DISPATCH_DATABASE_URL", "RELIGHT_DATABASE_URL"):
        assert values[name] == environment(compose, "dispatch")[name]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_knows_its_own_login_and_no_other(compose: dict[str, Any], service: str) -> None:
    values = environment(compose, service)

    logins = {name: re.findall(r"postgresql://(\w+):[^@]*@", url or "") for name, url in values.items()}
    assert {name: found for name, found in logins.items() if found} == {
        f"RELIGHT_{service.upper()}_DATABASE_URL": [role_of(service)]
    }
    assert "POSTGRES_PASSWORD" not in str(values)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_after_the_migration_and_ends_in_peace(compose: dict[str, Any], service: str) -> None:
    declared = compose["services"][service]

    assert declared["command"] == ["serve", service]
    assert declared["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert declared["depends_on"]["kafka"] == {"condition": "service_healthy"}
    assert declared["stop_grace_period"] == "30s"
    assert declared["image"] == compose["services"]["migrate"]["image"]


def test_the_gateway_leads_to_every_service(compose: dict[str, Any]) -> None:
    conf = (PROJECT / "deploy" / "gateway" / "nginx.conf").read_text(encoding="utf-8")

    assert set(compose["services"]["gateway"]["depends_on"]) == set(SERVICES)
    assert set(re.findall(r"\(\?<service>([\w|]+)\)", conf)) == {"|".join(SERVICES)}
    assert compose["services"]["gateway"]["ports"] == ["8095:8095"]


def test_only_the_gateway_and_the_observers_are_reached_from_outside(compose: dict[str, Any]) -> None:
    published = {name for name, service in compose["services"].items() if "ports" in service}

    assert published == {"gateway", "prometheus", "grafana"}
    for name in ("prometheus", "grafana"):
        assert all(port.startswith("127.0.0.1:") for port in compose["services"][name]["ports"])


def test_demonstration_and_observation_are_asked_for_by_name(compose: dict[str, Any]) -> None:
    profiles = {name: service.get("profiles", []) for name, service in compose["services"].items()}

    assert {name: found for name, found in profiles.items() if found} == {
        "demo": ["demo"],
        "prometheus": ["observability"],
        "grafana": ["observability"],
    }


def test_what_is_mounted_is_there(compose: dict[str, Any]) -> None:
    mounted = [volume for service in compose["services"].values() for volume in service.get("volumes", [])]

    for volume in mounted:
        if volume.startswith("./"):
            assert (PROJECT / volume.split(":")[0]).exists(), volume
