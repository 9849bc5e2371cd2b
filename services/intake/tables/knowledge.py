"""The knowledge base: articles as they are now, and every version as it was."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.intake.tables.base import metadata, time

articles = Table(
    "articles",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("keywords", ARRAY(Text), nullable=False),
    Column("owner", Text, nullable=False),
    Column("review_on", Date, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    time("retired_at"),
    Column("head_pairs", Text, nullable=False),
    Column("pairs", Text, nullable=False),
)
"""What a search looks at: `pairs` is the whole text as pairs of characters, `head_pairs` all but the answer."""
Index("articles_pairs", articles.c.pairs, postgresql_using="gin", postgresql_ops={"pairs": "gin_trgm_ops"})
Index(
    "articles_head_pairs", articles.c.head_pairs, postgresql_using="gin", postgresql_ops={"head_pairs": "gin_trgm_ops"}
)
Index("articles_review_on", articles.c.review_on, articles.c.id)

article_versions = Table(
    "article_versions",
    metadata,
    Column("article_id", Uuid, ForeignKey(articles.c.id)),
    Column("version", Integer),
    Column("title", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("keywords", ARRAY(Text), nullable=False),
    Column("change", Text, nullable=False),
    Column("written_by", Text, nullable=False),
    Column("written_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("article_id", "version"),
)
"""What was answered, and when it was: written once, so that an answer of last year can still be shown."""

article_pairs = Table(
    "article_pairs",
    metadata,
    Column("pair", Text),
    Column("place", SmallInteger),
    Column("article_id", Uuid, ForeignKey(articles.c.id)),
    PrimaryKeyConstraint("pair", "place", "article_id"),
)
"""Which articles in use have a pair of characters in their heads, those in whose title it stands first (`place`)."""
Index("article_pairs_of", article_pairs.c.article_id)
