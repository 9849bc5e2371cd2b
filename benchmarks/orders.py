"""Invented repair orders, complete, each of another caller in another place; no number or name belongs to anybody."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from benchmarks.wire import as_json
from shared.clock import SystemClock, format_z

FAMILY = "赵钱孙李周吴郑王冯陈"
GIVEN = "一二三四五六七八九十"
_numbers = itertools.count(1)


def make_order(
    *, station_code: str | None = None, transformer_area: str | None = None, lon: float = 118.6, lat: float = 33.1
) -> dict[str, Any]:
    """Make the body of POST /intake/orders: a single household without light, distinct from every one before."""
    number = next(_numbers)
    reported_at = SystemClock().now() - timedelta(seconds=5)
    order: dict[str, Any] = {
        "business_type": "fault_repair",
        "channel": "local_hotline",
        "reported_at": format_z(reported_at),
        "content": f"客户来电反映家中突然停电，邻居家有电，表箱处未见异常，请尽快安排人员检查处理。{number}",
        "customer": {
            "name": FAMILY[number % 10] + GIVEN[number // 10 % 10] + GIVEN[number // 100 % 10],
            "phone": f"100{number % 100_000_000:08}",
            "address": f"清澜市虚构区样板路{number}号{number % 30 + 1}单元",
            "lon": lon,
            "lat": lat,
        },
        "outage_scope": "single_household",
        "outage_started_at": format_z(reported_at - timedelta(minutes=5)),
        "surroundings": "楼道灯亮，邻居有电",
        "voltage_level": "0.4kV",
        "area_type": "urban",
    }
    if station_code:
        order["station_code"] = station_code
    if transformer_area:
        order["transformer_area"] = transformer_area
    return order


def order_bodies(count: int) -> Iterator[bytes]:
    """Make so many single orders, as bytes."""
    return (as_json(make_order()) for _ in range(count))


def batch_bodies(count: int, *, size: int) -> Iterator[bytes]:
    """Make so many batches of `size` orders, as bytes."""
    return (as_json({"orders": [make_order() for _ in range(size)]}) for _ in range(count))
