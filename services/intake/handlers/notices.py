"""停电通知: drawn up, published, called through, switched off and on again; and what a caller from there is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.notices.brief import NoticeBrief
from services.intake.domain.notices.lead import NoticeLead
from services.intake.domain.notices.notice import NAMED, OutageNotice, Publication, Scope, check_drawn_up
from services.intake.domain.notices.recipients import LISTED, Call, Recipient
from services.intake.domain.notices.sequence import SequenceTable
from services.intake.domain.notices.words import NoticeKind, ScopeKind
from services.intake.domain.times import TOLERANCE
from services.intake.handlers import customer_care
from services.intake.repository import lists, notice_policies, notice_recipients, notices
from services.intake.repository.notices import NOTICES
from services.intake.repository.visibility import require_visible
from shared.auth import Actor, Role
from shared.db import Session
from shared.errors import BadField, Conflict, Forbidden, Invalid, Text, bad_field
from shared.ids import new_id

_UNKNOWN_TABLE = Text("没有限电序位表 {table}", "there is no sequence table {table}")
_NOT_ON_TABLE = Text("限电序位表中没有线路 {feeders}", "the sequence table does not name {feeders}")
_UNANNOUNCED = Text(
    "限电序位表第 {version} 版在 {announced_at} 才公告，不能据此限电",
    "version {version} of the table was announced at {announced_at} only: nothing may be shed by it before",
)
_PASSED_OVER = Text(
    "按序位表应先限 {feeders}；确需跳过的，由主管填写 deviation_reason",
    "by the table {feeders} go first; a supervisor may pass them over with a deviation_reason",
)
_SUPERVISOR = Text("只有主管可以填写 deviation_reason", "only a supervisor may give a deviation_reason")
_CALLS = Text("电话记录不符合要求，未保存", "the calls break the rules below and were not written down")


@dataclass(frozen=True, kw_only=True)
class NewNotice:
    """A notice as a desk draws it up."""

    kind: NoticeKind
    reason: str
    area_text: str
    starts_at: datetime
    ends_at: datetime
    scopes: Sequence[Scope]
    sequence_table: str | None = None
    deviation_reason: str | None = None


async def draw_up(session: Session, new: NewNotice, *, now: datetime, actor: Actor) -> OutageNotice:
    """Draw up a notice, with the list of those whom it must reach one by one (requirements 000-006, 004-023).

    Raises Invalid with every rule that it breaks. Load shedding follows its table (004-021).
    """
    check_drawn_up(new, now=now)
    _check_deviation(new.deviation_reason, actor)
    table = await _sequence_of(session, new)
    notice = OutageNotice(
        id=new_id(),
        kind=new.kind,
        reason=new.reason,
        area_text=new.area_text,
        starts_at=new.starts_at,
        ends_at=new.ends_at,
        scopes=new.scopes,
        created_by=actor.id,
        created_at=now,
        sequence_table=table.code if table else None,
        sequence_version=table.version if table else None,
        deviation_reason=new.deviation_reason,
    )
    await notices.add_notice(session, notice)
    await notice_recipients.list_those_affected(
        session,
        notice.id,
        areas=notice.codes(ScopeKind.TRANSFORMER_AREA),
        feeders=notice.codes(ScopeKind.FEEDER),
        listed=LISTED[notice.kind],
    )
    return notice


async def publish(
    session: Session, notice_id: UUID, said: Publication, *, late_reason: str | None, now: datetime
) -> OutageNotice:
    """Note where and when a notice was made public, and what shows it (requirements 000-004, 000-005).

    With the first publication, those who stand behind the key customers on its list are told too.
    """
    notice = await notices.get_notice(session, notice_id)
    is_first = notice.published_at is None
    notice.publish(said, await notice_policies.read_lead(session), late_reason=late_reason, now=now)
    await notices.add_publication(session, notice_id, said)
    NOTICES.save(session, notice)
    if is_first:
        recipients = await notice_recipients.list_recipients(session, notice_id)
        await customer_care.tell_of_notice(session, notice, recipients, now=now)
    return notice


async def enter_calls(session: Session, notice_id: UUID, calls: Sequence[Call], *, now: datetime) -> OutageNotice:
    """Write down who was called, when, of which line and what, and whether somebody answered (requirement 000-007)."""
    notice = await notices.get_notice(session, notice_id)
    notice.must_take_calls()
    listed = await notice_recipients.find_listed(session, notice_id, [call.customer_no for call in calls])
    wrong = [bad for index, call in enumerate(calls) if (bad := _find_wrong(index, call, notice, listed, now))]
    if wrong:
        raise Invalid("notice.calls_invalid", _CALLS, fields=wrong)
    await notice_recipients.add_calls(session, notice_id, calls)
    return notice


async def switch_off(
    session: Session, notice_id: UUID, *, at: datetime | None, deviation_reason: str | None, now: datetime, actor: Actor
) -> OutageNotice:
    """Begin the outage, if the notice is public and its list is called through."""
    _check_deviation(deviation_reason, actor)
    notice = await notices.get_notice(session, notice_id)
    recipients = await notice_recipients.list_recipients(session, notice_id)
    notice.switch_off(recipients, at=at or now, deviation_reason=deviation_reason, now=now)
    NOTICES.save(session, notice)
    return notice


async def switch_on(session: Session, notice_id: UUID, *, at: datetime | None, now: datetime) -> OutageNotice:
    """End the outage."""
    notice = await notices.get_notice(session, notice_id)
    notice.switch_on(at=at or now, now=now)
    NOTICES.save(session, notice)
    return notice


async def withdraw(session: Session, notice_id: UUID, reason: str, *, now: datetime) -> OutageNotice:
    """Take a notice back."""
    notice = await notices.get_notice(session, notice_id)
    notice.withdraw(reason, now=now)
    NOTICES.save(session, notice)
    return notice


@dataclass(frozen=True)
class Opened:
    """A notice with everything that shows that it was told."""

    notice: OutageNotice
    publications: Sequence[Publication]
    recipients: Sequence[Recipient]
    lead: NoticeLead


async def open_notice(session: Session, notice_id: UUID) -> Opened:
    """Show one notice, where it was published, and whom it reached."""
    notice = await notices.read_notice(session, notice_id)
    return Opened(
        notice,
        await notices.list_publications(session, notice_id),
        await notice_recipients.list_recipients(session, notice_id),
        await notice_policies.read_lead(session),
    )


async def find_notice_of(session: Session, order_id: UUID, *, actor: Actor) -> NoticeBrief | None:
    """Return the announced outage that an order tells of, or None; raises NotFound for no such order."""
    await require_visible(session, order_id, actor)
    order = await lists.get_row(session, order_id)
    return await notices.find_notice_for(
        session, transformer_area=order["transformer_area"], feeder=order["feeder"], at=order["reported_at"]
    )


async def enter_sequence_table(session: Session, table: SequenceTable, *, actor: Actor) -> int:
    """Write the next version of a 限电序位表; return its number. The versions before stay."""
    return await notice_recipients.add_table(session, table, by=actor.id)


async def _sequence_of(session: Session, new: NewNotice) -> SequenceTable | None:
    if new.sequence_table is None:
        return None
    table = await notice_recipients.find_latest_table(session, new.sequence_table)
    if table is None:
        wrong = bad_field("sequence_table", "notice.sequence_table_unknown", "没有该序位表", "is not known")
        raise Invalid("notice.sequence_table_unknown", _UNKNOWN_TABLE, fields=[wrong], table=new.sequence_table)
    shed = {scope.code for scope in new.scopes if scope.kind is ScopeKind.FEEDER}
    if unknown := table.unknown(shed) or [s.code for s in new.scopes if s.kind is not ScopeKind.FEEDER]:
        raise Conflict("notice.not_on_sequence_table", _NOT_ON_TABLE, feeders="、".join(unknown[:NAMED]))
    if table.announced_at > new.starts_at:
        raise Conflict(
            "notice.sequence_table_unannounced",
            _UNANNOUNCED,
            version=table.version,
            announced_at=str(table.announced_at),
        )
    if (passed_over := table.passed_over(shed)) and not new.deviation_reason:
        raise Conflict("notice.out_of_sequence", _PASSED_OVER, feeders="、".join(passed_over[:NAMED]))
    return table


def _check_deviation(reason: str | None, actor: Actor) -> None:
    if reason and not actor.has(Role.SUPERVISOR):
        raise Forbidden("notice.deviation_needs_supervisor", _SUPERVISOR)


def _find_wrong(index: int, call: Call, notice: OutageNotice, listed: set[str], now: datetime) -> BadField | None:
    if call.customer_no not in listed:
        place, zh, en = f"calls.{index}.customer_no", "不在该通知的名单上", "is not on the notice's list"
        return bad_field(place, "notice.not_on_list", zh, en)
    if call.called_at > now + TOLERANCE:
        place, zh, en = f"calls.{index}.called_at", "不能晚于当前时间", "may not lie in the future"
        return bad_field(place, "notice.time_in_future", zh, en)
    if call.called_at < notice.created_at - TOLERANCE:
        place, zh, en = f"calls.{index}.called_at", "早于该通知的拟稿时间", "is before the notice was drawn up"
        return bad_field(place, "notice.call_before_notice", zh, en)
    return None
