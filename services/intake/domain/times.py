"""The required order of an order's times (lifecycles 3.1): equal is fine, before its predecessor or to come is not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from shared.errors import Invalid, Text, bad_field

REQUIRED_ORDER = (
    "reported_at",
    "received_at",
    "accepted_at",
    "assessed_at",
    "dispatched_at",
    "crew_received_at",
    "departed_at",
    "arrived_at",
    "surveyed_at",
    "work_permitted_at",
    "work_started_at",
    "repaired_at",
    "power_restored_at",
    "replied_at",
    "sent_at",
    "called_back_at",
    "archived_at",
)
"""`arrival_recorded_at` is when we learned of the arrival, a promise of its own (001-059), not a step of the field."""

TOLERANCE = timedelta(seconds=60)
"""How far another clock may be ahead of ours."""

_PAIR = Text("时间顺序错误：{later} 早于 {earlier}", "times out of order: {later} is before {earlier}")
_FUTURE = Text("时间不能晚于当前时间：{field}", "no time may lie in the future: {field}")


def check_time(order: Any, field: str, moment: datetime, *, now: datetime, place: str | None = None) -> None:
    """Return if `moment` may stand as the order's `field`; raises Invalid naming the pair that is out of order (E34).

    Checked against every step before `field` (or before `place`, for a time that is not a step itself) that is known.
    """
    earlier = REQUIRED_ORDER[: REQUIRED_ORDER.index(place or field)]
    check_moment(field, moment, [(name, getattr(order, name)) for name in earlier], now=now)


def check_moment(
    field: str, moment: datetime, earlier: Iterable[tuple[str, datetime | None]], *, now: datetime
) -> None:
    """Return if `moment` lies neither in the future nor before any of `earlier`; raises Invalid naming the pair."""
    if moment > now + TOLERANCE:
        wrong = bad_field(field, "order.time_in_future", "不能晚于当前时间", "may not lie in the future")
        raise Invalid("order.time_in_future", _FUTURE, fields=[wrong], field=field)
    for name, known in earlier:
        if known is not None and moment < known:
            raise out_of_order(name, field)


def out_of_order(earlier: str, later: str, *, field: str | None = None) -> Invalid:
    """Make the refusal of a pair of times; `field` is the one that was sent, if it is not the later."""
    if field == earlier:
        wrong = bad_field(earlier, "order.times_out_of_order", f"晚于 {later}", f"is after {later}")
    else:
        wrong = bad_field(later, "order.times_out_of_order", f"早于 {earlier}", f"is before {earlier}")
    return Invalid("order.times_out_of_order", _PAIR, fields=[wrong], earlier=earlier, later=later)


def conflicting_times(order: Any, field: str, moment: datetime) -> list[str]:
    """Return the known earlier steps that a fact's time contradicts; a fact is noted all the same."""
    if field not in REQUIRED_ORDER:
        return []
    earlier = REQUIRED_ORDER[: REQUIRED_ORDER.index(field)]
    return [name for name in earlier if (known := getattr(order, name)) is not None and moment < known]


def latest_known(order: Any, now: datetime) -> datetime:
    """Return `now`, or the latest time on the order if a field clock ran ahead of ours by less than the tolerance."""
    known = [t for name in REQUIRED_ORDER if (t := getattr(order, name)) is not None and t <= now + TOLERANCE]
    return max(now, *known) if known else now
