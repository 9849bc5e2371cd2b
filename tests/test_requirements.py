"""Which test proves which requirement is counted honestly: only what passed, and no id that nobody asked for."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).parents[1]

SUITE = """
import pytest

@pytest.mark.requirement("000-001", "000-002")
def test_passes(): pass

@pytest.mark.requirement("000-002")
def test_fails(): assert False

@pytest.mark.requirement("000-003")
def test_skips(): pytest.skip("not here")

@pytest.mark.requirement("000-004")
@pytest.mark.parametrize("case", [1, 2])
def test_has_cases(case): assert case == 1

@pytest.mark.requirement("000-005")
@pytest.mark.xfail
def test_is_expected_to_fail(): assert False

@pytest.fixture
def breaks_afterwards():
    yield
    raise RuntimeError

@pytest.mark.requirement("000-006")
def test_breaks_afterwards(breaks_afterwards): pass

def test_claims_nothing(): pass
"""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_requirements", PROJECT / "docs" / "make_requirements.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suite")
    (folder / "test_suite.py").write_text(SUITE)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = requirement\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.requirements_plugin", "--requirements", str(folder)]
    subprocess.run(
        [*command, "--rootdir", str(folder), "-p", "no:cacheprovider"], cwd=PROJECT, capture_output=True, check=False
    )
    return folder / ".relight" / "requirements.json"


def test_only_what_passed_in_every_case_is_proven(script: ModuleType, report: Path) -> None:
    requirements = script.read_requirements()

    assert script.add_proofs(requirements, report) == []

    states = {name: requirements[name].state for name in (f"000-00{number}" for number in range(1, 8))}
    assert states == {
        "000-001": "proven",
        "000-002": "failing",
        "000-003": "not run",
        "000-004": "failing",
        "000-005": "not run",
        "000-006": "failing",
        "000-007": "–",
    }
    assert "| 000-001 | 首问负责制" in script.render(requirements)


def test_an_unknown_id_is_named(script: ModuleType, tmp_path: Path) -> None:
    report = tmp_path / "requirements.json"
    report.write_text(json.dumps({"tests": [{"test": "tests/a.py::test_b", "ids": ["009-999"], "outcome": "passed"}]}))

    assert script.add_proofs(script.read_requirements(), report) == [
        "tests/a.py::test_b: unknown requirement '009-999'"
    ]


def test_the_list_has_all_306_rows(script: ModuleType) -> None:
    requirements = script.read_requirements()

    assert len(requirements) == 306
    assert {name for row in requirements.values() for name in row.services} == {
        "intake",
        "dispatch",
        "callback",
        "sla",
        "console",
    }
