"""How many replies the quality check reads a second on one core: invented ones of all seven types, a third bad."""

from __future__ import annotations

import gc
import random
from datetime import datetime, timedelta
from time import process_time
from typing import Any

from benchmarks.figures import Figure, Row, Target
from benchmarks.grounds import Ground
from services.intake.domain.attachments import AttachmentKind
from services.intake.domain.reply_quality import DraftAttachment, ReplyDraft, find_findings
from shared.clock import SystemClock
from shared.glossary import BusinessType

NAME = "reply_quality"
COMMAND = "make bench ARGS=reply_quality"
SEED = 20140110
ROUNDS = 5
WANTED = 10_000

MATTERS = (
    (
        "客户反映该处频繁停电，一直未得到解决，要求核实处理。",
        "经查，近两个月{line}线停电2次，均因树障接地，已清理通道并加装绝缘护套",
    ),
    ("客户反映家中电压低，空调无法启动。", "经现场测量，{line}台区末端电压偏低，已调整三相负荷并列入增容改造计划"),
    ("客户投诉抄表员态度差，要求道歉。", "经查，抄表员与客户沟通时言语不当，已批评教育并考核，班长上门致歉"),
    (
        "客户反映电费突增，怀疑电表走字快。",
        "经现场校验，电能表误差在合格范围内，电量增加系夏季用电，已向客户逐月核算说明",
    ),
    ("客户咨询新装用电如何办理。", "已向客户告知新装业务流程、所需资料及办理时限，并发送办理地址"),
    ("客户反映电杆倾斜，有安全隐患。", "经现场勘察，{line}线12号杆倾斜，已扶正加固并更换拉线，隐患消除"),
    ("客户表扬抢修人员冒雨抢修。", "经核实，{line}供电所抢修人员于当晚冒雨恢复送电，已转达表扬并通报表彰"),
)
COURSE = "{day}接单后安排人员到现场核查，与客户面谈并查阅{line}线运行记录、系统数据，{day}处理完毕。"
BASIS = "依据《供电营业规则》有关条款、调度日志及现场照片。"
PLAN = "加强{line}线巡视，按月跟踪，落实到人。"
OPINION = "客户对处理结果表示认可，满意。"
SLIPS = (
    "客户已撤诉。",
    "客户无理取闹。",
    "放障处理。",
    "客戶舉報不實。",
    "多次拨打无人接听。",
    "客户不满意。",
    "尚未处理。",
)
LINES = ("春风", "界首", "大洞", "陆家", "文家", "新华", "临江")


async def measure(ground: Ground) -> list[Row]:
    """Read the same replies in several rounds; processor time, since a core is what is asked for."""
    count = 2_000 if ground.is_quick else 10_000
    drafts = make_drafts(count, now=SystemClock().now())
    found = sum(bool(find_findings(draft)) for draft in drafts)
    gc.freeze()
    rates = [count / _seconds(drafts) for _ in range(ROUNDS)]
    length = sum(len(text) for draft in drafts for text in texts_of(draft)) // count
    return [
        Row(
            what="replies checked, one core",
            figure=Figure.of(rates, "/s"),
            command=COMMAND,
            against="wanted",
            beside=Figure.once(WANTED, "/s"),
            target=Target("at_least", WANTED),
            note=f"{count:,} replies of seven types, {length} characters each; {found / count:.0%} with a finding",
        )
    ]


def _seconds(drafts: list[ReplyDraft]) -> float:
    started = process_time()
    for draft in drafts:
        find_findings(draft)
    return process_time() - started


def texts_of(draft: ReplyDraft) -> tuple[str, ...]:
    """Return everything that the check reads of a draft."""
    return (draft.content, draft.course, draft.basis, draft.plan, draft.customer_opinion, draft.result_text)


def make_drafts(count: int, *, now: datetime) -> list[ReplyDraft]:
    """Invent replies, the same for every run of a day."""
    dice = random.Random(SEED)
    return [_make_draft(dice, now) for _ in range(count)]


def _make_draft(dice: random.Random, now: datetime) -> ReplyDraft:
    business_type = dice.choice(list(BusinessType))
    content, result = dice.choice(MATTERS)
    place = {"line": dice.choice(LINES), "day": f"{dice.randint(1, 12)}月{dice.randint(1, 28)}日"}
    said: dict[str, Any] = {
        "content": content,
        "course": COURSE.format(**place),
        "basis": BASIS,
        "plan": PLAN.format(**place),
        "customer_opinion": OPINION,
        "result_text": f"{place['day']}，{result.format(**place)}。已将处理情况告知客户。",
    }
    if dice.random() < 1 / 3:
        said["result_text"] += dice.choice(SLIPS)
    is_judged = business_type in {BusinessType.COMPLAINT, BusinessType.MISCONDUCT_REPORT}
    return ReplyDraft(
        business_type=business_type,
        now=now,
        received_at=now - timedelta(days=3),
        due_at=now + timedelta(days=2),
        handling_time=now - timedelta(days=1),
        handlers=("李明", "王强"),
        is_substantiated=dice.random() < 0.7 if is_judged else None,
        company_liable=False if business_type is BusinessType.COMPLAINT else None,
        attachments=(DraftAttachment(kind=AttachmentKind.PHOTO, is_third_party=True, size=300_000),),
        contact_count=1,
        reached_count=1,
        **said,
    )
