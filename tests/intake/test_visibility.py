"""The rule of who sees a misconduct report, by itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.visibility import (
    WITHHELD,
    can_see,
    sees_contact,
    told_caller,
    told_event,
    without_reporter,
)
from shared.auth import STAFF, Role
from shared.events.intake import Caller, OrderReworked
from shared.glossary import BusinessType
from shared.ids import new_id

CALLER = Caller(name="张伟", phone="13812345678", address="大洞村 12 号")
OTHERS = [kind for kind in BusinessType if kind is not BusinessType.MISCONDUCT_REPORT]


@pytest.mark.parametrize("role", sorted(STAFF))
def test_supervision_alone_sees_a_misconduct_report_and_everybody_sees_the_others(role: Role) -> None:
    assert can_see(frozenset({role}), BusinessType.MISCONDUCT_REPORT) == (role is Role.INSPECTOR)
    assert all(can_see(frozenset({role}), kind) for kind in OTHERS)


def test_a_reporters_contact_is_supervisions_and_a_customers_is_the_desks() -> None:
    assert sees_contact(frozenset({Role.INSPECTOR}), BusinessType.MISCONDUCT_REPORT)
    assert not sees_contact(frozenset({Role.AGENT}), BusinessType.MISCONDUCT_REPORT)
    assert sees_contact(frozenset({Role.AGENT}), BusinessType.COMPLAINT)
    assert not sees_contact(frozenset({Role.INSPECTOR}), BusinessType.COMPLAINT)


def test_other_contexts_are_told_of_a_reporter_and_not_who_it_is() -> None:
    assert told_caller(BusinessType.MISCONDUCT_REPORT, CALLER) == WITHHELD
    assert told_caller(BusinessType.COMPLAINT, CALLER) == CALLER


def test_what_people_write_into_an_event_of_a_report_names_no_reporter() -> None:
    said = OrderReworked(order_id=new_id(), rework_at=datetime(2026, 11, 23, tzinfo=UTC), reason="张伟称未得到答复")

    told = [told_event(kind, said, ["张伟"]).reason for kind in (BusinessType.MISCONDUCT_REPORT, BusinessType.OPINION)]

    assert told == ["***称未得到答复", "张伟称未得到答复"]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("张伟反映收费员索要好处", "***反映收费员索要好处"),
        ("张 伟，电话138-1234-5678", "***，电话***"),
        ("家住大洞村12号的客户", "家住***的客户"),
        ("回电 13987654321", "回电 139****4321"),
        ("户号 C 1024", "户号 ***"),
        ("就是大洞村12号那家", "就是***那家"),
        ("界首镇大洞村 12 号", "***"),
        ("12 号上门收费", "12 号上门收费"),
        ("供电所收取好处费", "供电所收取好处费"),
    ],
)
def test_nothing_that_names_the_reporter_reaches_the_unit(text: str, clean: str) -> None:
    assert without_reporter(text, ("张伟", "13812345678", "兴安县界首镇大洞村 12 号", "C1024", None)) == clean


@given(
    before=st.text(alphabet="供电所收费员好处，。 ", max_size=20),
    name=st.text(alphabet="张王李赵伟芳娜敏", min_size=2, max_size=4),
    gap=st.sampled_from(["", " ", "-", "　"]),
)
def test_a_name_is_found_wherever_it_stands_and_however_it_is_spaced(before: str, name: str, gap: str) -> None:
    cleaned = without_reporter(f"{before}{gap.join(name)}举报", [name])

    assert name not in cleaned.replace(gap, "")
    assert cleaned.endswith("***举报")
