"""Whatever happens to a repair, in whatever order: desks, crews, platform and callback desk; what always holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.intake.domain.lifecycle import (
    FIELD,
    REPAIR,
    TERMINAL,
    Action,
    Status,
    is_legal,
    legal_actions,
    next_status,
)
from services.intake.domain.times import REQUIRED_ORDER
from shared.auth import Role
from shared.clock import format_z
from shared.events import Event
from shared.events.callback import CallbackCompleted, CallbackPlanned, CallbackUnreachable
from shared.events.dispatch import CrewRefused, OrderMerged, TaskWithdrawn
from shared.glossary import BusinessType, Satisfaction
from shared.ids import new_id
from tests.intake.handling import CONTACT, make_reply
from tests.intake.office import NOW, Office
from tests.intake.repairs import ACTIONS, WAITING, WAYS, Repair
from tests.intake.test_triage import GUIDED

A, S = Action, Status
KIND = BusinessType.FAULT_REPAIR

STEPS = 36
STEPS_AFTER_END = 5
FIXED = ("order_no", "national_order_no", "first_responder", "reported_at", "received_at", "content")
Press = Callable[[Repair], Awaitable[httpx.Response]]


def pressing(what: str, **body: Any) -> Press:
    """Make the step that presses something at a desk."""
    return lambda repair: repair.press(what, **body)


async def send_in_batch(repair: Repair) -> httpx.Response:
    """Send the reply as one of a batch; a refusal inside is answered as one of the single step."""
    body = {"orders": [{"order_id": repair.id}]}
    answer = await repair.office.call("POST", "/orders/send/batch", role=Role.SUPERVISOR, json=body)
    (line,) = answer.json()["results"]
    problem = line.get("problem")
    return httpx.Response(problem["status"], json=problem) if problem else answer


def platform_calls(*, is_back: bool, satisfaction: str) -> Press:
    """Make the step in which the platform calls its customer back."""
    return lambda repair: repair.matter.call_back(satisfaction, power_restored_confirmed=is_back)


async def write_reply(repair: Repair) -> httpx.Response:
    """Write a reply as departments do."""
    return await repair.press("reply", **make_reply(repair.office))


def platform_says(what: str) -> Press:
    """Make the step in which the platform says something of its order."""
    return lambda repair: repair.matter.push(what, text="客户再次来电", said_at=format_z(repair.office.clock.now()))


PRESSED: Mapping[Action, list[Press]] = {
    A.ACCEPT: [pressing("accept")],
    A.DECLINE: [pressing("decline", reason="wrong_area")],
    A.RESOLVE_BY_PHONE: [pressing("resolve-by-phone", **GUIDED)],
    A.SEND: [pressing("send"), send_in_batch],
    A.REWORK: [pressing("rework", reason="原因不清")],
    A.ARCHIVE: [pressing("archive")],
    A.CANCEL_AS_DUPLICATE: [pressing("cancel", reason="duplicate", text="重复报修")],
    A.CANCEL_AS_FALSE_ALARM: [pressing("cancel", reason="false_alarm", text="误报")],
}
"""What is pressed at the desks."""

OF_PLATFORM: Mapping[Action, list[Press]] = {
    A.CALL_BACK: [
        platform_calls(is_back=is_back, satisfaction=satisfaction)
        for is_back in (True, False)
        for satisfaction in ("satisfied", "dissatisfied")
    ],
    A.RETURN: [lambda repair: repair.matter.give_back()],
}
"""What the platform tells of its own orders."""

NEVER: list[Press] = [
    pressing("forward", unit="界首供电所"),
    pressing("contacts", **CONTACT),
    pressing("investigate"),
    write_reply,
    pressing("city-review"),
    pressing("submit"),
    pressing("callback", satisfaction="satisfied"),
    pressing("reopen", reason="未解决"),
    pressing("conclude", conclusion="已办结"),
    pressing("answer-on-call", answer="已答复"),
    pressing("appeal", grounds="不属实"),
    pressing("verify", is_verified=True, finding="属实", passed_on_to="抢修班"),
    lambda repair: repair.matter.judge("approved"),
]
"""Steps of the other types, which no repair ever takes."""

SAID: list[Press] = [
    pressing("urges", text="客户催促"),
    pressing("supplements", text="对面楼也停电"),
    pressing("withdrawals", text="客户撤诉"),
    pressing("transfers", to_unit="D-1", to_person="li.na", reason="转办"),
    pressing("transfers", to_unit="D-2", reason="转办"),
    pressing("take-on"),
    pressing("notices", told=["order_number"]),
]
"""What is noted of an order and moves it nowhere."""

SAID_BY_PLATFORM: list[Press] = [platform_says(what) for what in ("urges", "supplements", "withdrawals")]

DROPPING = {A.DECLINE, A.RESOLVE_BY_PHONE, A.CANCEL_AS_DUPLICATE, A.CANCEL_AS_FALSE_ALARM}

OF_ATTEMPT = REQUIRED_ORDER[REQUIRED_ORDER.index("assessed_at") :]
"""The times of one way through: what is told late of an earlier one never comes into the next."""

UNREPAIRED = {S.CHILD_OF_INCIDENT, *FIELD[: FIELD.index(S.REPAIRED)]}

ONWARD = {A.ARCHIVE, A.REOPEN, A.SEND_OUT_AGAIN}
"""What the system does by itself after a step."""


def follow(status: Status) -> set[Status]:
    """Return where an order may rest that was brought to a status."""
    onward = [next_status(KIND, status, action) for action in ONWARD if is_legal(KIND, status, action)]
    return {status}.union(*map(follow, onward))


class Walk:
    """One order's way, drawn step by step, everything that must hold looked at after each."""

    def __init__(self, data: st.DataObject, repair: Repair, lead: Repair) -> None:
        self.data, self.repair, self.lead = data, repair, lead
        self.count = 0
        self.is_national = repair.matter.national_order_no is not None

    def pick(self, choices: Any) -> Any:
        return self.data.draw(st.sampled_from(list(choices)))

    def desks(self) -> dict[Action, list[Press]]:
        """Return what may be pressed, and pushed if it is the platform's order."""
        return {**PRESSED, **(OF_PLATFORM if self.is_national else {})}

    def is_time_to_drop_it(self) -> bool:
        """Say whether the order may fall away now, which it might nearly always: then no walk would lead far."""
        return bool(self.data.draw(st.integers(0, 9)) == 0)

    async def look(self) -> tuple[dict[str, Any], list[dict[str, Any]], list[str]]:
        """Return the order, its timeline and what was told of it."""
        repair = self.repair
        return await repair.shown(), await repair.office.timeline(repair.id), await repair.office.told_names(repair.id)

    async def step(self) -> None:
        self.count += 1
        way = self.pick(["press"] * 4 + ["field"] * 5 + ["callback"] * 2 + ["any", "said", "never", "main"])
        await getattr(self, way)()

    async def press(self) -> None:
        """Press what is legal now."""
        ways = self.desks()
        legal = [action for action in legal_actions(KIND, await self.status()) if action in ways]
        if not self.is_time_to_drop_it():
            legal = [action for action in legal if action not in DROPPING]
        if legal:
            await self.do(action := self.pick(legal), self.pick(ways[action]))

    async def any(self) -> None:
        """Press whatever there is."""
        ways = self.desks()
        if not self.is_time_to_drop_it():
            ways = {action: presses for action, presses in ways.items() if action not in DROPPING}
        await self.do(action := self.pick(ways), self.pick(ways[action]))

    async def said(self) -> None:
        before, _, _ = await self.look()
        await self.do(None, self.pick(SAID + (SAID_BY_PLATFORM if self.is_national else [])))
        after, _, _ = await self.look()
        assert (after["status"], after["times"]) == (before["status"], before["times"])

    async def never(self) -> None:
        before = await self.look()
        answer = await self.pick(NEVER)(self.repair)
        assert answer.status_code in {403, 409, 422}, (answer.request.url, answer.text)
        assert answer.json()["code"]
        assert await self.look() == before

    async def do(self, action: Action | None, press: Press) -> None:
        """Take a step: refused by name it changes nothing, taken it leads where the table says."""
        before = await self.look()
        answer = await press(self.repair)
        after = await self.look()
        assert answer.status_code in {200, 201, 403, 409, 422}, answer.text
        if answer.status_code >= 400:
            assert answer.json()["code"], answer.text
            assert after == before, (action, answer.text)
        elif action is not None:
            self.check_led(action, before[0], after[0])

    def check_led(self, action: Action, before: dict[str, Any], after: dict[str, Any]) -> None:
        status = S(before["status"])
        if is_legal(KIND, status, action):
            may_stay = action in {A.CALL_BACK, A.RETURN}  # the platform tells twice what we know
            allowed = follow(next_status(KIND, status, action)) | ({status} if may_stay else set())
            assert after["status"] in allowed, (action, status, after["status"])
        else:
            assert (after["status"], after["times"]) == (status, before["times"]), (action, status, after["status"])

    async def field(self) -> None:
        """Let the field go on, and tell what it has to tell."""
        repair, shown = self.repair, await self.repair.shown()
        repair.notice(shown)
        status, number = S(shown["status"]), shown["round"]
        is_dark = "power_restored_at" not in shown["times"] and repair.is_open()
        ways = ["next"] * 6 + ["rest", "late"] if repair.untold else []
        ways += ["again"] if repair.told else []
        ways += ["refuse", "withdraw"] if repair.task and repair.is_open() else []
        ways += ["see"] if is_dark and status in UNREPAIRED else []
        ways += ["rewrite"] * 3 if status is S.CREW_REWORK else []
        ways += ["begin"] * 6 if is_dark and status in WAITING and not repair.task else []
        if ways:
            await self.tell(self.pick(ways), number)

    async def tell(self, way: str, number: int) -> None:
        repair = self.repair
        match way:
            case "begin":
                repair.begin(self.pick(WAYS), number)
                await self.hear(repair.untold[0])
            case "next":
                await self.hear(repair.untold[0])
            case "late":
                await self.hear(self.pick(repair.untold))
            case "rest":
                await self.hear(*repair.untold)
            case "again":
                await self.hear(self.pick(repair.told))
            case "see":
                await self.hear(repair.see_light(number))
            case "rewrite":
                event = repair.write_again(number)
                await self.hear(event) if event else None
            case _:
                await self.hear(repair.lose_crew(CrewRefused if way == "refuse" else TaskWithdrawn))

    async def hear(self, *events: Event) -> None:
        before = await self.repair.shown()
        await self.repair.hear(*events)
        after = await self.repair.shown()
        if len(events) == 1:
            action = ACTIONS[type(events[0])]
            allowed = {before["status"]}
            if action and is_legal(KIND, S(before["status"]), action):
                allowed.add(next_status(KIND, S(before["status"]), action))
            assert after["status"] in allowed, (events, before["status"], after["status"])

    async def callback(self) -> None:
        """Let our callback desk plan, hear the customer, or give up; perhaps about an earlier round."""
        order, office = await self.repair.shown(), self.repair.office
        office.clock.moment += timedelta(minutes=1)
        now, number = office.clock.now(), self.pick([order["round"], order["round"], max(1, order["round"] - 1)])
        about: dict[str, Any] = {"order_id": UUID(self.repair.id), "plan_id": new_id(), "round": number}
        heard = {"is_power_restored": self.pick([True, True, False]), "satisfaction": Satisfaction.SATISFIED}
        event, action = self.pick(
            [
                (CallbackPlanned(**about, plan="repair", due_at=now + timedelta(hours=1)), A.AWAIT_CALLBACK),
                (
                    CallbackCompleted(**about, called_back_at=now, service_satisfaction="satisfied", **heard),
                    A.CALL_BACK,
                ),
                (CallbackUnreachable(**about, given_up_at=now, attempts=3), A.AWAIT_CALLBACK),
            ]
        )
        if not self.is_national:
            await office.hear(event)
            after = await self.repair.shown()
            if after["status"] != order["status"]:
                self.check_led(action, order, after)

    async def main(self) -> None:
        """Let the order follow another, or the other's crew go on, which is true of its followers too."""
        lead, repair = self.lead, self.repair
        now = repair.office.clock.now()
        if lead.is_open() and not repair.task and (await self.status()) in WAITING and self.pick([True, False]):
            about = {"order_id": UUID(repair.id), "main_order_id": UUID(lead.id), "merged_at": now}
            repair.untold = repair.happened()
            await self.hear(OrderMerged(**about, incident_id=new_id()))
        elif lead.untold:
            await lead.hear(lead.untold[0])

    async def status(self) -> Status:
        return S((await self.repair.shown())["status"])


