"""A report as recognition sees it, and the keys under which a later one finds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from services.intake.domain.addresses import Address, read_address
from services.intake.domain.customers import Customer
from services.intake.domain.lifecycle import FIELD, OVER, Status
from services.intake.domain.new_order import NewOrder
from shared.glossary import BusinessType, OutageScope

ENOUGH_NUMBERS = 2
"""So many numbers of a door make it rare enough to look for without its street's name."""

SHORTEST_PHONE = 7

WAITS_FOR_LIGHT = frozenset(
    {Status.RECEIVED, Status.CHILD_OF_INCIDENT, *FIELD[: FIELD.index(Status.RESTORED)]} - {Status.CUSTOMER_INTERNAL}
)
"""Where a repair order's caller is still in the dark. Whoever calls after that tells of something new."""

ON_THE_WAY = frozenset(FIELD[FIELD.index(Status.EN_ROUTE) : FIELD.index(Status.RESTORED)])
"""A crew is on its way or there: the outage is known, and the desk can say who comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An order, as far as it can tell whether another is about the same thing. Times are aware UTC.

    `main_status` and the fields after it are its main order's, where it follows one, else its own.
    """

    id: UUID
    order_no: str
    business_type: BusinessType
    customer_no: str | None
    phone: str
    address: str
    transformer_area: str | None
    feeder: str | None
    outage_scope: OutageScope | None
    received_at: datetime
    is_national: bool = False
    is_late_entry: bool = False
    status: Status = Status.RECEIVED
    is_accepted: bool = False
    main_order_id: UUID | None = None
    main_status: Status = Status.RECEIVED
    estimated_restoration_at: datetime | None = None
    power_restored_at: datetime | None = None
    departed_at: datetime | None = None
    arrived_at: datetime | None = None
    crew_code: str | None = None

    @property
    def where(self) -> Address:
        """The address, read into its parts."""
        return read_address(self.address)

    @property
    def is_in_the_dark(self) -> bool:
        """Say whether its caller still waits for light."""
        is_repair = self.business_type is BusinessType.FAULT_REPAIR
        return is_repair and self.status in WAITS_FOR_LIGHT and self.power_restored_at is None

    @property
    def is_open_complaint(self) -> bool:
        """Say whether it is a complaint that is not answered for good: its caller's next one urges it."""
        return self.business_type is BusinessType.COMPLAINT and self.status not in OVER

    @property
    def has_crew_coming(self) -> bool:
        """Say whether a crew is on its way to this outage or works on it."""
        return self.main_status in ON_THE_WAY

    @property
    def is_of_one_home(self) -> bool:
        """Say whether only one home is out, as its caller said: no neighbour's report is about that."""
        return self.outage_scope is OutageScope.SINGLE_HOUSEHOLD

    @property
    def is_of_whole_feeder(self) -> bool:
        """Say whether a whole area is out on a known feeder: then every report from that feeder is about it."""
        return self.outage_scope is OutageScope.AREA and self.feeder is not None

    @property
    def has_phone(self) -> bool:
        """Say whether the number can be somebody's: letters have none, monitoring has zeros."""
        return len(self.phone) >= SHORTEST_PHONE and bool(self.phone.strip("0"))


def report_new(new: NewOrder, customer: Customer | None, *, order_id: UUID, order_no: str, now: datetime) -> Report:
    """Return an order that is about to be received as recognition sees it, its gaps filled from the register."""
    return Report(
        id=order_id,
        order_no=order_no,
        business_type=new.business_type,
        customer_no=new.customer_no or (customer.customer_no if customer else None),
        phone=new.phone,
        address=new.address,
        transformer_area=new.transformer_area or (customer.transformer_area if customer else None),
        feeder=customer.feeder if customer and customer.may_mean(new.transformer_area) else None,
        outage_scope=new.outage_scope,
        received_at=new.late_entry.received_at if new.late_entry else now,
        is_national=new.national_order_no is not None,
        is_late_entry=new.is_late_entry,
    )


def keys_of(report: Report) -> list[int]:
    """Return under which keys a report is found, none of them longer than eight bytes and none readable.

    Every caller has one for the customer number and one for the phone: two calls of one caller, at the same instant,
    wait for each other. A repair has three more: its transformer area, its stairs, and the numbers of its door; a
    fourth, its feeder, if all of that is out. A complaint has its own (`leads_of`).
    """
    callers = list(_callers(report))
    if report.business_type is BusinessType.FAULT_REPAIR:
        return [hash_of(key) for key in (*callers, *_places(report))]
    if report.business_type is BusinessType.COMPLAINT:
        return [hash_of(key) for key in (*callers, *(f"complaint:{key}" for key in callers))]
    return [hash_of(key) for key in callers]


def leads_of(report: Report, keys: list[int]) -> list[int]:
    """Return under which of its `keys` (`keys_of`) a report leads once it is new.

    A repair leads under all of them. A complaint leads under its own alone: under the caller's it would hide the
    repair that the same caller waits for, and a second crew would go. What is neither leads nowhere.
    """
    if report.business_type is BusinessType.COMPLAINT:
        return [hash_of(f"complaint:{key}") for key in _callers(report)]
    return keys if report.business_type is BusinessType.FAULT_REPAIR else []


def looks_of(report: Report) -> list[int]:
    """Return under which keys else a report looks without holding them: a feeder's, for which too many would wait."""
    is_looking = report.business_type is BusinessType.FAULT_REPAIR and report.feeder and not report.is_of_whole_feeder
    return [hash_of(f"feeder:{report.feeder}")] if is_looking else []


def caller_of(report: Report) -> int | None:
    """Return who calls, as a key: the customer number, else the phone, or None for a letter without a name.

    Whoever reports misconduct is not followed: nobody learns who it was.
    """
    if report.business_type is BusinessType.MISCONDUCT_REPORT:
        return None
    key = next(_callers(report), None)
    return hash_of(key) if key else None


def _callers(report: Report) -> Iterator[str]:
    if report.customer_no:
        yield f"no:{report.customer_no}"
    if report.has_phone:
        yield f"tel:{report.phone}"


def _places(report: Report) -> Iterator[str]:
    if report.transformer_area:
        yield f"area:{report.transformer_area}"
    if report.is_of_whole_feeder:
        yield f"feeder:{report.feeder}"
    where = report.where
    numbers = where.numbers
    if where.place and where.is_numbered:
        yield "stairs:" + "|".join(part or "" for part in (where.place, *numbers[:-1]))
    if len(numbers) - numbers.count(None) >= ENOUGH_NUMBERS:
        yield "door:" + "|".join(number or "" for number in numbers)


def hash_of(text: str) -> int:
    """Return eight bytes that stand for a text and do not give it away."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
