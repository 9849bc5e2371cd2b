"""One standard answer: its owner keeps it right, every version stays (requirements 000-030, 000-031)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from services.intake.domain.knowledge.pairs import pair_up
from shared.errors import Conflict, Forbidden, Invalid, Text, bad_field

_STALE = Text(
    "该条目已更新到第 {version} 版，请在最新版本上修改",
    "the article has moved on to version {version}; write on top of that one",
)
_NOT_YOURS = Text("只有责任人或主管可以维护该条目", "only its owner or a supervisor keeps an article")
_RETIRED = Text("该条目已停用", "the article is retired")
_REVIEW = Text("下次复核日期必须晚于今天", "the next review lies ahead")

OUTSIDE_THE_TITLE = 1000
"""How much later an article comes up that has a word elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What an article says."""

    title: str
    question: str
    answer: str
    keywords: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Article:
    """An article as it is now. `review_on` is the day (in Shanghai) by which its owner has to look at it again."""

    id: UUID
    version: int
    wording: Wording
    owner: str
    review_on: date
    updated_at: datetime
    retired_at: datetime | None = None

    @property
    def head_pairs(self) -> str:
        """Everything but the answer, as a search looks it up."""
        wording = self.wording
        return pair_up("\n".join((wording.title, *wording.keywords, wording.question)))

    @property
    def places(self) -> dict[str, int]:
        """Say for each pair of the head how early the article comes up: in a short title first, then in a long one."""
        length = min(len(self.wording.title), OUTSIDE_THE_TITLE - 1)
        in_title = dict.fromkeys(pair_up(self.wording.title).split(), length)
        return dict.fromkeys(self.head_pairs.split(), length + OUTSIDE_THE_TITLE) | in_title

    @property
    def pairs(self) -> str:
        """The whole article, as a search looks it up."""
        wording = self.wording
        return pair_up("\n".join((wording.title, *wording.keywords, wording.question, wording.answer)))

    def is_review_due(self, today: date) -> bool:
        """Say whether its owner has to look at it."""
        return self.retired_at is None and self.review_on <= today

    def reword(self, wording: Wording, *, on_top_of: int, review_on: date, now: datetime, today: date) -> Article:
        """Return the next version; raises Conflict if the one it was written on top of is not the latest."""
        self._must_be_alive()
        if on_top_of != self.version:
            raise Conflict("article.version_stale", _STALE, version=self.version)
        check_review(review_on, today)
        return replace(self, version=self.version + 1, wording=wording, review_on=review_on, updated_at=now)

    def confirm(self, *, review_on: date, owner: str | None, now: datetime, today: date) -> Article:
        """Return the article looked at and found right, to be looked at again on `review_on`, perhaps by another."""
        self._must_be_alive()
        check_review(review_on, today)
        return replace(self, review_on=review_on, owner=owner or self.owner, updated_at=now)

    def retire(self, *, now: datetime) -> Article:
        """Return the article out of use: no search finds it any more, and it stays in the books."""
        self._must_be_alive()
        return replace(self, retired_at=now, updated_at=now)

    def must_be_kept_by(self, who: str, *, is_supervisor: bool) -> None:
        """Raise Forbidden unless `who` owns the article or supervises (有专人负责更新、维护)."""
        if who != self.owner and not is_supervisor:
            raise Forbidden("article.not_yours", _NOT_YOURS)

    def _must_be_alive(self) -> None:
        if self.retired_at is not None:
            raise Conflict("article.retired", _RETIRED)


def check_review(review_on: date, today: date) -> None:
    """Raise Invalid unless the next review lies ahead."""
    if review_on <= today:
        wrong = bad_field("review_on", "article.review_past", "必须晚于今天", "must lie ahead")
        raise Invalid("article.review_past", _REVIEW, fields=[wrong])
