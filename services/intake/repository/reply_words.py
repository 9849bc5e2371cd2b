"""The word lists of the quality check as they hold now: the package's, and what the installation changed in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from services.intake.domain.reply_quality.lists import ListName, WordLists, lists_in_force
from services.intake.tables import policies
from shared.db import Session

REPLY_WORDS = "reply_words"
"""The policy of an installation's own words: `{"version": …, "add": {list: [word, …]}, "remove": {…}}`."""


async def get_lists(session: Session) -> WordLists:
    """Return the lists in force at this transaction's moment (001-046: the lists are configurable)."""
    lists = lists_in_force(session.now)
    statement = (
        select(policies.c.value)
        .where(policies.c.name == REPLY_WORDS, policies.c.valid_from <= session.now)
        .order_by(policies.c.valid_from.desc())
        .limit(1)
    )
    value: Mapping[str, Any] | None = (await session.execute(statement)).scalar()
    return _changed(lists, json.dumps(value, sort_keys=True)) if value else lists


@lru_cache(maxsize=8)
def _changed(lists: WordLists, value: str) -> WordLists:
    """Change the lists once for each version of the policy: the engine builds what it needs for each anew."""
    policy = json.loads(value)
    add: Mapping[str, Sequence[str]] = policy["add"]
    remove: Mapping[str, Sequence[str]] = policy["remove"]
    for name in sorted({*add, *remove}):
        gained, lost = frozenset(add.get(name, ())), frozenset(remove.get(name, ()))
        lists = lists.changed(ListName(name), add=gained, remove=lost, version=policy["version"])
    return lists
