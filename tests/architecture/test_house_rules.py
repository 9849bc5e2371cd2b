"""The rules of the house that a machine can read off the source; each test says why its rule is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.tree import calls, modules, parse, project_files, read

LONGEST = 400
LONGER_FOR_A_REASON: dict[str, str] = {}
"""Modules that may be longer, each with its reason. Empty is right."""

READS_THE_CLOCK = re.compile(r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns))$")
CLOCK = "shared/clock.py"

COMMITS = {
    "shared/db.py": "the three doors commit here, after the handler and its events are written",
    "shared/migrate.py": "roles, schemas and migrations come before there is any door",
    "shared/bus/kafka/subscriber.py": "commits offsets to the broker, which is what `acknowledge` means there",
}

NO_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}

BUS_KINDS = re.compile(r"kafka|postgresbus|settings\.bus", re.IGNORECASE)

HOSTS = [
    "pypi" + ".org",
    "python" + "hosted.org",
    "npm" + "js",
    "yarn" + "pkg.com",
    "repo" + ".maven",
    "repo1" + ".maven",
    "debian" + ".org",
    "crates" + ".io",
    "proxy.golang" + ".org",
    "docker" + ".io/",
]
MACHINE = re.compile(r"(?<![\w$}.])/(?:wo" + r"rk|ro" + r"ot|opt/wh" + r"eels)(?![\w-])")
"""Folders of one machine. Written so that this file does not name them either."""


@pytest.mark.parametrize(
    ("call", "reads"),
    [
        ("datetime.now", True),
        ("datetime.datetime.utcnow", True),
        ("time.time", True),
        ("time.perf_counter", False),
        ("self._clock.now", False),
        ("datetime.fromtimestamp", False),
    ],
)
def test_the_pattern_knows_a_clock_when_it_sees_one(call: str, reads: bool) -> None:
    assert bool(READS_THE_CLOCK.search(call)) == reads


def test_only_the_clock_reads_the_clock() -> None:
    """Time is a dependency: a demonstration runs it a hundred times faster, a test sets it."""
    found = [
        f"{path}:{line}: {call}"
        for path in modules("services", "shared")
        if str(path) != CLOCK
        for line, call in calls(path)
        if READS_THE_CLOCK.search(call)
    ]
    assert found == []


def test_only_the_doors_commit() -> None:
    """A handler that commits tears its change from its events: after a crash one of them would be missing."""
    found = {str(path) for path in modules("services", "shared") for _, call in calls(path) if call.endswith(".commit")}

    assert found == set(COMMITS)


def test_no_service_knows_which_bus_carries_its_events() -> None:
    """The same code runs on one machine and on many; what knows the bus cannot."""
    found = [
        f"{path}:{number}: {line.strip()}"
        for path in modules("services")
        if path.parts[1] != "cli"
        for number, line in enumerate(read(path).splitlines(), 1)
        if BUS_KINDS.search(line)
    ]
    assert found == []


def test_no_file_is_named_for_what_it_happens_to_hold() -> None:
    """Such a room collects everything that nobody thought about; a concept has a name."""
    assert [str(path) for path in project_files() if path.stem in NO_NAMES] == []


def test_no_module_is_longer_than_a_person_reads_at_once() -> None:
    """Split it by concept, into a package of the same name; imports elsewhere stay."""
    long = {str(path) for path in _all_modules() if len(read(path).splitlines()) > LONGEST}

    assert sorted(long - LONGER_FOR_A_REASON.keys()) == []
    assert sorted(LONGER_FOR_A_REASON.keys() - long) == [], "an exception that nobody needs any more"


def test_every_module_says_what_it_is_for() -> None:
    """Whoever opens a room for the first time reads one sentence, not the room."""
    assert [str(path) for path in _all_modules() if not ast.get_docstring(parse(path))] == []


def test_every_route_of_a_service_is_told_of() -> None:
    """The policy is proven against the OpenAPI document; a hidden route or a socket would slip past that proof."""
    hidden = re.compile(r"include_in_schema|\.websocket\(|add_api_websocket_route|\.mount\(")

    assert [str(path) for path in modules("services") if hidden.search(read(path))] == []


@pytest.mark.parametrize("host", HOSTS)
def test_no_file_names_a_registry(host: str) -> None:
    """Who builds behind a mirror must not have to edit our files; hashes pin the bytes, whoever serves them."""
    assert [str(path) for path in project_files() if host in read(path)] == []


def test_no_file_names_a_folder_of_one_machine() -> None:
    """What only runs where it was written does not run."""
    found = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in project_files()
        for number, line in enumerate(read(path).splitlines(), 1)
        if MACHINE.search(line)
    ]
    assert found == []


def _all_modules() -> list[Path]:
    return [path for path in project_files() if path.suffix == ".py" and read(path).strip()]
