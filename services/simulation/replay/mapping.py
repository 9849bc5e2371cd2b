"""Which facts an outage of the map becomes. Pure: the same outage makes the same facts, with the same ids.

The rules:

1. An outage is an order of our own monitoring, reported and received when it was first seen; it began when the utility
   says, unless that is later than it was seen. As many customers are out as the map showed at that instant (0 counts).
2. The first crew status is the assignment. `*_assigned` is accepted, `*_enroute` departed, `*_onsite` arrived,
   `no_access` delayed; a status without value says nothing.
3. The map is read every 10 minutes: what was passed between two readings is reported with the first time it is known.
   So a status that was skipped (on site without en route) is filled in at the same instant as the one that shows it.
4. A status that comes again or goes backwards is sent as it is; the system refuses it by name. Nothing is filled in.
5. Customers and estimates that change later are observations of the grid; an estimate without value takes it back; one
   that lies in the past is sent too. Gone from the map is: power is back.
6. `location`, `cause` and `crew_eta` are not sent: an order stays where it was reported, a cause is the crew's reply to
   give, and an expected arrival is no promise of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from services.simulation.replay.outages import Change, Outage
from shared.clock import format_z

NAMESPACE = UUID("5f0c3c4e-0d7e-4b52-9a53-9d8d5c9f7a10")
"""Ids of facts come from it, so a second replay doubles nothing."""

STEPS = ("accepted", "departed", "arrived")
"""What a crew reports on its way, in order."""

STEP_OF_STATUS = {
    "assess_assigned": "accepted",
    "assess_enroute": "departed",
    "assess_onsite": "arrived",
    "repair_assigned": "accepted",
    "repair_enroute": "departed",
    "repair_onsite": "arrived",
    "no_access": "delayed",
}
EXPLANATION = "无法进入现场（停电地图 no_access）"


class FactKind(StrEnum):
    """Through which door a fact goes in; at one instant in this order."""

    ORDER = "order"
    ASSIGNMENT = "assignment"
    REPORT = "report"
    OBSERVATION = "observation"


_TURN = {kind: turn for turn, kind in enumerate(FactKind)}


@dataclass(frozen=True, slots=True)
class Fact:
    """Something to send. `body` lacks only the ids that the system gives (`order_id`, `task_id`)."""

    at: datetime
    kind: FactKind
    outage_id: str
    body: dict[str, Any]


def make_facts(outages: Sequence[Outage], *, origin: str, crew_codes: Sequence[str]) -> list[Fact]:
    """Return the facts of all outages in the order of their times; outages take turns with the crews."""
    facts: list[Fact] = []
    for turn, outage in enumerate(outages):
        facts.extend(facts_of(outage, origin=origin, crew_code=crew_codes[turn % len(crew_codes)]))
    facts.sort(key=lambda fact: (fact.at, _TURN[fact.kind]))  # stable: one outage's own order stays
    return facts


def facts_of(outage: Outage, *, origin: str, crew_code: str) -> Iterator[Fact]:
    """Yield one outage's facts, each kind in the order of its times."""
    yield Fact(outage.first_seen_at, FactKind.ORDER, outage.id, make_order(outage, origin=origin))
    yield from _crew_facts(outage, origin=origin, crew_code=crew_code)
    yield from _observations(outage, origin=origin)


def count_arrivals(outages: Sequence[Outage]) -> int:
    """Return at how many outages a crew was first seen on site later than the outage itself was first seen."""
    onsite = (next((c.at for c in o.changes if STEP_OF_STATUS.get(str(c.value)) == "arrived"), None) for o in outages)
    return sum(at is not None and at > o.first_seen_at for at, o in zip(onsite, outages, strict=True))


def fact_id(origin: str, outage_id: str, number: int, kind: str) -> str:
    """Return the id of one fact, always the same: of the origin, the outage, the number of its change, and the kind."""
    return str(uuid5(NAMESPACE, f"{origin}/{outage_id}/{number}/{kind}"))


# -- the order ---------------------------------------------------------------------------------------------------------


