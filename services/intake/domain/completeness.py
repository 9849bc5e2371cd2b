"""What an order must say, by business type and channel, and what is still to be asked before anybody is sent.

One table: `ASKED`. What is mandatory there is refused at our own desks while the caller is on the line (requirements
003-003, 003-015, 000-076, 000-077); an order of the platform cannot be asked any more, so what it lacks is named to the
dispatcher, who accepts it all the same or declines it as incomplete within three minutes (requirement 003-021).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.intake.domain.taking import Taking
from services.intake.domain.triage import QUESTIONS, SCOPE_QUESTION, open_questions
from shared.errors import BadField, Text, bad_field
from shared.glossary import AssetOwnership, BusinessType, Channel, OutageScope

ANONYMOUS = frozenset({Channel.REPORT_BOX})
"""A letter from the box need not say who wrote it (requirement 004-013)."""

FACE_TO_FACE = frozenset({Channel.LOCAL_HOTLINE, Channel.COUNTER})
"""Here somebody of ours talks to the caller and can ask for everything."""

SHORTEST_ADDRESS = 4
"""An address of fewer characters («镇上», «我家») leads nobody anywhere."""


class Draft(Protocol):
    """An order as far as it is known; a `NewOrder` is one."""

    @property
    def business_type(self) -> BusinessType | None: ...  # noqa: D102 - as everywhere
    @property
    def channel(self) -> Channel | None: ...  # noqa: D102
    @property
    def name(self) -> str | None: ...  # noqa: D102
    @property
    def phone(self) -> str | None: ...  # noqa: D102
    @property
    def reported_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def outage_scope(self) -> OutageScope | None: ...  # noqa: D102
    @property
    def outage_started_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def surroundings(self) -> str | None: ...  # noqa: D102
    @property
    def asset_ownership(self) -> AssetOwnership | None: ...  # noqa: D102
    @property
    def is_late_entry(self) -> bool: ...  # noqa: D102
    @property
    def taking(self) -> Taking | None: ...  # noqa: D102


def find_missing(draft: Draft) -> Iterator[BadField]:
    """Yield every mandatory field that is not there; a type or channel that is unknown asks for nothing of its own."""
    if draft.channel not in ANONYMOUS:
        yield from _find_nameless(draft)
    if draft.business_type is BusinessType.FAULT_REPAIR:
        yield from _find_missing_of_repair(draft)


def _find_nameless(draft: Draft) -> Iterator[BadField]:
    if not draft.name:
        yield bad_field("customer.name", "field.missing", "必填", "is required")
    if not draft.phone:
        yield bad_field("customer.phone", "field.missing", "必填", "is required")


def _find_missing_of_repair(draft: Draft) -> Iterator[BadField]:
    if draft.outage_scope is None:
        yield bad_field(
            "outage_scope",
            "order.outage_scope_missing",
            "报修必须填写停电范围",
            "a repair needs the extent",
        )
    if draft.outage_started_at is None and not draft.is_late_entry:
        yield bad_field(
            "outage_started_at",
            "order.outage_started_at_missing",
            "报修必须填写停电时间",
            "a repair needs the time at which the outage began",
        )
    if not draft.surroundings and draft.channel in FACE_TO_FACE and not draft.is_late_entry:
        yield bad_field(
            "surroundings",
            "order.surroundings_missing",
            "报修必须询问故障周围情况；没有危险时填“无异常”",
            "a repair needs the dangers around the place; “none” if there are none",
        )


class Place(Protocol):
    """What may lead a crew to the fault."""

    caller_address: str
    customer_no: str | None
    transformer_area: str | None
    station_code: str | None
    lon: float | None


def is_found(place: Place) -> bool:
    """Say whether a crew could find the place: by its address, or by anything better."""
    known = place.customer_no or place.transformer_area or place.station_code or place.lon is not None
    return bool(known) or len(place.caller_address.strip()) >= SHORTEST_ADDRESS


@dataclass(frozen=True)
class Gap:
    """Something that an order does not say yet. `is_mandatory`: nobody should be sent before it is known."""

    field: str
    question: Text
    is_mandatory: bool


ASKED: Mapping[str, Text] = {
    "outage_scope": SCOPE_QUESTION,
    "outage_started_at": Text("请问什么时候停的电？", "when did the power go?"),
    "address": Text(
        "请问具体地址？村、小区、楼号、门牌号。", "where exactly? village, estate, building, house number."
    ),
    "caller_name": Text("请问您贵姓？", "may I have your name?"),
    "caller_phone": Text("请问您的联系电话？", "which number can we ring you on?"),
    "surroundings": Text("现场周围情况怎样，有没有危险？", "what is it like around the place, is anything dangerous?"),
    "subtype": Text("请问具体反映哪方面的问题？", "what exactly is it about?"),
}
"""The questions, in the order of asking."""


class Taken(Place, Protocol):
    """An order that stands in the books."""

    business_type: BusinessType
    outage_scope: OutageScope | None
    outage_started_at: datetime | None
    surroundings: str | None
    caller_name: str
    caller_phone: str
    is_late_entry: bool


_MANDATORY = frozenset({"outage_scope", "outage_started_at", "address"})


def find_gaps(order: Taken, taking: Taking | None) -> list[Gap]:
    """Return what is still to be asked of an order (requirement 003-021), the mandatory among it marked."""
    is_repair = order.business_type is BusinessType.FAULT_REPAIR
    lacks = {
        "outage_scope": is_repair and order.outage_scope is None,
        "outage_started_at": is_repair and order.outage_started_at is None and not order.is_late_entry,
        "address": not is_found(order),
        "caller_name": not order.caller_name,
        "caller_phone": not order.caller_phone,
        "surroundings": is_repair and not order.surroundings,
        "subtype": not is_repair and (taking is None or taking.subtype is None),
    }
    gaps = [Gap(name, ASKED[name], name in _MANDATORY) for name, is_lacking in lacks.items() if is_lacking]
    questions = open_questions(order.outage_scope, taking.triage if taking else None) if is_repair else []
    return [*gaps, *(Gap(f"triage.{name}", QUESTIONS[name], is_mandatory=False) for name in questions)]


def is_complete(order: Taken) -> bool:
    """Say whether somebody can be sent without asking again; else a person accepts or declines (001-055, 003-021).

    A late entry is what the paper says: nobody is sent for it, and nobody can be asked any more.
    """
    if order.business_type is not BusinessType.FAULT_REPAIR or order.is_late_entry:
        return True
    return order.outage_scope is not None and is_found(order)
