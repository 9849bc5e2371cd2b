"""The rules of dispatch, without a database: course of a task, whom to send, what belongs together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.dispatch.domain.assessment import assess, classify
from services.dispatch.domain.assignment import Need, choose, rank
from services.dispatch.domain.crews import Crew, CrewStatus, Point, Station, distance_m, nearest_station
from services.dispatch.domain.incidents import covers, keys_covering, keys_to_hold
from services.dispatch.domain.orders import JobOrder
from services.dispatch.domain.permits import CHECKLIST, check_checklist
from services.dispatch.domain.reports import FieldReport
from services.dispatch.domain.steps import CLOSED, STEPS, Kind, TaskStatus, needs_next
from services.dispatch.domain.tasks import Task
from shared.errors import Invalid, RelightError
from shared.events.intake import Caller
from shared.files import PHOTOS, content_type_of
from shared.glossary import AreaType, CustomerClass, FaultClass, OutageScope, SpecialNeed, Tier, VoltageLevel
from shared.ids import new_id

TEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LATER = TEN + timedelta(hours=3)
HOME = Point(116.0, 40.0)
ALLIANCE, CREW, GROUP = Tier.STATION_ALLIANCE, Tier.STATION_CREW, Tier.ELECTRICIAN_GROUP

NEEDED: dict[Kind, dict[str, Any]] = {
    kind: {name: "customer" if name == "asset_ownership" else "有" for name in step.needs}
    for kind, step in STEPS.items()
}


def make_task(status: TaskStatus = TaskStatus.DISPATCHED, **overrides: Any) -> Task:
    values: dict[str, Any] = {
        "id": new_id(),
        "order_id": new_id(),
        "incident_id": new_id(),
        "crew_code": "C-1",
        "station_code": "S-1",
        "tier": CREW,
        "dispatched_at": TEN,
        "last_at": TEN,
        "reason": "就近",
        "status": status,
    }
    return Task(**(values | overrides))


def make_report(kind: Kind, at: datetime = TEN, **details: Any) -> FieldReport:
    return FieldReport(new_id(), new_id(), kind, at, NEEDED[kind] | details)


def take(task: Task, report: FieldReport, *, is_earth_fault: bool = False) -> list[str]:
    return task.take(report, now=LATER, is_earth_fault=is_earth_fault)


def refusal(task: Task, report: FieldReport, **more: Any) -> RelightError:
    before = (task.status, task.last_at, dict(task.reported))
    with pytest.raises(RelightError) as caught:
        take(task, report, **more)
    assert (task.status, task.last_at, task.reported) == before, "a refused report changes nothing"
    assert task.untold == []
    return caught.value


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("status", list(TaskStatus))
def test_a_report_is_taken_in_the_states_of_its_line_and_refused_by_name_in_all_others(
    status: TaskStatus, kind: Kind
) -> None:
    task = make_task(status)
    step = STEPS[kind]

    if status in step.after:
        take(task, make_report(kind))
        assert task.status == (step.to or status)
    elif status in CLOSED:
        assert refusal(task, make_report(kind)).code == "report.task_closed"
    elif kind == Kind.WORK_STARTED:
        assert refusal(task, make_report(kind)).code == "report.no_permit"
    else:
        error = refusal(task, make_report(kind))
        assert error.code == "report.out_of_sequence"
        assert error.context["needs"] == needs_next(status)


@pytest.mark.requirement("000-087", "004-031")
def test_nobody_starts_work_without_a_permit() -> None:
    """Worked case E32."""
    task = make_task(TaskStatus.PERMIT_REQUESTED)

    assert refusal(task, make_report(Kind.WORK_STARTED)).code == "report.no_permit"
    task.permit(at=TEN, by="dispatcher")
    take(task, make_report(Kind.WORK_STARTED))

    assert task.status == TaskStatus.REPAIRING


@pytest.mark.requirement("000-088")
def test_an_earth_fault_brings_the_trunk_back_before_the_branches() -> None:
    """Worked case E33."""
    task = make_task(TaskStatus.REPAIRING)

    assert refusal(task, make_report(Kind.REPAIRED), is_earth_fault=True).code == "report.trunk_first"
    take(task, make_report(Kind.TRUNK_RESTORED), is_earth_fault=True)
    take(task, make_report(Kind.REPAIRED), is_earth_fault=True)

    assert task.status == TaskStatus.REPAIRED


@pytest.mark.requirement("001-057")
def test_a_step_before_its_predecessor_is_refused_and_names_the_pair() -> None:
    """Worked case E34, in the field."""
    task = make_task(TaskStatus.EN_ROUTE, last_step="departed", last_at=TEN)

    error = refusal(task, make_report(Kind.ARRIVED, TEN - timedelta(minutes=5)))

    assert error.code == "report.before_predecessor"
    assert (error.context["kind"], error.context["predecessor"]) == ("arrived", "departed")


def test_equal_times_are_allowed_and_whole_seconds_are_no_offence() -> None:
    task = make_task(last_at=TEN + timedelta(milliseconds=700))

    take(task, make_report(Kind.ACCEPTED, TEN))

    assert task.last_at == TEN + timedelta(milliseconds=700)


def test_arriving_at_the_moment_of_departing_is_taken_with_a_warning() -> None:
    task = make_task(TaskStatus.EN_ROUTE, last_step="departed", last_at=TEN)

    assert take(task, make_report(Kind.ARRIVED, TEN)) == ["report.arrived_equals_departed"]
    assert task.status == TaskStatus.ARRIVED


def test_a_report_from_the_future_is_refused_beyond_a_minute_and_dated_now_within_it() -> None:
    task = make_task()

    assert refusal(task, make_report(Kind.ACCEPTED, LATER + timedelta(seconds=61))).code == "report.from_the_future"
    take(task, make_report(Kind.ACCEPTED, LATER + timedelta(seconds=60)))

    assert task.last_at == LATER


def test_the_same_step_is_not_reported_twice() -> None:
    task = make_task()
    take(task, make_report(Kind.ACCEPTED))
    task.take_untold()

    assert refusal(task, make_report(Kind.ACCEPTED)).code == "report.already_reported"


@pytest.mark.parametrize("kind", [kind for kind, step in STEPS.items() if step.needs])
@pytest.mark.requirement("000-090", "001-061", "001-063")
def test_a_report_that_lacks_what_its_kind_needs_names_every_missing_field(kind: Kind) -> None:
    task = make_task(min(STEPS[kind].after))
    bare = FieldReport(new_id(), new_id(), kind, TEN)

    error = refusal(task, bare)

    assert error.code == "report.incomplete"
    assert [f.field for f in error.fields] == list(STEPS[kind].needs)


@pytest.mark.requirement("001-059")
def test_an_arrival_knows_when_it_was_and_when_we_learned_of_it() -> None:
    task = make_task(TaskStatus.EN_ROUTE)

    take(task, make_report(Kind.ARRIVED, TEN))

    (told,) = task.take_untold()
    assert told.occurred_at == TEN
    assert told.event.model_dump()["arrival_recorded_at"] == LATER


@pytest.mark.parametrize("missing", list(CHECKLIST))
@pytest.mark.requirement("000-087")
def test_a_permit_needs_every_line_of_the_checklist(missing: str) -> None:
    checklist = dict.fromkeys(CHECKLIST, True) | {missing: False}

    with pytest.raises(Invalid) as caught:
        check_checklist(checklist)

    assert [f.field for f in caught.value.fields] == [f"checklist.{missing}"]


def test_every_state_that_is_not_over_needs_something() -> None:
    assert [s for s in TaskStatus if s not in CLOSED and not needs_next(s)] == []


@pytest.mark.parametrize(
    ("content", "scope", "voltage", "important", "fault", "tier"),
    [
        ("家里没电", OutageScope.SINGLE_HOUSEHOLD, None, False, FaultClass.LV_FAULT, GROUP),
        ("单元没电", OutageScope.UNIT, VoltageLevel.KV_04, False, FaultClass.LV_FAULT, GROUP),
        ("小区没电", OutageScope.ESTATE, None, False, FaultClass.LV_FAULT, CREW),
        ("没电", None, None, False, FaultClass.LV_FAULT, CREW),
        ("一片没电", OutageScope.AREA, None, False, FaultClass.HV_FAULT, ALLIANCE),
        ("没电", OutageScope.UNIT, VoltageLevel.KV_10, False, FaultClass.HV_FAULT, ALLIANCE),
        ("路边倒杆", OutageScope.UNIT, None, False, FaultClass.HV_FAULT, ALLIANCE),
        ("电压不稳", OutageScope.UNIT, None, False, FaultClass.POWER_QUALITY, GROUP),
        ("电表黑屏", OutageScope.SINGLE_HOUSEHOLD, None, False, FaultClass.METERING, GROUP),
        ("空开跳闸", OutageScope.SINGLE_HOUSEHOLD, None, False, FaultClass.CUSTOMER_INTERNAL, GROUP),
        ("空开跳闸", OutageScope.ESTATE, None, False, FaultClass.LV_FAULT, CREW),
        ("家里没电", OutageScope.SINGLE_HOUSEHOLD, None, True, FaultClass.LV_FAULT, ALLIANCE),
    ],
)
@pytest.mark.requirement("000-065", "000-066", "003-019")
def test_the_tier_follows_voltage_extent_and_customer(
    content: str,
    scope: OutageScope | None,
    voltage: VoltageLevel | None,
    *,
    important: bool,
    fault: FaultClass,
    tier: Tier,
) -> None:
    judged = assess(content=content, scope=scope, voltage_level=voltage, is_important=important)

    assert (judged.class_l1, judged.tier) == (fault, tier)
    assert classify(content=content, scope=scope, voltage_level=voltage) == fault


def make_crew(code: str, tier: Tier = CREW, *, station: str = "S-1", east: float = 0.0, **overrides: Any) -> Crew:
    return Crew(code, code, tier, station, Point(HOME.lon + east, HOME.lat), **overrides)


STATIONS = {
    "S-1": Station("S-1", "一所", HOME, ("S-2",)),
    "S-2": Station("S-2", "二所", Point(116.2, 40.0)),
    "S-3": Station("S-3", "三所", Point(116.4, 40.0)),
}


@pytest.mark.requirement("000-071")
def test_the_nearest_ready_crew_of_the_right_tier_goes() -> None:
    crews = [make_crew("far", east=0.2), make_crew("near", east=0.1), make_crew("group", GROUP)]

    choice = choose(Need(CREW, "S-1", HOME), crews, STATIONS)

    assert choice is not None
    assert choice.crew.code == "near"
    assert "8.5 公里" in choice.reason


@pytest.mark.parametrize(
    ("need", "own", "goes"),
    [
        (GROUP, [GROUP, CREW, ALLIANCE], GROUP),
        (GROUP, [CREW, ALLIANCE], CREW),
        (GROUP, [ALLIANCE], ALLIANCE),
        (CREW, [GROUP, ALLIANCE], ALLIANCE),
        (CREW, [GROUP], None),
        (ALLIANCE, [GROUP, CREW, ALLIANCE], ALLIANCE),
        (ALLIANCE, [GROUP, CREW], CREW),
        (ALLIANCE, [GROUP], None),
    ],
)
@pytest.mark.requirement("000-065", "000-066", "000-067")
def test_the_next_tier_goes_when_the_right_one_has_nobody(need: Tier, own: list[Tier], goes: Tier | None) -> None:
    crews = [make_crew(tier.value, tier) for tier in own]

    choice = choose(Need(need, "S-1", HOME), crews, STATIONS)

    assert (choice.crew.tier if choice else None) == goes


@pytest.mark.requirement("000-083")
def test_a_neighbour_helps_out_when_the_own_station_has_nobody_and_the_reason_says_so() -> None:
    crews = [make_crew("own", open_tasks=1), make_crew("two", station="S-2"), make_crew("three", station="S-3")]

    choice = choose(Need(CREW, "S-1", HOME), crews, STATIONS)

    assert choice is not None
    assert choice.crew.code == "two"
    assert "互助" in choice.reason


@pytest.mark.parametrize(
    ("overrides", "status"),
    [
        ({}, CrewStatus.READY),
        ({"open_tasks": 1}, CrewStatus.BUSY),
        ({"has_people": False}, CrewStatus.UNREADY),
        ({"has_materials": False}, CrewStatus.UNREADY),
        ({"has_vehicle": False}, CrewStatus.UNREADY),
        ({"is_on_shift": False}, CrewStatus.OFF_SHIFT),
    ],
)
@pytest.mark.requirement("000-068")
def test_only_a_crew_with_people_materials_and_vehicle_is_offered(
    overrides: dict[str, Any], status: CrewStatus
) -> None:
    crew = make_crew("one", **overrides)

    assert crew.status == status
    assert (choose(Need(CREW, "S-1", HOME), [crew], STATIONS) is not None) == (status == CrewStatus.READY)


def test_a_crew_that_refused_is_not_offered_again() -> None:
    need = Need(CREW, "S-1", HOME, refused_by=frozenset({"one"}))

    assert [c.crew.code for c in rank(need, [make_crew("one"), make_crew("two")], STATIONS)] == ["two"]


def test_distance_and_nearest_station_are_those_of_the_globe() -> None:
    assert distance_m(Point(116.0, 40.0), Point(116.0, 41.0)) == pytest.approx(111_195, abs=5)
    found = nearest_station(Point(116.25, 40.0), STATIONS.values())
    assert found is not None
    assert found.code == "S-2"


@pytest.mark.parametrize(
    ("scope", "held"),
    [(OutageScope.UNIT, ["area:T1"]), (OutageScope.AREA, ["area:T1", "feeder:F1"]), (None, ["area:T1"])],
)
def test_an_incident_holds_its_transformer_area_and_the_feeder_only_when_all_is_out(
    scope: OutageScope | None, held: list[str]
) -> None:
    assert keys_to_hold(scope=scope, transformer_area="T1", feeder="F1") == held
    assert keys_covering(transformer_area="T1", feeder="F1") == ["area:T1", "feeder:F1"]
    assert keys_covering(transformer_area=None, feeder=None) == []


@pytest.mark.parametrize(("hours", "is_covered"), [(0, True), (24, True), (24.01, False)])
def test_an_outage_takes_further_orders_for_a_day(hours: float, is_covered: bool) -> None:
    assert covers(TEN, reported_at=TEN + timedelta(hours=hours)) == is_covered


@pytest.mark.requirement("000-008", "000-012")
def test_important_key_and_vulnerable_customers_have_the_first_turn() -> None:
    def priority(**caller: Any) -> int:
        order = JobOrder(
            id=new_id(),
            order_no="1",
            reported_at=TEN,
            received_at=TEN,
            content="",
            caller=Caller(name="", phone="", address="", **caller),
            area_type=AreaType.RURAL,
        )
        return order.priority

    turns = [
        priority(customer_class=CustomerClass.IMPORTANT_SPECIAL),
        priority(customer_class=CustomerClass.IMPORTANT_1),
        priority(customer_class=CustomerClass.IMPORTANT_2, is_vip=True),
        priority(is_vip=True),
        priority(special_need=SpecialNeed.LONE_ELDERLY),
        priority(),
    ]
    assert turns == sorted(set(turns))


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"MZ\x90\x00 photo.jpg", None),
        (b"", None),
    ],
)
def test_a_photo_is_known_by_its_bytes(content: bytes, content_type: str | None) -> None:
    assert content_type_of(content, among=PHOTOS) == content_type
