"""Aggregates in and out of a table: loaded once a transaction under a lock, written together before the commit.

A handler works on one aggregate at a time and reads as if it were alone; a batch of five hundred events costs two
statements all the same, because the door prefetches and the flush writes sets.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from shared.aggregate import Aggregate
from shared.db import Session
from shared.errors import NotFound

A = TypeVar("A", bound=Aggregate)


class Store(Generic[A]):
    """The way of one kind of aggregate to its table, whose key column is `id`.

    `to_row` and `from_row` translate; `missing` makes the error for an id that is not there; `fixed` names the columns
    that never change and are not written again.
    """

    def __init__(
        self,
        table: Table,
        *,
        to_row: Callable[[A], dict[str, Any]],
        from_row: Callable[[Mapping[str, Any]], A],
        missing: Callable[[UUID], NotFound],
        fixed: Collection[str] = (),
    ) -> None:
        self.table = table
        self._to_row = to_row
        self._from_row = from_row
        self._missing = missing
        self._new = (self, "new")
        self._changed = (self, "changed")
        columns = [c for c in table.columns if c.name != "id" and c.name not in fixed]
        self._update = (
            update(table)
            .where(table.c.id == bindparam("row_id"))
            .values({c.name: bindparam(f"to_{c.name}") for c in columns})
        )
        self._columns = [c.name for c in columns]

    def held(self, session: Session) -> dict[UUID, A]:
        """Return by id what this transaction has locked or added so far."""
        return session.identity.setdefault(self, {})

    async def prefetch(self, session: Session, ids: Iterable[UUID]) -> None:
        """Load and lock those of `ids` that are not here yet, in id order so that two batches never deadlock."""
        held = self.held(session)
        wanted = sorted(set(ids) - held.keys())
        if not wanted:
            return
        statement = select(self.table).where(self.table.c.id.in_(wanted)).order_by(self.table.c.id).with_for_update()
        for row in (await session.execute(statement)).mappings():
            held[row["id"]] = self._from_row(cast("Mapping[str, Any]", row))

    async def find(self, session: Session, key: UUID) -> A | None:
        """Return the aggregate, locked until the end of the transaction, or None."""
        held = self.held(session)
        if key not in held:
            await self.prefetch(session, [key])
        return held.get(key)

    async def get(self, session: Session, key: UUID) -> A:
        """Return the aggregate, locked until the end of the transaction; raises the store's NotFound."""
        found = await self.find(session, key)
        if found is None:
            raise self._missing(key)
        return found

    def add(self, session: Session, aggregate: A) -> None:
        """Write a new aggregate, and what it told, with this transaction."""
        self.held(session)[aggregate.id] = aggregate
        session.identity.setdefault(self._new, {})[aggregate.id] = aggregate
        self._leave_with(session, aggregate)

    def save(self, session: Session, aggregate: A) -> None:
        """Write a changed aggregate, and what it told, with this transaction."""
        session.identity.setdefault(self._changed, {})[aggregate.id] = aggregate
        self._leave_with(session, aggregate)

    async def flush(self, session: Session) -> None:
        """Write what was added and changed, one statement each."""
        new = session.identity.pop(self._new, {})
        if new:
            await session.execute(insert(self.table), [self._to_row(a) for a in new.values()])
        changed = [a for i, a in sorted(session.identity.pop(self._changed, {}).items()) if i not in new]
        if changed:
            await session.execute(self._update, [self._change(a) for a in changed])

    def _leave_with(self, session: Session, aggregate: A) -> None:
        session.tell(aggregate.take_untold())
        session.will_flush(self)

    def _change(self, aggregate: A) -> dict[str, Any]:
        row = self._to_row(aggregate)
        return {"row_id": row["id"], **{f"to_{name}": row[name] for name in self._columns}}
