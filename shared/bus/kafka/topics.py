"""Makes sure of topics, and asks the broker whether it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from shared.bus.kafka.connection import LONGEST_CHECK, LONGEST_STEP, stop
from shared.bus.patience import patience
from shared.errors import Unavailable


class Topics:
    """Topics of one cluster, over one connection that is opened when it is first needed."""

    def __init__(self, client: dict[str, Any], *, partitions: int, replication: int) -> None:
        self._client, self._partitions, self._replication = client, partitions, replication
        self._admin: AIOKafkaAdminClient | None = None
        self._known: set[str] = set()
        self._turn = asyncio.Lock()

    async def ensure(self, names: Sequence[str]) -> None:
        """Make those topics that are missing."""
        missing = sorted(set(names) - self._known)
        if not missing:
            return
        async with patience(LONGEST_STEP, KafkaError), self._turn:
            admin = await self._started()
            wanted = [NewTopic(name, self._partitions, self._replication) for name in missing]
            answer = await admin.create_topics(wanted)
            for name, code, *_ in answer.topic_errors:
                error = for_code(code)
                if code and error is not TopicAlreadyExistsError:
                    raise error(name)
        self._known.update(missing)

    async def check(self) -> None:
        """Raise `Unavailable` if no broker answers."""
        try:
            async with patience(LONGEST_CHECK, KafkaError), self._turn:
                await (await self._started()).describe_cluster()
        except Unavailable:
            await self.close()  # the next check begins with a fresh connection
            raise

    async def close(self) -> None:
        """Hang up."""
        admin, self._admin = self._admin, None
        if admin is not None:
            await stop(admin.close)

    async def _started(self) -> AIOKafkaAdminClient:
        if self._admin is None:
            admin = AIOKafkaAdminClient(**self._client)
            await admin.start()
            self._admin = admin
        return self._admin
