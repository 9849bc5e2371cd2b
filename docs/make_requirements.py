"""Makes `docs/requirements.md`: every requirement of the source texts, and the tests that prove it, if any does yet.

    pytest --requirements && python docs/make_requirements.py           (`make requirements`)
    pytest --requirements && python docs/make_requirements.py --check   (the file must already say the same)

Ids and titles come from `docs/requirements.csv`, proofs from `.relight/requirements.json`, which
`tests/requirements_plugin.py` writes. Exit codes: 1 a mark names an unknown id, 2 no report, 3 the page is stale.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

DOCS = Path(__file__).parent
PAGE = DOCS / "requirements.md"
LIST = DOCS / "requirements.csv"
REPORT = DOCS.parent / ".relight" / "requirements.json"

HEAD = """# Requirements and their proofs

Made by `make requirements` from `docs/requirements.csv` and a run of the tests; do not edit. A row is *proven* when
tests marked with its id exist and every one of them passed; *failing* or *not run* when they did not; a dash means that
no test claims it yet.

"""


@dataclass
class Requirement:
    """One row of the source texts and the tests that claim to prove it: test name to outcome."""

    id: str
    title: str
    where: str
    tests: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """Return proven, failing, not run or a dash; one test that did not pass is enough not to be proven."""
        if not self.tests:
            return "–"
        outcomes = set(self.tests.values())
        if outcomes == {"passed"}:
            return "proven"
        return "not run" if outcomes <= {"passed", "skipped", "not run"} else "failing"

    @property
    def services(self) -> list[str]:
        """Return the services that answer for it."""
        return [name.strip() for name in self.where.split(",")]


def read_requirements(path: Path = LIST) -> dict[str, Requirement]:
    """Return the rows of the committed list by id."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["id"]: Requirement(row["id"], row["requirement"], row["where"]) for row in csv.DictReader(file)}


def add_proofs(requirements: dict[str, Requirement], report: Path = REPORT) -> list[str]:
    """Write each marked test under the requirements that it names; return a complaint for each unknown id."""
    complaints = []
    for entry in json.loads(report.read_text(encoding="utf-8"))["tests"]:
        test, outcome = entry["test"].partition("[")[0], entry["outcome"]
        for name in entry["ids"]:
            if name not in requirements:
                complaints.append(f"{entry['test']}: unknown requirement {name!r}")
                continue
            tests = requirements[name].tests
            if tests.get(test, "passed") == "passed":  # of a test's many cases, the first that did not pass decides
                tests[test] = outcome
    return complaints


def render(requirements: dict[str, Requirement]) -> str:
    """Return the page."""
    lines = [HEAD, "| service | rows | proven | failing | not run | no test yet |\n|---|---|---|---|---|---|\n"]
    for name, counts in summary(requirements).items():
        cells = (counts.total(), counts["proven"], counts["failing"], counts["not run"], counts["–"])
        lines.append(f"| {name} | {' | '.join(map(str, cells))} |\n")
    lines.append("\nA row that two services answer for counts for both; `all` counts it once.\n")
    source = ""
    for row in requirements.values():
        if row.id[:3] != source:
            source = row.id[:3]
            lines.append(
                f"\n## Source {source}\n\n| id | requirement | where | state | tests |\n|---|---|---|---|---|\n"
            )
        proofs = "<br>".join(link(test) for test in sorted(row.tests))
        lines.append(f"| {row.id} | {row.title.replace('|', chr(92) + '|')} | {row.where} | {row.state} | {proofs} |\n")
    return "".join(lines)


def link(test: str) -> str:
    """Return a link to a test's file, named by the sentence that the test is called."""
    path, _, name = test.partition("::")
    return f"[{name.rpartition('::')[2].removeprefix('test_').replace('_', ' ')}](../{path})"


def summary(requirements: dict[str, Requirement]) -> dict[str, Counter[str]]:
    """Count the states for each service and for all of them."""
    counts: dict[str, Counter[str]] = {}
    for row in requirements.values():
        for name in row.services:
            counts.setdefault(name, Counter())[row.state] += 1
    ordered = dict(sorted(counts.items(), key=lambda item: -item[1].total()))
    return {**ordered, "all": Counter(row.state for row in requirements.values())}


def main() -> int:
    """Write or check the page; say how far each service is."""
    parser = argparse.ArgumentParser(description="Make docs/requirements.md from the last `pytest --requirements`.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail when the page says something else")
    is_check = parser.parse_args().check
    if not REPORT.exists():
        sys.stderr.write("no .relight/requirements.json: run `make requirements`, or pytest --requirements, first\n")
        return 2
    requirements = read_requirements()
    complaints = add_proofs(requirements)
    for name, counts in summary(requirements).items():
        sys.stdout.write(f"{name:10} {counts['proven']:4} of {counts.total():3} proven\n")
    if complaints:
        sys.stderr.write("\n".join(complaints) + "\n")
        return 1
    page = render(requirements)
    if is_check and (not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page):
        sys.stderr.write("docs/requirements.md is stale: run `make requirements`\n")
        return 3
    if not is_check:
        PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
