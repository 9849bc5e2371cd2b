"""The platform and the province as strangers: their plans, their forgeries, and a verdict that can say no."""

from __future__ import annotations

import io
import json
from collections import Counter

import httpx
import pytest
from rich.console import Console

from services.simulation import upstream
from services.simulation.upstream.ledger import Derailed, Ledger
from services.simulation.upstream.plan import TYPES, draw_plans
from services.simulation.upstream.texts import customer_of, reply_of
from services.simulation.upstream.wire import Forgery
from tests.simulation.conftest import UPSTREAM_KEYS, System

ORDERS = 60


@pytest.fixture(scope="module")
async def verdict(system: System) -> upstream.Verdict:
    """The platform's verdict on a system that works."""
    return await upstream.simulate(simulation_of(system, orders=ORDERS))


def simulation_of(system: System, **changes: object) -> upstream.Simulation:
    what = {"base_url": system.url, "keys": UPSTREAM_KEYS, "token": system.staff.access, "seed": 7, "is_quiet": True}
    return upstream.Simulation(**(what | changes))  # type: ignore[arg-type]


# -- the plan ----------------------------------------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_plan() -> None:
    assert draw_plans(300, 7) == draw_plans(300, 7) != draw_plans(300, 8)


def test_every_type_every_forgery_and_every_turn_is_in_five_thousand_orders() -> None:
    plans = draw_plans(5_000, 7)
    assert {plan.business_type for plan in plans} == set(TYPES)
    assert {how for plan in plans for how in plan.forgeries} == set(Forgery)
    for turn in ("is_batched", "is_early", "is_repeated", "is_doubled", "is_bad_first", "is_dark_once"):
        assert any(getattr(plan, turn) for plan in plans), turn
    assert any(plan.has_statement for plan in plans)
    assert any(plan.is_reported_twice for plan in plans)
    assert {len(plan.returns) for plan in plans} == {0, 1, 2}


def test_no_order_has_more_rounds_than_there_are_replies() -> None:
    for plan in draw_plans(5_000, 7):
        rounds = 1 + len(plan.returns) + sum(reason is not None for reason in plan.province)
        assert rounds <= 3
        assert plan.province[-1] is None


def test_no_two_customers_live_in_one_home_and_no_two_rounds_have_one_reply() -> None:
    customers = [customer_of(177_000_000_000 + number) for number in range(5_000)]
    assert len({customer["address"] for customer in customers}) == len({c["phone"] for c in customers}) == 5_000
    assert len({reply_of("complaint", number)["result_text"] for number in (1, 2, 3)}) == 3
    assert all(len(reply_of("complaint", number)["result_text"]) <= 128 for number in (1, 2, 3))


# -- the ledger --------------------------------------------------------------------------------------------------------


def answer(number: int, **body: object) -> httpx.Response:
    return httpx.Response(number, json=body)


def test_an_answer_as_promised_is_no_mismatch() -> None:
    ledger = Ledger()
    body = ledger.expect(
        "returns", "1", answer(200, status="accepted", round=2), 200, fields={"order_status": "accepted"}
    )

    assert body["round"] == 2
    assert ledger.mismatch_count == 0


@pytest.mark.parametrize(
    ("given", "status", "code", "fields"),
    [
        (answer(200), 201, None, {}),
        (answer(409, code="order.unknown"), 409, "order.transition_illegal", {}),
        (answer(200, status="archived"), 200, None, {"order_status": "accepted"}),
        (answer(200, round=1), 200, None, {"round": 2}),
        (httpx.Response(502, text="<html>"), 200, None, {}),
    ],
)
def test_any_other_answer_is_written_down_and_ends_the_story(
    given: httpx.Response, status: int, code: str | None, fields: dict[str, object]
) -> None:
    ledger = Ledger()
    with pytest.raises(Derailed):
        ledger.expect("returns", "1", given, status, code=code, fields=fields)

    assert ledger.mismatch_count == len(ledger.mismatches) == 1


# -- on a running system -----------------------------------------------------------------------------------------------


@pytest.mark.requirement("001-018")
async def test_every_answer_is_as_the_interface_promises(verdict: upstream.Verdict) -> None:
    """Returns come as rounds of the same order, whatever is repeated, forged, early or doubled in between."""
    assert [str(mismatch) for mismatch in verdict.ledger.mismatches] == []
    assert verdict.is_good
    assert verdict.finished == ORDERS


async def test_all_that_was_planned_was_done(verdict: upstream.Verdict) -> None:
    kinds = Counter(plan.business_type for plan in draw_plans(ORDERS, 7))

    assert verdict.ledger.finished == kinds
    assert {"401", "404", "409", "422"} <= verdict.ledger.answered.keys()
    assert {"callbacks", "returns", "urges", "orders/batch", "province: reviews"} <= verdict.ledger.sent.keys()
    assert verdict.messages > ORDERS


async def test_the_verdict_can_be_read_by_people_and_machines(verdict: upstream.Verdict) -> None:
    console = Console(file=io.StringIO(), width=100)
    upstream.print_verdict(verdict, console=console)

    assert f"{ORDERS} of {ORDERS}" in console.file.getvalue()  # type: ignore[attr-defined]
    told = json.loads(json.dumps(upstream.as_json(verdict)))
    assert (told["is_good"], told["mismatch_count"], sum(told["finished"].values())) == (True, 0, ORDERS)


async def test_a_platform_whose_key_is_not_known_is_told_so_and_the_verdict_is_bad(system: System) -> None:
    other = "whsec_" + "bm90LW91ci1zZWNyZXQtYXQtYWxsLW5vdC1vdXI="
    verdict = await upstream.simulate(simulation_of(system, orders=5, keys=[other], seed=3))

    assert not verdict.is_good
    assert verdict.finished == 0
    assert verdict.ledger.mismatches[0].call == "orders"
