"""Articles in and out of their tables, and the search for them (decision 0019 says why it is quick in Chinese)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, delete, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from services.intake.domain.knowledge.article import Article, Wording
from services.intake.domain.knowledge.pairs import phrases_of, probes_of, telling_pairs
from services.intake.tables import article_pairs, article_versions, articles
from shared.db import Session
from shared.errors import Conflict, NotFound, Text

_MISSING = Text("没有这个知识条目", "there is no such article")
_NO_VERSION = Text("该条目没有第 {version} 版", "the article has no version {version}")
_RETIRED = Text("该条目已停用，不能用于答复", "the article is retired and answers nothing any more")


async def add_article(session: Session, article: Article, *, change: str, by: str) -> None:
    """Write a fresh article and its first version."""
    await session.execute(insert(articles).values(_row(article)))
    await _add_pairs(session, article)
    await _add_version(session, article, change=change, by=by)


async def save_article(session: Session, article: Article, *, change: str | None, by: str) -> None:
    """Write an article as it is now; with a `change`, as a version of its own."""
    await session.execute(update(articles).where(articles.c.id == article.id).values(_row(article)))
    await session.execute(delete(article_pairs).where(article_pairs.c.article_id == article.id))
    if article.retired_at is None:
        await _add_pairs(session, article)
    if change is not None:
        await _add_version(session, article, change=change, by=by)


async def get_article(session: Session, article_id: UUID, *, is_locked: bool = False) -> Article:
    """Return an article as it is now; raises NotFound. `is_locked`: until the end of the transaction."""
    if is_locked:
        # By itself and first: a join that waits for the lock would look for the version of before.
        await session.execute(select(articles.c.id).where(articles.c.id == article_id).with_for_update())
    table = article_versions
    statement = (
        select(articles, table.c.answer)
        .join(table, (table.c.article_id == articles.c.id) & (table.c.version == articles.c.version))
        .where(articles.c.id == article_id)
    )
    row = (await session.execute(statement)).mappings().first()
    if row is None:
        raise NotFound("article.unknown", _MISSING)
    return _article(dict(row))


async def get_version(session: Session, article_id: UUID, version: int) -> Mapping[str, Any]:
    """Return one version of an article as it was written; raises NotFound (`article.version_unknown`)."""
    statement = select(article_versions).where(
        article_versions.c.article_id == article_id, article_versions.c.version == version
    )
    row = (await session.execute(statement)).mappings().first()
    if row is None:
        raise NotFound("article.version_unknown", _NO_VERSION, version=version)
    return dict(row)


async def require_version(session: Session, article_id: UUID, version: int) -> None:
    """Return if a call may be answered with this version of an article.

    Raises NotFound for one that was never written, Conflict (`article.retired`) if the article is out of use.
    """
    await get_version(session, article_id, version)
    retired_at = select(articles.c.retired_at).where(articles.c.id == article_id)
    if (await session.execute(retired_at)).scalar_one() is not None:
        raise Conflict("article.retired", _RETIRED)


async def list_versions(session: Session, article_id: UUID) -> list[dict[str, Any]]:
    """Return every version of an article, the latest first."""
    statement = select(article_versions).where(article_versions.c.article_id == article_id)
    rows = await session.execute(statement.order_by(article_versions.c.version.desc()))
    return [dict(row) for row in rows.mappings()]


async def list_articles(
    session: Session, *, owner: str | None, due_by: date | None, after: tuple[date, UUID] | None, most: int
) -> list[dict[str, Any]]:
    """Return articles in use by the day of their next review; `due_by`: only those to be looked at by then."""
    shown = [c for c in articles.columns if not c.name.endswith("pairs")]
    statement = select(*shown).where(articles.c.retired_at.is_(None))
    statement = statement.order_by(articles.c.review_on, articles.c.id).limit(most)
    if owner is not None:
        statement = statement.where(articles.c.owner == owner)
    if due_by is not None:
        statement = statement.where(articles.c.review_on <= due_by)
    if after is not None:
        statement = statement.where(tuple_(articles.c.review_on, articles.c.id) > after)
    return [dict(row) for row in (await session.execute(statement)).mappings()]


_HIT = "SELECT a.id, a.version, a.title, a.question, a.keywords, a.owner, a.review_on FROM intake.articles a"


async def search_articles(session: Session, query: str, *, most: int) -> list[dict[str, Any]]:
    """Return the articles that have every part of `query` in them, those in whose title it stands first.

    What stands only in an answer comes last. A question in whole sentences that no article has in it word for word
    finds those that are about the same (`suggest_articles`).
    """
    phrases = phrases_of(query)[:MOST_PHRASES]
    if not phrases:
        return []
    found = await _find_in_heads(session, phrases, query, most)
    if len(found) < most:
        found += await _rows(session, *_anywhere(phrases, [row["id"] for row in found], most - len(found)))
    return found or await suggest_articles(session, query, most=most)


async def _find_in_heads(session: Session, phrases: Sequence[str], query: str, most: int) -> list[dict[str, Any]]:
    pairs = phrases[0].split()
    if len(phrases) == 1 and len(pairs) == 1 and phrases[0].endswith(" "):
        return await _rows(session, _BY_PAIR, {"pair": pairs[0], "most": most})
    if len(pairs) >= A_SENTENCE:
        return []  # no title is that long: the whole text is looked through next, heads and all
    return await _rows(session, *_in_head(phrases, query, most))


A_SENTENCE = 12
"""So many pairs that follow each other are no word for what somebody looks for, but what somebody said."""

MOST_PHRASES = 8
"""Parts of a query that are looked for; a desk types two or three."""

_FIRST = """
WITH first AS (
    SELECT place, article_id FROM intake.article_pairs WHERE pair = :pair ORDER BY place, article_id LIMIT :most
)
"""
_BY_PAIR = text(f"{_FIRST}{_HIT} JOIN first ON first.article_id = a.id ORDER BY place, a.id")
"""A word of two characters, which is most of what a desk types: read off in its order."""


def _in_head(phrases: Sequence[str], query: str, most: int) -> tuple[TextClause, dict[str, Any]]:
    """Look in titles, keywords and questions."""
    conditions, parameters = _conditions("a.head_pairs", phrases)
    statement = (
        f"{_HIT} WHERE {conditions} AND a.retired_at IS NULL"
        " ORDER BY strpos(lower(a.title), :query) > 0 DESC, length(a.title), a.id LIMIT :most"
    )
    return _prepared(statement), {**parameters, "query": query.strip().lower(), "most": most}


def _anywhere(phrases: Sequence[str], known: Sequence[UUID], most: int) -> tuple[TextClause, dict[str, Any]]:
    """Look in the answers too, and take the first that are found: that is what keeps a common word quick."""
    conditions, parameters = _conditions("a.pairs", phrases)
    statement = (
        f"{_HIT} WHERE {conditions} AND a.retired_at IS NULL AND a.id <> ALL (CAST(:known AS uuid[])) LIMIT :most"
    )
    return _prepared(statement), {**parameters, "known": list(known), "most": most}


def _conditions(column: str, phrases: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return the SQL that finds every phrase: LIKE asks the index, strpos looks for what is too long to ask for."""
    conditions: list[str] = []
    parameters: dict[str, str] = {}
    for phrase in phrases:
        probes = probes_of(phrase)
        for probe in probes:
            name = f"probe{len(parameters)}"
            parameters[name] = f"%{probe}%"
            conditions.append(f"{column} LIKE :{name}")
        if probes != [phrase]:
            name = f"whole{len(parameters)}"
            parameters[name] = phrase
            conditions.append(f"strpos({column}, :{name}) > 0")
    return " AND ".join(conditions), parameters


