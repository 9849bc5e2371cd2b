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
from services.intake.handlers.taking import find_answer_by
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
    return _look(replace(draft, **await _know(session, order)), await get_lists(session))


async def _know(session: Session, order: Order) -> dict[str, Any]:
    handling = await handlings.find_row(session, order.id)
    taking = takings.read_taking(await takings.find_taking(session, order.id))
    return {
        "business_type": order.business_type,
        "content": order.content,
        "received_at": order.received_at,
        "due_at": await find_answer_by(session, order, taking.subtype),
        "attachments": await attachments.list_for_check(session, order.id),
        "contact_count": handling["contact_count"] if handling else 0,
        "reached_count": handling["reached_count"] if handling else 0,
        "previous_texts": await handlings.list_earlier_results(session, order),
    }


def _look(draft: ReplyDraft, words: WordLists) -> Checked:
    return Checked(draft, find_findings(draft, words), find_claims(draft, words), words.versions)
