"""Crews on their phones: each takes its tasks one after another and tells of every step with the time that it happened.

Some lose signal and tell late, some refuse, some ask for support or switching; a few send a report that cannot be true,
to see that it is refused by name.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from services.simulation.clients import Refused, SignedIn, Silent
from services.simulation.county import Crew, Place
from services.simulation.storm.stage import Stage
from services.simulation.storm.trip import (
    TELLS_AT_ONCE,
    WAY,
    details_of,
    drive_minutes,
    minutes_for,
    next_step,
)
from shared.clock import format_z

WAIT = 25
"""Seconds that the system may hold a question for tasks."""

REFUSES = 0.04
LOSES_SIGNAL = 0.10
ERRS = 0.008
NEEDS_SUPPORT = 0.04
NEEDS_SWITCHING = 0.04
FINDS_INTERNAL = 0.05
LATE_MINUTES = 25.0
"""A way longer than this is explained to the customer."""

DESK_PAUSE = 0.4
"""Seconds between two looks whether the desk has acted."""


class Phone:
    """One crew's phone: holds reports and sends them in order; the system's answers are checked against what is due."""

    def __init__(self, stage: Stage, who: SignedIn, dice: Random) -> None:
        self.stage, self.who, self.dice = stage, who, dice
        self._held: list[dict[str, Any]] = []
        self._etag: str | None = None

    async def tasks(self) -> list[dict[str, Any]]:
        """Return the open tasks; waits for news first."""
        headers = {"if-none-match": self._etag} if self._etag else {}
        query = {"wait": WAIT if self._etag else 0}
        response = await self.stage.origin.fetch(
            "GET", "/dispatch/mobile/tasks", self.who, query=query, headers=headers
        )
        self._etag = response.headers.get("etag")
        return tasks_in(response.json()) if response.content else []

    def forget_list(self) -> None:
        """Ask for the whole list next time, changed or not."""
        self._etag = None

    async def look(self, task_id: str) -> dict[str, Any] | None:
        """Return one task as it stands now, None if it is over."""
        response = await self.stage.origin.fetch("GET", "/dispatch/mobile/tasks", self.who)
        return next((task for task in tasks_in(response.json()) if task["task_id"] == task_id), None)

    def hold(self, task_id: str, kind: str, at: datetime, **details: Any) -> str:
        """Write a report that is sent with the next ones; return its id."""
        report_id = str(UUID(int=self.dice.getrandbits(128), version=4))
        self._held.append(
            {"report_id": report_id, "task_id": task_id, "kind": kind, "occurred_at": format_z(at), **details}
        )
        return report_id

    async def send(self) -> dict[str, str]:
        """Send what is held; return the refusals, report id to code. What nobody answered is held on to."""
        reports = list(self._held)
        if not reports:
            return {}
        try:
            answer = await self.stage.origin.post("/dispatch/mobile/reports", self.who, {"reports": reports})
        except Refused:
            self._held.clear()
            raise
        self._held.clear()
        kinds = {report["report_id"]: report["kind"] for report in reports}
        refused = {}
        for result in answer["results"]:
            self.stage.tally.done[f"report {kinds[result['report_id']]}"] += 1
            if problem := result.get("problem"):
                refused[result["report_id"]] = problem["code"]
        return refused

    async def tell_position(self, place: Place) -> None:
        """Say where the vehicle is."""
        now = format_z(self.stage.clock.now())
        body = {"lat": place.lat, "lon": place.lon, "accuracy_m": 12.0, "observed_at": now}
        await self.stage.origin.put("/dispatch/mobile/position", self.who, body)


def tasks_in(answer: Any) -> list[dict[str, Any]]:
    """Return the tasks of an answer."""
    return list(answer["tasks"])


async def be_on_duty(stage: Stage, one: Crew, who: SignedIn) -> None:
    """Take tasks until the evening is over; whatever goes wrong with one, the next is taken."""
    phone = Phone(stage, who, stage.dice(f"crew {one.code}"))
    place = one.place
    while not stage.is_over:
        try:
            for task in await phone.tasks():
                place = await _Job(phone, task, place).do()
        except (Refused, Silent) as trouble:
            stage.tally.refused[f"crew: {getattr(trouble, 'code', 'silent')}"] += 1
            stage.tally.surprises.append(f"crew {one.code}: {trouble}")
            phone.forget_list()
            await asyncio.sleep(1)


class _Job:
    """One task from first to last; `do` returns where the crew stands afterwards."""

    def __init__(self, phone: Phone, task: dict[str, Any], place: Place) -> None:
        self.phone, self.task, self.place = phone, task, place
        self.stage, self.dice = phone.stage, phone.dice
        self.id = str(task["task_id"])
        self.goal = Place(task["lon"], task["lat"]) if task.get("lon") is not None else place
        self.has_signal = self.dice.random() >= LOSES_SIGNAL
        self.extras = self._choose_extras()
        self.is_trunk_first = False

    def _choose_extras(self) -> dict[str, str]:
        """Return what happens after the survey beside the main way, by the step that it comes before."""
        rolled = self.dice.random()
        for name, share in (
            ("support_requested", NEEDS_SUPPORT),
            ("switching_requested", NEEDS_SWITCHING),
            ("customer_internal", FINDS_INTERNAL),
        ):
            if rolled < share:
                return {"permit_requested": name}
            rolled -= share
        return {}

    async def do(self) -> Place:
        task = await self.phone.look(self.id)
        while task is not None and not self.stage.is_over:
            step = next_step(task["needs_next"])
            if step is None:
                await asyncio.sleep(DESK_PAUSE)
            elif not await self._walk(step):
                return self.place
            task = await self.phone.look(self.id)
        return self.place

    async def _walk(self, step: str) -> bool:
        """Go on from `step` until the desk must act or the way ends; False if the task was given away."""
        for following in WAY[WAY.index(step) :]:
            if following == "accepted" and self.dice.random() < REFUSES:
                await self._refuse()
                return False
            if extra := self.extras.pop(following, None):
                await self._step_aside(extra)
                return True
            await self._take(following)
            if self._tells_now(following) and await self._send():
                return True  # something was refused: look again what is needed
            if following in {"permit_requested", "replied"}:
                return True
        return True

    def _tells_now(self, step: str) -> bool:
        return step in TELLS_AT_ONCE and (self.has_signal or step not in {"departed", "arrived"})

    async def _take(self, step: str) -> None:
        """Spend the time that a step takes and write its report."""
        if step == "arrived":
            await self._drive()
        else:
            await self.stage.clock.sleep(timedelta(minutes=minutes_for(step, self.dice)))
        if self.dice.random() < ERRS:
            await self._err(step)
        if step == "repaired" and self.is_trunk_first:
            self.phone.hold(self.id, "trunk_restored", self.stage.clock.now())
        now = self.stage.clock.now()
        estimate = format_z(now + timedelta(minutes=self.dice.randint(4, 12) * 5))
        self.phone.hold(self.id, step, now, **details_of(step, self.dice, estimate=estimate))

    async def _drive(self) -> None:
        minutes = drive_minutes(self.place, self.goal)
        if minutes > LATE_MINUTES:
            self.phone.hold(self.id, "delayed", self.stage.clock.now(), **details_of("delayed", self.dice, estimate=""))
        await self.stage.clock.sleep(timedelta(minutes=minutes / 2))
        if self.has_signal:
            await self.phone.tell_position(self.place.towards(self.goal, 0.5))
        await self.stage.clock.sleep(timedelta(minutes=minutes / 2))
        self.place = self.goal

    async def _refuse(self) -> None:
        self.phone.hold(self.id, "refused", self.stage.clock.now(), **details_of("refused", self.dice, estimate=""))
        await self._send()

    async def _step_aside(self, kind: str) -> None:
        """Report something beside the main way; what is needed then is asked anew."""
        await self.stage.clock.sleep(timedelta(minutes=1))
        self.phone.hold(self.id, kind, self.stage.clock.now(), **details_of(kind, self.dice, estimate=""))
        await self._send()
        if kind == "support_requested":
            await self.stage.clock.sleep(timedelta(minutes=self.dice.uniform(8, 15)))

    async def _send(self) -> bool:
        """Send what is held; return whether anything was refused, which is a surprise."""
        refused = await self.phone.send()
        for code in refused.values():
            self.stage.tally.refused[f"report: {code}"] += 1
        self.is_trunk_first |= "report.trunk_first" in refused.values()
        return bool(refused)

    async def _err(self, step: str) -> None:
        """Send a report that cannot be true; the system has to refuse it by name."""
        await self._send()
        now = self.stage.clock.now()
        if self.dice.random() < 1 / 2:
            wrong = self.phone.hold(
                self.id, step, now + timedelta(hours=2), **details_of(step, self.dice, estimate=format_z(now))
            )
        else:
            kind = "restored" if step != "restored" else "accepted"
            wrong = self.phone.hold(self.id, kind, now)
        refused = await self.phone.send()
        if wrong in refused:
            self.stage.tally.done[f"wrong report refused: {refused[wrong]}"] += 1
        else:
            self.stage.tally.surprises.append(f"a wrong report was taken: {step} of task {self.id}")
