"""What intake tells of who answers for an order, and of what customers and management say while it is open."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.events.intake.orders import IntakeEvent


class AccountabilityMoved(IntakeEvent):
    """Another person answers for the order from now on; its first responder stays who it was (000-001, 003-006)."""

    name: ClassVar[str] = "accountability-moved"

    from_person: str
    to_person: str
    moved_at: datetime
    cause: str


class OrderTransferred(IntakeEvent):
    """The order went to another unit inside the company, under the same number (内转外不转)."""

    name: ClassVar[str] = "order-transferred"

    transfer_id: UUID
    from_unit: str | None = None
    to_unit: str
    transferred_at: datetime


class OrderUrged(IntakeEvent):
    """催办: the customer or the platform presses; never a new order."""

    name: ClassVar[str] = "order-urged"

    matter_id: UUID
    source: str
    urged_at: datetime
    urge_count: int


class OrderSupplemented(IntakeEvent):
    """补充: the customer or the platform adds something; what the order said first stays."""

    name: ClassVar[str] = "order-supplemented"

    matter_id: UUID
    source: str
    supplemented_at: datetime


class WithdrawalNoted(IntakeEvent):
    """撤诉: the customer takes it back. The order is handled and answered all the same (003-008, 001-046)."""

    name: ClassVar[str] = "withdrawal-noted"

    matter_id: UUID
    source: str
    withdrawn_at: datetime


class SupervisionOpened(IntakeEvent):
    """督办: management presses a late or hard case, with a time by which it wants to hear."""

    name: ClassVar[str] = "supervision-opened"

    supervision_id: UUID
    opened_at: datetime
    due_at: datetime
    addressee: str


class SupervisionClosed(IntakeEvent):
    """What management wanted to know was answered."""

    name: ClassVar[str] = "supervision-closed"

    supervision_id: UUID
    closed_at: datetime


class GreenChannelOpened(IntakeEvent):
    """特事特办、急事急办: the order goes first, and a leader takes it in hand (requirement 000-010)."""

    name: ClassVar[str] = "green-channel-opened"

    opened_at: datetime
    leader: str


class DepartmentCalled(IntakeEvent):
    """The department that a complaint concerns was phoned, reached or not (requirement 001-069: it comes first)."""

    name: ClassVar[str] = "department-called"

    call_id: UUID
    unit: str
    called_at: datetime
    is_reached: bool


class ComplaintRolesTold(IntakeEvent):
    """The six roles of a unit are told the complaint's text (requirement 001-069)."""

    name: ClassVar[str] = "complaint-roles-told"

    unit: str
    told_at: datetime
    roles: list[str]