def make_order(outage: Outage, *, origin: str) -> dict[str, Any]:
    """Return the body of the order that an outage becomes (rule 1)."""
    seen = format_z(outage.first_seen_at)
    customers = customers_at_first(outage)
    order: dict[str, Any] = {
        "business_type": "fault_repair",
        "channel": "own_monitoring",
        "reported_at": seen,
        "content": f"停电地图登记的停电 {outage.id}",
        "customer": {"name": "自动监测", "phone": "00000000000", "address": f"{outage.place} {outage.id}".strip()},
        "outage_scope": scope_of(customers),
        "area_type": area_type_of(customers),
        "surroundings": "停电地图，无现场描述",
        "late_entry": {"received_at": seen, "origin": origin, "origin_no": outage.id},
    }
    if outage.lon is not None and outage.lat is not None:
        order["customer"] |= {"lon": float(outage.lon), "lat": float(outage.lat)}
    if customers is not None:
        order["customers_affected"] = customers
    if outage.started_at is not None and outage.started_at <= outage.first_seen_at:
        order["outage_started_at"] = format_z(outage.started_at)
    return order


def customers_at_first(outage: Outage) -> int | None:
    """Return how many customers the map showed as out when the outage was first seen; the last word of that instant."""
    shown = [c.value for c in outage.changes if c.field == "customers" and c.at <= outage.first_seen_at]
    return shown[-1] if shown else None


def area_type_of(customers: int | None) -> str:
    """The map names no area type. How many customers hang on what failed stands for how densely people live there."""
    return _by_size(customers, ((500, "urban"), (50, "county_town")), otherwise="rural")


def scope_of(customers: int | None) -> str:
    """How much is out, in the words that a caller would use."""
    return _by_size(customers, ((200, "area"), (20, "estate"), (2, "unit")), otherwise="single_household")


def _by_size(customers: int | None, steps: Iterable[tuple[int, str]], *, otherwise: str) -> str:
    return next((word for least, word in steps if (customers or 0) >= least), otherwise)


# -- the crew ----------------------------------------------------------------------------------------------------------


def _crew_facts(outage: Outage, *, origin: str, crew_code: str) -> Iterator[Fact]:
    statuses = [(n, c) for n, c in enumerate(outage.changes) if c.field == "crew" and c.value in STEP_OF_STATUS]
    if not statuses:
        return
    first = statuses[0][1].at
    assignment = {"crew_code": crew_code, "dispatched_at": format_z(first), "reason": "停电地图上首次出现的班组状态"}
    yield Fact(first, FactKind.ASSIGNMENT, outage.id, assignment)
    passed = 0
    for number, change in statuses:
        steps = steps_shown_by(change.value, passed=passed)
        for step in steps:
            yield _report(outage, change, step, report_id=fact_id(origin, outage.id, number, step), crew_code=crew_code)
        passed = max(passed, *(STEPS.index(step) + 1 for step in steps if step in STEPS), 0)


def steps_shown_by(status: str, *, passed: int) -> list[str]:
    """Return what is to be reported when a status shows and `passed` steps are behind (rules 3 and 4)."""
    step = STEP_OF_STATUS[status]
    if step == "delayed":
        return [*STEPS[passed:1], step]
    return [*STEPS[passed : STEPS.index(step)], step]


def _report(outage: Outage, change: Change, step: str, *, report_id: str, crew_code: str) -> Fact:
    body = {"report_id": report_id, "kind": step, "occurred_at": format_z(change.at), "crew_code": crew_code}
    if step == "delayed":
        body["explanation"] = EXPLANATION
    return Fact(change.at, FactKind.REPORT, outage.id, body)


# -- what the grid shows -----------------------------------------------------------------------------------------------


def _observations(outage: Outage, *, origin: str) -> Iterator[Fact]:
    for number, change in enumerate(outage.changes):
        seen = _what_is_seen(outage, change)
        if seen is not None:
            yield _observation(outage, change.at, fact_id(origin, outage.id, number, change.field), seen)
    if outage.gone_at is not None:
        gone = fact_id(origin, outage.id, len(outage.changes), "gone")
        yield _observation(outage, outage.gone_at, gone, {"power_restored_at": format_z(outage.gone_at)})


def _what_is_seen(outage: Outage, change: Change) -> dict[str, Any] | None:
    if change.field == "customers" and change.value is not None and change.at > outage.first_seen_at:
        return {"customers_affected": change.value}
    if change.field == "etr":
        if not change.value:
            return {"clears_estimate": True}
        return {"estimated_restoration_at": format_z(datetime.fromisoformat(change.value))}
    return None


def _observation(outage: Outage, at: datetime, observation_id: str, seen: dict[str, Any]) -> Fact:
    body = {"observation_id": observation_id, "observed_at": format_z(at), **seen}
    return Fact(at, FactKind.OBSERVATION, outage.id, body)
