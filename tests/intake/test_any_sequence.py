"""Whatever is pressed, in whatever order: random legal and illegal steps through the real API; what always holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.intake.domain.handling.record import HANDLED_ORDER
from services.intake.domain.lifecycle import TERMINAL, Action, Status, is_legal, legal_actions, next_status
from services.intake.domain.responsibility import is_person
from shared.auth import Role
from shared.clock import format_z
from shared.glossary import BusinessType
from tests.intake.handling import CONTACT, Matter, make_reply, take
from tests.intake.office import NOW, Office

A, S = Action, Status

STEPS = 24
TYPES = [kind for kind in BusinessType if kind is not BusinessType.FAULT_REPAIR]
MISSED = CONTACT | {"is_reached": False, "result": "无人接听"}
PRAISED = {"is_verified": True, "finding": "属实", "passed_on_to": "抢修班"}
STATED = {
    "claim": "illegal",
    "signer_unit": "界首供电所",
    "has_seal": True,
    "facts": "x",
    "basis": "y",
    "attitude": "z",
}

Press = Callable[[Matter], Awaitable[httpx.Response]]


def pressing(what: str, **body: Any) -> Press:
    """Make the step that presses something at a desk."""
    return lambda matter: matter.press(what, Role.SUPERVISOR, **body)


def judging(verdict: str, **body: Any) -> Press:
    """Make the step that the province takes."""
    return lambda matter: matter.judge(verdict, **body)


async def reply(matter: Matter) -> httpx.Response:
    """Write a reply that fits its type."""
    kind = (await matter.office.order(matter.id, role=matter.role or Role.SUPERVISOR))["business_type"]
    if kind in {"complaint", "misconduct_report"}:
        return await matter.press("reply", Role.SUPERVISOR, **make_reply(matter.office))
    outcome = "settled" if kind == "consultation" else "adopted"
    plain = {"is_substantiated": None, "company_liable": None, "outcome": outcome}
    return await matter.press("reply", Role.SUPERVISOR, **make_reply(matter.office, **plain))


async def state(matter: Matter) -> httpx.Response:
    """Submit a stamped statement."""
    file = await matter.attach("statement")
    return await matter.press("statements", Role.SUPERVISOR, **STATED, attachment_id=file)


async def cancel(matter: Matter) -> httpx.Response:
    """Let the platform cancel its callback."""
    return await matter.push(
        "callback-cancellations", cancelled_at=format_z(matter.office.clock.now() + timedelta(minutes=1))
    )


def called(satisfaction: str) -> Press:
    """Make the step in which the customer is called back, by whoever calls this one."""

    async def call(matter: Matter) -> httpx.Response:
        if matter.national_order_no:
            return await matter.call_back(satisfaction, opinion="如上")
        return await matter.press("callback", Role.SUPERVISOR, satisfaction=satisfaction, opinion="如上")

    return call


WAYS: Mapping[Action, list[Press]] = {
    A.FORWARD: [pressing("forward", unit="界首供电所")],
    A.TRY_CONTACT: [pressing("contacts", **MISSED)],
    A.CONTACT: [pressing("contacts", **CONTACT)],
    A.INVESTIGATE: [pressing("investigate")],
    A.TRANSFER_EXTERNAL: [pressing("transfer-external", party="镇政府")],
    A.VERIFY: [pressing("verify", **PRAISED)],
    A.DRAFT_REPLY: [reply],
    A.CITY_REVIEW: [pressing("city-review")],
    A.REWORK: [pressing("rework", reason="补充")],
    A.SUBMIT: [pressing("submit")],
    A.SEND: [pressing("send"), pressing("submit")],
    A.PROVINCE_APPROVE: [judging("approved")],
    A.PROVINCE_RETURN: [judging("returned", reason_code="typo", reason="错别字")],
    A.CALL_BACK: [called("satisfied"), called("dissatisfied")],
    A.RETURN: [lambda matter: matter.give_back()],
    A.REOPEN: [pressing("reopen", reason="未解决")],
    A.SUBMIT_STATEMENT: [state],
    A.APPROVE_STATEMENT: [judging("approved", subject="statement")],
    A.REFUSE_STATEMENT: [judging("returned", subject="statement", reason="不清")],
    A.CANCEL_CALLBACK: [cancel],
    A.ARCHIVE: [pressing("archive"), pressing("conclude", conclusion="已办结")],
    A.ANSWER_ON_CALL: [pressing("answer-on-call", answer="已答复")],
    A.APPEAL: [pressing("appeal", grounds="不属实")],
    A.UPHOLD_APPEAL: [judging("approved", subject="appeal")],
    A.REJECT_APPEAL: [judging("returned", subject="appeal", reason="属实")],
}
"""How each action of the tables is pressed."""

OF_PLATFORM = {A.RETURN, A.CANCEL_CALLBACK}
"""What the platform tells of orders of its own only."""


def follow(kind: BusinessType, status: Status) -> set[Status]:
    """Return where an order may rest after one legal action: what the system does by itself counts along."""
    onward = {A.MEND, A.SEND_OUT_AGAIN, A.ARCHIVE, A.CANCEL_CALLBACK}
    reached = {status}
    for action in onward:
        if is_legal(kind, status, action):
            reached |= follow(kind, next_status(kind, status, action))
    return reached


async def is_listed_for_desk(office: Office, order_id: str) -> bool:
    """Say whether the desk's list of what nobody has taken on yet names an order, or its life is over."""
    page = await office.call("GET", "/orders", role=Role.INSPECTOR, params={"has_owner": "false", "limit": 200})
    is_over = Status((await office.order(order_id, role=Role.INSPECTOR))["status"]) in TERMINAL
    return is_over or order_id in [order["id"] for order in page.json()["items"]]


