"""Runs every rule over a draft. A new rule is one more `Rule` in the file of its family; a new family, a line here."""

from __future__ import annotations

from services.intake.domain.reply_quality import (
    contacts,
    judgement,
    length,
    parts,
    relevance,
    repetition,
    times,
    wording,
)
from services.intake.domain.reply_quality.draft import ReplyDraft
from services.intake.domain.reply_quality.finding import Finding, Severity
from services.intake.domain.reply_quality.lists import ListName, WordLists, lists_in_force
from services.intake.domain.reply_quality.page import Page
from services.intake.domain.reply_quality.relevance import Claim, list_claims

FAMILIES = (parts, length, wording, repetition, times, contacts, judgement, relevance)

RULES = tuple(
    sorted((rule for family in FAMILIES for rule in family.RULES), key=lambda rule: list(Severity).index(rule.severity))
)
"""Every rule, the grave ones first."""

_TURN = {rule: turn for turn, rule in enumerate(RULES)}
_ALWAYS = [rule for rule in RULES if rule.needs is None]
_WITH = {name: [rule for rule in RULES if rule.needs and name in rule.needs] for name in ListName}


def find_findings(draft: ReplyDraft, lists: WordLists | None = None) -> list[Finding]:
    """Return everything that the rules find in a reply, the grave ones first; no finding, no objection.

    `lists`: the words to look for; those in force at `draft.now` if not given.
    """
    page = Page(draft, lists or lists_in_force(draft.now))
    concerned = {rule for name in page.lists_met for rule in _WITH[name]}
    broken = [(rule, place) for rule in (*_ALWAYS, *concerned) for place in rule.find(page)]
    if len(broken) > 1:
        broken.sort(key=lambda one: _TURN[one[0]])
    return [rule.finding(place) for rule, place in broken]


def find_claims(draft: ReplyDraft, lists: WordLists | None = None) -> list[Claim]:
    """Return what the customer raised and whether it is answered: the reviewer's checklist (001-027)."""
    return list_claims(Page(draft, lists or lists_in_force(draft.now)))
