"""What the platform has to be told, written with the change that it tells of, under the lock of its order."""

from __future__ import annotations

from collections.abc import Sequence

from services.intake.domain.order import Happening, Order
from services.intake.domain.platform_messages import messages_of
from services.intake.tables import platform_messages
from shared.db import Session
from shared.ids import new_id

COLUMNS = ("id", "order_id", "national_order_no", "type", "occurred_at", "recorded_at", "data")


class PlatformMessages:
    """Gathers the messages of a transaction and writes them with the flush, in the order of their happening."""

    def add(self, session: Session, order: Order, happened: Sequence[Happening]) -> None:
        """Have the platform told of what just happened to one of its orders; of others it hears nothing."""
        if not order.is_national:
            return
        waiting = session.identity.setdefault(self, {})
        for message in messages_of(order, happened):
            key = new_id()
            about = (key, order.id, order.national_order_no)
            waiting[key] = (*about, message.type, message.occurred_at, session.now, message.data)
            session.will_flush(self)

    async def flush(self, session: Session) -> None:
        """Write what was gathered."""
        waiting = session.identity.pop(self, {})
        await session.copy(platform_messages, COLUMNS, list(waiting.values()))


PLATFORM_MESSAGES = PlatformMessages()
