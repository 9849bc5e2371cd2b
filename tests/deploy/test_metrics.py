"""The interface to operations: every metric that is promised is declared, and nothing watches one that is not."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from tests.architecture.tree import PROJECT, modules, read
from tests.migrations import find_services

PROMISED: dict[str, tuple[str, ...]] = {
    "relight_orders_received": ("business_type", "channel"),
    "relight_orders_open": ("business_type", "status"),
    "relight_orders_declined": ("reason",),
    "relight_returns": ("level", "reason_code"),
    "relight_return_rate_ratio": ("level", "period"),
    "relight_sla_clocks_open": ("promise",),
    "relight_sla_breaches": ("promise", "layer"),
    "relight_sla_warnings": ("promise",),
    "relight_sla_timer_lateness_seconds": (),
    "relight_arrival_minutes": ("area_type",),
    "relight_restoration_minutes": ("area_type",),
    "relight_dispatch_decision_seconds": (),
    "relight_crews": ("tier", "status"),
    "relight_callbacks_due": ("plan",),
    "relight_callbacks_overdue": ("plan",),
    "relight_event_lag_seconds": ("group",),
    "relight_events_consumed": ("group", "type", "outcome"),
    "relight_dead_letters": ("group",),
    "relight_outbox_pending": ("service",),
    "relight_notifications": ("status",),
    "http_server_request_duration_seconds": ("http_request_method", "http_route", "http_response_status_code"),
}
"""Interfaces, section 3: the names without the endings that their kind adds, and their labels.

`relight_upstream_deliveries` comes with the deliveries themselves; `relight_notifications` is one of our own that an
alert watches.
"""

PERSONAL = {"phone", "name", "address", "customer_no", "order_id", "order_no", "crew_code", "login", "path"}
"""What would be personal, or without bound, as a label."""

ENDINGS = re.compile(r"_(total|bucket|count|sum)$")
METRIC = re.compile(r"\b(?:relight|http_server)_[a-z_]+\b")
FOLDER = PROJECT / "deploy"


@pytest.fixture(scope="module")
def declared() -> dict[str, tuple[str, ...]]:
    find_services()
    for path in modules("services"):
        if "prometheus_client" in read(path):
            importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
    found = {thing for thing in REGISTRY._collector_to_names if isinstance(thing, MetricWrapperBase)}
    return {metric._name: tuple(metric._labelnames) for metric in found}


@pytest.mark.parametrize("name", PROMISED)
def test_a_promised_metric_is_declared_with_its_labels(declared: dict[str, tuple[str, ...]], name: str) -> None:
    assert declared.get(name) == PROMISED[name]


def test_no_label_is_personal_or_unbounded(declared: dict[str, tuple[str, ...]]) -> None:
    assert {name: labels for name, labels in declared.items() if PERSONAL & set(labels)} == {}


def expressions() -> Iterator[tuple[str, str]]:
    rules = yaml.safe_load((FOLDER / "prometheus/rules/relight.yml").read_text(encoding="utf-8"))
    for group in rules["groups"]:
        for rule in group["rules"]:
            yield rule.get("alert") or rule["record"], rule["expr"]
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


def dashboard() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / "grafana/dashboards/relight.json").read_text(encoding="utf-8"))
    return loaded


def test_rules_and_panels_watch_what_is_promised() -> None:
    watched = {ENDINGS.sub("", name) for _, expression in expressions() for name in METRIC.findall(expression)}

    assert watched <= PROMISED.keys()
    assert len(watched) > 15


def test_rules_and_panels_use_recorded_series_that_exist() -> None:
    recorded = {name for name, _ in expressions() if name.startswith("relight:")}
    used = {name for _, expression in expressions() for name in re.findall(r"\brelight:[a-z0-9_:]+", expression)}

    assert used <= recorded
    assert recorded <= used, "recorded and never used"


def test_panels_have_their_own_ids_and_the_provisioned_source() -> None:
    panels = dashboard()["panels"]
    sources = yaml.safe_load((FOLDER / "grafana/provisioning/datasources/prometheus.yml").read_text())

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert {p["datasource"]["uid"] for p in panels if "datasource" in p} == {sources["datasources"][0]["uid"]}


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool: Debian's package prometheus")
def test_promtool_finds_rules_panels_and_their_unit_tests_right(tmp_path: Path) -> None:
    panels = tmp_path / "panels.yml"
    rules = [{"record": f"panel:{number}", "expr": text} for number, (_, text) in enumerate(expressions())]
    panels.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))

    for command in (
        ["check", "rules", str(panels)],
        ["check", "config", "prometheus/prometheus.yml"],
        ["test", "rules", *map(str, sorted(FOLDER.glob("prometheus/rules/*.test.yml")))],
    ):
        run = subprocess.run(["promtool", *command], cwd=FOLDER, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
