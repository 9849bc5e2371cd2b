"""One outage notice, from the desk that draws it up until light is back; rules are checked before it moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.intake.domain.notices.lead import NoticeLead
from services.intake.domain.notices.recipients import ALL_CALLED, Recipient, find_untold
from services.intake.domain.notices.words import NoticeKind, NoticeStatus, PublicationChannel, ScopeKind
from services.intake.domain.times import TOLERANCE
from shared.aggregate import Aggregate
from shared.errors import Conflict, Invalid, Text, bad_field
from shared.events.intake.notices import (
    OutageNoticePublished,
    OutageNoticeWithdrawn,
    OutageSwitchedOff,
    OutageSwitchedOn,
)

ANNOUNCED = frozenset({NoticeKind.PLANNED, NoticeKind.TEMPORARY})
"""Kinds that the public must know of beforehand."""

NAMED = 20
"""So many customers are named in a refusal; the others are on the notice's list."""

_ILLEGAL = Text("该停电通知的状态为 {status}，不能执行此操作", "the notice is {status}: this cannot be done now")
_LATE = Text(
    "发布晚于规定时限（应不晚于 {publish_by}）；确需停电的，请填写 late_reason，通知将标记为迟发",
    "published after {publish_by}, the latest moment allowed; give late_reason to have it marked as late",
)
_FUTURE = Text("时间不能晚于当前时间：{field}", "no time may lie in the future: {field}")
_ORDER = Text("时间顺序错误：{later} 早于 {earlier}", "times out of order: {later} is before {earlier}")
_UNPUBLISHED = Text("停电通知尚未发布，不能停电", "the notice has not been published: nothing may be switched off")
_EARLY = Text(
    "通知的停电时间为 {starts_at}，不能提前停电",
    "the notice says {starts_at}: nothing may be switched off before",
)
_UNTOLD = Text(
    "还有 {count} 户未通知，不能停电：{customers}",
    "{count} customers have not been told, nothing may be switched off: {customers}",
)
_NOBODY_LISTED = Text(
    "名单为空：停电线路或台区没有登记客户，请核对代码；确需停电的，由主管填写 deviation_reason",
    "the list is empty: no customer is known there, check the codes; a supervisor may go on with a deviation_reason",
)


@dataclass(frozen=True, order=True)
class Scope:
    """Something that is switched off."""

    kind: ScopeKind
    code: str


@dataclass(frozen=True)
class Publication:
    """Where and when a notice was made public; `evidence` shows it (an address, a recording's number, a page)."""

    channel: PublicationChannel
    published_at: datetime
    evidence: str
    published_by: str