def check_always(order: dict[str, Any], handling: dict[str, Any], names: list[str], *, is_on_desk_list: bool) -> None:
    """Say what holds of every order at every moment."""
    times = {**order["times"], **handling["times"]}
    known = [name for name in HANDLED_ORDER if name in times]
    for earlier, following in pairwise(known):
        is_late_contact = earlier == "contacted_at"  # who was not reached at first may be reached later
        assert times[earlier] <= times[following] or is_late_contact, (earlier, following, times)
    if "returned_at" in times:
        of_reply = known[known.index("reply_drafted_at") :] if "reply_drafted_at" in known else []
        assert all(times[name] >= times["returned_at"] for name in of_reply), times
    assert order["round"] == 1 + order["national_return_count"] + order["province_return_count"]
    assert names.count("order-returned") == order["round"] - 1
    assert is_person(order["accountable"]) or is_on_desk_list
    if order["status"] in {S.ARCHIVED, S.SUBSTANTIATION_CHANGED, S.APPEAL_OPEN}:
        assert handling["conclusion"]
        assert handling["times"]["feedback_closed_at"]
        assert {"answered_at", "called_back_at", "callback_cancelled_at", "verified_at"} & times.keys()


@pytest.mark.requirement("003-008")
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(data=st.data())
async def test_whatever_is_pressed_an_order_keeps_its_rules(office: Office, data: st.DataObject) -> None:
    office.clock.moment = NOW
    kind = data.draw(st.sampled_from(TYPES))
    role = Role.INSPECTOR if kind is BusinessType.MISCONDUCT_REPORT else Role.SUPERVISOR
    matter = await take(office, business_type=kind, is_national=data.draw(st.booleans()), role=role)
    await matter.attach()
    order = await office.order(matter.id, role=role)
    for _ in range(STEPS):
        status = Status(order["status"])
        legal = [action for action in legal_actions(kind, status) if action in WAYS]
        is_lawful = bool(legal) and data.draw(st.sampled_from([True, True, True, False]))
        wanted = data.draw(st.sampled_from(legal if is_lawful else list(WAYS)))
        if wanted in OF_PLATFORM and not matter.national_order_no:
            continue
        answer = await data.draw(st.sampled_from(WAYS[wanted]))(matter)
        order, before = await office.order(matter.id, role=role), order
        assert answer.status_code in {200, 201, 403, 409, 422}, answer.text
        if answer.status_code >= 400:
            assert (order["status"], order["round"], order["times"]) == (status, before["round"], before["times"])
        elif order["status"] != status:
            moved = {next_status(kind, status, a) for a in legal_actions(kind, status)}
            assert order["status"] in set().union(*(follow(kind, to) for to in moved))
        if not is_legal(kind, status, wanted) and wanted not in {A.SUBMIT, A.SEND}:
            # Either button sends a reviewed reply on its way; anything else is refused, or known from before.
            assert (order["status"], order["times"]) == (status, before["times"])
        is_on_desk_list = await is_listed_for_desk(office, matter.id)
        check_always(
            order, await matter.handling(), await office.told_names(matter.id), is_on_desk_list=is_on_desk_list
        )


AT_DESK = [action for action in WAYS if action not in OF_PLATFORM | {A.CALL_BACK, A.CANCEL_CALLBACK, A.ARCHIVE}]


@pytest.mark.requirement("001-018")
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(pressed=st.lists(st.sampled_from([A.REOPEN, *AT_DESK]), min_size=1, max_size=4))
async def test_whatever_the_desk_presses_a_dissatisfied_national_customers_return_is_taken_or_refuted(
    office: Office, pressed: list[Action]
) -> None:
    """Only a province that judged a statement since stands against the return: nothing the desk does alone."""
    office.clock.moment = NOW
    matter = await (await take(office, is_national=True)).approved()
    await matter.call_back("dissatisfied", opinion="仍未解决")
    for action in [A.REOPEN, *(a for a in pressed if a not in {A.APPROVE_STATEMENT, A.REFUSE_STATEMENT})]:
        await WAYS[action][0](matter)
    back = await matter.give_back()

    assert (back.status_code, (await office.order(matter.id))["national_return_count"]) == (200, 1)


def test_every_action_of_a_handled_order_can_be_pressed() -> None:
    pressed = set(WAYS) | {A.ACCEPT, A.DECLINE, A.LINK_AS_CONSULTATION, A.AWAIT_CALLBACK, A.MEND, A.SEND_OUT_AGAIN}

    assert {action for kind in TYPES for status in S for action in legal_actions(kind, status)} <= pressed
