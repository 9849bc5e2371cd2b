"""Whom to send: the nearest ready crew of the owning station and the right tier, else the next tier, else a neighbour.

Requirements 000-065 to 000-071, 000-078, 000-083, 003-020. Every choice says why, in words a dispatcher can check.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from services.dispatch.domain.crews import Crew, CrewStatus, Point, Station, distance_m
from shared.glossary import Tier

LADDER: dict[Tier, tuple[Tier, ...]] = {
    Tier.ELECTRICIAN_GROUP: (Tier.ELECTRICIAN_GROUP, Tier.STATION_CREW, Tier.STATION_ALLIANCE),
    Tier.STATION_CREW: (Tier.STATION_CREW, Tier.STATION_ALLIANCE),
    Tier.STATION_ALLIANCE: (Tier.STATION_ALLIANCE, Tier.STATION_CREW),
}
"""Which tiers may serve a need, in this order: upwards; only a 班 may stand in for a 所, and no 组 ever does."""

TIER_ZH = {
    Tier.STATION_ALLIANCE: "抢修联防组织（所）",
    Tier.STATION_CREW: "抢修班（班）",
    Tier.ELECTRICIAN_GROUP: "电工抢修组（组）",
}
STATUS_ZH = {
    CrewStatus.READY: "待命",
    CrewStatus.BUSY: "有在途任务",
    CrewStatus.UNREADY: "人员、物资、车辆未全部到位",
    CrewStatus.OFF_SHIFT: "不在班",
}


@dataclass(frozen=True)
class Need:
    """What an order asks for: a tier, the station that owns the fault, and where it is."""

    tier: Tier
    owner_code: str | None
    place: Point | None
    refused_by: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Choice:
    """One crew that may go, how far it has, and why it stands where it stands in the list."""

    crew: Crew
    distance_m: int | None
    rank: tuple[int, int]
    reason: str


def choose(
    need: Need, crews: Iterable[Crew], stations: Mapping[str, Station], *, taken: Collection[str] = ()
) -> Choice | None:
    """Return the best ready crew that is not `taken`, or None: then the order waits."""
    ready = (c for c in crews if c.is_ready and c.code not in taken)
    return next(iter(rank(need, ready, stations)), None)


def rank(need: Need, crews: Iterable[Crew], stations: Mapping[str, Station]) -> list[Choice]:
    """List the crews that may go, best first: own station before neighbours, right tier first, near before far."""
    choices = [choice for crew in crews if (choice := _weigh(need, crew, stations)) is not None]
    return sorted(choices, key=lambda c: (*c.rank, c.distance_m if c.distance_m is not None else 0, c.crew.code))


def _weigh(need: Need, crew: Crew, stations: Mapping[str, Station]) -> Choice | None:
    ladder = LADDER[need.tier]
    ring = _ring(need, crew, stations)
    if ring is None or crew.tier not in ladder or crew.code in need.refused_by:
        return None
    distance = distance_m(need.place, crew.place) if need.place else None
    return Choice(crew, distance, (ring, ladder.index(crew.tier)), _reason(need, crew, ring, distance, stations))


def _ring(need: Need, crew: Crew, stations: Mapping[str, Station]) -> int | None:
    """0: the owning station; 1: a neighbour that helps out; None: not concerned."""
    if need.owner_code is None or crew.station_code == need.owner_code:
        return 0
    owner = stations.get(need.owner_code)
    return 1 if owner and crew.station_code in owner.neighbours else None


def _reason(need: Need, crew: Crew, ring: int, distance: int | None, stations: Mapping[str, Station]) -> str:
    far = f"距现场约 {distance / 1000:.1f} 公里" if distance is not None else "现场坐标未知"
    parts = [f"需要{TIER_ZH[need.tier]}"]
    owner = _name(need.owner_code, stations)
    if ring:
        parts.append(f"属地{owner}无合适的待命队伍，由相邻{_name(crew.station_code, stations)}支援（互助）")
    else:
        parts.append(f"属地{owner}" if need.owner_code else "属地未知，就近派工")
    if crew.tier != need.tier:
        parts.append(f"该级无待命队伍，转{TIER_ZH[crew.tier]}")
    return "；".join([*parts, f"{crew.name}{STATUS_ZH[crew.status]}，{far}"])


def _name(code: str | None, stations: Mapping[str, Station]) -> str:
    if code is None:
        return "供电所"
    station = stations.get(code)
    return station.name if station else code
