"""The organisation and the grid, kept by operations; crews' readiness, by the command centre; who is on duty."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import ConfigDict, Field

from services.dispatch.handlers import organisation as handlers
from services.dispatch.repository import grid, reading
from shared.errors import BadField, Text
from shared.glossary import AreaType, Tier, VoltageLevel
from shared.web import Answer, Change, Moment, Page, Read, Strict, decode_cursor, encode_cursor, invalid, runtime_of

router = APIRouter()

MOST = 5_000
Code = Annotated[str, Field(min_length=1, max_length=64)]
Name = Annotated[str, Field(min_length=1, max_length=128)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]


class StationIn(Strict):
    """A supply station (所)."""

    code: Code
    name: Name
    lon: Longitude
    lat: Latitude
    area_type: AreaType
    neighbours: list[Code] = Field(default_factory=list)


class CrewIn(Strict):
    """A crew; `lon`/`lat` is where it starts from (its station, if absent), `device_secret` only when it changes.

    What is in place stays as the command centre noted it (PUT /crews/{code}/readiness) unless it is said here; of a new
    crew everything is.
    """

    code: Code
    name: Name
    tier: Tier
    station_code: Code
    device_secret: Annotated[str, Field(min_length=8, max_length=256)] | None = None
    lon: Longitude | None = None
    lat: Latitude | None = None
    has_people: bool | None = None
    has_materials: bool | None = None
    has_vehicle: bool | None = None


class ShiftIn(Strict):
    """A crew on duty from `starts_at` until before `ends_at`; a crew with no shift at all is on standby always."""

    crew_code: Code
    starts_at: Moment
    ends_at: Moment


class Organisation(Strict):
    """Stations, crews and shifts to insert or change, by their codes; at most 5,000 of each."""

    stations: Annotated[list[StationIn], Field(max_length=MOST)] = Field(default_factory=list)
    crews: Annotated[list[CrewIn], Field(max_length=MOST)] = Field(default_factory=list)
    shifts: Annotated[list[ShiftIn], Field(max_length=MOST)] = Field(default_factory=list)

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "stations": [
                        {"code": "S-01", "name": "城关供电所", "lon": 116.41, "lat": 39.91, "area_type": "urban"}
                    ],
                    "crews": [
                        {"code": "C-0101", "name": "城关抢修一班", "tier": "station_crew", "station_code": "S-01"}
                    ],
                }
            ]
        }
    )


class FeederIn(Strict):
    """A feeder (馈线) and the station that owns it."""

    code: Code
    name: Name
    station_code: Code
    voltage_level: VoltageLevel = VoltageLevel.KV_10


class TransformerAreaIn(Strict):
    """A transformer area (台区)."""

    code: Code
    feeder_code: Code | None = None
    station_code: Code
    area_type: AreaType
    lon: Longitude | None = None
    lat: Latitude | None = None
    customers: Annotated[int, Field(ge=0)] | None = None


class Grid(Strict):
    """Feeders and transformer areas to insert or change, by their codes; at most 5,000 of each."""

    feeders: Annotated[list[FeederIn], Field(max_length=MOST)] = Field(default_factory=list)
    transformer_areas: Annotated[list[TransformerAreaIn], Field(max_length=MOST)] = Field(default_factory=list)

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "feeders": [{"code": "F-01", "name": "城关一线", "station_code": "S-01"}],
                    "transformer_areas": [
                        {"code": "T-01", "feeder_code": "F-01", "station_code": "S-01", "area_type": "urban"}
                    ],
                }
            ]
        }
    )


class Written(Answer):
    """How many rows of each kind were written."""

    written: dict[str, int]


class Readiness(Strict):
    """人员、物资、车辆三到位 (requirement 000-068)."""

    has_people: Annotated[bool, Field(examples=[True])]
    has_materials: Annotated[bool, Field(examples=[True])]
    has_vehicle: Annotated[bool, Field(examples=[False])]


class Seen(Answer):
    """Where a crew was last seen."""

    lon: float
    lat: float
    accuracy_m: float | None = None
    observed_at: datetime | None = None


class CrewOut(Answer):
    """One crew as the command centre sees it (requirement 000-064)."""

    code: str
    name: str
    tier: Tier
    station_code: str
    status: str
    open_tasks: int
    has_people: bool
    has_materials: bool
    has_vehicle: bool
    position: Seen


@router.put("/organisation", summary="Insert or change stations, crews and shifts")
async def put_organisation(request: Request, body: Organisation) -> Written:
    """Write the lists in one transaction, one statement for each; a reference to nothing refuses the whole call."""
    _check_organisation(body)
    # Takes 50 ms of a core for each: before the transaction, which would hold a connection all that while.
    secrets = await handlers.hash_secrets([c.device_secret for c in body.crews])
    crews = [
        {**_row(crew, without="device_secret"), "secret_hash": hashed}
        for crew, hashed in zip(body.crews, secrets, strict=True)
    ]
    shifts = [_row(s) for s in {(s.crew_code, s.starts_at): s for s in body.shifts}.values()]
    stations = [_row(s) for s in body.stations]
    runtime, trace = runtime_of(request), request.headers.get("traceparent", "")
    async with runtime.database.transaction(now=runtime.clock.now(), trace=trace) as session:
        await handlers.put_organisation(session, stations=stations, crews=crews, shifts=shifts)
    return Written(written={"stations": len(stations), "crews": len(crews), "shifts": len(shifts)})


@router.put("/grid", summary="Insert or change feeders and transformer areas")
async def put_grid(door: Change, body: Grid) -> Written:
    """Write the lists in one transaction, one statement for each; a reference to nothing refuses the whole call."""
    _refuse_twice("feeders", [f.code for f in body.feeders])
    _refuse_twice("transformer_areas", [a.code for a in body.transformer_areas])
    feeders = [_row(f) for f in body.feeders]
    areas = [_row(a) for a in body.transformer_areas]
    await handlers.put_grid(door.session, feeders=feeders, transformer_areas=areas)
    return Written(written={"feeders": len(feeders), "transformer_areas": len(areas)})


@router.put("/crews/{code}/readiness", summary="Note whether a crew's people, materials and vehicle are in place")
async def put_readiness(door: Change, code: str, body: Readiness) -> Written:
    """An unready crew is not offered; one that became ready is looked at for the waiting orders at once."""
    await handlers.set_readiness(door.session, code, body.model_dump())
    return Written(written={"crews": 1})


@router.get("/crews", summary="Every crew: status, tier, position")
async def list_crews(
    door: Read,
    tier: Tier | None = None,
    status: str | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Page[CrewOut]:
    """List crews by code; `status` is ready, busy, unready or off_shift."""
    after = decode_cursor(cursor, kinds=(str,))[0] if cursor else ""
    crews = [c for c in await grid.load_crews(door.session, now=door.now) if c.code > after]
    crews = [c for c in crews if (tier is None or c.tier == tier) and (status is None or c.status == status)]
    page = crews[:limit]
    seen = await reading.last_seen(door.session, [c.code for c in page])
    items = [
        CrewOut(
            code=c.code,
            name=c.name,
            tier=c.tier,
            station_code=c.station_code,
            status=c.status,
            open_tasks=c.open_tasks,
            has_people=c.has_people,
            has_materials=c.has_materials,
            has_vehicle=c.has_vehicle,
            position=Seen(
                lon=c.place.lon,
                lat=c.place.lat,
                accuracy_m=seen[c.code]["last_accuracy_m"],
                observed_at=seen[c.code]["last_seen_at"],
            ),
        )
        for c in page
    ]
    return Page(items=items, next_cursor=encode_cursor(page[-1].code) if len(crews) > limit else None)


def _row(model: Strict, *, without: str = "") -> dict[str, Any]:
    return model.model_dump(mode="json", exclude={without})


def _check_organisation(body: Organisation) -> None:
    _refuse_twice("stations", [s.code for s in body.stations])
    _refuse_twice("crews", [c.code for c in body.crews])
    words = Text("必须晚于开始时间", "must be after starts_at")
    bad = [f"shifts.{i}.ends_at" for i, s in enumerate(body.shifts) if s.ends_at <= s.starts_at]
    if bad:
        raise invalid(*(BadField(place, "shift.ends_before_start", words) for place in bad))


def _refuse_twice(of: str, codes: list[str]) -> None:
    first = {code: i for i, code in reversed(list(enumerate(codes)))}
    words = Text("同一代码出现两次", "the same code twice")
    bad = [BadField(f"{of}.{i}.code", "code.twice", words) for i, code in enumerate(codes) if first[code] != i]
    if bad:
        raise invalid(*bad)
