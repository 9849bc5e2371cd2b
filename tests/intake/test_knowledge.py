"""The knowledge base: found by two characters or a whole question, kept right by a named person, version by version."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.knowledge.pairs import pair_up, phrases_of, telling_pairs
from services.intake.repository import knowledge
from shared.auth import Role
from shared.errors import Conflict, NotFound
from shared.ids import new_id
from tests.intake.office import Office, fields_of

REVIEW_ON = "2027-06-30"

ARTICLES = {
    "居民阶梯电价怎样计算": ("居民用电分几档？", "年用电量 2160 千瓦时以内为第一档。", ["阶梯电价", "电费"]),
    "更名过户怎样办理": ("房屋买卖后电表户名怎样变更？", "携带身份证和产权证明到营业厅，当日办结。", ["过户", "更名"]),
    "欠费停电后怎样复电": ("交清电费后多久恢复供电？", "交清欠费后 24 小时内恢复供电。", ["欠费", "复电"]),
    "增值税发票怎样开具": ("企业怎样取得电费发票？", "在网上国网提交开票信息，过户后须重新登记。", ["发票"]),
    "三相220V低电压处理": ("电压不稳怎么办？", "请拨打 95598 报修。", ["VIP", "电压"]),
}


def make_article(title: str, **changed: Any) -> dict[str, Any]:
    question, answer, keywords = ARTICLES.get(title, ("问题是什么？", "答案是这个。", []))
    body = {"title": title, "question": question, "answer": answer, "keywords": keywords, "review_on": REVIEW_ON}
    return body | changed


async def write(office: Office, *, role: Role = Role.AGENT, **body: Any) -> dict[str, Any]:
    answer = await office.call("POST", "/articles", role=role, json=body)
    assert answer.status_code == 201, answer.text
    written: dict[str, Any] = answer.json()
    return written


async def search(office: Office, query: str) -> list[str]:
    answer = await office.call("GET", "/articles/search", params={"q": query})
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


@pytest.fixture
async def library(own_office: Office) -> Office:
    for title in ARTICLES:
        await write(own_office, **make_article(title))
    return own_office


@pytest.mark.requirement("000-030", "000-032")
@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("电价", ["居民阶梯电价怎样计算"]),
        ("阶梯电价", ["居民阶梯电价怎样计算"]),
        ("过户", ["更名过户怎样办理", "增值税发票怎样开具"]),
        ("发票 企业", ["增值税发票怎样开具"]),
        ("220v", ["三相220V低电压处理"]),
        ("２２０Ｖ", ["三相220V低电压处理"]),
        ("vip", ["三相220V低电压处理"]),
        ("95598", ["三相220V低电压处理"]),
        ("产权证明", ["更名过户怎样办理"]),
        ("价", ["居民阶梯电价怎样计算"]),
        ("档", ["居民阶梯电价怎样计算"]),
        ("价电", []),
        ("……", []),
        ("%", []),
        ("'; DROP TABLE intake.articles; --", []),
    ],
)
async def test_a_simple_search_gives_the_standard_answer(library: Office, query: str, titles: list[str]) -> None:
    assert await search(library, query) == titles


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("你好我想问一下我家的阶梯电价是怎么算的", "居民阶梯电价怎样计算"),
        ("房子卖掉了，电表户名需要变更吗", "更名过户怎样办理"),
        ("因为欠费被停了，什么时候能复电", "欠费停电后怎样复电"),
    ],
)
async def test_a_question_in_the_callers_own_words_finds_what_is_about_the_same(
    library: Office, question: str, title: str
) -> None:
    assert (await search(library, question))[0] == title


@pytest.mark.requirement("000-030")
async def test_an_article_that_answers_a_consultation_is_at_hand_at_intake(library: Office) -> None:
    order = await library.receive(
        business_type="consultation",
        content="客户咨询交清欠费之后多久可以复电",
        outage_scope=None,
        outage_started_at=None,
        surroundings=None,
    )

    answer = await library.call("GET", f"/orders/{order['id']}/articles")

    assert answer.json()["items"][0]["title"] == "欠费停电后怎样复电"


async def test_articles_for_a_report_are_not_shown_to_whoever_may_not_know_of_it(library: Office) -> None:
    report = {"business_type": "misconduct_report", "outage_scope": None, "outage_started_at": None}
    order = await library.receive(**report, surroundings=None)

    assert (await library.call("GET", f"/orders/{order['id']}/articles")).status_code == 404


@pytest.mark.requirement("000-031")
async def test_an_article_is_kept_by_a_named_person_version_by_version(office: Office) -> None:
    article = await write(office, role=Role.REVIEWER, **make_article("更名过户怎样办理", owner="test-agent"))
    path = f"/articles/{article['id']}/versions"
    next_one = make_article("更名过户怎样办理", answer="线上即可办理。", change="线上开通", on_top_of=1)

    stranger = await office.call("POST", path, role=Role.REVIEWER, json=next_one)
    owner = await office.call("POST", path, json=next_one)
    late = await office.call("POST", path, role=Role.SUPERVISOR, json=next_one)

    assert (stranger.status_code, stranger.json()["code"]) == (403, "article.not_yours")
    assert (owner.json()["version"], owner.json()["answer"]) == (2, "线上即可办理。")
    assert (late.status_code, late.json()["code"]) == (409, "article.version_stale")
    versions = (await office.call("GET", path)).json()["items"]
    assert [(v["version"], v["written_by"], v["change"]) for v in versions] == [
        (2, "test-agent", "线上开通"),
        (1, "test-reviewer", "新建"),
    ]
    assert versions[1]["answer"].startswith("携带身份证")


async def test_two_who_write_at_once_do_not_overwrite_each_other(office: Office) -> None:
    article = await write(office, **make_article("两人同时修改"))
    body = make_article("两人同时修改", change="修改", on_top_of=1)

    answers = await asyncio.gather(
        *(office.call("POST", f"/articles/{article['id']}/versions", json=body) for _ in range(4))
    )

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_what_was_answered_last_year_can_still_be_shown_and_never_changed(own_office: Office) -> None:
    await write(own_office, **make_article("更名过户怎样办理"))
    connection = await asyncpg.connect(own_office.url)
    try:
        with pytest.raises(asyncpg.PostgresError, match="written once"):
            await connection.execute("UPDATE intake.article_versions SET answer = 'x'")
    finally:
        await connection.close()


@pytest.mark.requirement("000-031")
async def test_an_article_comes_up_for_review_on_its_day(own_office: Office) -> None:
    office = own_office
    first = await write(office, **make_article("第一条", review_on="2026-12-01"))
    await write(office, **make_article("第二条", review_on="2027-12-01"))

    async def due() -> list[str]:
        answer = await office.call("GET", "/articles", params={"is_review_due": True, "owner": "test-agent"})
        return [item["title"] for item in answer.json()["items"]]

    assert await due() == []
    office.clock.moment += timedelta(days=8)
    assert await due() == ["第一条"]
    early = await office.call("POST", f"/articles/{first['id']}/review", json={"review_on": "2026-12-01"})
    good = await office.call(
        "POST", f"/articles/{first['id']}/review", json={"review_on": "2027-06-01", "owner": "li.gong"}
    )

    assert fields_of(early) == {"review_on": "article.review_past"}
    assert (good.json()["owner"], good.json()["version"]) == ("li.gong", 1)
    assert await due() == []


async def test_a_retired_article_is_not_found_and_answers_nothing(office: Office) -> None:
    article = await write(office, **make_article("停用条目测试"))
    async with office.runtime.database.transaction(now=office.clock.now()) as session:
        await knowledge.require_version(session, article["id"], 1)
        with pytest.raises(NotFound):
            await knowledge.require_version(session, article["id"], 2)
        with pytest.raises(NotFound):
            await knowledge.require_version(session, new_id(), 1)

    retired = await office.call("POST", f"/articles/{article['id']}/retire")

    assert retired.json()["retired_at"] is not None
    assert await search(office, "停用条目") == []
    async with office.runtime.database.transaction(now=office.clock.now()) as session:
        with pytest.raises(Conflict):
            await knowledge.require_version(session, article["id"], 1)
    again = await office.call("POST", f"/articles/{article['id']}/retire")
    assert again.json()["code"] == "article.retired"


async def test_articles_are_listed_in_pages_by_their_next_review(own_office: Office) -> None:
    for month in (5, 3, 4, 1, 2):
        await write(own_office, **make_article(f"条目{month}", review_on=str(date(2027, month, 1))))

    first = (await own_office.call("GET", "/articles?limit=3")).json()
    second = (await own_office.call("GET", f"/articles?limit=3&cursor={first['next_cursor']}")).json()

    assert [i["title"] for i in first["items"] + second["items"]] == [f"条目{m}" for m in (1, 2, 3, 4, 5)]
    assert second["next_cursor"] is None


async def test_a_bad_article_is_refused_with_every_field_named(office: Office) -> None:
    answer = await office.call("POST", "/articles", json={"title": "短", "answer": "", "review_on": "soon"})

    assert {"title", "answer", "question", "review_on"} <= set(fields_of(answer))


async def test_the_same_search_again_reads_the_same(library: Office) -> None:
    answers: list[httpx.Response] = [
        await library.call("GET", "/articles/search", params={"q": "电费"}) for _ in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["items"]


def test_text_becomes_pairs_so_that_two_characters_are_a_word() -> None:
    assert pair_up("居民电价 220V！") == " 居民 民电 电价 价 220v "
    assert phrases_of("电价 220Ｖ") == [" 电价 ", " 220v"]
    assert phrases_of("居民电价") == [" 居民 民电 电价 "]
    assert phrases_of("电") == [" 电"]
    assert phrases_of("、。！") == []


def test_a_question_is_told_by_its_telling_pairs() -> None:
    assert telling_pairs("请问电价怎么算，电价") == ["问电", "电价", "价怎", "么算"]


CHINESE = st.text(alphabet="电价停复居民阶梯，。 ", min_size=2, max_size=30)


@given(text=CHINESE, ends=st.tuples(st.integers(0, 29), st.integers(0, 29)))
def test_whatever_stands_in_a_text_is_found_in_its_pairs(text: str, ends: tuple[int, int]) -> None:
    part = text[min(ends) : max(ends) + 1]

    assert all(phrase in pair_up(text) for phrase in phrases_of(part))


@given(text=CHINESE, query=st.text(alphabet="电价停复", min_size=2, max_size=5))
def test_what_is_found_stands_in_the_text(text: str, query: str) -> None:
    [phrase] = phrases_of(query)

    assert (phrase in pair_up(text)) == (query in text)
