"""The rules of an order, by themselves: its table of transitions, its times, its three minutes."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.intake.domain import closing, receiving
from services.intake.domain.closing import CancelReason, CustomerAnswer, Return
from services.intake.domain.field import STEPS
from services.intake.domain.lifecycle import (
    FIELD,
    LIFECYCLES,
    REPAIR,
    TERMINAL,
    Action,
    Status,
    is_legal,
    legal_actions,
    next_status,
)
from services.intake.domain.new_order import NewOrder, order_number
from services.intake.domain.order import Order
from services.intake.domain.receiving import DeclineReason
from shared.errors import Conflict, Invalid
from shared.glossary import BusinessType, Channel, OutageScope, ReturnLevel, Satisfaction
from shared.ids import new_id

TEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LATER = TEN + timedelta(days=2)
REPAIR_TYPE = BusinessType.FAULT_REPAIR


def minutes(number: float) -> datetime:
    return TEN + timedelta(minutes=number)


def make_new(**overrides: Any) -> NewOrder:
    said: dict[str, Any] = {
        "business_type": REPAIR_TYPE,
        "channel": Channel.LOCAL_HOTLINE,
        "reported_at": TEN - timedelta(minutes=1),
        "content": "停电",
        "name": "张伟",
        "phone": "13812345678",
        "address": "兴安县界首镇大洞村 12 号",
        "taken_by": "agent-1",
        "outage_scope": OutageScope.UNIT,
        "outage_started_at": TEN - timedelta(minutes=5),
    }
    return NewOrder(**(said | overrides))


def make_order(**overrides: Any) -> Order:
    """Make an order that was received at ten, `overrides` put upon it."""
    order = receiving.receive(make_new(), None, order_id=new_id(), order_no="2026112300000001", now=TEN)
    for name, value in overrides.items():
        setattr(order, name, value)
    return order


def make_replied(**overrides: Any) -> Order:
    """Make an order whose crew has replied at 11:00."""
    done = {
        "status": Status.REPLIED,
        "accepted_at": TEN,
        "dispatched_at": minutes(2),
        "arrived_at": minutes(20),
        "repaired_at": minutes(50),
        "power_restored_at": minutes(55),
        "replied_at": minutes(60),
        "reply_process": "更换断线",
        "reply_result": "已恢复供电",
        "customer_opinion": "满意",
        "reply_cause": "大风",
    }
    return make_order(**(done | overrides))


@pytest.mark.requirement("001-001")
def test_there_are_exactly_seven_business_types_and_each_has_a_life_cycle() -> None:
    assert set(LIFECYCLES) == set(BusinessType)
    assert len(LIFECYCLES) == 7


@pytest.mark.requirement("001-004", "001-005")
def test_no_provincial_review_stands_on_the_way_of_a_repair() -> None:
    reached = set().union(*(step.targets for step in REPAIR.values())) | {Status.RECEIVED}

    assert not [status for status in reached if "province" in status]
    assert next_status(REPAIR_TYPE, Status.REPLIED, Action.SEND) is Status.SENT


def test_every_status_but_the_first_is_reached_and_every_one_that_is_not_terminal_is_left() -> None:
    for lifecycle in LIFECYCLES.values():
        reached = set().union(*(step.targets for step in lifecycle.values()))
        left = set().union(*(step.sources for step in lifecycle.values()))

        assert left - reached == {Status.RECEIVED}
        assert reached - left <= TERMINAL
        assert left & TERMINAL <= {Status.ARCHIVED}
    assert {step for table in LIFECYCLES.values() for a in table.values() for step in a.targets} == set(Status) - {
        Status.RECEIVED
    }


def test_the_ordinary_path_is_legal_step_by_step() -> None:
    path = [
        (Action.ACCEPT, Status.ACCEPTED),
        (Action.ASSESS, Status.ASSESSED),
        (Action.DISPATCH, Status.DISPATCHED),
        (Action.CREW_ACCEPT, Status.CREW_ACCEPTED),
        (Action.DEPART, Status.EN_ROUTE),
        (Action.ARRIVE, Status.ARRIVED),
        (Action.SURVEY, Status.SURVEYED),
        (Action.REQUEST_SUPPORT, Status.AWAITING_SUPPORT),
        (Action.REQUEST_SWITCHING, Status.AWAITING_SWITCHING),
        (Action.FINISH_SWITCHING, Status.SURVEYED),
        (Action.PERMIT, Status.PERMITTED),
        (Action.START_WORK, Status.REPAIRING),
        (Action.RESTORE_TRUNK, Status.PARTIALLY_RESTORED),
        (Action.REPAIR, Status.REPAIRED),
        (Action.RESTORE, Status.RESTORED),
        (Action.REPLY, Status.REPLIED),
        (Action.SEND, Status.SENT),
        (Action.AWAIT_CALLBACK, Status.CALLBACK_PENDING),
        (Action.CALL_BACK, Status.CALLED_BACK),
        (Action.ARCHIVE, Status.ARCHIVED),
    ]
    status = Status.RECEIVED
    for action, target in path:
        status = next_status(REPAIR_TYPE, status, action)
        assert status is target


@pytest.mark.parametrize("business_type", list(BusinessType))
def test_what_the_table_does_not_know_is_refused_by_name(business_type: BusinessType) -> None:
    for status, action in itertools.product(Status, Action):
        step = LIFECYCLES[business_type].get(action)
        if step and status in step.leads:
            assert next_status(business_type, status, action) is step.leads[status]
            continue
        with pytest.raises(Conflict) as refused:
            next_status(business_type, status, action)
        assert refused.value.code == "order.transition_illegal"
        legal = [str(a) for a in legal_actions(business_type, status)]
        assert refused.value.context == {"status": str(status), "action": str(action), "legal": legal}


def test_no_fact_of_the_field_moves_an_order_back() -> None:
    for step in STEPS.values():
        if step.action is None or step.action is Action.FINISH_SWITCHING:
            continue
        (target,) = REPAIR[step.action].targets
        for later in FIELD[FIELD.index(target) :]:
            is_aside = later is Status.AWAITING_SWITCHING and target is Status.AWAITING_SUPPORT
            assert is_aside or not is_legal(REPAIR_TYPE, later, step.action), (later, step.action)


@pytest.mark.parametrize("action", [Action.CANCEL_AS_DUPLICATE, Action.CANCEL_AS_FALSE_ALARM])
def test_after_the_repair_nothing_is_cancelled(action: Action) -> None:
    assert is_legal(REPAIR_TYPE, Status.REPAIRING, action)
    for late in (Status.REPAIRED, Status.RESTORED, Status.SENT, Status.ARCHIVED):
        assert not is_legal(REPAIR_TYPE, late, action)


@pytest.mark.requirement("001-055")
@pytest.mark.parametrize(("seconds", "is_in_time"), [(180, True), (181, False)])
def test_e13_until_three_minutes_have_passed_an_order_can_be_declined(seconds: int, is_in_time: bool) -> None:
    order = make_order()
    at = TEN + timedelta(seconds=seconds)

    assert order.accept_by == TEN + timedelta(minutes=3)
    if is_in_time:
        receiving.decline(order, DeclineReason.WRONG_AREA, None, at=at, by="desk", now=at)
        assert (order.status, order.declined_at) == (Status.DECLINED, at)
    else:
        with pytest.raises(Conflict) as refused:
            receiving.decline(order, DeclineReason.WRONG_AREA, None, at=at, by="desk", now=at)
        assert refused.value.code == "order.decline_too_late"
        assert order.status is Status.RECEIVED


def test_nobody_declines_an_order_of_today_by_dating_back() -> None:
    with pytest.raises(Conflict, match="decline_too_late"):
        receiving.decline(make_order(), DeclineReason.OTHER, "x", at=minutes(2), by="desk", now=minutes(9))


@pytest.mark.parametrize("business_type", [kind for kind in BusinessType if kind is not REPAIR_TYPE])
def test_only_a_repair_has_three_minutes_to_be_declined(business_type: BusinessType) -> None:
    order = make_order(business_type=business_type)
    later = minutes(60 * 24)

    receiving.decline(order, DeclineReason.WRONG_AREA, None, at=later, by="desk", now=later)

    assert (order.status, order.declined_at) == (Status.DECLINED, later)


def test_a_late_entry_is_declined_by_its_own_times() -> None:
    order = make_order(is_late_entry=True)

    receiving.decline(order, DeclineReason.DUPLICATE, None, at=minutes(2), by="desk", now=LATER)

    assert order.status is Status.DECLINED


@pytest.mark.requirement("001-021")
def test_e34_sent_before_repaired_is_refused_and_names_the_pair() -> None:
    order = make_replied(repaired_at=minutes(50), power_restored_at=None, replied_at=None)

    with pytest.raises(Invalid) as refused:
        closing.send(order, at=minutes(45), by="reviewer", now=LATER)

    assert refused.value.code == "order.times_out_of_order"
    assert refused.value.context == {"earlier": "repaired_at", "later": "sent_at"}
    assert order.status is Status.REPLIED


def test_equal_times_are_fine_and_the_future_is_not() -> None:
    closing.send(make_replied(), at=minutes(60), by="reviewer", now=LATER)
    with pytest.raises(Invalid, match="time_in_future"):
        closing.send(make_replied(), at=LATER + timedelta(minutes=2), by="reviewer", now=LATER)


@pytest.mark.requirement("001-022")
@pytest.mark.parametrize("opinion", [None, "", "  "])
def test_nothing_is_sent_without_the_customers_opinion(opinion: str | None) -> None:
    with pytest.raises(Conflict, match="customer_opinion_missing"):
        closing.send(make_replied(customer_opinion=opinion), at=minutes(61), by="reviewer", now=LATER)


def test_an_order_that_a_crew_restored_waits_for_its_reply() -> None:
    order = make_replied(status=Status.RESTORED, replied_at=None)

    with pytest.raises(Conflict, match="reply_missing"):
        closing.send(order, at=minutes(61), by="reviewer", now=LATER)


def test_an_order_that_the_grid_restored_is_sent_with_the_standard_statement() -> None:
    order = make_order(
        status=Status.RESTORED, accepted_at=TEN, power_restored_at=minutes(9), is_restoration_observed=True
    )

    closing.send(order, at=minutes(20), by="reviewer", now=LATER)

    assert (order.status, order.is_standard_statement) == (Status.SENT, True)
    assert order.reply_result == closing.STANDARD_RESULT
    closing.call_back(
        order, CustomerAnswer(called_back_at=minutes(90)), by_national=False, by="callback", now=minutes(90)
    )
    assert order.status is Status.ARCHIVED


@pytest.mark.requirement("001-018", "001-020")
def test_a_return_is_the_same_order_in_its_next_round_and_counts() -> None:
    order = make_replied(status=Status.SENT, sent_at=minutes(70))
    number = order.order_no

    closing.give_back(
        order,
        Return(level=ReturnLevel.NATIONAL, reason_code="not_fully_solved", reason="未解决", returned_at=minutes(99)),
        by="upstream",
        now=LATER,
    )

    assert (order.status, order.round, order.order_no) == (Status.ACCEPTED, 2, number)
    assert (order.national_return_count, order.province_return_count, order.return_count) == (1, 0, 1)
    assert (order.dispatched_at, order.replied_at, order.sent_at) == (None, None, None)
    assert order.accepted_at == TEN


def test_an_order_in_the_field_is_not_returned() -> None:
    back = Return(level=ReturnLevel.NATIONAL, reason_code="untrue", reason="x", returned_at=minutes(99))
    with pytest.raises(Conflict, match="transition_illegal"):
        closing.give_back(make_replied(), back, by="upstream", now=LATER)


@pytest.mark.requirement("003-024")
@pytest.mark.parametrize("name", ["reply_process", "reply_result", "customer_opinion"])
def test_an_incomplete_order_is_not_archived(name: str) -> None:
    order = make_replied(status=Status.CALLED_BACK, sent_at=minutes(70), called_back_at=minutes(80), **{name: None})

    with pytest.raises(Conflict) as refused:
        closing.archive(order, at=minutes(90), by="agent", now=LATER)

    assert [field.field for field in refused.value.fields] == [name]


def test_a_good_callback_of_an_incomplete_order_leaves_it_to_the_desk() -> None:
    order = make_replied(status=Status.SENT, sent_at=minutes(70), reply_process=None)

    closing.call_back(
        order,
        CustomerAnswer(called_back_at=minutes(80), is_power_restored=True, satisfaction=Satisfaction.SATISFIED),
        by_national=False,
        by="callback",
        now=minutes(80),
    )

    assert order.status is Status.CALLED_BACK
    assert order.happened[-1].kind == "archive-held"


def test_a_dissatisfied_national_customer_waits_for_the_platforms_return() -> None:
    order = make_replied(status=Status.SENT, sent_at=minutes(70), national_order_no="2026112300000001")

    closing.call_back(
        order,
        CustomerAnswer(called_back_at=minutes(80), is_power_restored=True, satisfaction=Satisfaction.DISSATISFIED),
        by_national=True,
        by="upstream",
        now=minutes(80),
    )

    assert order.status is Status.CALLED_BACK


@pytest.mark.parametrize(
    ("reason", "status"),
    [(CancelReason.DUPLICATE, Status.CANCELLED_DUPLICATE), (CancelReason.FALSE_ALARM, Status.FALSE_ALARM)],
)
def test_what_is_cancelled_stays_in_the_books(reason: CancelReason, status: Status) -> None:
    order = make_order(status=Status.DISPATCHED, accepted_at=TEN)

    closing.cancel(order, reason, "", at=minutes(5), by="supervisor", now=minutes(5))

    assert (order.status, order.cancelled_at) == (status, minutes(5))


def test_an_order_number_is_the_day_and_eight_digits() -> None:
    assert order_number("20261123", 17) == "2026112300000017"
    assert order_number("20261123", 100_000_001) == "2026112300000001"
