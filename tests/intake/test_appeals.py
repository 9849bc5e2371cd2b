"""Appeals against archived complaints: the province may find that they were not substantiated after all (E31)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.intake.handling import Matter, take
from tests.intake.office import Office

GROUNDS: dict[str, Any] = {"grounds": "计量检定合格，诉求不属实"}


async def archived(office: Office, **overrides: Any) -> Matter:
    """Bring a local complaint into the archive."""
    matter = await (await take(office)).submitted(**overrides)
    await matter.go("callback", satisfaction="satisfied")
    return matter


@pytest.mark.parametrize(
    ("verdict", "status", "flags"),
    [("approved", "substantiation_changed", (False, False)), ("returned", "archived", (True, True))],
)
async def test_e31_an_upheld_appeal_takes_the_complaint_out_of_the_count(
    office: Office, verdict: str, status: str, flags: tuple[bool, bool]
) -> None:
    matter = await archived(office)
    opened = await matter.go("appeal", **GROUNDS)
    decided = await matter.judge(verdict, subject="appeal", reason="核查电压记录")

    assert (opened["status"], decided.json()["status"]) == ("appeal_open", status)
    read = await matter.handling()
    assert (read["is_substantiated"], read["company_liable"]) == flags
    assert [line["verdict"] for line in read["appeals"]] == [verdict]
    told = dict(await office.told(matter.id))["appeal-decided"]
    assert (told["is_upheld"], told["is_substantiated"]) == (not flags[0], flags[0])


async def test_the_provinces_answer_on_paper_is_entered_by_a_supervisor(office: Office) -> None:
    matter = await archived(office)
    await matter.go("appeal", **GROUNDS)

    assert (await matter.go("appeal/result", is_upheld=True))["status"] == "substantiation_changed"
    assert (await matter.press("appeal", **GROUNDS)).json()["code"] == "order.transition_illegal"


async def test_what_does_not_count_as_substantiated_is_not_appealed_against(office: Office) -> None:
    not_true = {
        "is_substantiated": False,
        "company_liable": False,
        "result_text": "经现场测量，客户处电压合格，反映情况不属实，空调无法启动系客户内部线路老化，已告知客户。",
        "course": "现场测量客户电压",
        "basis": "电压监测记录合格",
        "plan": "建议客户检修内部线路",
        "conclusion": "电压合格",
    }
    matter = await archived(office, **not_true)
    answer = await matter.press("appeal", **GROUNDS)

    assert (answer.status_code, answer.json()["code"]) == (409, "order.not_substantiated")


async def test_an_appeal_is_opened_once_and_only_after_the_archive(office: Office) -> None:
    matter = await (await take(office)).submitted()
    early = await matter.press("appeal", **GROUNDS)
    await matter.go("callback", satisfaction="satisfied")
    await matter.go("appeal", **GROUNDS)
    twice = await matter.press("appeal", **GROUNDS)

    assert [(a.status_code, a.json()["code"]) for a in (early, twice)] == [(409, "order.transition_illegal")] * 2
