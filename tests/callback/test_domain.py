"""The one table of a plan's life, and the hours in which customers are left alone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.callback.domain import CLOSED, OPEN, TRANSITIONS, CallingRules, PlanStatus, leading_to, rules_at
from shared.clock import SHANGHAI
from shared.ids import new_id


def make_rules(**overrides: object) -> CallingRules:
    known: dict[str, object] = {
        "id": new_id(),
        "plan": "repair_local",
        "valid_from": datetime(2000, 1, 1, tzinfo=UTC),
        "due_after": timedelta(hours=24),
        "warn_before": timedelta(hours=6),
        "quiet_from": time(21),
        "quiet_until": time(8),
        "attempts": 3,
        "attempts_apart": timedelta(hours=2),
    }
    return CallingRules(**(known | overrides))  # type: ignore[arg-type]


def test_every_state_can_be_reached_and_every_open_one_can_end() -> None:
    assert TRANSITIONS.keys() == set(PlanStatus)
    assert {status for status in PlanStatus if not leading_to(status)} == {PlanStatus.SCHEDULED}
    assert {PlanStatus.COMPLETED, PlanStatus.UNREACHABLE, PlanStatus.CANCELLED} == CLOSED
    assert PlanStatus.OVERDUE in OPEN


moments = st.integers(0, 10 * 366 * 86_400).map(lambda s: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
minutes = st.integers(0, 24 * 60 - 1).map(lambda m: time(m // 60, m % 60))


@given(moments, minutes, minutes)
def test_the_first_call_is_never_in_quiet_hours_and_never_earlier_than_asked(
    moment: datetime, quiet_from: time, quiet_until: time
) -> None:
    rules = make_rules(
        quiet_from=quiet_from.replace(second=0, microsecond=0), quiet_until=quiet_until.replace(second=0, microsecond=0)
    )

    first = rules.first_call_from(moment)

    assert moment <= first < moment + timedelta(days=1)
    assert not rules.is_quiet(first)


@given(moments)
def test_equal_ends_mean_no_quiet_hours(moment: datetime) -> None:
    assert not make_rules(quiet_from=time(0), quiet_until=time(0)).is_quiet(moment)


def test_quiet_hours_are_those_of_shanghai() -> None:
    rules = make_rules()

    hours = [hour for hour in range(24) if rules.is_quiet(datetime(2026, 1, 1, hour, tzinfo=SHANGHAI))]

    assert hours == [0, 1, 2, 3, 4, 5, 6, 7, 21, 22, 23]


def test_the_version_of_the_day_rules() -> None:
    old, new = make_rules(), make_rules(valid_from=datetime(2026, 1, 1, tzinfo=UTC))

    assert rules_at([new, old], "repair_local", datetime(2025, 12, 31, tzinfo=UTC)) is old
    assert rules_at([new, old], "repair_local", datetime(2026, 1, 1, tzinfo=UTC)) is new
    assert rules_at([new, old], "repair_local", datetime(1990, 1, 1, tzinfo=UTC)) is old
