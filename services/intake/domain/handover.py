"""交接班: work and responsibility go over together, item by item, when the successor confirms (000-038, 003-006)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.errors import BadField, Conflict, Forbidden, Text, bad_field
from shared.glossary import Word


class Decision(Word):
    """What became of one item: with `refused` it stays where it was; `closed` and `moved` settled by themselves."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    CLOSED = "closed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Offer:
    """One order that is offered to a successor; `note` is what is left to do (遗留工作)."""

    order_id: UUID
    note: str


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a hand-over, decided or not."""

    order_id: UUID
    note: str
    decision: Decision | None = None
    decided_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """What one person offers another at the end of a shift."""

    id: UUID
    from_person: str
    to_person: str
    offered_by: str
    offered_at: datetime
    items: Sequence[Item]

    @property
    def waiting(self) -> frozenset[UUID]:
        """The orders that the successor has not answered for yet."""
        return frozenset(item.order_id for item in self.items if item.decision is None)


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """What the successor says of one item; a refusal says why."""

    order_id: UUID
    is_confirmed: bool
    reason: str | None = None


_TO_ONESELF = Text("不能交接给自己", "nobody hands over to themselves")
_NOT_OFFERED = Text("部分工单不能交接", "some of these orders cannot be handed over")
_NOT_ANSWERED = Text("部分交接项不能确认", "some of these items cannot be answered for")
_NOT_YOURS = Text("只有接班人能确认", "only the successor answers for a hand-over")
_NOT_ON_DUTY = Text("接班人尚未上班签到", "the successor is not on duty yet")


def check_offer(
    offers: Sequence[Offer],
    *,
    from_person: str,
    to_person: str,
    held: Collection[UUID],
    offered: Mapping[UUID, str],
) -> None:
    """Return if all of it may be offered; raises Conflict naming every order that may not.

    `held`: the open orders that `from_person` answers for; `offered`: orders that wait for somebody's answer already.
    """
    if from_person == to_person:
        raise Conflict("handover.to_oneself", _TO_ONESELF)
    wrong = [
        field for index, offer in enumerate(offers) for field in _find_wrong(index, offer, held=held, offered=offered)
    ]
    seen: set[UUID] = set()
    for index, offer in enumerate(offers):
        if offer.order_id in seen:
            wrong.append(_item(index, "handover.named_twice", "同一工单出现两次", "the order is named twice"))
        seen.add(offer.order_id)
    if wrong:
        raise Conflict("handover.not_possible", _NOT_OFFERED, fields=wrong)


def check_answers(handover: Handover, answers: Sequence[ItemAnswer], *, person: str, is_on_duty: bool) -> None:
    """Return if `person` may answer so; raises Forbidden for anybody but the successor, Conflict off duty or with every
    item that does not wait for an answer named.
    """
    if person != handover.to_person:
        raise Forbidden("handover.not_yours", _NOT_YOURS)
    if not is_on_duty:
        raise Conflict("handover.successor_not_on_duty", _NOT_ON_DUTY)
    wrong = [
        _item(index, "handover.item_not_waiting", "该项不在待确认之列", "this item does not wait for an answer")
        for index, answer in enumerate(answers)
        if answer.order_id not in handover.waiting
    ]
    wrong += [
        bad_field(f"items.{index}.reason", "field.missing", "拒接必须说明原因", "say why it is refused")
        for index, answer in enumerate(answers)
        if not answer.is_confirmed and not (answer.reason or "").strip()
    ]
    if wrong:
        raise Conflict("handover.not_answerable", _NOT_ANSWERED, fields=wrong)


def _find_wrong(index: int, offer: Offer, *, held: Collection[UUID], offered: Mapping[UUID, str]) -> list[BadField]:
    if offer.order_id not in held:
        return [
            _item(
                index,
                "handover.not_accountable",
                "不是交班人负责的在途工单",
                "the giver answers for no such open order",
            )
        ]
    if offer.order_id in offered:
        return [_item(index, "handover.already_offered", "已交给他人待确认", "it waits for somebody's answer already")]
    return []


def _item(index: int, code: str, zh: str, en: str) -> BadField:
    return bad_field(f"items.{index}.order_id", code, zh, en)
