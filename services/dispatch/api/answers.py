"""What each item of a set is answered, in the caller's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import Field

from services.dispatch.handlers.answers import Outcome, Refusal
from shared.errors import Language
from shared.web import Answer, ProblemField

WARNINGS: dict[str, tuple[str, str]] = {
    "report.arrived_equals_departed": (
        "到达时间与出发时间相同，请核实",
        "arrived at the very moment of departing; please check",
    ),
}


class ItemProblem(Answer):
    """Why one item was rejected; `code` is stable."""

    code: str
    detail: str
    fields: list[ProblemField] = Field(default_factory=list)
    context: dict[str, Any] = Field(default_factory=dict)


class Warned(Answer):
    """Something that was taken and is hard to believe."""

    code: str
    detail: str


def problem_of(refusal: Refusal | None, language: Language) -> ItemProblem | None:
    """Write a refusal as the caller reads it."""
    if refusal is None:
        return None
    fields = [
        ProblemField(field=name, code=code, detail=zh if language == "zh-CN" else en)
        for name, code, zh, en in refusal.fields
    ]
    return ItemProblem(
        code=refusal.code, detail=refusal.say(language), fields=fields, context=dict(refusal.context or {})
    )


def warnings_of(codes: Sequence[str], language: Language) -> list[Warned]:
    """Write warnings as the caller reads them."""
    return [Warned(code=code, detail=WARNINGS[code][0 if language == "zh-CN" else 1]) for code in codes]


class ItemAnswer(Answer):
    """What became of one item. `first_outcome` stands with a duplicate: what was said the first time."""

    outcome: str
    first_outcome: str | None = None
    problem: ItemProblem | None = None
    warnings: list[Warned] = Field(default_factory=list)


class ReportAnswer(ItemAnswer):
    """What became of one field report."""

    report_id: UUID


class ReportAnswers(Answer):
    """One line for each report, in the order sent."""

    results: list[ReportAnswer]


class ObservationAnswer(ItemAnswer):
    """What became of one observation."""

    observation_id: UUID


class ObservationAnswers(Answer):
    """One line for each observation, in the order sent."""

    results: list[ObservationAnswer]


def said(outcome: Outcome, language: Language) -> dict[str, Any]:
    """Return the fields that every item's answer has."""
    return {
        "outcome": outcome.outcome,
        "first_outcome": outcome.first,
        "problem": problem_of(outcome.refusal, language),
        "warnings": warnings_of(outcome.warnings, language),
    }
