"""Is it known that it is dark there? Asked before any order is made, and of one that was."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.intake.api.bodies import WRITTEN
from services.intake.domain.notices.brief import NoticeBrief
from services.intake.domain.notices.words import NoticeKind
from services.intake.handlers import notices as desk
from services.intake.repository import notices
from shared.errors import Language
from shared.web import Answer, Read

router = APIRouter()


class KnownOutage(Answer):
    """The announced outage that explains why it is dark there; `text` is what to tell the caller."""

    notice_id: UUID
    kind: NoticeKind
    off_at: datetime
    on_by: datetime
    is_published: bool
    is_overrun: bool
    text: str


class KnownOutages(Answer):
    """None, or the one that explains most."""

    items: list[KnownOutage]


@router.get("/notices/known", summary="Is it known that it is dark there?")
async def find_known_outage(
    door: Read,
    *,
    transformer_area: Annotated[str | None, Query(max_length=60, pattern=WRITTEN)] = None,
    feeder: Annotated[str | None, Query(max_length=60, pattern=WRITTEN)] = None,
) -> KnownOutages:
    """Return the announced outage of a place as it is now, so that a caller hears of it before any order is made."""
    brief = await notices.find_notice_for(door.session, transformer_area=transformer_area, feeder=feeder, at=door.now)
    return _known(brief, door.language)


@router.get("/orders/{order_id}/notice", summary="The announced outage that an order tells of.")
async def show_notice_of_order(door: Read, order_id: UUID) -> KnownOutages:
    """Return the announced outage at the order's place when it was reported, with what to tell the caller."""
    brief = await desk.find_notice_of(door.session, order_id, actor=door.actor)
    return _known(brief, door.language)


def _known(brief: NoticeBrief | None, language: Language) -> KnownOutages:
    if brief is None:
        return KnownOutages(items=[])
    said = {name: getattr(brief, name) for name in KnownOutage.model_fields if name != "text"}
    return KnownOutages(items=[KnownOutage(**said, text=brief.text.say(language))])
