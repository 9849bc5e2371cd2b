"""`python -m services.simulation.storm`: plays one evening on a running system, with local accounts of one password."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from services.simulation.clients import staff
from services.simulation.progress import show_progress
from services.simulation.storm.play import Evening, play
from services.simulation.storm.stage import People
from services.simulation.storm.summary import Summary, print_summary
from shared.clock import CatchUpClock, Clock, SystemClock
from shared.settings import Settings

ROLES = ("agent", "dispatcher", "reviewer", "supervisor", "ops")


def main() -> int:
    """Play the evening; 1 if an order that was answered is not there afterwards."""
    summary = asyncio.run(_play(_read_arguments()))
    return 1 if summary.missing else 0


async def _play(told: argparse.Namespace) -> Summary:
    password, secret = os.environ["RELIGHT_STORM_PASSWORD"], os.environ["RELIGHT_STORM_UPSTREAM_SECRET"]
    people = People(**{role: staff(f"{told.logins}{role}", password) for role in ROLES}, upstream_secret=secret)
    evening = Evening(seed=told.seed, minutes=told.minutes, orders=told.orders, journal=told.journal)
    with show_progress("storm", evening.minutes, is_quiet=told.json) as progress:
        summary = await play(told.url, people, clock=_clock(), evening=evening, progress=progress)
    if told.json:
        sys.stdout.write(summary.as_json() + "\n")
    else:
        print_summary(summary)
    return summary


def _clock() -> Clock:
    """Return the clock that the system reads: the environment tells both of us."""
    told = Settings()
    if told.clock_set_out_at and told.clock_started_at:
        return CatchUpClock(told.clock_started_at, told.clock_set_out_at, told.clock_speed)
    return SystemClock()


def _read_arguments() -> argparse.Namespace:
    usual = Evening()
    parser = argparse.ArgumentParser(prog="python -m services.simulation.storm", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8095")
    parser.add_argument("--logins", default="demo-", help="Accounts are called this and their role.")
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--minutes", type=float, default=usual.minutes, help="Length, in the clock's time.")
    parser.add_argument("--orders", type=int, default=usual.orders)
    parser.add_argument("--journal", type=Path, help="File that gets the id of each order that was answered.")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