@dataclass(kw_only=True, eq=False)
class OutageNotice(Aggregate):
    """停电通知. The first block never changes: another time or place is another notice, and this one is withdrawn."""

    kind: NoticeKind
    reason: str
    area_text: str
    starts_at: datetime
    ends_at: datetime
    created_by: str
    created_at: datetime
    sequence_table: str | None = None
    sequence_version: int | None = None
    scopes: Sequence[Scope] = field(default=())

    deviation_reason: str | None = None
    status: NoticeStatus = NoticeStatus.DRAWN_UP
    published_at: datetime | None = None
    is_late: bool = False
    late_reason: str | None = None
    switched_off_at: datetime | None = None
    switched_on_at: datetime | None = None
    withdrawn_at: datetime | None = None
    withdrawal_reason: str | None = None

    def codes(self, kind: ScopeKind) -> list[str]:
        """Return what of one kind is switched off."""
        return sorted(scope.code for scope in self.scopes if scope.kind is kind)

    def publish(self, said: Publication, lead: NoticeLead, *, late_reason: str | None, now: datetime) -> None:
        """Note that the notice is public. Raises Invalid (`notice.too_late`) if it is late and nobody says why (E18).

        The earliest publication counts; entering another one later takes no lateness away that was there, unless the
        other one was earlier still.
        """
        self._must_be(NoticeStatus.DRAWN_UP, NoticeStatus.PUBLISHED, NoticeStatus.SWITCHED_OFF)
        _not_to_come("published_at", said.published_at, now)
        first = min(self.published_at or said.published_at, said.published_at)
        publish_by = lead.publish_by(self.kind, self.starts_at)
        is_late = publish_by is not None and first > publish_by
        reason = late_reason or self.late_reason
        if is_late and not reason:
            wrong = bad_field("published_at", "notice.too_late", "晚于规定时限", "is later than allowed")
            raise Invalid("notice.too_late", _LATE, fields=[wrong], publish_by=str(publish_by))
        is_news = self.published_at is None
        self.published_at, self.is_late = first, is_late
        self.late_reason = reason if is_late else None
        if is_news:
            if self.status is NoticeStatus.DRAWN_UP:
                self.status = NoticeStatus.PUBLISHED
            self._tell_published(publish_by)

    def switch_off(
        self, recipients: Sequence[Recipient], *, at: datetime, deviation_reason: str | None, now: datetime
    ) -> None:
        """Begin the outage. Raises Conflict if it is not public (`notice.unpublished`), or somebody on its list was not
        told (`notice.customers_untold`), or nobody is on it before an urgent defect (`notice.list_empty`), or it is
        earlier than announced (`notice.too_early`). A `deviation_reason` overrules all but the first.
        """
        self._must_be(NoticeStatus.DRAWN_UP, NoticeStatus.PUBLISHED)
        _not_to_come("switched_off_at", at, now)
        if self.kind in ANNOUNCED and self.published_at is None:
            raise Conflict("notice.unpublished", _UNPUBLISHED)
        if self.kind in ALL_CALLED and not recipients and not deviation_reason:
            raise Conflict("notice.list_empty", _NOBODY_LISTED)
        untold = find_untold(self.kind, recipients, before=at)
        if untold and not deviation_reason:
            named = "、".join(untold[:NAMED])
            raise Conflict("notice.customers_untold", _UNTOLD, count=len(untold), customers=named)
        if self.kind in ANNOUNCED and at < self.starts_at and not deviation_reason:
            raise Conflict("notice.too_early", _EARLY, starts_at=str(self.starts_at))
        self.status = NoticeStatus.SWITCHED_OFF
        self.switched_off_at = at
        self.deviation_reason = deviation_reason or self.deviation_reason
        self.tell(
            OutageSwitchedOff(order_id=self.id, kind=self.kind, switched_off_at=at, untold=len(untold)), occurred_at=at
        )

    def switch_on(self, *, at: datetime, now: datetime) -> None:
        """End the outage."""
        self._must_be(NoticeStatus.SWITCHED_OFF)
        _not_to_come("switched_on_at", at, now)
        if self.switched_off_at and at < self.switched_off_at:
            wrong = bad_field(
                "switched_on_at", "notice.times_out_of_order", "早于停电时间", "is before switched_off_at"
            )
            raise Invalid(
                "notice.times_out_of_order", _ORDER, fields=[wrong], earlier="switched_off_at", later="switched_on_at"
            )
        self.status = NoticeStatus.SWITCHED_ON
        self.switched_on_at = at
        self.tell(OutageSwitchedOn(order_id=self.id, switched_on_at=at, ends_at=self.ends_at), occurred_at=at)

    def withdraw(self, reason: str, *, now: datetime) -> None:
        """Take the notice back: nothing will be switched off. It stays in the books."""
        self._must_be(NoticeStatus.DRAWN_UP, NoticeStatus.PUBLISHED)
        self.status = NoticeStatus.WITHDRAWN
        self.withdrawn_at = now
        self.withdrawal_reason = reason
        self.tell(OutageNoticeWithdrawn(order_id=self.id, withdrawn_at=now, reason=reason), occurred_at=now)

    def must_take_calls(self) -> None:
        """Raise Conflict if nobody is called about this notice any more."""
        self._must_be(NoticeStatus.DRAWN_UP, NoticeStatus.PUBLISHED, NoticeStatus.SWITCHED_OFF)

    def _must_be(self, *allowed: NoticeStatus) -> None:
        if self.status not in allowed:
            raise Conflict("notice.transition_illegal", _ILLEGAL, status=str(self.status))

    def _tell_published(self, publish_by: datetime | None) -> None:
        assert self.published_at  # noqa: S101 - set by the only caller
        event = OutageNoticePublished(
            order_id=self.id,
            kind=self.kind,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            published_at=self.published_at,
            publish_by=publish_by,
            is_late=self.is_late,
            feeders=self.codes(ScopeKind.FEEDER),
            transformer_areas=self.codes(ScopeKind.TRANSFORMER_AREA),
        )
        self.tell(event, occurred_at=self.published_at)


def check_drawn_up(fields: Any, *, now: datetime) -> None:
    """Return if a notice may be drawn up so; raises Invalid with every rule that it breaks."""
    wrong = []
    if fields.ends_at <= fields.starts_at:
        wrong.append(
            bad_field("ends_at", "notice.times_out_of_order", "必须晚于停电开始时间", "must be after starts_at")
        )
    if fields.starts_at < now - TOLERANCE and fields.kind in ANNOUNCED:
        wrong.append(
            bad_field(
                "starts_at",
                "notice.in_the_past",
                "计划或临时停电不能早于当前时间",
                "lies in the past: nobody planned it",
            )
        )
    if not fields.scopes:
        wrong.append(
            bad_field(
                "feeders",
                "notice.scope_missing",
                "必须填写停电线路或台区（feeders、transformer_areas）",
                "feeders or transformer_areas must say what is switched off",
            )
        )
    if (fields.kind is NoticeKind.LOAD_SHEDDING) != (fields.sequence_table is not None):
        zh = "限电必须引用限电序位表" if fields.sequence_table is None else "只有限电才引用限电序位表"
        en = "load shedding needs its sequence table" if fields.sequence_table is None else "is for load shedding only"
        wrong.append(bad_field("sequence_table", "notice.sequence_table", zh, en))
    if wrong:
        raise Invalid("notice.invalid", _INVALID, fields=wrong)


_INVALID = Text("停电通知内容不符合要求", "the notice breaks the rules below and was not drawn up")


def _not_to_come(name: str, moment: datetime, now: datetime) -> None:
    if moment > now + TOLERANCE:
        wrong = bad_field(name, "notice.time_in_future", "不能晚于当前时间", "may not lie in the future")
        raise Invalid("notice.time_in_future", _FUTURE, fields=[wrong], field=name)
