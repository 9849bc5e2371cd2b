"""Searching 10,000 articles in Chinese: one word of two characters, phrases, several words, whole questions."""

from __future__ import annotations

from datetime import date
from random import Random
from time import perf_counter
from urllib.parse import quote

from benchmarks.figures import Figure, Row, at_most, percentile
from benchmarks.grounds import Connection, Ground, looking, settle
from benchmarks.servers import checked
from benchmarks.wire import connect, make_request
from services.intake.domain.knowledge.article import Article, Wording
from shared.auth import Role
from shared.clock import SystemClock
from shared.ids import new_id

NAME = "knowledge_search"
COMMAND = "make bench ARGS=knowledge_search"
ARTICLES = 10_000
WARM = 50
AT_MOST_MS = 50
"""What the issue asks for, p99."""

_THINGS = (
    "阶梯电价 峰谷电价 分时电价 电费发票 增值税 电子账单 欠费停电 复电 更名过户 销户 增容 减容",
    "暂停 临时用电 充电桩 光伏并网 上网电价 余电上网 智能电表 电表校验 计量装置 电能表 表箱",
    "空开跳闸 漏电保护 保险丝 低电压 电压不稳 频繁停电 计划停电 停电通知 紧急消缺 有序用电",
    "抢修进度 变压器 电线杆 树障 线路老化 赔偿 家电损坏 用电安全 窃电 违约用电 一户多人口 低保户",
    "五保户 电采暖 煤改电 农业排灌 商业用电 大工业 基本电费 功率因数 预付费 购电 网上国网 营业厅",
)
THINGS = " ".join(_THINGS).split(" ")
_DOINGS = (
    "怎样办理 怎样计算 怎样查询 需要什么材料 多长时间办结",
    "收费标准 有什么规定 由谁负责 怎样申请 怎样处理",
)
DOINGS = " ".join(_DOINGS).split(" ")
_FILLING = (
    "客户应当携带有效身份证件和产权证明到就近的供电营业厅办理",
    "也可以通过网上国网提交申请，工作人员将在规定时限内与您联系",
    "根据供电营业规则的有关规定，产权分界点以下的设施由客户负责维护",
    "如对处理结果有疑问，请拨打 95598 供电服务热线，我们将及时为您解答",
    "电费以抄表日的电量为准，按照当地物价部门批准的标准计收",
    "抢修人员到达现场的时间，城区范围四十五分钟，农村地区九十分钟",
)
QUESTIONS = (
    "你好我想问一下我家的{thing}是怎么一回事，{doing}",
    "我上个月的{thing}好像不对，想知道{doing}",
    "请问{thing}和{other}有什么区别，{doing}",
)
_RANDOM = Random(20261122)


async def measure(ground: Ground) -> list[Row]:
    """Fill the knowledge base and ask over HTTP, one call after the other, as one desk does."""
    url = await ground.make_database()
    count = ARTICLES // 10 if ground.is_quick else ARTICLES
    async with looking(url) as connection:
        await fill_articles(connection, count)
    await settle(url)
    kinds = {
        "two characters": [_words(1, 2) for _ in range(60)],
        "a phrase": [_RANDOM.choice(THINGS) for _ in range(60)] + ["客户负责维护", "物价部门批准", "四十五分钟"],
        "several words": [_words(2, 4) for _ in range(60)],
        "a whole question": [_question() for _ in range(60)],
    }
    rows = []
    async with ground.serve("intake", database_url=url) as server:
        token = ground.token("bench-agent", Role.AGENT)
        rounds = 2 if ground.is_quick else 8
        nothing, _ = await _ask(server.port, token, ["……"] * 60, rounds=rounds)
        for kind, queries in kinds.items():
            found = await _ask(server.port, token, queries, rounds=rounds)
            rows.append(_row(kind, *found, nothing=nothing, count=count))
    return rows


async def fill_articles(connection: Connection, count: int) -> None:
    """Copy so many invented articles in, each of some three hundred characters."""
    now, articles, versions, pairs = SystemClock().now(), [], [], []
    for number in range(count):
        article = _article(number)
        w = article.wording
        keywords = list(w.keywords)
        head = (article.id, 1, w.title, w.question, keywords)
        articles.append((*head, "li.gong", article.review_on, now, article.head_pairs, article.pairs))
        versions.append((*head, w.answer, "新建", "li.gong", now))
        pairs += [(pair, place, article.id) for pair, place in article.places.items()]
    columns = ("id", "version", "title", "question", "keywords", "owner", "review_on", "updated_at")
    await connection.copy_records_to_table(
        "articles", schema_name="intake", records=articles, columns=[*columns, "head_pairs", "pairs"]
    )
    said = ("article_id", "version", "title", "question", "keywords", "answer", "change", "written_by", "written_at")
    await connection.copy_records_to_table("article_versions", schema_name="intake", records=versions, columns=said)
    await connection.copy_records_to_table("article_pairs", schema_name="intake", records=pairs)


def _article(number: int) -> Article:
    thing, other = _RANDOM.sample(THINGS, 2)
    wording = Wording(
        title=f"{thing}{_RANDOM.choice(DOINGS)}（{number}）",
        question=f"客户咨询{thing}与{other}{_RANDOM.choice(DOINGS)}，应当怎样答复？",
        answer="。".join(f"{_RANDOM.choice(THINGS)}：{_RANDOM.choice(_FILLING)}" for _ in range(8)),
        keywords=(thing, other),
    )
    at = SystemClock().now()
    return Article(id=new_id(), version=1, wording=wording, owner="li.gong", review_on=date(2027, 6, 30), updated_at=at)


def _words(count: int, longest: int) -> str:
    return " ".join(_RANDOM.choice(THINGS)[:longest] for _ in range(count))


def _question() -> str:
    thing, other = _RANDOM.sample(THINGS, 2)
    return _RANDOM.choice(QUESTIONS).format(thing=thing, other=other, doing=_RANDOM.choice(DOINGS))


async def _ask(port: int, token: str, queries: list[str], *, rounds: int) -> tuple[list[float], int]:
    """Ask every query several times; return the milliseconds, and how many found nothing."""
    requests = [make_request("GET", f"/intake/articles/search?q={quote(query)}", token=token) for query in queries]
    connection = await connect(port)
    took: list[float] = []
    empty = 0
    try:
        for number, request in enumerate(requests * rounds + requests[:WARM]):
            started = perf_counter()
            answer = checked(await connection.ask(request), "search")
            if number >= WARM:
                took.append((perf_counter() - started) * 1000)
                empty += not answer.json()["items"]
    finally:
        connection.close()
    return took, empty


def _row(kind: str, took: list[float], empty: int, *, nothing: list[float], count: int) -> Row:
    return Row(
        what=f"knowledge search, {kind}, p99",
        figure=Figure.once(percentile(took, 0.99), "ms"),
        against="the same call, nothing to look for",
        beside=Figure.once(percentile(nothing, 0.99), "ms"),
        target=at_most(AT_MOST_MS),
        command=COMMAND,
        note=f"{len(took)} searches of {count:,} articles, {empty} found nothing; "
        f"p50 {percentile(took, 0.5):.1f} ms, highest {max(took):.0f} ms",
    )
