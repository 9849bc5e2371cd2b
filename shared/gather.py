"""A door for small calls that come by the thousand: who arrives while one set is on its way goes in the next, together.

Nobody waits for company: a call that finds the line free leaves at once. One transaction, one commit for the whole set;
a call that cannot go along never takes the others down, and no call is answered before its commit.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar, cast
from weakref import WeakKeyDictionary

from pydantic import BaseModel
from sqlalchemy import Table, delete, select, text
from sqlalchemy.exc import DBAPIError

from shared.db import DatabaseAway, Session
from shared.errors import Invalid, RelightError
from shared.once import REUSED, Once

if TYPE_CHECKING:
    from shared.host import Runtime

T = TypeVar("T")
R = TypeVar("R", bound=BaseModel)

Work = Callable[[Session, Sequence[T]], Awaitable[Sequence[R | RelightError]]]
"""Does a whole set: one outcome for each item, in their order. A refused item has left no trace."""

MOST = 200
"""Items in one set: few enough that the first of them does not wait long for the last."""

SETS_AT_ONCE = 2
"""Sets of one line on their way at the same time: while the database works on one, we prepare the next."""

TURNS = 4
"""Turns of the event loop before a set leaves: calls whose bytes are here already get aboard; no timer."""


class _NotCommitted(Exception):
    """The work was done and the commit failed: nobody knows better than the database, so everybody is told."""


class _Waiter(Generic[T, R]):
    """One call in line."""

    def __init__(self, item: T, once: Once | None, trace: str) -> None:
        self.item = item
        self.once = once
        self.trace = trace
        self.answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()

    def settle(self, outcome: R | BaseException) -> None:
        """Answer the caller, if it is still there."""
        if self.answer.done():
            return
        if isinstance(outcome, BaseException):
            self.answer.set_exception(outcome)
        else:
            self.answer.set_result(outcome)


class Gathering(Generic[T, R]):
    """Gathers concurrent calls of one use case into sets; `model` is what each answer is made of."""

    def __init__(self, work: Work[T, R], *, model: type[R], most: int = MOST) -> None:
        self._work = work
        self._model = model
        self._most = most
        self._lines: WeakKeyDictionary[Runtime, _Line[T, R]] = WeakKeyDictionary()

    async def ask(self, runtime: Runtime, item: T, *, once: Once | None = None, trace: str = "") -> R:
        """Have `item` done and committed, in company; raises what the work refused it with, or what the commit raised.

        A caller that is cancelled before its set leaves takes its item along; afterwards the set goes on without it.
        """
        line = self._lines.get(runtime)
        if line is None:
            line = self._lines[runtime] = _Line(runtime, self._work, self._model, self._most)
        return await line.join(item, once, trace)


class _Line(Generic[T, R]):
    """The calls of one running service, waiting to go."""

    def __init__(self, runtime: Runtime, work: Work[T, R], model: type[R], most: int) -> None:
        self._database = runtime.database
        self._clock = runtime.clock
        self._remembered = runtime.service.idempotency
        self._work = work
        self._model = model
        self._most = most
        self._waiting: list[_Waiter[T, R]] = []
        self._carriers = 0
        self._carrying: set[asyncio.Task[None]] = set()  # the loop itself holds tasks by a weak hand only

    async def join(self, item: T, once: Once | None, trace: str) -> R:
        waiter: _Waiter[T, R] = _Waiter(item, once, trace)
        self._waiting.append(waiter)
        if self._carriers < SETS_AT_ONCE:
            self._carriers += 1
            self._carrying.add(task := asyncio.create_task(self._carry_all()))
            task.add_done_callback(self._carrying.discard)
        return await waiter.answer

    async def _carry_all(self) -> None:
        try:
            while self._waiting:
                for _ in range(TURNS):
                    await asyncio.sleep(0)
                group, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._carry([waiter for waiter in group if not waiter.answer.done()])
        finally:
            self._carriers -= 1  # in the same turn as the last look: whoever joins later finds a free carrier

    async def _carry(self, group: Sequence[_Waiter[T, R]]) -> None:
        """Do one set; one that fails goes again one by one, unless its commit failed or the database is away."""
        if not group:
            return
        try:
            outcomes = await self._transact(group)
        except _NotCommitted as failed:
            self._fail(group, failed.__cause__ or failed)
        except Exception as error:
            if len(group) == 1 or _is_away(error):
                self._fail(group, error)
                return
            for waiter in group:
                await self._carry([waiter])
        except BaseException as error:
            self._fail([*group, *self._waiting], error)
            raise
        else:
            for waiter, outcome in zip(group, outcomes, strict=True):
                waiter.settle(outcome)

    async def _transact(self, group: Sequence[_Waiter[T, R]]) -> Sequence[R | RelightError]:
        is_done = False
        try:
            async with self._database.transaction(now=self._clock.now(), trace=group[0].trace) as session:
                outcomes = await self._work_once(session, group)
                await session.flush()
                is_done = True
        except Exception as error:
            if is_done:
                raise _NotCommitted from error
            raise
        return outcomes

    async def _work_once(self, session: Session, group: Sequence[_Waiter[T, R]]) -> Sequence[R | RelightError]:
        """Do the items whose key is new or who have none; give the others the first answer."""
        first: dict[str, _Waiter[T, R]] = {}
        for waiter in group:
            if waiter.once:
                first.setdefault(waiter.once.key, waiter)
        if not first:
            return await self._work(session, [waiter.item for waiter in group])
        fresh = await _claim(session, self._remembered, [w.once for w in first.values() if w.once])
        going = [w for w in group if w.once is None or (first[w.once.key] is w and w.once.key in fresh)]
        done = dict(zip(going, await self._work(session, [w.item for w in going]) if going else (), strict=True))
        await self._remember(session, done)
        known = await self._recall(session, first.keys() - fresh)
        return [done[w] if w in done else self._first_answer(w, first, done, known) for w in group]

    def _first_answer(
        self,
        waiter: _Waiter[T, R],
        first: dict[str, _Waiter[T, R]],
        done: dict[_Waiter[T, R], R | RelightError],
        known: dict[str, tuple[str, R]],
    ) -> R | RelightError:
        once = cast("Once", waiter.once)
        leader = first[once.key]
        request_hash, outcome = known.get(once.key) or (cast("Once", leader.once).request_hash, done[leader])
        return outcome if request_hash == once.request_hash else Invalid("idempotency.key_reused", REUSED)

    async def _remember(self, session: Session, done: dict[_Waiter[T, R], R | RelightError]) -> None:
        """Keep the answers by their keys; a refused call's key stays free, as if the call had never come."""
        keyed = [(w.once.key, outcome) for w, outcome in done.items() if w.once]
        answers = {key: answer.model_dump_json() for key, answer in keyed if not isinstance(answer, RelightError)}
        refused = [key for key, answer in keyed if isinstance(answer, RelightError)]
        table = self._remembered
        if answers:
            statement = text(
                f'UPDATE "{table.schema}"."{table.name}" AS k SET answer = CAST(a.answer AS jsonb)'  # noqa: S608
                " FROM unnest(CAST(:keys AS text[]), CAST(:answers AS text[])) AS a(key, answer) WHERE k.key = a.key"
            )
            await session.execute(statement, {"keys": list(answers), "answers": list(answers.values())})
        if refused:
            await session.execute(delete(table).where(table.c.key.in_(refused)))

    async def _recall(self, session: Session, keys: set[str]) -> dict[str, tuple[str, R]]:
        if not keys:
            return {}
        table = self._remembered
        rows = (await session.execute(select(table).where(table.c.key.in_(keys)))).mappings()
        return {r["key"]: (r["request_hash"], self._model.model_validate_json(json.dumps(r["answer"]))) for r in rows}

    def _fail(self, group: Sequence[_Waiter[T, R]], error: BaseException) -> None:
        for waiter in group:
            waiter.settle(error)


def _is_away(error: Exception) -> bool:
    """Say whether the database is out of reach: then nobody fares better alone."""
    return isinstance(error, DatabaseAway) or (isinstance(error, DBAPIError) and error.connection_invalidated)


async def _claim(session: Session, table: Table, wanted: Sequence[Once]) -> set[str]:
    """Take the keys that are free, in their order so that two processes never wait for each other; return those."""
    ordered = sorted(wanted, key=lambda once: once.key)
    statement = text(
        f'INSERT INTO "{table.schema}"."{table.name}" (key, request_hash, created_at)'  # noqa: S608
        " SELECT k, h, :now FROM unnest(CAST(:keys AS text[]), CAST(:hashes AS text[])) AS wanted(k, h)"
        " ON CONFLICT DO NOTHING RETURNING key"
    )
    parameters = {"now": session.now, "keys": [o.key for o in ordered], "hashes": [o.request_hash for o in ordered]}
    return set((await session.execute(statement, parameters)).scalars())