@lru_cache(maxsize=256)
def _prepared(statement: str) -> TextClause:
    return text(statement)


MOST_HITS = 3_000
"""So many hits are weighed, the rarest pairs' first: what half of all articles have tells them apart no more."""

_ALIKE = """
WITH counted AS MATERIALIZED (
    SELECT pair, count(*) AS articles FROM intake.article_pairs
    WHERE pair = ANY(CAST(:asked AS text[])) GROUP BY pair
),
added_up AS (SELECT pair, articles, sum(articles) OVER (ORDER BY articles, pair) AS hits FROM counted),
telling AS (
    SELECT pair, 1 / (1 + ln(articles::float8)) AS weight FROM added_up
    WHERE hits <= :most_hits OR hits = articles
),
scores AS (
    SELECT article_id AS id, sum(weight) AS score FROM telling JOIN intake.article_pairs USING (pair)
    GROUP BY article_id ORDER BY score DESC, article_id LIMIT :most
)
"""
_ABOUT = text(f"{_ALIKE}{_HIT} JOIN scores ON scores.id = a.id ORDER BY score DESC, a.id")


async def suggest_articles(session: Session, question: str, *, most: int) -> list[dict[str, Any]]:
    """Return the articles that share most with a question in a caller's own words; what is rare weighs more."""
    pairs = telling_pairs(question)
    return await _rows(session, _ABOUT, {"asked": pairs, "most": most, "most_hits": MOST_HITS}) if pairs else []


async def _rows(session: Session, statement: Any, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in (await session.execute(statement, parameters)).mappings()]


async def _add_pairs(session: Session, article: Article) -> None:
    rows = [(pair, place, article.id) for pair, place in sorted(article.places.items())]
    await session.copy(article_pairs, ("pair", "place", "article_id"), rows)


async def _add_version(session: Session, article: Article, *, change: str, by: str) -> None:
    said = asdict(article.wording) | {"keywords": list(article.wording.keywords)}
    row = {"article_id": article.id, "version": article.version, "change": change, "written_by": by}
    await session.execute(insert(article_versions).values({**row, **said, "written_at": session.now}))


def _row(article: Article) -> dict[str, Any]:
    wording = article.wording
    return {
        "id": article.id,
        "version": article.version,
        "title": wording.title,
        "question": wording.question,
        "keywords": list(wording.keywords),
        "owner": article.owner,
        "review_on": article.review_on,
        "updated_at": article.updated_at,
        "retired_at": article.retired_at,
        "head_pairs": article.head_pairs,
        "pairs": article.pairs,
    }


def _article(row: Mapping[str, Any]) -> Article:
    wording = Wording(title=row["title"], question=row["question"], answer=row["answer"], keywords=row["keywords"])
    return Article(
        id=row["id"],
        version=row["version"],
        wording=wording,
        owner=row["owner"],
        review_on=row["review_on"],
        updated_at=row["updated_at"],
        retired_at=row["retired_at"],
    )
