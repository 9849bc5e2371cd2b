"""A reader that has silently stopped is noticed; one that is only slow, idle or busy is not."""

from __future__ import annotations

from shared.bus.kafka.stall import StallWatch


def make_watch() -> StallWatch:
    """Make a watch that is patient for 30 s and saw 5 messages waiting at second 100."""
    watch = StallWatch(30)
    watch.saw("p", position=10, end=15, at=100)
    return watch


def test_a_reader_that_asks_in_vain_while_messages_wait_has_stalled() -> None:
    watch = make_watch()

    watch.asked_in_vain(["p"], at=131)

    assert watch.stalled() == ["p"]


def test_a_reader_is_given_some_time() -> None:
    watch = make_watch()

    watch.asked_in_vain(["p"], at=129)

    assert watch.stalled() == []


def test_a_reader_that_does_not_ask_has_not_stalled() -> None:
    assert make_watch().stalled() == []


def test_a_reader_that_moves_on_has_not_stalled() -> None:
    watch = make_watch()

    watch.saw("p", position=11, end=99, at=130)
    watch.asked_in_vain(["p"], at=131)

    assert watch.stalled() == []


def test_a_reader_that_has_caught_up_has_not_stalled() -> None:
    watch = make_watch()

    watch.saw("p", position=15, end=15, at=101)
    watch.asked_in_vain(["p"], at=200)

    assert watch.stalled() == []
