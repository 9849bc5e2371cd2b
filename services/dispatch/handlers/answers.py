"""What is said about each item of a set: applied, a duplicate of an earlier one, or rejected with its problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.dispatch.repository import now as current
from shared.db import Session
from shared.errors import Language, RelightError


@dataclass(frozen=True)
class Refusal:
    """Why one item was rejected, in both languages; it is stored, so that the same id gets the same answer."""

    code: str
    zh: str
    en: str
    fields: tuple[tuple[str, str, str, str], ...] = ()
    context: Mapping[str, Any] | None = None

    def say(self, language: Language) -> str:
        """Return the sentence in one language."""
        return self.zh if language == "zh-CN" else self.en


@dataclass(frozen=True)
class Outcome:
    """What became of one item. `first` is what was said when the id came for the first time."""

    item_id: UUID
    outcome: str
    refusal: Refusal | None = None
    first: str | None = None
    warnings: Sequence[str] = ()


def rejected(item_id: UUID, error: RelightError) -> Outcome:
    """Say that an item broke a rule."""
    fields = tuple((f.field, f.code, f.text.say("zh-CN"), f.text.say("en")) for f in error.fields)
    said = {language: error.text.say(language, error.context) for language in _BOTH}
    return Outcome(item_id, "rejected", Refusal(error.code, said["zh-CN"], said["en"], fields, error.context))


_BOTH: tuple[Language, Language] = ("zh-CN", "en")


class Answers:
    """The answers to one call: those given before, and those given now, which are remembered for `asked_by`."""

    def __init__(self, asked_by: str, before: Mapping[UUID, Mapping[str, Any]]) -> None:
        self._asked_by = asked_by
        self._known = {item_id: _outcome(item_id, row["outcome"], row["problem"]) for item_id, row in before.items()}
        self._given: list[Outcome] = []
        self._fresh: dict[UUID, Outcome] = {}

    @classmethod
    async def load(cls, session: Session, asked_by: str, ids: Iterable[UUID]) -> Answers:
        """Look up what was answered to these ids before; call it with everything locked that the items touch."""
        return cls(asked_by, await current.find_answered(session, asked_by, set(ids)))

    def repeat(self, item_id: UUID) -> bool:
        """Answer an id that came before as the first time; say whether it did."""
        first = self._known.get(item_id)
        if first is None:
            return False
        self._given.append(Outcome(item_id, "duplicate", first.refusal, first.outcome, first.warnings))
        return True

    def give(self, outcome: Outcome, *, is_remembered: bool = True) -> None:
        """Answer an id for the first time."""
        self._given.append(outcome)
        if is_remembered:
            self._known[outcome.item_id] = self._fresh[outcome.item_id] = outcome

    async def finish(self, session: Session, *, now: datetime) -> list[Outcome]:
        """Remember the new answers and return all of them, in the order of the items."""
        rows = [
            {
                "asked_by": self._asked_by,
                "id": o.item_id,
                "outcome": o.outcome,
                "problem": _problem(o),
                "recorded_at": now,
            }
            for o in self._fresh.values()
        ]
        await current.note_answered(session, rows)
        return self._given


def _problem(outcome: Outcome) -> dict[str, Any] | None:
    if outcome.refusal is None:
        return {"warnings": list(outcome.warnings)} if outcome.warnings else None
    r = outcome.refusal
    return {"code": r.code, "zh": r.zh, "en": r.en, "fields": r.fields, "context": dict(r.context or {})}


def _outcome(item_id: UUID, outcome: str, problem: Mapping[str, Any] | None) -> Outcome:
    if problem is None or "code" not in problem:
        return Outcome(item_id, outcome, warnings=tuple((problem or {}).get("warnings", ())))
    fields = tuple((f[0], f[1], f[2], f[3]) for f in problem["fields"])
    return Outcome(item_id, outcome, Refusal(problem["code"], problem["zh"], problem["en"], fields, problem["context"]))
