"""Any sequence of legal and illegal steps at the desk, through the real API: what must never be is never seen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.domain.times import REQUIRED_ORDER
from shared.auth import Role
from tests.intake.office import NOW, Office, make_body
from tests.intake.test_triage import GUIDED

SAID = st.sampled_from(["yes", "no", "unknown"])
TRIAGES = st.fixed_dictionaries(
    {"is_breaker_tripped": SAID, "is_danger_seen": SAID, "do_neighbours_have_power": SAID, "is_held": st.booleans()}
)
BODIES = st.fixed_dictionaries(
    {
        "business_type": st.sampled_from(["fault_repair", "fault_repair", "complaint"]),
        "outage_scope": st.sampled_from(["single_household", "unit"]),
        "is_held": st.booleans(),
        "asset_ownership": st.sampled_from([None, "customer"]),
        "triage": st.sampled_from([None, {"is_breaker_tripped": "yes"}]),
        "phone_resolution": st.sampled_from([None, None, GUIDED]),
    }
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("triage"), TRIAGES),
        st.tuples(st.just("resolve-by-phone"), st.just(GUIDED)),
        st.tuples(st.just("notices"), st.just({"told": ["order_number"]})),
        st.tuples(st.just("accept"), st.just({})),
        st.tuples(st.just("decline"), st.just({"reason": "wrong_area"})),
        st.tuples(st.just("send"), st.just({})),
        st.tuples(st.just("archive"), st.just({})),
        st.tuples(st.just("crew"), st.just({})),
        st.tuples(st.just("customer"), st.fixed_dictionaries({"is_power_restored": st.booleans()})),
        st.tuples(st.just("wait"), st.fixed_dictionaries({"minutes": st.integers(0, 10)})),
    ),
    max_size=10,
)
WHO = {
    "accept": Role.DISPATCHER,
    "decline": Role.DISPATCHER,
    "send": Role.REVIEWER,
    "archive": Role.SUPERVISOR,
}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=BODIES, steps=STEPS)
async def test_no_sequence_of_steps_leads_where_no_order_may_be(
    office: Office, body: dict[str, Any], steps: list[tuple[str, dict[str, Any]]]
) -> None:
    office.clock.moment = NOW
    answer = await office.call("POST", "/orders", json=make_body(**body))
    assert answer.status_code in {201, 422}, answer.text
    if answer.status_code == 422:
        assert answer.json()["fields"]
        return
    order_id = answer.json()["id"]
    first = await office.order(order_id)

    for step, said in steps:
        await take(office, order_id, step, said)
        shown = await office.order(order_id)
        check_times(shown)
        check_ends(shown)
        assert (shown["first_responder"], bool(shown["accountable"])) == (first["first_responder"], True)
        assert shown["order_no"] == first["order_no"]
    await check_what_was_told(office, order_id)


async def take(office: Office, order_id: str, step: str, said: dict[str, Any]) -> None:
    match step:
        case "crew":
            await office.facts(order_id)
        case "customer":
            await office.called_back(order_id, **said)
        case "wait":
            office.clock.moment += timedelta(**said)
        case _:
            answer = await office.press(order_id, step, role=WHO.get(step, Role.AGENT), **said)
            assert answer.status_code in {200, 409, 422}, answer.text
            assert answer.status_code == 200 or answer.json()["code"]


def check_times(shown: dict[str, Any]) -> None:
    """No time of an order is before its predecessor."""
    times = {**shown["times"], **{name: shown[name] for name in ("reported_at", "received_at")}}
    known = [datetime.fromisoformat(times[name]) for name in REQUIRED_ORDER if times.get(name)]
    assert known == sorted(known), times


def check_ends(shown: dict[str, Any]) -> None:
    """No terminal state without an answer to the customer; nobody is sent for what was settled on the phone."""
    if shown["status"] == "archived":
        assert shown["reply_result"]
        assert shown["customer_opinion"]
        assert shown["times"]["called_back_at"]
    if shown["status"] == "declined":
        assert shown["decline_reason"]
    if shown["status"] == "resolved_by_phone":
        assert shown["times"]["resolved_at"] == shown["times"]["sent_at"]
        assert shown["crew_code"] is None


async def check_what_was_told(office: Office, order_id: str) -> None:
    """A resolution without a crew follows an acceptance that asks for none, or one that dispatch takes back."""
    names = await office.told_names(order_id)
    assert names[0] == "order-created"
    assert names.count("order-created") == 1
    if "order-resolved-by-phone" in names:
        at = names.index("order-resolved-by-phone")
        assert "order-accepted" in names[:at]
        assert names[at + 1] == "order-sent"
