"""What a caller is told of a report that is being worked on: how it stands (003-026) and how long still (003-027)."""

from __future__ import annotations

from services.intake.domain.duplicates.report import Report
from services.intake.domain.lifecycle import FIELD, Status
from shared.errors import Text
from shared.glossary import BusinessType
from shared.zone import SHANGHAI

S = Status
_AT = FIELD.index

HOW_IT_STANDS: tuple[tuple[frozenset[Status], Text], ...] = (
    (
        frozenset({S.RECEIVED, S.CHILD_OF_INCIDENT, S.ACCEPTED, S.ASSESSED}),
        Text("已受理，正在安排抢修人员", "taken, a crew is being found"),
    ),
    (
        frozenset({S.DISPATCHED, S.CREW_ACCEPTED}),
        Text("已派抢修人员，即将出发", "a crew has the order and is about to leave"),
    ),
    (frozenset({S.EN_ROUTE}), Text("抢修人员已出发，正在途中", "a crew is on its way")),
    (
        frozenset({S.AWAITING_SUPPORT, S.AWAITING_SWITCHING}),
        Text("抢修人员已到现场，正等待支援或停送电操作", "a crew is there and waits for support or for switching"),
    ),
    (
        frozenset({S.PARTIALLY_RESTORED}),
        Text("主干线已恢复，支线仍在抢修", "the trunk has power, branches are repaired"),
    ),
    (frozenset(FIELD[_AT(S.ARRIVED) : _AT(S.REPAIRING)]), Text("抢修人员已到现场，正在处理", "a crew is there")),
    (frozenset({S.REPAIRING, S.REPAIRED}), Text("正在抢修", "the repair is under way")),
)
NO_ESTIMATE = Text("预计恢复时间确定后会及时告知", "when light is expected back is not known yet")
COMPLAINT = Text(
    "您反映的问题（工单 {order_no}）正在处理当中，已为您催办",
    "what you complained of (order {order_no}) is being worked on; we have urged it",
)


def tell_progress(lead: Report) -> Text:
    """Return the sentence to read out to whoever calls about an open order."""
    if lead.business_type is BusinessType.COMPLAINT:
        return Text(COMPLAINT.zh.format(order_no=lead.order_no), COMPLAINT.en.format(order_no=lead.order_no))
    how = next((words for statuses, words in HOW_IT_STANDS if lead.main_status in statuses), HOW_IT_STANDS[0][1])
    until = _estimate(lead)
    return Text(
        f"您反映的停电已有报修（工单 {lead.order_no}），{how.zh}；{until.zh}。",
        f"this outage is known (order {lead.order_no}): {how.en}; {until.en}.",
    )


def _estimate(lead: Report) -> Text:
    if lead.estimated_restoration_at is None:
        return NO_ESTIMATE
    at = f"{lead.estimated_restoration_at.astimezone(SHANGHAI):%m-%d %H:%M}"
    return Text(f"预计 {at} 恢复供电", f"power is expected back at {at} (Shanghai)")
