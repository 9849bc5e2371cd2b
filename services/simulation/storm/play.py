"""The evening itself: uploads the county, lets everybody do their part at once, and asks the system what it counted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from services.simulation.clients import Origin, SignedIn, crew
from services.simulation.county import make_county, upload_county
from services.simulation.progress import Progress, Quiet
from services.simulation.storm import callers, crews, desk, upstream
from services.simulation.storm.stage import Journal, People, Stage
from services.simulation.storm.summary import Summary, ask_for_summary
from services.simulation.storm.weather import ORDERS, make_calls
from shared.clock import SHANGHAI, Clock, SystemClock

MINUTES = 180.0
SPEED = 180.0
"""Three hours in one minute."""

BEFORE = 120.0
"""Minutes of the clock's time that go by while the county is uploaded and its crews sign in."""

READY_WITHIN = 60.0
READY_LOOK = 0.2
QUIET_FROM = 21
WAKING_FROM = 8
"""Nobody is called back at night (SLA catalogue, callback_window): the evening ends before, in Shanghai."""

NOTE_EVERY = 0.5


@dataclass(frozen=True)
class Evening:
    """How long, how many, and where the ids of accepted orders are written down."""

    seed: int = 7
    minutes: float = MINUTES
    orders: int = ORDERS
    journal: Path | None = None


def set_out_at(now: datetime, *, minutes: float = BEFORE + MINUTES) -> datetime:
    """Return when the clock has to set out so that an evening is past by `now`, and nobody has to be rung at night.

    That is `minutes` ago if that lies between 8 and 21 o'clock in Shanghai, else the latest day on which it does.
    """
    length = timedelta(minutes=minutes)
    start = (now - length).astimezone(SHANGHAI)
    latest = start.replace(hour=QUIET_FROM, minute=0, second=0, microsecond=0) - length
    earliest = start.replace(hour=WAKING_FROM, minute=0, second=0, microsecond=0)
    if start < earliest:
        start = latest - timedelta(days=1)
    return min(start, latest).astimezone(now.tzinfo)


async def play(
    base_url: str,
    people: People,
    *,
    clock: Clock | None = None,
    evening: Evening | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Play one evening on the system at `base_url`, beginning now by `clock` (the one that the system itself reads)."""
    clock, evening = clock or SystemClock(), evening or Evening()
    async with Origin(base_url) as origin:
        await wait_until_ready(origin)
        county = make_county(evening.seed, now=clock.now())
        await upload_county(origin, people.ops, county)
        phones = [crew(one.code, one.device_secret) for one in county.crews]
        await asyncio.gather(*(origin.sign_in(phone) for phone in phones))
        stage = Stage(
            origin=origin,
            people=people,
            county=county,
            clock=clock,
            seed=evening.seed,
            started_at=clock.now(),
            minutes=evening.minutes,
            journal=Journal(evening.journal),
        )
        try:
            await _play(stage, evening, phones, progress or Quiet())
        finally:
            stage.journal.close()
        return await ask_for_summary(stage)


async def _play(stage: Stage, evening: Evening, phones: Sequence[SignedIn], progress: Progress) -> None:
    calls = make_calls(stage.county, stage.dice("weather"), minutes=evening.minutes, orders=evening.orders)
    platform = upstream.Platform(stage)
    parts = [
        callers.ring(stage, calls),
        platform.send_orders(calls),
        platform.call_back(),
        desk.accept_orders(stage),
        desk.permit_work(stage),
        desk.review_replies(stage),
        desk.call_back(stage),
        desk.archive_the_rest(stage),
        *(crews.be_on_duty(stage, one, phone) for one, phone in zip(stage.county.crews, phones, strict=True)),
    ]
    everybody = [asyncio.create_task(part) for part in parts]
    try:
        await _until_over(stage, everybody, progress)
    finally:
        for task in everybody:
            task.cancel()
        await asyncio.gather(*everybody, return_exceptions=True)


async def _until_over(stage: Stage, everybody: list[asyncio.Task[None]], progress: Progress) -> None:
    """Wait for the end; whoever breaks down meanwhile breaks the evening, because it is a fault of ours."""
    while not stage.is_over:
        done, _ = await asyncio.wait(everybody, timeout=NOTE_EVERY, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            if error := task.exception():
                raise error
        await asyncio.sleep(0 if len(done) < len(everybody) else NOTE_EVERY)
        played = (stage.clock.now() - stage.started_at).total_seconds() / 60
        local = stage.clock.now().astimezone(SHANGHAI)
        progress.move_to(min(played, stage.minutes), f"{local:%H:%M} {len(stage.journal.ids)} 单")


async def wait_until_ready(origin: Origin) -> None:
    """Return when the system says that it can work; raises TimeoutError after a minute."""
    for _ in range(round(READY_WITHIN / READY_LOOK)):
        if await origin.is_ready():
            return
        await asyncio.sleep(READY_LOOK)
    raise TimeoutError("the system does not say that it can work")
