"""The quality check for the desk: while a reply is typed, with or without its order. It changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services.intake.domain.order import Order
from services.intake.domain.reply_quality import Finding, ReplyDraft, find_claims, find_findings
from services.intake.domain.reply_quality.lists import WordLists
from services.intake.domain.reply_quality.relevance import Claim
from services.intake.handlers.taking import map_answers_by
from services.intake.repository import attachments, handlings, lists, takings
from services.intake.repository.orders import read_order
from services.intake.repository.reply_words import get_lists
from shared.db import Session


@dataclass(frozen=True)
class Checked:
    """What the check says of a reply, and by which lists it said so."""

    draft: ReplyDraft
    findings: Sequence[Finding]
    claims: Sequence[Claim]
    versions: Mapping[str, str]

    @property
    def is_submittable(self) -> bool:
        """Say whether nothing stands against it."""
        return not any(finding.is_blocking for finding in self.findings)


async def check_reply(session: Session, draft: ReplyDraft) -> Checked:
    """Look at a reply by itself."""
    return _look(draft, await get_lists(session))


async def check_order_reply(session: Session, order_id: UUID, draft: ReplyDraft) -> Checked:
    """Look at a reply with all that is known of its order: claims, contacts, files, promises, earlier rounds.

    `draft` is what was typed. Raises NotFound for an order that is not there.
    """
    return await check_for(session, read_order(await lists.get_row(session, order_id)), draft)


async def check_for(session: Session, order: Order, draft: ReplyDraft) -> Checked:
    """Look at a reply of an order that is at hand, with all that is known of it."""
    return (await check_many(session, [(order, draft)]))[order.id]


async def check_many(session: Session, drafts: Sequence[tuple[Order, ReplyDraft]]) -> dict[UUID, Checked]:
    """Look at many, one of an order; the number of statements does not grow with theirs."""
    words, known = await get_lists(session), await _know(session, [order for order, _ in drafts])
    return {order.id: _look(replace(draft, **known[order.id]), words) for order, draft in drafts}


async def _know(session: Session, held: Sequence[Order]) -> dict[UUID, dict[str, Any]]:
    ids = [order.id for order in held]
    handled, taken = await handlings.map_rows(session, ids), await takings.map_takings(session, ids)
    subtypes = [(order, takings.read_taking(taken.get(order.id)).subtype) for order in held]
    due = await map_answers_by(session, subtypes)
    files = await attachments.map_for_check(session, ids)
    earlier = await handlings.map_earlier_results(session, held)
    return {
        order.id: {
            "business_type": order.business_type,
            "content": order.content,
            "received_at": order.received_at,
            "due_at": due[order.id],
            "attachments": files.get(order.id, ()),
            "contact_count": handled.get(order.id, NOBODY)["contact_count"],
            "reached_count": handled.get(order.id, NOBODY)["reached_count"],
            "previous_texts": earlier.get(order.id, ()),
        }
        for order in held
    }


NOBODY: Mapping[str, Any] = {"contact_count": 0, "reached_count": 0}
"""What stands of the contacts of an order that nobody has handled."""


def _look(draft: ReplyDraft, words: WordLists) -> Checked:
    return Checked(draft, find_findings(draft, words), find_claims(draft, words), words.versions)
