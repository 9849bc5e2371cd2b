"""The policy behind the calls, by version: when customers are rung, and what they are asked."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from services.callback import handlers, repository
from services.callback.domain import CallingRules
from shared.web import Answer, Change, Moment, Read, Strict

router = APIRouter()


class Question(Answer):
    """One question of a questionnaire, in both languages; `field` is where its answer goes."""

    field: str
    kind: Literal["yes_no", "satisfaction", "text"]
    zh: str
    en: str
    is_required: bool


class Questionnaire(Answer):
    """One version of what a plan's customers are asked."""

    id: UUID
    plan: str
    version: int
    valid_from: datetime
    questions: list[Question]


class Questionnaires(Answer):
    """Every version of every questionnaire."""

    items: list[Questionnaire]


class NewPolicy(Strict):
    """Another version of a plan's rules. Equal `quiet_from` and `quiet_until` mean that there are no quiet hours."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "plan": "repair_local",
                    "valid_from": "2027-01-01T00:00:00+08:00",
                    "due_after_minutes": 1440,
                    "warn_before_minutes": 360,
                    "quiet_from": "21:00",
                    "quiet_until": "08:00",
                    "attempts": 3,
                    "minutes_apart": 120,
                }
            ]
        }
    )

    plan: str = Field(max_length=64)
    valid_from: Moment
    due_after_minutes: int = Field(ge=1, le=60 * 24 * 366)
    warn_before_minutes: int = Field(ge=0, le=60 * 24 * 366)
    quiet_from: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="HH:MM, Shanghai.")
    quiet_until: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="HH:MM, Shanghai.")
    attempts: int = Field(ge=1, le=20)
    minutes_apart: int = Field(ge=0, le=60 * 24 * 14)


class Policy(Answer):
    """One version of a plan's rules, durations in minutes."""

    id: UUID
    plan: str
    valid_from: datetime
    due_after_minutes: int
    warn_before_minutes: int
    quiet_from: str
    quiet_until: str
    attempts: int
    minutes_apart: int


class Policies(Answer):
    """Every version of every plan's rules."""

    items: list[Policy]


@router.get("/questionnaires", summary="What customers are asked, by version.")
async def list_questionnaires(door: Read) -> Questionnaires:
    """Return every version of every questionnaire, the newest of a plan first."""
    rows = await repository.list_questionnaires(door.session)
    return Questionnaires(items=[Questionnaire(**row) for row in rows])


@router.get("/policies", summary="When customers are called, how often, and when never.")
async def list_policies(door: Read) -> Policies:
    """Return every version of every plan's rules, oldest first."""
    rules = await repository.load_rules(door.session)
    return Policies(items=[_policy(version) for version in rules.values()])


@router.post("/policies", status_code=201, summary="Another version of a plan's rules.")
async def add_policy(door: Change, policy: NewPolicy) -> Policy:
    """Add a version that begins now or later; plans that were made before keep theirs."""

    async def add() -> Policy:
        changes = {
            "plan": policy.plan,
            "valid_from": policy.valid_from,
            "due_after": timedelta(minutes=policy.due_after_minutes),
            "warn_before": timedelta(minutes=policy.warn_before_minutes),
            "quiet_from": time.fromisoformat(policy.quiet_from),
            "quiet_until": time.fromisoformat(policy.quiet_until),
            "attempts": policy.attempts,
            "attempts_apart": timedelta(minutes=policy.minutes_apart),
        }
        return _policy(await handlers.add_policy(door.session, changes, now=door.now))

    return await door.once(Policy, add)


def _policy(rules: CallingRules) -> Policy:
    return Policy(
        id=rules.id,
        plan=rules.plan,
        valid_from=rules.valid_from,
        due_after_minutes=_minutes(rules.due_after),
        warn_before_minutes=_minutes(rules.warn_before),
        quiet_from=f"{rules.quiet_from:%H:%M}",
        quiet_until=f"{rules.quiet_until:%H:%M}",
        attempts=rules.attempts,
        minutes_apart=_minutes(rules.attempts_apart),
    )


def _minutes(duration: timedelta) -> int:
    return int(duration.total_seconds() // 60)
