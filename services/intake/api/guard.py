"""One guard for everything that names an order in its path: who may not see it is told that it is not there.

Lists and searches have the same rule in SQL (`repository/visibility.py`).
"""

from __future__ import annotations

from uuid import UUID

from fastapi import Request

from services.intake.domain.visibility import sees_restricted
from services.intake.repository.orders import missing
from services.intake.repository.visibility import find_known
from shared.host import Runtime
from shared.web import Caller, runtime_of

REMEMBERED = 65_536


class _Kinds:
    """Whether an order is restricted, once looked up: an order's type never changes, so neither does the answer."""

    def __init__(self) -> None:
        self._known: dict[UUID, bool] = {}

    async def is_restricted(self, runtime: Runtime, order_id: UUID) -> bool:
        if order_id not in self._known:
            async with runtime.database.reading(now=runtime.clock.now()) as session:
                found = await find_known(session, order_id)
            if found is None:
                return False  # there is no such order; the route says so itself
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[order_id] = found
        return self._known[order_id]


KINDS = _Kinds()


async def hide_restricted(request: Request, actor: Caller) -> None:
    """Return if the caller may know of the order in the path, if there is one; raises NotFound otherwise."""
    named = request.path_params.get("order_id")
    if named is None or sees_restricted(actor.roles):
        return
    order_id = _read_id(str(named))
    if order_id is not None and await KINDS.is_restricted(runtime_of(request), order_id):
        raise missing(order_id)


def _read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None  # the route refuses it, with the field named
