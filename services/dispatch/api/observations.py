"""What the grid's own monitoring saw, up to 500 sights at a time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from services.dispatch.api.answers import ObservationAnswer, ObservationAnswers, said
from services.dispatch.handlers.observations import Observation, observe_outages
from shared.web import Change, Id, Moment, Strict

router = APIRouter()


class ObservationIn(Strict):
    """One sight of one outage, named by any of its orders."""

    observation_id: Id
    order_id: Id
    observed_at: Moment
    customers_affected: Annotated[int, Field(ge=0)] | None = None
    estimated_restoration_at: Moment | None = None
    clears_estimate: bool = False
    power_restored_at: Moment | None = None


class Observations(Strict):
    """Sights in the order in which they were seen."""

    observations: Annotated[list[ObservationIn], Field(min_length=1, max_length=500)]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "observations": [
                        {
                            "observation_id": "0192f0c4-7a1e-7c3a-9b1e-2f4f5a6b7c8d",
                            "order_id": "0192f0c4-0000-7000-8000-000000000001",
                            "observed_at": "2026-11-22T18:20:00+08:00",
                            "customers_affected": 120,
                        }
                    ]
                }
            ]
        }
    )


@router.post("/outages/observations", summary="Up to 500 sights of outages by the grid's monitoring")
async def post_observations(door: Change, body: Observations) -> ObservationAnswers:
    """Take each or say why not; an order that is unknown here may only be late: send that one again."""
    seen = [Observation(**{name: getattr(o, name) for name in ObservationIn.model_fields}) for o in body.observations]
    outcomes = await observe_outages(door.session, seen, now=door.now, actor=door.actor)
    language = door.language
    return ObservationAnswers(
        results=[ObservationAnswer(observation_id=o.item_id, **said(o, language)) for o in outcomes]
    )
