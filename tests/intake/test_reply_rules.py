"""The rules and words of the quality check as a whole: complete, all run, versioned, in both kinds of characters."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest

from services.intake.domain import reply_quality
from services.intake.domain.closing import ReturnReason
from services.intake.domain.handling.words import ProvinceReason
from services.intake.domain.reply_quality import RULES, ReplyDraft, engine, find_findings
from services.intake.domain.reply_quality.lists import ListName, lists_in_force
from services.intake.domain.reply_quality.spelling import spellings_of
from tests.intake.drafts import NOW, make_case_1, make_draft, spanned


def test_every_return_reason_that_a_machine_can_see_has_a_rule() -> None:
    prevented = {reason for rule in RULES for reason in rule.prevents}

    assert {*ProvinceReason, *ReturnReason} == prevented


@pytest.mark.parametrize(
    "draft",
    [
        make_draft(),
        make_case_1(),
        make_case_1(is_substantiated=True, company_liable=True),
        make_draft(result_text="放障已修。具体情况详见附件，客户要求撤诉，不清楚。", customer_opinion="不满意。"),
    ],
)
def test_a_reply_in_traditional_characters_is_judged_as_in_simplified_ones(draft: ReplyDraft) -> None:
    fields = ("content", "course", "basis", "plan", "customer_opinion", "result_text")
    written: dict[str, Any] = {name: "".join(spellings_of(c)[-1] for c in getattr(draft, name)) for name in fields}

    def told(one: ReplyDraft) -> list[tuple[str, str, int, int]]:
        return [(f.code, f.field, f.start, f.end) for f in find_findings(one)]

    assert written["course"] != draft.course
    assert told(replace(draft, **written)) == told(draft)


def test_every_file_of_rules_is_run() -> None:
    """A new rule touches one file; a family that nobody runs would be found here."""
    modules = [import_module(f"{reply_quality.__name__}.{m.name}") for m in iter_modules(reply_quality.__path__)]
    declared = [rule for module in modules if module is not engine for rule in getattr(module, "RULES", ())]

    assert sorted(map(id, declared)) == sorted(map(id, RULES))
    assert all(rule.rows and rule.code.isidentifier() for rule in RULES)


def test_lists_are_versioned_and_an_installation_may_change_one() -> None:
    lists = lists_in_force(NOW)
    own = lists.changed(ListName.FORBIDDEN, add=frozenset({"客户放弃"}), remove=frozenset({"客戶已撤訴"}), version="3")
    draft = make_draft(result_text="经查抄表员态度生硬，已考核致歉，客戶放棄追究；客户已撤诉。")

    assert lists.versions["forbidden_phrases"] == "2014.1"
    assert own.versions["forbidden_phrases"] == "2014.1+3"
    (found,) = [f for f in find_findings(draft, own) if f.code == "forbidden_phrase"]
    assert spanned(draft, found) == "客戶放棄"
