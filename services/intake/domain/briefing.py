"""What the agent reads out: by when an answer comes, how far the repair is, what to ask on, what to tell all at once.

Every line is in both languages and in the order of speaking; none of it sends the caller away (000-003, 004-010).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.intake.domain.completeness import Gap
from services.intake.domain.duplicates.progress import HOW_IT_STANDS
from services.intake.domain.order import Order
from services.intake.domain.taking import TO_TELL, Taking, Told
from services.intake.domain.tariffs import PriceList, RepairTeam
from services.intake.domain.triage import Verdict
from shared.calendars import Holidays
from shared.errors import Text
from shared.glossary import AssetOwnership, BusinessType, Word
from shared.zone import SHANGHAI


class LineKind(Word):
    """What a line is about."""

    GREETING = "greeting"
    ORDER_NUMBER = "order_number"
    ANSWER_DAY = "answer_day"
    ARRIVAL_LIMIT = "arrival_limit"
    PROGRESS = "progress"
    ESTIMATE = "estimate"
    OUTAGE_NOTICE = "outage_notice"
    GUIDANCE = "guidance"
    PAID_SERVICE = "paid_service"
    REFERRAL = "referral"
    CLOSING = "closing"


@dataclass(frozen=True)
class Line:
    """One sentence to read out."""

    kind: LineKind
    text: Text


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of an order when its briefing is read; `leading` is the order itself, or what it follows."""

    order: Order
    leading: Order
    taking: Taking
    verdict: Verdict
    answer_by: datetime | None
    holidays: Holidays
    prices: PriceList
    teams: Sequence[RepairTeam]
    gaps: list[Gap]
    notice: Text | None = None

    @property
    def is_their_own(self) -> bool:
        """Say whether the fault is on the customer's own assets, as far as is known (004-039)."""
        return self.order.asset_ownership is AssetOwnership.CUSTOMER or self.verdict is Verdict.GUIDE_BY_PHONE


THANKS = {
    BusinessType.FAULT_REPAIR: Text(
        "感谢您的来电，您的报修已受理。", "thank you for calling, your report is received."
    ),
    BusinessType.COMPLAINT: Text(
        "非常抱歉给您带来不便，感谢您向我们反映，我们已详细记录。",
        "we are sorry for the trouble, and thank you for telling us; we have written down what you said.",
    ),
    BusinessType.PRAISE: Text("感谢您的表扬，我们会转达给当事人。", "thank you for your praise, we will pass it on."),
}
_INSTANT = timedelta(microseconds=1)

THANKED = Text("感谢您的来电，您的诉求已详细记录。", "thank you for calling, we have written down what you said.")

CLOSING = Text(
    "请保持电话畅通，处理完毕我们会给您回访。再见。",
    "please keep your telephone at hand, we will ring you back. Goodbye.",
)
GUIDANCE = Text(
    "请您在确保安全的情况下检查开关：先断开各支路，再合上总开关；如再次跳闸请不要反复合闸。",
    "if it is safe, check your breakers: switch off the branches, then the main one on; if it trips again, leave it.",
)
LIT_AGAIN = Text("已恢复送电", "power is back")


def brief(known: Known, *, now: datetime) -> list[Line]:
    """Return everything to be read out for an order, in the order of speaking."""
    lines: list[Line] = [Line(LineKind.GREETING, THANKS.get(known.order.business_type, THANKED)), _number(known.order)]
    # A second call about a known outage is a consultation, but it is told of the repair (003-026, 003-027).
    if known.leading.business_type is BusinessType.FAULT_REPAIR:
        lines += _brief_repair(known, now=now)
    elif known.answer_by is not None:
        lines.append(_answer_day(known.answer_by, known.holidays))
    lines.append(Line(LineKind.CLOSING, CLOSING))
    return lines


def still_to_tell(order: Order, taking: Taking, *, is_their_own: bool) -> list[Told]:
    """Return what of the checklist the caller was not told yet (requirement 002-007)."""
    wanted = list(TO_TELL[order.business_type])
    if order.business_type is BusinessType.FAULT_REPAIR and is_their_own:
        wanted.append(Told.PAID_SERVICE)
    told = taking.notices.told if taking.notices else frozenset()
    return [item for item in wanted if item not in told]


