"""知识库: search with a caller on the line, and keep the standard answers right."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.domain.knowledge.article import Article, Wording
from services.intake.handlers import knowledge as desk
from services.intake.handlers.knowledge import Rewording, today_at
from services.intake.repository import knowledge
from shared.web import Answer, Change, Page, Read, Strict, decode_cursor, encode_cursor

router = APIRouter()

MOST_FOUND = 50
Keyword = Annotated[str, Field(min_length=1, max_length=40, pattern=WRITTEN)]
Day = Annotated[date, Field(strict=False, description="A day in Shanghai, YYYY-MM-DD.")]

EXAMPLE: dict[str, Any] = {
    "title": "居民阶梯电价怎样计算",
    "question": "居民用电分几档，每档多少钱？",
    "answer": "年用电量 2160 千瓦时以内为第一档，2160 至 4200 千瓦时为第二档，超过 4200 千瓦时为第三档……",
    "keywords": ["阶梯电价", "电费"],
    "review_on": "2027-06-30",
}


class WordingBody(Strict):
    """What an article says."""

    title: str = Field(min_length=2, max_length=100, pattern=WRITTEN)
    question: str = Field(min_length=2, max_length=500, pattern=WRITTEN)
    answer: str = Field(min_length=2, max_length=20_000, pattern=WRITTEN)
    keywords: list[Keyword] = Field(default_factory=list, max_length=20)
    review_on: Day

    def say(self) -> Wording:
        """Say it in the domain's words."""
        return Wording(title=self.title, question=self.question, answer=self.answer, keywords=tuple(self.keywords))


class ArticleBody(WordingBody):
    """A new article; `owner` is the login of whoever keeps it right, the writer if absent."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    owner: str | None = Field(None, min_length=1, max_length=60, pattern=WRITTEN)


class VersionBody(WordingBody):
    """A next version; `on_top_of` is the version that its writer had in front of them."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**EXAMPLE, "change": "按 2027 年电价调整分档", "on_top_of": 1}]}
    )

    change: str = Field(min_length=2, max_length=500, pattern=WRITTEN)
    on_top_of: int = Field(ge=1)


