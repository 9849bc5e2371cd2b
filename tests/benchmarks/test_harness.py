"""The harness that measures: its arithmetic, its verdicts, its table and its client. Nothing here looks at a clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from rich.console import Console

from benchmarks.contest import take_turns
from benchmarks.figures import Figure, Row, as_json, at_most, failed, percentile, skipped, times
from benchmarks.fleet import plan_fleet
from benchmarks.load import Pressed, press_closed, press_open
from benchmarks.orders import make_order
from benchmarks.table import list_notes, make_table, say_figure, say_number, say_target
from benchmarks.wire import make_request


def make_row(figure: float, *, beside: float = 100.0, unit: str = "/s", **overrides: object) -> Row:
    values: dict[str, object] = {
        "what": "orders",
        "figure": Figure.once(figure, "/s"),
        "against": "peer",
        "beside": Figure.once(beside, unit),
        "command": "make bench",
    }
    return Row(**{**values, **overrides})  # type: ignore[arg-type]


# -- arithmetic --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (0.991, 100), (1.0, 100), (0.001, 1)])
def test_a_percentile_is_a_value_that_was_really_seen(share: float, expected: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == expected


def test_the_percentile_of_one_value_is_that_value() -> None:
    assert percentile([7.5], 0.99) == 7.5


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 0.0), ([1.0], 1.1)])
def test_a_percentile_of_nothing_or_beyond_all_is_refused(values: list[float], share: float) -> None:
    with pytest.raises(ValueError, match=r"percentile|share"):
        percentile(values, share)


def test_a_figure_is_the_median_of_its_rounds_with_their_spread() -> None:
    figure = Figure.of([30.0, 10.0, 20.0], "ms")
    assert (figure.median, figure.low, figure.high, figure.rounds) == (20.0, 10.0, 30.0, 3)


async def test_contestants_take_turns_round_by_round() -> None:
    order: list[str] = []

    def contestant(name: str, value: float) -> Callable[[], object]:
        async def take() -> float:
            order.append(name)
            return value

        return take

    found = await take_turns(
        {"peer": contestant("peer", 1.0), "ours": contestant("ours", 3.0)},  # type: ignore[dict-item]
        rounds=3,
        unit="/s",
    )
    assert order == ["peer", "ours"] * 3
    assert found["ours"] == Figure(3.0, 3.0, 3.0, 3, "/s")


# -- verdicts ----------------------------------------------------------------------------------------------------------


def test_twice_the_peer_is_enough_when_twice_was_wanted() -> None:
    assert make_row(200, target=times(2)).verdict == "ok"
    assert make_row(199, target=times(2)).verdict == "short"


def test_the_limit_itself_is_kept() -> None:
    assert make_row(100, target=at_most(100)).verdict == "ok"
    assert make_row(100.1, target=at_most(100)).verdict == "short"


def test_a_row_without_a_target_is_for_information() -> None:
    assert make_row(1).verdict == "info"


def test_what_could_not_be_measured_is_skipped_and_what_broke_falls_short() -> None:
    assert skipped("replay", why="no file", command="make bench").verdict == "skipped"
    assert failed("replay", why="it died", command="make bench").verdict == "short"


def test_a_ratio_needs_two_figures_of_one_unit() -> None:
    assert make_row(250).ratio == 2.5
    assert make_row(250, beside=0.0).ratio is None
    assert make_row(250, unit="ms").ratio is None


# -- what people and machines read -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "said"), [(12345.6, "12,346"), (100, "100"), (12.34, "12.3"), (0.1234, "0.123"), (2, "2")]
)
def test_numbers_have_three_digits_and_no_exponent(value: float, said: str) -> None:
    assert say_number(value) == said


def test_a_spread_is_said_only_when_rounds_could_differ() -> None:
    assert say_figure(Figure.once(12, "ms")) == "12.0 ms"
    assert say_figure(Figure.of([10, 12, 14], "ms")) == "12.0 ms (10.0-14.0)"
    assert say_figure(None) == ""


def test_targets_are_said_as_people_say_them() -> None:
    assert (say_target(times(2)), say_target(at_most(250)), say_target(None)) == ("≥ 2 ×", "≤ 250", "")


def test_the_table_shows_figure_peer_ratio_target_and_verdict() -> None:
    console = Console(width=140)
    with console.capture() as captured:
        console.print(make_table([make_row(250, target=times(2), note="quiet")], title="here"))
    text = captured.get()
    assert all(part in text for part in ("orders", "250 /s", "peer", "100 /s", "2.50", "≥ 2 ×", "ok"))
    assert list_notes([make_row(1), make_row(1, note="quiet")]) == ["orders: quiet"]


def test_a_result_keeps_everything_that_the_table_shows() -> None:
    kept = as_json(make_row(250, target=times(2), note="quiet"))
    assert kept["figure"] == {"median": 250, "low": 250, "high": 250, "rounds": 1, "unit": "/s"}
    assert (kept["ratio"], kept["verdict"], kept["target"]) == (2.5, "ok", {"kind": "at_least_times", "value": 2})
    assert as_json(skipped("replay", why="no file", command="make bench"))["figure"] is None


# -- load --------------------------------------------------------------------------------------------------------------


async def test_the_client_gets_whole_answers_even_in_pieces() -> None:
    seen: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            seen.append(await reader.readexactly(length))
            for piece in (b"HTTP/1.1 201 Created\r\nContent-", b"Length: 5\r\n\r\nhe", b"llo"):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        requests = [make_request("POST", "/", body={"number": n}) for n in range(10)]
        closed = await press_closed(port, requests, connections=2, seconds=60)
        opened = await press_open(port, requests, rate=1000, seconds=0.01, connections=2)
    closed.must_be_good()
    assert (closed.good, opened.good, len(seen)) == (10, 10, 20)


def test_refusals_are_no_figure() -> None:
    pressed = Pressed()
    pressed.note(201, 0.1, b"")
    pressed.note(422, 0.1, b"bad")
    with pytest.raises(RuntimeError, match=r"422.*bad"):
        pressed.must_be_good()


def test_no_two_orders_and_no_two_crews_are_alike() -> None:
    assert make_order()["customer"] != make_order()["customer"]
    fleet = plan_fleet(40, crews_each=50)
    assert len({(place.lon, place.lat) for place in fleet}) == len({p.crew_code for p in fleet}) == 2_000
