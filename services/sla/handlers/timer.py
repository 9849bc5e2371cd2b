"""The clock's own door: ten times a second, whatever is due is warned of or found broken, in the order of time."""

from __future__ import annotations

from datetime import datetime

from services.sla import metrics
from services.sla.repository.clocks import take_due, write_alarms
from shared.db import Session

BATCH = 1_000


async def fire_due(session: Session, *, now: datetime) -> int:
    """Warn of, or break, up to `BATCH` promises whose alarm lies before `now`; return how many. Each one fires once.

    At the very instant of its limit a promise is still kept (decision 17), so only what lies *before* `now` fires. The
    events leave with the same transaction: after a crash either both are there or neither.
    """
    due = await take_due(session, now=now, most=BATCH)
    lateness = [(now - clock.next_alarm_at).total_seconds() for clock in due if clock.next_alarm_at]
    told = [clock.run_out() if clock.due_alarm_at < now else clock.warn(now=now) for clock in due]
    await write_alarms(session, due, now=now)
    session.tell(told)

    def count() -> None:
        for seconds in lateness:
            metrics.LATENESS.observe(seconds)
        for each in told:
            metrics.count(each.event)

    session.when_committed(count)
    return len(due)
