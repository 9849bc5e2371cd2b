"""One membership in a group: a connection, the slots that its locks own, and how far each of them was read.

What a session holds dies with its connection, on the server and here: nobody can keep reading a slot that others may
have taken, because reading goes through the very connection whose locks own the slot.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import ceil
from typing import NamedTuple

import asyncpg

from shared.bus.postgres.connection import Connection, connect, hang_up
from shared.bus.postgres.publisher import SLOTS


class Place(NamedTuple):
    """One slot of one topic: what a member of a group owns or does not own."""

    topic: str
    slot: int


@dataclass
class Hold:
    """How far a held slot was handed out (`read`) and acknowledged (`done`)."""

    read: int
    done: int
    is_leaving: bool = False
    """Promised to another member: nothing more is read, and it goes once all that was read is acknowledged."""

    def is_idle(self) -> bool:
        """Say whether nothing that was handed out still waits for its acknowledgement."""
        return self.read <= self.done


REGISTER = """
INSERT INTO bus.offsets (group_name, topic, slot, position)
SELECT $1, topic, slot, 0 FROM unnest($2::text[]) AS topic, generate_series(0, $3::int - 1) AS slot
ON CONFLICT DO NOTHING
"""

ENTER = "SELECT pg_advisory_lock_shared(lock) FROM unnest($1::bigint[]) AS lock"

# A member holds a shared lock per topic, so counting the lock's holders counts the members.
COUNT_MEMBERS = """
SELECT topic, count(DISTINCT pid) AS members
FROM unnest($1::text[], $2::bigint[]) AS member (topic, lock)
JOIN pg_locks ON locktype = 'advisory' AND objsubid = 1 AND granted
    AND (classid::bigint << 32 | objid::bigint) = lock
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
GROUP BY topic
"""

# No sort here: the limit must stop the scan before a lock is taken that nobody asked for.
TAKE_FREE = """
SELECT slot FROM unnest($1::smallint[], $2::bigint[]) AS free (slot, lock) WHERE pg_try_advisory_lock(lock) LIMIT $3
"""

GIVE_BACK = "SELECT pg_advisory_unlock(lock) FROM unnest($1::bigint[]) AS lock"

# A statement of its own, after the lock: its snapshot then shows all that the slot's last owner acknowledged.
READ_OFFSETS = "SELECT slot, position FROM bus.offsets WHERE group_name = $1 AND topic = $2 AND slot = ANY($3)"

# Slots are walked in the order given and the limit ends the walk. A key has the same slot in every topic, so within a
# slot the topics are woven by when they were appended: what an event caused is read after it. The running maximum keeps
# each topic's own order, whose clock may step back (two publishers begin in one order and get their turn in the other).
READ = """
SELECT message.*
FROM unnest($5::smallint[]) AS walk (slot),
LATERAL (
    SELECT waiting.* FROM (
        SELECT found.*, max(found.appended_at) OVER (PARTITION BY found.topic ORDER BY found.position) AS turn
        FROM unnest($1::text[], $2::smallint[], $3::bigint[]) AS held (topic, slot, read),
        LATERAL (
            SELECT * FROM bus.log
            WHERE log.topic = held.topic AND log.slot = held.slot AND log.position > held.read
            ORDER BY log.position LIMIT $4
        ) AS found
        WHERE held.slot = walk.slot
    ) AS waiting
    ORDER BY waiting.turn, waiting.topic, waiting.position LIMIT $4
) AS message
LIMIT $4
"""


class Session:
    """One member of one group, as long as its connection lives."""

    def __init__(self, connection: Connection, group: str, topics: Sequence[str]) -> None:
        self.holds: dict[Place, Hold] = {}
        self._connection = connection
        self._group = group
        self._topics = sorted(topics)
        self._last_slot = -1

    @classmethod
    async def join(cls, url: str, group: str, topics: Sequence[str]) -> Session:
        """Connect and become a member; it holds nothing before its first `settle`."""
        session = cls(await connect(url), group, topics)
        try:
            await session._announce()
        except BaseException:
            session.abandon()
            raise
        return session

    def is_lost(self) -> bool:
        """Say whether the connection, and with it every lock, is gone."""
        return self._connection.is_closed()

    async def settle(self) -> None:
        """Move towards the fair share of every topic: give back what is too much, take what is free."""
        try:
            rows = await self._connection.fetch(COUNT_MEMBERS, self._topics, self._member_locks())
            members: dict[str, int] = {row["topic"]: row["members"] for row in rows}
            for topic in self._topics:
                share = ceil(SLOTS / max(members.get(topic, 1), 1))
                await self._give_back(topic, share)
                await self._take(topic, share)
        except BaseException:
            # Interrupted, we cannot know which locks the server gave us; without a connection they are nobody's.
            self.abandon()
            raise

    async def read(self, most: int) -> list[asyncpg.Record]:
        """Return up to `most` rows that follow the last read, in order per slot; each slot has its turn."""
        held = [place for place, hold in self.holds.items() if not hold.is_leaving]
        if not held:
            return []
        slots = sorted({place.slot for place in held})
        first = bisect_right(slots, self._last_slot)
        walk = slots[first:] + slots[:first]
        read = [self.holds[place].read for place in held]
        rows = await self._connection.fetch(READ, [p.topic for p in held], [p.slot for p in held], read, most, walk)
        for row in rows:
            self.holds[Place(row["topic"], row["slot"])].read = row["position"]
            self._last_slot = row["slot"]
        return rows

    async def leave(self) -> None:
        """Give everything back, tell the others, and hang up."""
        try:
            await self._connection.execute("SELECT pg_advisory_unlock_all()")
            await self._tell_group()
        finally:
            await hang_up(self._connection)

    def abandon(self) -> None:
        """Cut the connection: the server takes every lock back."""
        self.holds.clear()
        self._connection.terminate()

    async def _announce(self) -> None:
        await self._connection.execute(REGISTER, self._group, self._topics, SLOTS)
        await self._connection.execute(ENTER, self._member_locks())
        await self._tell_group()

    async def _give_back(self, topic: str, share: int) -> None:
        mine = sorted(place for place in self.holds if place.topic == topic)
        idle_first = sorted(mine, key=lambda place: not self.holds[place].is_idle())
        surplus = idle_first[: max(len(mine) - share, 0)]
        for place in mine:
            self.holds[place].is_leaving = place in surplus
        going = [place for place in surplus if self.holds[place].is_idle()]
        if not going:
            return
        for place in going:
            del self.holds[place]
        await self._connection.execute(GIVE_BACK, self._slot_locks(going))
        await self._tell_group()

    async def _take(self, topic: str, share: int) -> None:
        mine = {place.slot for place in self.holds if place.topic == topic}
        others = [slot for slot in range(SLOTS) if slot not in mine]
        missing = share - len(mine)
        if missing <= 0 or not others:
            return
        random.shuffle(others)
        locks = self._slot_locks(Place(topic, slot) for slot in others)
        taken = [row["slot"] for row in await self._connection.fetch(TAKE_FREE, others, locks, missing)]
        if taken:
            rows = await self._connection.fetch(READ_OFFSETS, self._group, topic, taken)
            done = dict.fromkeys(taken, 0) | {row["slot"]: row["position"] for row in rows}
            for slot in taken:
                self.holds[Place(topic, slot)] = Hold(read=done[slot], done=done[slot])

    async def _tell_group(self) -> None:
        await self._connection.execute("SELECT pg_notify('relight_bus_group', $1)", self._group)

    def _member_locks(self) -> list[int]:
        return [_lock("member", self._group, topic) for topic in self._topics]

    def _slot_locks(self, places: Iterable[Place]) -> list[int]:
        return [_lock("slot", self._group, topic, slot) for topic, slot in places]


def _lock(*names: object) -> int:
    """Return the advisory lock's number for a name; 64 bits wide, so that no two names meet."""
    digest = blake2b("\0".join(map(str, ("relight bus", *names))).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
