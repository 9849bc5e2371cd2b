"""Service requests (服务申请): reconnection, meters, appliances, connections; none of the seven business types.

No work order, but a record of its own that is routed at once, handled, and answered to the customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.intake.domain.desk_log import DeskSubject
from services.intake.domain.taking import Told
from services.intake.domain.times import TOLERANCE
from shared.errors import BadField, Conflict, Invalid, Text, bad_field
from shared.glossary import Channel, VoltageLevel, Word


class ServiceKind(Word):
    """What is applied for (SLA catalogue 2.2 and 2.3)."""

    RECONNECT = "reconnect"
    APPLIANCE_DAMAGE = "appliance_damage"
    METER_ABNORMAL = "meter_abnormal"
    READING_ABNORMAL = "reading_abnormal"
    METER_TEST = "meter_test"
    EV_CHARGE_BOOKING = "ev_charge_booking"
    NEW_CONNECTION = "new_connection"
    CAPACITY_INCREASE = "capacity_increase"
    OTHER = "other"


BY_CAPACITY = frozenset({ServiceKind.NEW_CONNECTION, ServiceKind.CAPACITY_INCREASE})
"""业扩: the capacity decides who takes the application (requirements 000-025, 000-026)."""


class Taker(Word):
    """Who takes an application."""

    SUPPLY_STATION = "supply_station"
    CUSTOMER_CENTRE = "customer_centre"


class RequestStatus(Word):
    """Where a request is. It ends with an answer to the customer, or because the customer took it back."""

    ROUTED = "routed"
    HANDLED = "handled"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


STEPS: Mapping[RequestStatus, frozenset[RequestStatus]] = {
    RequestStatus.ROUTED: frozenset({RequestStatus.HANDLED, RequestStatus.WITHDRAWN}),
    RequestStatus.HANDLED: frozenset({RequestStatus.ANSWERED}),
    RequestStatus.ANSWERED: frozenset(),
    RequestStatus.WITHDRAWN: frozenset(),
}
"""The one table of a request's life."""

TO_TELL: Mapping[ServiceKind, tuple[Told, ...]] = {
    ServiceKind.RECONNECT: (Told.TIME_LIMITS, Told.SAFETY),
    ServiceKind.APPLIANCE_DAMAGE: (Told.PROCEDURE, Told.DOCUMENTS, Told.TIME_LIMITS),
    ServiceKind.METER_ABNORMAL: (Told.PROCEDURE, Told.TIME_LIMITS),
    ServiceKind.READING_ABNORMAL: (Told.PROCEDURE, Told.TIME_LIMITS),
    ServiceKind.METER_TEST: (Told.PROCEDURE, Told.FEES, Told.TIME_LIMITS),
    ServiceKind.EV_CHARGE_BOOKING: (Told.FEES, Told.TIME_LIMITS),
    ServiceKind.NEW_CONNECTION: (Told.PROCEDURE, Told.DOCUMENTS, Told.FEES, Told.TIME_LIMITS),
    ServiceKind.CAPACITY_INCREASE: (Told.PROCEDURE, Told.DOCUMENTS, Told.FEES, Told.TIME_LIMITS),
    ServiceKind.OTHER: (Told.PROCEDURE, Told.TIME_LIMITS),
}
"""一次性告知: the checklist given at acceptance (requirement 002-007)."""

_ILLEGAL = Text(
    "服务申请处于“{status}”，不能变为“{wanted}”；此时可以：{legal}",
    "the request is “{status}” and cannot become “{wanted}”; legal now: {legal}",
)
_INVALID = Text("服务申请不符合要求，未受理", "the request breaks the rules below and was not received")


@dataclass(frozen=True)
class Routing:
    """Policy: below `station_below_kw` the supply station takes it, from there on the customer centre (decision 6).

    The centre passes it to the department of its voltage level.
    """

    station_below_kw: float
    departments: Mapping[str, str]

    def route(self, kind: ServiceKind, kw: float | None, voltage: VoltageLevel | None) -> tuple[Taker, str | None]:
        """Return who takes a request, and the department behind it, if there is one."""
        if kind not in BY_CAPACITY or kw is None or kw < self.station_below_kw:
            return Taker.SUPPLY_STATION, None
        return Taker.CUSTOMER_CENTRE, self.departments.get(voltage) if voltage else None


