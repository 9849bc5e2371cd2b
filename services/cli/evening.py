"""The process that plays a demonstration's evening: `python -m services.cli.evening`, its script as JSON on stdin.

It is a stranger: an address, some logins and the platform's secret are all that it knows, HTTP is all that it speaks.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
FAILED = 1
INTERRUPTED = 130

ROLES = ("agent", "dispatcher", "reviewer", "supervisor", "auditor", "ops")


@dataclass(frozen=True)
class Script:
    """What the evening needs to know. `journal` gets the id of each order that was answered."""

    parent: int
    base_url: str
    seed: int
    journal: str
    password: str
    upstream_secret: str


def login_of(role: str) -> str:
    """Return the demonstration's login for a role."""
    return f"demo-{role}"


def main() -> int:
    """Play the evening; return 0 when nothing that was answered got lost."""
    script = Script(**json.loads(sys.stdin.read()))
    if not leave_with(script.parent):
        return INTERRUPTED
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    try:
        return asyncio.run(play(script))
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as problem:
        from services.cli.problems import clear_line_for

        return clear_line_for(problem)


def leave_with(parent: int) -> bool:
    """Ask the kernel to end us when our parent dies; return whether it is still there."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    return os.getppid() == parent


async def play(script: Script) -> int:
    """Play it, with a bar and the table at the end."""
    from services.simulation.clients import staff
    from services.simulation.progress import show_progress
    from services.simulation.storm import Evening, People, print_summary
    from services.simulation.storm import play as play_evening
    from shared.host import make_clock
    from shared.settings import Settings

    who = {role: staff(login_of(role), script.password) for role in ROLES}
    people = People(
        agent=who["agent"],
        dispatcher=who["dispatcher"],
        reviewer=who["reviewer"],
        supervisor=who["supervisor"],
        ops=who["ops"],
        upstream_secret=script.upstream_secret,
    )
    evening = Evening(seed=script.seed, journal=Path(script.journal))
    with show_progress("暴风雨之夜 | storm", evening.minutes) as progress:
        summary = await play_evening(
            script.base_url, people, clock=make_clock(Settings()), evening=evening, progress=progress
        )
    print_summary(summary)
    return FAILED if summary.missing else 0


if __name__ == "__main__":
    sys.exit(main())
