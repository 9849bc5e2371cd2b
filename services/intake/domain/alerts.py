"""What people are alerted to (000-001): whatever happens to an order beside its ordinary way goes to its first
responder, wherever the order is by then, and to whoever answers for it now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.responsibility import is_person
from shared.auth import Role
from shared.errors import Text

ALERTING: Mapping[str, Text] = {
    "order-returned": Text("工单被退回", "the order was returned"),
    "order-reopened": Text("回访未恢复供电，工单重新派发", "called back without power, the order goes out again"),
    "order-urged": Text("客户催办", "somebody presses"),
    "order-supplemented": Text("客户补充了情况", "something was added"),
    "withdrawal-noted": Text("客户撤诉，仍需答复", "it was taken back; an answer is still due"),
    "order-transferred": Text("工单已内部转办", "the order went to another unit"),
    "accountability-moved": Text("工单责任人变更", "another person answers for the order"),
    "supervision-opened": Text("工单被督办", "management presses the order"),
    "green-channel-opened": Text("已开通绿色通道", "the order goes by the green channel"),
    "callback-unreachable": Text("回访联系不上客户", "the customer cannot be reached"),
    "archive-held": Text("归档条件不齐", "the order lacks something for the archive"),
    "order-cancelled": Text("工单已撤销", "the order was cancelled"),
    "order-declined": Text("工单已退单", "the order was declined"),
    "order-reworked": Text("回单被退回返工", "the reply was given back"),
    "arrival-delayed": Text("抢修不能按时到达", "the crew will be late"),
    "statement-refused": Text("情况说明未通过", "the statement was refused"),
    "order-transferred-external": Text("责任方在公司以外，继续跟踪", "the responsible party is outside; track it on"),
    "appeal-opened": Text("投诉申诉", "the complaint is appealed"),
    "appeal-decided": Text("申诉已有结论", "the appeal was decided"),
    "time-amended": Text("工单时间更正", "a time on the order was corrected"),
}
"""Lines of a timeline that alert, and in which words."""

OTHERS: Mapping[str, Text] = {
    "promise-warned": Text("时限预警：{note}", "a promise is at risk: {note}"),
    "promise-breached": Text("时限已超：{note}", "a promise was broken: {note}"),
    "complaint-call-missing": Text("投诉尚未电话通知责任部门", "nobody has phoned the department of a complaint"),
    "supervision-overdue": Text("督办逾期未回报", "a supervision is overdue"),
    "notification-given-up": Text("通知未能送达：{note}", "a notification could not be delivered: {note}"),
    "repeat-caller": Text("同一客户反复来电", "a customer calls again and again"),
}
"""Alerts that no line of a timeline stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing to be alerted to. `role` names a desk as a whole; without it, it is for the order's own people."""

    order_id: UUID | None
    kind: str
    occurred_at: datetime
    role: str | None = None
    note: str | None = None


def given_up(order_id: UUID | None, kind: str, detail: str, *, at: datetime) -> Alert:
    """Make the alarm of a notification that was given up on: a supervisor must look."""
    role = str(Role.SUPERVISOR)
    return Alert(order_id=order_id, kind="notification-given-up", occurred_at=at, role=role, note=f"{kind}: {detail}")


def word_alert(kind: str, note: str | None) -> Text:
    """Return what an alert says."""
    words = ALERTING.get(kind) or OTHERS.get(kind) or Text(kind, kind)
    return Text(words.zh.format(note=note or ""), words.en.format(note=note or ""))


DESK_WITHOUT_OWNER = str(Role.DISPATCHER)
"""Who is alerted to an order that nobody of ours answers for: the desk that accepts orders."""


def people_of(first_responder: str, accountable: str) -> list[str]:
    """Return whom an order's alerts go to: its first responder for ever, and who answers for it now; maybe nobody."""
    return [person for person in dict.fromkeys((first_responder, accountable)) if is_person(person)]
