"""Who stands behind a key customer hears of its orders and outages (requirements 000-010, 000-013, 000-015)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from services.intake.domain.customers import Contact, Customer
from services.intake.domain.notices.notice import OutageNotice
from services.intake.domain.notices.recipients import Recipient
from services.intake.domain.notifying import Contact as Address
from services.intake.domain.notifying import Means, NotificationKind, NotifiedRole
from services.intake.domain.order import Order
from services.intake.domain.visibility import is_restricted
from services.intake.handlers.notifying import notify
from services.intake.repository.customers import list_contacts
from shared.db import Session
from shared.glossary import BusinessType
from shared.zone import SHANGHAI

TYPES = {
    **{business_type: str(business_type) for business_type in BusinessType},
    BusinessType.FAULT_REPAIR: "故障报修",
    BusinessType.COMPLAINT: "投诉",
    BusinessType.OPINION: "意见",
    BusinessType.SUGGESTION: "建议",
    BusinessType.CONSULTATION: "咨询",
    BusinessType.PRAISE: "表扬",
}


async def tell_of_orders(session: Session, received: Sequence[tuple[Order, Customer | None]], *, now: datetime) -> None:
    """Have the liaison officers and leaders of key customers told of these fresh orders, with this transaction.

    Nobody is told of what was entered late, nor of a misconduct report, which supervision alone may know of. Orders of
    other customers cost nothing; one statement finds the contacts of all the others.
    """
    telling = [(order, customer) for order, customer in received if customer and _is_told(order, customer)]
    if not telling:
        return
    contacts = await list_contacts(session, [customer.customer_no for _, customer in telling])
    for order, customer in telling:
        for contact in contacts.get(customer.customer_no, ()):
            await _tell(session, order, customer, _address_of(contact), NotificationKind.IMPORTANT_CUSTOMER, now=now)
        if customer.is_green_channel:
            leader = NotifiedRole.DUTY_LEADER
            await _tell(session, order, customer, leader, NotificationKind.GREEN_CHANNEL, now=now)


async def tell_of_notice(
    session: Session, notice: OutageNotice, recipients: Sequence[Recipient], *, now: datetime
) -> None:
    """Have whoever stands behind the customers on a notice's list told that an outage is coming to them (000-015)."""
    contacts = await list_contacts(session, [recipient.customer_no for recipient in recipients])
    since, until = (f"{at.astimezone(SHANGHAI):%m-%d %H:%M}" for at in (notice.starts_at, notice.ends_at))
    for customer_no, those in contacts.items():
        for contact in those:
            await notify(
                session,
                order_id=None,
                role_or_contact=_address_of(contact),
                subject=f"重点客户停电通知：{customer_no}",
                text=f"客户 {customer_no}，{since} 至 {until} {notice.area_text}停电，原因：{notice.reason}",
                kind=NotificationKind.OUTAGE_NOTICE,
                now=now,
            )


def _is_told(order: Order, customer: Customer) -> bool:
    return customer.is_key and not order.is_late_entry and not is_restricted(order.business_type)


def _address_of(contact: Contact) -> Address:
    return Address(name=contact.name, means=Means.SMS, address=contact.phone)


async def _tell(
    session: Session,
    order: Order,
    customer: Customer,
    whom: Address | NotifiedRole,
    kind: NotificationKind,
    *,
    now: datetime,
) -> None:
    """Say which customer and order it is about: no phone number and no address leaves by this way."""
    await notify(
        session,
        order_id=order.id,
        role_or_contact=whom,
        subject=f"重点客户{TYPES[order.business_type]}：{customer.customer_no}",
        text="，".join(_words(order, customer)),
        kind=kind,
        now=now,
        unit=order.station_code,
    )


def _words(order: Order, customer: Customer) -> Iterator[str]:
    yield f"客户 {customer.customer_no} {customer.name}"
    yield f"{order.received_at.astimezone(SHANGHAI):%m-%d %H:%M} {TYPES[order.business_type]}"
    yield f"工单 {order.order_no}"
    if customer.is_green_channel:
        yield "绿色通道，请优先处理"
