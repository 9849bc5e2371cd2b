"""Where a caller means, when the village's name is borne by several: asked about, never guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.intake.domain.addresses import Village, find_places, names_in
from services.intake.domain.new_order import NewOrder
from services.intake.repository import customers, villages
from shared.db import Session
from shared.errors import Conflict, Text
from shared.glossary import BusinessType, Channel

ON_THE_LINE = frozenset({Channel.LOCAL_HOTLINE, Channel.CITY_HOTLINE, Channel.REGULATOR_HOTLINE, Channel.COUNTER})
"""Through these somebody of ours takes the order and can ask; others are received as they are, with the question."""

_ASK = Text(
    "地址中的村（社区）名称在多个乡镇重名，请向客户核实所在乡镇后写入地址",
    "several towns bear this village's name: ask the caller which one, and write the town into the address",
)


async def find_ambiguous(session: Session, new_orders: Mapping[int, NewOrder]) -> dict[int, list[Village]]:
    """Return for each repair order whose place may be one of several which those are; no statement without a village.

    A customer of the register, a place on the map, a station or a transformer area says where it is.
    """
    unclear = {i: new for i, new in new_orders.items() if _is_unplaced(new) and names_in(new.address)}
    if not unclear:
        return {}
    names = {name for new in unclear.values() for name in names_in(new.address)}
    register = await villages.find_named(session, names)
    meant = {i: find_places(new.address, register) for i, new in unclear.items()}
    several = {i: places for i, places in meant.items() if len({(v.county, v.town) for v in places}) > 1}
    return await _without_customers(session, several, unclear) if several else {}


async def find_meant(session: Session, address: str) -> list[Village]:
    """Return the villages of the register that an address may mean, one for each town."""
    meant = find_places(address, await villages.find_named(session, names_in(address)))
    return list({(v.county, v.town): v for v in meant}.values())


async def _without_customers(
    session: Session, several: Mapping[int, list[Village]], new_orders: Mapping[int, NewOrder]
) -> dict[int, list[Village]]:
    known = await customers.load_register(session, [new_orders[i] for i in several])
    return {i: places for i, places in several.items() if known.find(new_orders[i]) is None}


def ask(new: NewOrder, places: Sequence[Village]) -> Conflict | None:
    """Return the question that the agent must ask before the order is received, or None where nobody can be asked."""
    if new.channel not in ON_THE_LINE or new.is_late_entry or new.national_order_no:
        return None
    return Conflict("order.place_ambiguous", _ASK, ask=as_choices(places))


def as_choices(places: Sequence[Village]) -> list[dict[str, str]]:
    """Say the places as the answer lists them."""
    return [{"county": v.county, "town": v.town, "village": v.name} for v in places]


def _is_unplaced(new: NewOrder) -> bool:
    is_placed = new.lon is not None or new.transformer_area or new.station_code
    return new.business_type is BusinessType.FAULT_REPAIR and not is_placed
