"""How an order comes into the books, and is accepted or declined (lifecycles 3.1, rows 1 to 3; 3.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.intake.domain.completeness import is_complete
from services.intake.domain.customers import Customer
from services.intake.domain.lifecycle import Action
from services.intake.domain.new_order import AREA_TYPE_WHEN_UNKNOWN, NewOrder, accept_by
from services.intake.domain.order import DECLINE_WITHIN, Order
from services.intake.domain.phone_resolution import may_stay_at_home, resolve_by_phone
from services.intake.domain.taking import Subtype, Taking
from services.intake.domain.times import check_time
from services.intake.domain.visibility import told_order
from shared.errors import Conflict, Text
from shared.events.intake import OrderAccepted, OrderCreated, OrderDeclined
from shared.glossary import AssetOwnership, BusinessType, CustomerClass, SpecialNeed, Word


class DeclineReason(Word):
    """Why a city hands an order back that is not its own (lifecycles 3.1, row 2)."""

    WRONG_AREA = "wrong_area"
    INCOMPLETE = "incomplete"
    DUPLICATE = "duplicate"
    OTHER = "other"


@dataclass(frozen=True)
class AutomaticAcceptance:
    """Policy: accept what is complete and in our area at once. No `stations` means that every area is ours."""

    is_enabled: bool = True
    stations: frozenset[str] | None = None

    def takes(self, order: Order) -> bool:
        """Say whether the order is accepted without a person."""
        return self.is_enabled and (self.stations is None or order.station_code in self.stations)


ANONYMOUS = "匿名"
"""Who wrote a letter that does not say it."""

_TOO_LATE = Text(
    "受理超过 3 分钟，不能再退单（截止 {decline_by}）",
    "more than 3 minutes after receipt it cannot be declined ({decline_by})",
)


def receive(new: NewOrder, customer: Customer | None, *, order_id: UUID, order_no: str, now: datetime) -> Order:
    """Make the order that `new` asks for, what is missing filled in from the register. It has told OrderCreated."""
    late = new.late_entry
    received_at = late.received_at if late else now
    known = customer
    home = known if known and known.may_mean(new.transformer_area) else None
    order = Order(
        id=order_id,
        order_no=order_no,
        national_order_no=new.national_order_no,
        business_type=new.business_type,
        channel=new.channel,
        content=new.content,
        customer_no=new.customer_no or (known.customer_no if known else None),
        caller_name=new.name or ANONYMOUS,
        caller_phone=new.phone,
        caller_address=new.address,
        # A place is a pair: never one coordinate of the caller's and one of the register's.
        lon=new.lon if new.lon is not None or not home else home.lon,
        lat=new.lat if new.lon is not None or not home else home.lat,
        customer_class=known.customer_class if known else CustomerClass.ORDINARY,
        special_need=known.special_need if known else SpecialNeed.NONE,
        is_vip=known.is_vip if known else False,
        area_type=new.area_type or (home.area_type if home else None) or AREA_TYPE_WHEN_UNKNOWN,
        outage_scope=new.outage_scope,
        outage_started_at=min(new.outage_started_at, received_at) if new.outage_started_at else None,
        surroundings=new.surroundings,
        voltage_level=new.voltage_level,
        transformer_area=new.transformer_area or (home.transformer_area if home else None),
        feeder=home.feeder if home else None,
        station_code=new.station_code or (home.station_code if home else None),
        customers_affected=new.customers_affected,
        is_late_entry=late is not None,
        origin=late.origin if late else None,
        origin_no=late.origin_no if late else None,
        first_responder=new.taken_by,
        accountable=new.taken_by,
        asset_ownership=new.asset_ownership or AssetOwnership.UNKNOWN,
        # Another clock may be ahead of ours by less than the tolerance; no order is received before it was reported.
        reported_at=min(new.reported_at, received_at),
        received_at=received_at,
        recorded_at=now,
        accept_by=accept_by(new.business_type, received_at),
    )
    order.tell(told_order(_created(order)), occurred_at=received_at)
    # What the order says of itself never changes and stands on it: the timeline needs no copy.
    order.note(OrderCreated.name, occurred_at=received_at, actor=new.taken_by)
    return order


def settle(
    order: Order,
    new: NewOrder,
    acceptance: AutomaticAcceptance,
    *,
    now: datetime,
    same_outage_as: UUID | None = None,
) -> None:
    """Decide at once what can be decided at once: resolved on the phone, accepted, or left to a person.

    Automatic decisions are dated now; those on a late entry belong to its own time. `same_outage_as`: an accepted
    order of the same outage, if one was recognised.
    """
    late, taking = new.late_entry, new.taking
    at = (late.accepted_at or late.received_at) if late else now
    resolution = taking.phone_resolution if taking else None
    if resolution is not None and may_stay_at_home(order, resolution):
        accept(order, at=at, by=new.taken_by, now=now, needs_crew=False)
        # The call was before its entry: nothing is resolved before it was received.
        at = max(at, resolution.resolved_at or at)
        resolve_by_phone(order, replace(resolution, resolved_at=at), at=at, by=new.taken_by, now=now)
    elif _is_taken_at_once(order, taking, acceptance):
        accept(order, at=at, by="system", now=now, same_outage_as=same_outage_as)


def _is_taken_at_once(order: Order, taking: Taking | None, acceptance: AutomaticAcceptance) -> bool:
    """Say whether no person decides. A broken commitment is accepted at once, whatever the policy (004-017)."""
    if taking is not None and taking.subtype is Subtype.BROKEN_COMMITMENT:
        return True
    is_held = taking is not None and taking.is_held
    return acceptance.takes(order) and is_complete(order) and not is_held


def accept(
    order: Order,
    *,
    at: datetime,
    by: str,
    now: datetime,
    needs_crew: bool = True,
    same_outage_as: UUID | None = None,
) -> None:
    """接单: the city takes the order; raises if it is not waiting for that, or if the time cannot be true."""
    check_time(order, "accepted_at", at, now=now)
    order.move(Action.ACCEPT)
    order.accepted_at = at
    event = OrderAccepted(
        order_id=order.id,
        accepted_at=at,
        round=order.round,
        by=by,
        needs_crew=needs_crew,
        same_outage_as=same_outage_as,
    )
    order.say(event, occurred_at=at, actor=by)


def decline(order: Order, reason: DeclineReason, text: str | None, *, at: datetime, by: str, now: datetime) -> None:
    """退单 (a): hand a wrong order back; raises Conflict (`order.decline_too_late`) for a repair after three minutes.

    Nothing else has a limit (lifecycles 3.2). This is not a return and counts in no rate (decision 1). A late entry is
    judged by its own times, any other also by the clock: nobody declines by dating back.
    """
    check_time(order, "declined_at", at, now=now, place="accepted_at")
    judged = at if order.is_late_entry else max(at, now)
    if not order.can(Action.DECLINE):
        order.move(Action.DECLINE)
    is_repair = order.business_type is BusinessType.FAULT_REPAIR
    if is_repair and judged - order.received_at > DECLINE_WITHIN:
        raise Conflict("order.decline_too_late", _TOO_LATE, decline_by=str(order.received_at + DECLINE_WITHIN))
    order.move(Action.DECLINE)
    order.declined_at = at
    order.decline_reason = reason
    event = OrderDeclined(order_id=order.id, declined_at=at, reason=reason)
    order.say(event, occurred_at=at, actor=by, text=text)


def _created(order: Order) -> OrderCreated:
    return OrderCreated(
        order_id=order.id,
        order_no=order.order_no,
        national_order_no=order.national_order_no,
        business_type=order.business_type,
        channel=order.channel,
        reported_at=order.reported_at,
        received_at=order.received_at,
        accept_by=order.accept_by,
        content=order.content,
        caller=order.caller,
        area_type=order.area_type,
        outage_scope=order.outage_scope,
        outage_started_at=order.outage_started_at,
        surroundings=order.surroundings,
        voltage_level=order.voltage_level,
        transformer_area=order.transformer_area,
        feeder=order.feeder,
        station_code=order.station_code,
        customers_affected=order.customers_affected,
        is_late_entry=order.is_late_entry,
        origin=order.origin,
        origin_no=order.origin_no,
    )
