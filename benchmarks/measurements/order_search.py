"""Finding orders among a million: what a desk filters on, alone and together, common, rare and contradictory."""

from __future__ import annotations

from random import Random
from time import perf_counter
from urllib.parse import urlencode

from benchmarks.figures import Figure, Row, at_most, percentile
from benchmarks.grounds import Ground, looking, service_login, settle
from benchmarks.load import press_closed
from benchmarks.many_orders import STATIONS, fill_orders, put_promises_at_risk
from benchmarks.servers import Server
from benchmarks.wire import make_request
from services.intake.repository.search import feed
from shared.auth import Role
from shared.clock import SystemClock
from shared.db import Database

NAME = "order_search"
COMMAND = "make bench ARGS=order_search"
LIMIT_MS = 50
MANY = 1_000_000
FEW = 50_000
AT_ONCE = 20_000

SEARCHES: dict[str, list[dict[str, str]]] = {
    "everything, one filter": [
        {},
        {"status": "archived"},
        {"status": "dispatched"},
        {"business_type": "praise"},
        {"channel": "counter"},
        {"area_type": "rural"},
        {"area_type": "special_remote"},
        {"station_code": "S07"},
        {"is_open": "true"},
        {"is_returned": "true"},
        {"due": "soon"},
        {"due": "over"},
    ],
    "several filters": [
        {"is_open": "true", "station_code": "S07"},
        {"status": "accepted", "business_type": "fault_repair", "area_type": "urban"},
        {"is_returned": "true", "station_code": "S11", "business_type": "complaint"},
        {"due": "over", "station_code": "S03"},
        {"business_type": "consultation", "channel": "counter", "area_type": "rural"},
        {"accountable": "agent-17"},
        {"status": "archived", "business_type": "praise", "station_code": "S40"},
        # Nothing is both: the worst that a planner can be asked for.
        {"business_type": "praise", "transformer_area": "T1", "feeder": "F2"},
        {"area_type": "special_remote", "business_type": "fault_repair"},
        {"status": "dispatched", "text": "充电桩", "channel": "counter"},
    ],
    "customer, phone, number": [
        {"customer_no": "C00012345"},
        {"customer_no": "C99999999"},
        {"phone": "10000012345"},
        {"phone": "4321"},
        {"number": "2026010100000001"},
    ],
    "text": [
        {"text": "停电"},
        {"text": "变压器有异响"},
        {"text": "电梯停运"},
        {"text": "充电桩"},
        {"text": "编号777"},
        {"text": "冒雨抢修 S07"},
        {"text": "一山镇 停电"},
        {"text": "停电", "station_code": "S07", "status": "archived"},
        {"text": "这句话谁也没有说过"},
        {"text": "抄表员", "business_type": "praise"},
    ],
}


async def measure(ground: Ground) -> list[Row]:
    """Fill a year, enter it for the search, and ask through HTTP on two connections."""
    count = FEW if ground.is_quick else MANY
    url = await ground.make_database()
    async with looking(url) as connection:
        await fill_orders(connection, count)
        await put_promises_at_risk(connection)
    fed_a_second = await _feed(url, count)
    await settle(url)
    async with ground.serve("intake", database_url=url) as server:
        rows = [await _ask(server, ground, name, searches, count) for name, searches in SEARCHES.items()]
    return [*rows, _fed(fed_a_second, count)]


async def _feed(url: str, count: int) -> float:
    """Enter every order by the steady task's own statement, in larger bites; return orders a second."""
    database = Database(service_login(url, "intake"), schema="intake")
    started, entered = perf_counter(), 0
    while entered < count:
        async with database.transaction(now=SystemClock().now()) as session:
            fed = await feed(session, most=AT_ONCE)
        if not fed:
            raise RuntimeError(f"only {entered} of {count} orders can be searched")
        entered += fed
    rate = entered / (perf_counter() - started)
    await database.close()
    return rate


async def _ask(server: Server, ground: Ground, name: str, searches: list[dict[str, str]], count: int) -> Row:
    token = ground.token("bench-supervisor", Role.SUPERVISOR)
    asked = [_request(token, query) for query in searches]
    await press_closed(server.port, asked * 3, connections=1, seconds=60)  # warm: a desk asks all day
    times = 5 if ground.is_quick else 40
    mixed = asked * times
    Random(7).shuffle(mixed)
    pressed = await press_closed(server.port, mixed, connections=2, seconds=120)
    pressed.must_be_good()
    slowest = percentile(pressed.latencies, 0.99) * 1000
    limit = Figure.once(LIMIT_MS, "ms")
    return Row(
        what=f"p99, {name}",
        figure=Figure.once(slowest, "ms"),
        against="limit",
        beside=limit,
        target=at_most(LIMIT_MS),
        command=COMMAND,
        note=f"{count:,} orders, {len(mixed)} calls of {len(asked)} searches, p50"
        f" {percentile(pressed.latencies, 0.5) * 1000:.1f} ms, {STATIONS} stations",
    )


def _request(token: str, query: dict[str, str]) -> bytes:
    return make_request("GET", f"/intake/orders?{urlencode(query)}", token=token)


def _fed(rate: float, count: int) -> Row:
    return Row(
        what="entered for the search",
        figure=Figure.once(rate, "orders/s"),
        command=COMMAND,
        note=f"{count:,} orders of the past, index and all, by one connection",
    )
