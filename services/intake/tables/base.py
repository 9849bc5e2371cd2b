"""What every table of intake stands on: the schema, and how times and closed lists are declared."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, MetaData

from shared.glossary import Word

metadata = MetaData(schema="intake")


def time(name: str) -> Column[object]:
    """Declare a moment that may not have come yet."""
    return Column(name, DateTime(timezone=True))


def is_one_of(column: str, words: type[Word]) -> CheckConstraint:
    """Let the database refuse a word that is not in the glossary."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_is_known")