def _brief_repair(known: Known, *, now: datetime) -> Iterator[Line]:
    if known.notice is not None:
        yield Line(LineKind.OUTAGE_NOTICE, known.notice)
    how = _how_it_stands(known.leading)
    if how is not None:
        yield Line(LineKind.PROGRESS, Text(f"{how.zh}。", f"{how.en}."))
    estimate = known.leading.estimated_restoration_at
    if estimate is not None and known.leading.power_restored_at is None:
        yield Line(LineKind.ESTIMATE, _estimate(estimate, now=now))
    elif known.answer_by is not None and known.leading.arrived_at is None and known.notice is None:
        yield Line(LineKind.ARRIVAL_LIMIT, _arrival(known.answer_by, now=now))
    if known.is_their_own:
        yield from _brief_own_fault(known)


def _how_it_stands(order: Order) -> Text | None:
    if order.power_restored_at is not None:
        return LIT_AGAIN
    return next((words for statuses, words in HOW_IT_STANDS if order.status in statuses), None)


def _brief_own_fault(known: Known) -> Iterator[Line]:
    if known.verdict is Verdict.GUIDE_BY_PHONE:
        yield Line(LineKind.GUIDANCE, GUIDANCE)
    yield Line(LineKind.PAID_SERVICE, _paid_service(known.prices))
    if known.teams:
        yield Line(LineKind.REFERRAL, _referral(known.teams))


def _number(order: Order) -> Line:
    text = Text(f"您的工单编号是 {order.order_no}。", f"your order number is {order.order_no}.")
    return Line(LineKind.ORDER_NUMBER, text)


def _answer_day(by: datetime, holidays: Holidays) -> Line:
    # The limit ends with a day's last midnight: the day to name is the one before that instant.
    day = (by.astimezone(SHANGHAI) - _INSTANT).date()
    zh = f"我们将在{day.year}年{day.month}月{day.day}日前给您明确的答复。"
    en = f"you will have a clear answer by {day:%d %B %Y}."
    if not holidays.knows(day):
        zh, en = f"{zh}（该年节假日尚未公布，以工作日计）", f"{en} (that year's holidays are not known yet)"
    return Line(LineKind.ANSWER_DAY, Text(zh, en))


def _estimate(at: datetime, *, now: datetime) -> Text:
    local = at.astimezone(SHANGHAI)
    minutes = round((at - now).total_seconds() / 60)
    if minutes <= 0:
        return Text(
            f"原预计 {local:%H:%M} 恢复，抢修人员正在加紧处理。",
            f"it was expected at {local:%H:%M}; the crew is hurrying.",
        )
    return Text(
        f"预计还要 {minutes} 分钟（{local:%m月%d日 %H:%M}）就可以恢复正常了。",
        f"power is expected in {minutes} minutes ({local:%d %b %H:%M}).",
    )


def _arrival(by: datetime, *, now: datetime) -> Text:
    local = by.astimezone(SHANGHAI)
    if by <= now:
        return Text("抢修人员正在赶往现场，让您久等了。", "the crew is on its way; we are sorry that you had to wait.")
    return Text(f"抢修人员将在 {local:%H:%M} 前到达现场。", f"a crew will be there by {local:%H:%M}.")


def _paid_service(prices: PriceList) -> Text:
    zh = "故障在您的产权范围内，我们提供有偿服务"
    en = "the fault is on your own side; we repair it as a paid service"
    if prices.items:
        zh += "：" + "；".join(f"{item.name} {item.yuan} 元/{item.unit}" for item in prices.items)
        en += ": " + "; ".join(f"{item.name} {item.yuan} yuan/{item.unit}" for item in prices.items)
        zh += f"（{prices.authority}{prices.document_no}）"
        en += f" ({prices.authority} {prices.document_no})"
    return Text(zh + "。", en + ".")


def _referral(teams: Sequence[RepairTeam]) -> Text:
    listed = "、".join(f"{team.name}（{team.phone}）" for team in teams)
    return Text(
        f"您也可以联系有资质的维修队伍为您修理：{listed}。", f"qualified repair teams can repair it as well: {listed}."
    )
