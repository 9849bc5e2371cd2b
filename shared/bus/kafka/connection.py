"""How long we wait for Kafka, and how we leave it when it does not answer: aiokafka's own `stop` would hang."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

log = structlog.get_logger()

LONGEST_STEP = timedelta(seconds=15)
LONGEST_CHECK = timedelta(seconds=3)
LONGEST_GOODBYE = timedelta(seconds=3)
REQUEST = timedelta(seconds=10)
"""aiokafka's patience with one request, and the life of a batch that it cannot send."""


def milliseconds(duration: timedelta) -> int:
    """Return a duration as aiokafka wants it."""
    return int(duration.total_seconds() * 1000)


async def stop(ask: Callable[[], Awaitable[Any]], *force: Callable[[], Awaitable[Any]]) -> None:
    """Stop a client by asking, and if it does not come back in time, by force."""
    for way in (ask, *force):
        try:
            async with asyncio.timeout(LONGEST_GOODBYE.total_seconds()):
                await way()
        except (OSError, KafkaError) as error:
            log.warning("bus.left_without_goodbye", reason=repr(error))
        else:
            return


async def end_producer(producer: AIOKafkaProducer) -> None:
    """Cut a producer's connections and end its tasks; what it had not sent is lost."""
    await producer.client.close()
    await producer._sender.close()


async def end_consumer(consumer: AIOKafkaConsumer) -> None:
    """Cut a consumer's connections and end its tasks."""
    await consumer._client.close()
    coordinator, fetcher = consumer._coordinator, consumer._fetcher
    for task in (coordinator._coordination_task, coordinator._heartbeat_task, coordinator._commit_refresh_task):
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
    if fetcher is not None:
        await fetcher.close()