@dataclass(kw_only=True, eq=False)
class ServiceRequest(DeskSubject):
    """One request for a service."""

    request_no: str
    kind: ServiceKind
    channel: Channel
    content: str
    customer_no: str | None = None
    caller_name: str
    caller_phone: str
    caller_address: str
    language: str | None = None
    call_id: UUID | None = None
    capacity_kw: float | None = None
    voltage_level: VoltageLevel | None = None
    booked_at: datetime | None = None
    station_code: str | None = None
    taken_by: Taker
    department: str | None = None
    told: list[str] = field(default_factory=list)
    first_responder: str
    reported_at: datetime
    received_at: datetime
    answer_by: datetime | None = None
    status: RequestStatus = RequestStatus.ROUTED
    handled_at: datetime | None = None
    result: str | None = None
    answered_at: datetime | None = None
    answer: str | None = None
    withdrawn_at: datetime | None = None

    @property
    def still_to_tell(self) -> list[Told]:
        """Return what of the checklist the customer was not told yet (requirement 002-007)."""
        return [item for item in TO_TELL[self.kind] if item not in self.told]


def find_broken(
    *,
    kind: ServiceKind,
    capacity_kw: float | None,
    voltage_level: VoltageLevel | None,
    booked_at: datetime | None,
    reported_at: datetime,
    routing: Routing,
    now: datetime,
) -> list[BadField]:
    """Return every rule that a new request breaks."""
    wrong: list[BadField] = []
    if reported_at > now + TOLERANCE:
        wrong.append(bad_field("reported_at", "order.time_in_future", "不能晚于当前时间", "may not lie in the future"))
    if kind in BY_CAPACITY and capacity_kw is None:
        wrong.append(
            bad_field("capacity_kw", "service_request.capacity_missing", "必须填写用电容量", "needs the capacity")
        )
    is_large = kind in BY_CAPACITY and capacity_kw is not None and capacity_kw >= routing.station_below_kw
    if is_large and voltage_level is None:
        wrong.append(
            bad_field("voltage_level", "service_request.voltage_missing", "必须填写电压等级", "needs the voltage level")
        )
    if kind is ServiceKind.EV_CHARGE_BOOKING and booked_at is not None and booked_at < reported_at:
        wrong.append(bad_field("booked_at", "order.times_out_of_order", "早于 reported_at", "is before reported_at"))
    return wrong


def refuse(wrong: list[BadField]) -> Invalid:
    """Make the refusal of a new request."""
    return Invalid("service_request.invalid", _INVALID, fields=wrong)


def handle(request: ServiceRequest, result: str, *, at: datetime, by: str, now: datetime) -> None:
    """The work is done; the customer still waits for an answer."""
    _check(request, RequestStatus.HANDLED)
    _check_time("handled_at", at, after=("received_at", request.received_at), now=now)
    request.status, request.handled_at, request.result = RequestStatus.HANDLED, at, result
    request.log("service-request-handled", occurred_at=at, actor=by)


def give_answer(request: ServiceRequest, answer: str, *, at: datetime, by: str, now: datetime) -> None:
    """The customer was told: the end of a request (requirement 003-008)."""
    _check(request, RequestStatus.ANSWERED)
    _check_time("answered_at", at, after=("handled_at", request.handled_at or request.received_at), now=now)
    request.status, request.answered_at, request.answer = RequestStatus.ANSWERED, at, answer
    request.log("service-request-answered", occurred_at=at, actor=by)


def withdraw(request: ServiceRequest, reason: str, *, at: datetime, by: str, now: datetime) -> None:
    """The customer took the request back."""
    _check(request, RequestStatus.WITHDRAWN)
    _check_time("withdrawn_at", at, after=("received_at", request.received_at), now=now)
    request.status, request.withdrawn_at = RequestStatus.WITHDRAWN, at
    request.log("service-request-withdrawn", occurred_at=at, actor=by, reason=reason)


def tell(request: ServiceRequest, told: list[Told], *, by: str, now: datetime) -> None:
    """Tick off what the customer was told."""
    request.told = sorted({*request.told, *told})
    request.log("service-request-told", occurred_at=now, actor=by, told=", ".join(sorted(told)))


def _check(request: ServiceRequest, wanted: RequestStatus) -> None:
    legal = STEPS[request.status]
    if wanted not in legal:
        raise Conflict(
            "service_request.transition_illegal",
            _ILLEGAL,
            status=str(request.status),
            wanted=str(wanted),
            legal=sorted(legal),
        )


def _check_time(name: str, at: datetime, *, after: tuple[str, datetime], now: datetime) -> None:
    earlier, before = after
    if at > now + TOLERANCE:
        raise refuse([bad_field(name, "order.time_in_future", "不能晚于当前时间", "may not lie in the future")])
    if at < before:
        raise refuse([bad_field(name, "order.times_out_of_order", f"早于 {earlier}", f"is before {earlier}")])
