"""Gathers which test proves which requirement: `@pytest.mark.requirement("001-013")`, counted only when it passed.

    pytest --requirements      writes .relight/requirements.json at the end of the run

`docs/make_requirements.py` makes `docs/requirements.md` out of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pytest

REPORT = Path(".relight") / "requirements.json"
REQUIREMENT = "requirement"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--requirements", action="store_true", help=f"write {REPORT}: which test proves which requirement")


def pytest_configure(config: pytest.Config) -> None:
    is_worker = hasattr(config, "workerinput")  # those of pytest-xdist hand their reports to the one that started them
    if config.getoption("--requirements") and not is_worker:
        config.pluginmanager.register(RequirementsReport(config.rootpath / REPORT), "requirements-report")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let every report say what its test is to prove, wherever it runs."""
    for item in items:
        if ids := sorted({str(name) for mark in item.iter_markers("requirement") for name in mark.args}):
            item.user_properties.append((REQUIREMENT, ids))


class RequirementsReport:
    """The marks of this run and how their tests ended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ids: dict[str, list[str]] = {}
        self._outcomes: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        ids = cast("list[str] | None", dict(report.user_properties).get(REQUIREMENT))
        if ids is None:
            return
        test = report.nodeid
        self._ids[test] = ids
        # An xfail is reported as skipped and an xpass as passed: the second proves nothing that anybody stated.
        is_plain_pass = report.when == "call" and report.passed and not hasattr(report, "wasxfail")
        if is_plain_pass:
            self._outcomes[test] = "passed"
        elif not report.passed or report.when == "call":  # a teardown that fails takes the proof back
            self._outcomes[test] = report.outcome if not report.passed else "unexpected pass"

    def pytest_sessionfinish(self) -> None:
        tests = [
            {"test": test, "ids": ids, "outcome": self._outcomes.get(test, "not run")}
            for test, ids in sorted(self._ids.items())
        ]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps({"tests": tests}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
