"""知识库: written and kept right by a named person, found by whoever has a caller on the line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.intake.domain.knowledge.article import Article, Wording, check_review
from services.intake.repository import knowledge, lists
from services.intake.repository.visibility import require_visible
from shared.auth import Actor, Role
from shared.db import Session
from shared.ids import new_id
from shared.zone import SHANGHAI

FIRST = "新建"
KEEPERS = frozenset({Role.SUPERVISOR, Role.OPS})
"""They keep any article; everybody else their own."""


@dataclass(frozen=True, kw_only=True)
class Rewording:
    """A next version: what it says, what changed, on top of which version it was written."""

    wording: Wording
    change: str
    on_top_of: int
    review_on: date


async def write_article(
    session: Session, wording: Wording, *, owner: str, review_on: date, now: datetime, actor: Actor
) -> Article:
    """Write a new article, its first version in use at once; `owner` keeps it right (requirement 000-031)."""
    check_review(review_on, today_at(now))
    article = Article(id=new_id(), version=1, wording=wording, owner=owner, review_on=review_on, updated_at=now)
    await knowledge.add_article(session, article, change=FIRST, by=actor.id)
    return article


async def reword_article(
    session: Session, article_id: UUID, rewording: Rewording, *, now: datetime, actor: Actor
) -> Article:
    """Write the next version; the ones before stay as they were."""
    article = await _get_own(session, article_id, actor)
    again = article.reword(
        rewording.wording,
        on_top_of=rewording.on_top_of,
        review_on=rewording.review_on,
        now=now,
        today=today_at(now),
    )
    await knowledge.save_article(session, again, change=rewording.change, by=actor.id)
    return again


async def confirm_article(
    session: Session, article_id: UUID, *, review_on: date, owner: str | None, now: datetime, actor: Actor
) -> Article:
    """Note that an article was looked at and is right; `owner`: who keeps it from now on."""
    article = await _get_own(session, article_id, actor)
    confirmed = article.confirm(review_on=review_on, owner=owner, now=now, today=today_at(now))
    await knowledge.save_article(session, confirmed, change=None, by=actor.id)
    return confirmed


async def retire_article(session: Session, article_id: UUID, *, now: datetime, actor: Actor) -> Article:
    """Take an article out of use."""
    article = await _get_own(session, article_id, actor)
    retired = article.retire(now=now)
    await knowledge.save_article(session, retired, change=None, by=actor.id)
    return retired


async def suggest_for_order(session: Session, order_id: UUID, *, most: int, actor: Actor) -> Sequence[dict[str, Any]]:
    """Return the articles that share most with what the caller of an order said."""
    await require_visible(session, order_id, actor)
    order = await lists.get_row(session, order_id)
    return await knowledge.suggest_articles(session, order["content"], most=most)


def today_at(now: datetime) -> date:
    """Return the day in Shanghai."""
    return now.astimezone(SHANGHAI).date()


async def _get_own(session: Session, article_id: UUID, actor: Actor) -> Article:
    article = await knowledge.get_article(session, article_id, is_locked=True)
    article.must_be_kept_by(actor.id, is_supervisor=bool(actor.roles & KEEPERS))
    return article
