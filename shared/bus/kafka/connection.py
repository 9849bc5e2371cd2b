"""How long we wait for Kafka, and how we leave it when it does not answer: aiokafka's own `stop` would hang."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from datetime import timedelta
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

log = structlog.get_logger()

LONGEST_STEP = timedelta(seconds=15)
LONGEST_CHECK = timedelta(seconds=3)
LONGEST_GOODBYE = timedelta(seconds=3)
REQUEST = timedelta(seconds=10)
"""aiokafka's patience with one request, and the life of a batch that it cannot send."""


def milliseconds(duration: timedelta) -> int:
    """Return a duration as aiokafka wants it."""
    return int(duration.total_seconds() * 1000)


async def stop(*ways: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Stop a client the first way, and if that fails or takes too long, the next.

    Each way runs as a task of its own: aiokafka's `stop` waits for tasks that it has cancelled, and when the broker is
    down their cancellation comes out of it and would be taken for ours.
    """
    for way in ways:
        task = asyncio.create_task(way())
        await _await_briefly([task])
        if task.done() and not task.cancelled() and task.exception() is None:
            return
        log.warning("bus.left_without_goodbye", reason="cancelled" if task.cancelled() else repr(task.exception()))


async def end_producer(producer: AIOKafkaProducer) -> None:
    """Cut a producer's connections and end its tasks; what it had not sent is lost."""
    await producer.client.close()
    await _await_briefly([producer._sender.sender_task], cancel_first=True)


async def end_consumer(consumer: AIOKafkaConsumer) -> None:
    """Cut a consumer's connections and end its tasks."""
    coordinator, fetcher = consumer._coordinator, consumer._fetcher
    tasks: list[asyncio.Task[Any] | None] = []
    if coordinator is not None:
        tasks += [coordinator._coordination_task, coordinator._heartbeat_task, coordinator._commit_refresh_task]
    if fetcher is not None:
        fetcher._closed = True
        tasks += [fetcher._fetch_task, *fetcher._pending_tasks]
    await _await_briefly(tasks, cancel_first=True)
    await consumer._client.close()


async def _await_briefly(tasks: Iterable[asyncio.Task[Any] | None], *, cancel_first: bool = False) -> None:
    """Wait for tasks to end, by themselves or cancelled, whatever comes out of them."""
    left = {task for task in tasks if task is not None}
    for cancel in [True] if cancel_first else [False, True]:
        if cancel:
            for task in left:
                task.cancel()
        if left:
            _, left = await asyncio.wait(left, timeout=LONGEST_GOODBYE.total_seconds())
