"""`kill -9` at random moments of a running evening: what was answered is there once, and nothing is stuck."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from services.simulation.storm import Evening, People, play
from services.simulation.storm.play import set_out_at
from shared.auth import Role
from shared.clock import CatchUpClock
from tests.crash.facts import find_lost_or_doubled, find_wrong_effects, until_quiet
from tests.crash.house import HouseUnderFire
from tests.journey.fleet import UPSTREAM_SECRET
from tests.journey.journey import person

KILLS = int(os.environ.get("RELIGHT_KILLS", "1"))
"""Few in the ordinary run; `.ci/run` asks for fifty."""

SPEED = 60.0
"""A minute of the evening in a second: slow enough that a kill falls between two steps of a crew."""

MINUTES = 40.0 + KILLS * 10
"""Long enough for the slowest machine: the evening is broken off a little after the last kill."""

AFTERWARDS = 15.0
"""Seconds for which everybody goes on after the last kill."""

HEAD_START = 120.0
"""Minutes for the setting of the stage: the clock may not have caught up (and slowed down) before the curtain falls."""

ORDERS = 60 + KILLS * 2


async def test_what_was_answered_survives_every_kill_once(tmp_path: Path) -> None:
    began = datetime.now(UTC)
    setting_out = set_out_at(began, minutes=HEAD_START + MINUTES)
    clock = CatchUpClock(began, setting_out, SPEED)
    journal = tmp_path / "journal"
    with tempfile.TemporaryDirectory(prefix="relight-crash-") as folder:
        house = HouseUnderFire(Path(folder), clock_from=setting_out, real_from=began, speed=SPEED)
        house.launch()
        try:
            await house.ready()
            evening = Evening(seed=KILLS, minutes=MINUTES, orders=ORDERS, journal=journal)
            playing = asyncio.create_task(play(house.url, make_people(), clock=clock, evening=evening))
            await until_it_runs(playing, journal)
            await kill_again_and_again(house, playing, random.Random(KILLS))
            await break_off(playing)

            connection = await asyncpg.connect(house.database_url())
            try:
                await until_quiet(connection)
                answered = journal.read_text().split()
                assert len(answered) > KILLS
                assert await find_lost_or_doubled(connection, answered) == []
                assert await find_wrong_effects(connection) == []
            finally:
                await connection.close()
        finally:
            assert house.stop() == 0


def has_begun(journal: Path) -> bool:
    """Say whether an order was answered."""
    return journal.exists() and bool(journal.read_text())


async def until_it_runs(playing: asyncio.Task[object], journal: Path) -> None:
    """Return once the stage is set and the first orders were answered."""
    while not has_begun(journal):
        if playing.done():
            raise AssertionError("the evening ended before its first order") from playing.exception()
        await asyncio.sleep(0.1)


async def kill_again_and_again(house: HouseUnderFire, playing: asyncio.Task[object], dice: random.Random) -> None:
    """Kill the house at moments that nobody chose, and start it again each time."""
    for _ in range(KILLS):
        await asyncio.sleep(dice.uniform(0.2, 2.0))
        if playing.done():
            raise AssertionError("the evening was over before the last kill") from playing.exception()
        house.kill()
        house.launch()
        await house.ready()


async def break_off(playing: asyncio.Task[object]) -> None:
    """Let everybody go on for a while, then leave; raises what went wrong among them."""
    done, _ = await asyncio.wait({playing}, timeout=AFTERWARDS)
    if done:
        playing.result()
        return
    playing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await playing


def make_people() -> People:
    """Everybody who plays a part; their tokens outlast the evening, whose clock never runs ahead of the real one."""
    return People(
        agent=person(Role.AGENT),
        dispatcher=person(Role.DISPATCHER),
        reviewer=person(Role.REVIEWER),
        supervisor=person(Role.SUPERVISOR),
        ops=person(Role.OPS),
        upstream_secret=UPSTREAM_SECRET,
    )