class ReviewBody(Strict):
    """An article was looked at and is right."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"review_on": "2027-12-31"}]})

    review_on: Day
    owner: str | None = Field(
        None, min_length=1, max_length=60, pattern=WRITTEN, description="Who keeps it from now on; as before if absent."
    )


class ArticleHit(Answer):
    """An article that was found; `id` and `version` go into the answer on the call."""

    id: UUID
    version: int
    title: str
    question: str
    keywords: list[str]
    owner: str
    review_on: date
    is_review_due: bool


class ArticleHits(Answer):
    """What was found, the likeliest first."""

    items: list[ArticleHit]


class ArticleSummary(ArticleHit):
    """One line of the list of articles."""

    updated_at: datetime


class ArticleView(ArticleSummary):
    """An article with its answer."""

    answer: str
    retired_at: datetime | None


class VersionView(Answer):
    """An article as it once was."""

    version: int
    title: str
    question: str
    answer: str
    keywords: list[str]
    change: str
    written_by: str
    written_at: datetime


class Versions(Answer):
    """Every version of an article, the latest first."""

    items: list[VersionView]


@router.get("/articles/search", summary="Search the knowledge base.")
async def search_articles(
    door: Read,
    *,
    q: Annotated[str, Query(min_length=1, max_length=200, pattern=WRITTEN, examples=["阶梯电价"])],
    limit: Annotated[int, Query(ge=1, le=MOST_FOUND)] = 10,
) -> ArticleHits:
    """Return the articles that have every part of `q` in them, two characters are enough (requirement 000-032).

    A question in the caller's own words finds those that are about the same.
    """
    return _hits(await knowledge.search_articles(door.session, q, most=limit), now=door.now)


@router.get("/orders/{order_id}/articles", summary="Articles that may answer an order.")
async def suggest_articles(
    door: Read, order_id: UUID, *, limit: Annotated[int, Query(ge=1, le=MOST_FOUND)] = 5
) -> ArticleHits:
    """Return the articles that share most with what the caller said, so that it is answered on the call (000-030)."""
    return _hits(await desk.suggest_for_order(door.session, order_id, most=limit, actor=door.actor), now=door.now)


@router.get("/articles", summary="List articles by the day of their next review.")
async def list_articles(
    door: Read,
    *,
    owner: Annotated[str | None, Query(pattern=WRITTEN, description="Articles that somebody keeps.")] = None,
    is_review_due: Annotated[bool, Query(description="Only those whose day has come.")] = False,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[ArticleSummary]:
    """Return one page of the articles in use (requirement 000-031)."""
    after = decode_cursor(cursor, kinds=(date.fromisoformat, UUID)) if cursor else None
    today = today_at(door.now)
    rows = await knowledge.list_articles(
        door.session,
        owner=owner,
        due_by=today if is_review_due else None,
        after=(after[0], after[1]) if after else None,
        most=limit + 1,
    )
    last = rows[limit - 1] if len(rows) > limit else None
    items = [ArticleSummary(**_shown(row), is_review_due=row["review_on"] <= today) for row in rows[:limit]]
    return Page(items=items, next_cursor=encode_cursor(last["review_on"], last["id"]) if last else None)


@router.post("/articles", status_code=201, summary="Write a new article.")
async def write_article(door: Change, body: ArticleBody) -> ArticleView:
    """Write an article that is in use at once, with somebody who keeps it right."""

    async def do() -> ArticleView:
        owner = body.owner or door.actor.id
        article = await desk.write_article(
            door.session, body.say(), owner=owner, review_on=body.review_on, now=door.now, actor=door.actor
        )
        return _view(article, now=door.now)

    return await door.once(ArticleView, do)


@router.get("/articles/{article_id}", summary="Read one article.")
async def show_article(door: Read, article_id: UUID) -> ArticleView:
    """Return an article as it is now."""
    return _view(await knowledge.get_article(door.session, article_id), now=door.now)


@router.get("/articles/{article_id}/versions", summary="Every version of an article.")
async def list_article_versions(door: Read, article_id: UUID) -> Versions:
    """Return what the article said when; nothing of it is ever changed."""
    await knowledge.get_article(door.session, article_id)
    return Versions(items=[VersionView(**row) for row in await knowledge.list_versions(door.session, article_id)])


@router.post("/articles/{article_id}/versions", status_code=201, summary="Write the next version of an article.")
async def reword_article(door: Change, article_id: UUID, body: VersionBody) -> ArticleView:
    """Let a new version be in use; refused if somebody else was quicker, so that no change is lost."""
    rewording = Rewording(wording=body.say(), change=body.change, on_top_of=body.on_top_of, review_on=body.review_on)

    async def do() -> ArticleView:
        article = await desk.reword_article(door.session, article_id, rewording, now=door.now, actor=door.actor)
        return _view(article, now=door.now)

    return await door.once(ArticleView, do)


@router.post("/articles/{article_id}/review", summary="Confirm that an article is still right.")
async def confirm_article(door: Change, article_id: UUID, body: ReviewBody) -> ArticleView:
    """Set the day of the next review, and perhaps another owner."""

    async def do() -> ArticleView:
        article = await desk.confirm_article(
            door.session, article_id, review_on=body.review_on, owner=body.owner, now=door.now, actor=door.actor
        )
        return _view(article, now=door.now)

    return await door.once(ArticleView, do)


@router.post("/articles/{article_id}/retire", summary="Take an article out of use.")
async def retire_article(door: Change, article_id: UUID) -> ArticleView:
    """No search finds it any more, no call is answered with it; it stays in the books."""

    async def do() -> ArticleView:
        article = await desk.retire_article(door.session, article_id, now=door.now, actor=door.actor)
        return _view(article, now=door.now)

    return await door.once(ArticleView, do)


def _hits(rows: Any, *, now: datetime) -> ArticleHits:
    today = today_at(now)
    return ArticleHits(items=[ArticleHit(**row, is_review_due=row["review_on"] <= today) for row in rows])


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ArticleSummary.model_fields if name != "is_review_due"}


def _view(article: Article, *, now: datetime) -> ArticleView:
    wording = article.wording
    return ArticleView(
        id=article.id,
        version=article.version,
        title=wording.title,
        question=wording.question,
        answer=wording.answer,
        keywords=list(wording.keywords),
        owner=article.owner,
        review_on=article.review_on,
        is_review_due=article.is_review_due(today_at(now)),
        updated_at=article.updated_at,
        retired_at=article.retired_at,
    )