async def take(office: Office, *, is_national: bool, is_held: bool) -> Repair:
    """Receive a repair of a single household; `is_held`: nobody has accepted it yet."""
    waiting = {"surroundings": None} if is_national else {"is_held": True}
    receive = office.receive_national if is_national else office.receive
    return Repair(office, await receive(outage_scope="single_household", **(waiting if is_held else {})))


def check_always(shown: dict[str, Any], timeline: list[dict[str, Any]], told: list[str]) -> None:
    """Say what holds of every repair at every moment."""
    times = {**shown["times"], **{name: shown[name] for name in ("reported_at", "received_at")}}
    known = [name for name in REQUIRED_ORDER if name in times]
    for earlier, following in pairwise(known):
        assert times[earlier] <= times[following], (earlier, following, times)
    began = max(times.get("returned_at", ""), times.get("reopened_at", ""))
    assert all(times[name] >= began for name in known if name in OF_ATTEMPT), (began, times)
    assert shown["round"] == 1 + shown["national_return_count"] + shown["province_return_count"]
    assert told.count("order-returned") == shown["round"] - 1
    assert shown["accountable"]
    check_answered(shown, timeline, told)


def check_answered(shown: dict[str, Any], timeline: list[dict[str, Any]], told: list[str]) -> None:
    """Nothing is sent without words, nothing ends without an answer: by callback, or by who says why it is none."""
    status, times, kinds = shown["status"], shown["times"], [line["kind"] for line in timeline]
    if "sent_at" in times:
        assert shown["reply_result"]
        assert shown["customer_opinion"]
    if status == S.ARCHIVED:
        assert "sent_at" in times
        assert "called_back_at" in times or "callback-unreachable" in kinds
        assert told[-1] == "order-archived"
    if status == S.DECLINED:
        assert shown["decline_reason"]
        assert told[-1] == "order-declined"
    if status in {S.CANCELLED_DUPLICATE, S.FALSE_ALARM}:
        (line,) = [line for line in timeline if line["kind"] == "order-cancelled"]
        assert line["data"]["text"]
        assert line["actor"] == "test-supervisor"


@pytest.mark.requirement("003-008")
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(data=st.data())
async def test_whatever_happens_a_repair_keeps_its_rules(office: Office, data: st.DataObject) -> None:
    office.clock.moment = NOW
    main = await take(office, is_national=False, is_held=False)
    main.begin("plain", 1)
    repair = await take(office, is_national=data.draw(st.booleans()), is_held=data.draw(st.booleans()))
    walk = Walk(data, repair, main)
    first = await repair.shown()
    over = 0
    while over < STEPS_AFTER_END and walk.count < STEPS:
        before = await repair.shown()
        over += before["status"] in TERMINAL
        await walk.step()
        shown, timeline, told = await walk.look()
        check_always(shown, timeline, told)
        assert [shown[name] for name in FIXED] == [first[name] for name in FIXED]
        if before["status"] in TERMINAL:
            assert shown["status"] == before["status"]


def test_every_action_of_a_repair_is_among_the_steps() -> None:
    tried = {*PRESSED, *OF_PLATFORM, *ONWARD, A.AWAIT_CALLBACK, *ACTIONS.values()}

    assert set(REPAIR) - tried == {A.LINK_AS_CONSULTATION}, "which only duplicates do: test_duplicates.py"
