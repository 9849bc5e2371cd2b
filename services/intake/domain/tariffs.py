"""What a caller is told when the fault is their own: the price list, and who repairs it (003-028 to 003-030).

Both are policy data: a price list says which authority set it, a repair team says by which licence it works.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.errors import BadField, bad_field


@dataclass(frozen=True)
class Price:
    """One paid service; `yuan` as text, for money is no binary fraction."""

    code: str
    name: str
    unit: str
    yuan: str


@dataclass(frozen=True)
class PriceList:
    """The prices in force, and the document of the price authority that they rest on."""

    authority: str
    document_no: str
    items: tuple[Price, ...]

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> PriceList:
        """Read a version as it is stored."""
        return cls(value["authority"], value["document_no"], tuple(Price(**item) for item in value["items"]))


@dataclass(frozen=True)
class RepairTeam:
    """A qualified team outside (承装修试): whom to ring for what is not ours."""

    code: str
    name: str
    phone: str
    licence_no: str


def read_teams(value: Mapping[str, Any]) -> tuple[RepairTeam, ...]:
    """Read the referral list as it is stored."""
    return tuple(RepairTeam(**team) for team in value["teams"])


def find_unknown_codes(
    price_code: str | None,
    referral_code: str | None,
    prices: PriceList,
    teams: tuple[RepairTeam, ...],
    *,
    place: str = "",
) -> list[BadField]:
    """Return the codes that the lists in force do not know; `place` is where the fields stand."""
    wrong: list[BadField] = []
    if price_code is not None and price_code not in {item.code for item in prices.items}:
        wrong.append(
            bad_field(f"{place}price_code", "order.price_unknown", "价目表中没有此项", "is not on the price list")
        )
    if referral_code is not None and referral_code not in {team.code for team in teams}:
        wrong.append(
            bad_field(
                f"{place}referral_code", "order.referral_unknown", "转介名单中没有此队伍", "is not on the referral list"
            )
        )
    return wrong
