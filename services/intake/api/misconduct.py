"""What supervision may pass on of a misconduct report: the matter, and never who reported it."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.intake.domain.order import Order
from services.intake.domain.visibility import is_restricted, without_reporter
from services.intake.repository import lists
from services.intake.repository.matters import list_matters
from services.intake.repository.orders import read_order
from shared.errors import Conflict, Text
from shared.web import Answer, Read

router = APIRouter()

_NOT_RESTRICTED = Text("只有举报工单需要隐去举报人", "only a misconduct report has a reporter to keep from the unit")


class UnitBrief(Answer):
    """A misconduct report as the unit reported may read it."""

    order_no: str
    content: str
    supplements: list[str]


@router.get("/orders/{order_id}/unit-brief", summary="A misconduct report without its reporter.")
async def show_unit_brief(door: Read, order_id: UUID) -> UnitBrief:
    """Return the report's words with the reporter's name, numbers and address taken out, to pass on by hand."""
    order = read_order(await lists.get_row(door.session, order_id))
    if not is_restricted(order.business_type):
        raise Conflict("misconduct.not_restricted", _NOT_RESTRICTED)
    said = [row["text"] for row in await list_matters(door.session, order_id) if row["text"]]
    return UnitBrief(
        order_no=order.order_no,
        content=_clean(order, order.content),
        supplements=[_clean(order, text) for text in said],
    )


def _clean(order: Order, text: str) -> str:
    identities = (order.caller_name, order.caller_phone, order.caller_address, order.customer_no)
    return without_reporter(text, identities)
