"""情况说明: when a claim is unreasonable or illegal and cannot be met, the city says so under seal (001-035 to 038).

City → province → national: then nobody calls the customer back, and the order leaves the satisfaction figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.handling.answering import close, find_missing
from services.intake.domain.handling.record import Handling, check_handled
from services.intake.domain.handling.reviews import Review
from services.intake.domain.handling.words import Claim
from services.intake.domain.lifecycle import Action
from services.intake.domain.order import Order
from services.intake.domain.times import check_moment
from shared.errors import BadField, Invalid, Text, bad_field
from shared.events.intake import OrderCallbackCancelled, StatementApproved, StatementRefused, StatementSubmitted


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One stamped statement: what happened, on what basis, and how the city stands to it (requirement 001-036)."""

    id: UUID
    claim: Claim
    signer_unit: str
    has_seal: bool
    facts: str
    basis: str
    attitude: str
    attachment_id: UUID | None
    submitted_at: datetime


_INVALID = Text("情况说明不符合要求，未提交", "the statement breaks the rules below and was not submitted")


def submit_statement(order: Order, handling: Handling, made: Statement, *, by: str, now: datetime) -> None:
    """Hand a statement up to the province, from any open state; more than one may stand on the record (case C2d)."""
    if not order.can(Action.SUBMIT_STATEMENT):
        order.move(Action.SUBMIT_STATEMENT)
    if wrong := list(_find_wrong(made)):
        raise Invalid("statement.invalid", _INVALID, fields=wrong)
    check_handled(order, handling, "statement_submitted_at", made.submitted_at, now=now, place="forwarded_at")
    order.move(Action.SUBMIT_STATEMENT)
    handling.statement_submitted_at = made.submitted_at
    handling.statement_refused_at = None
    handling.conclusion = handling.conclusion or made.attitude
    event = StatementSubmitted(
        order_id=order.id,
        statement_submitted_at=made.submitted_at,
        statement_id=made.id,
        signer_unit=made.signer_unit,
        claim=made.claim,
    )
    order.say(event, occurred_at=made.submitted_at, actor=by)


def approve_statement(
    order: Order, handling: Handling, made: Review, *, waiting: Sequence[datetime], by: str, now: datetime
) -> None:
    """The province agrees; a national order then waits for the platform, a local one's callback falls away at once.

    `waiting`: when the statements without a verdict were submitted, oldest first.
    """
    at = _decided_at("statement_approved_at", made, waiting, now=now)
    if _is_late(order, Action.APPROVE_STATEMENT, made, waiting, at=at, by=by):
        return
    order.move(Action.APPROVE_STATEMENT)
    handling.statement_approved_at = at
    order.say(StatementApproved(order_id=order.id, statement_approved_at=at), occurred_at=at, actor=by)
    if not order.is_national:
        cancel_callback(order, handling, at=at, reason=made.reason, by_national=False, by=by, now=now)


def refuse_statement(
    order: Order, handling: Handling, made: Review, *, waiting: Sequence[datetime], by: str, now: datetime
) -> None:
    """The province does not agree: a reply has to be written after all, and what was said of the old one is over.

    One statement that is refused while a later one waits (`waiting`, as in `approve_statement`) moves nothing.
    """
    at = _decided_at("statement_refused_at", made, waiting, now=now)
    if _is_late(order, Action.REFUSE_STATEMENT, made, waiting, at=at, by=by):
        return
    event = StatementRefused(order_id=order.id, statement_refused_at=at, reason=made.reason or "")
    order.say(event, occurred_at=at, actor=by)
    if any(submitted_at > made.reviewed_at for submitted_at in waiting):
        return
    order.move(Action.REFUSE_STATEMENT)
    handling.statement_refused_at = at
    handling.forget_reply()
    for name in OF_ANSWER:
        setattr(order, name, None)
    order.move(Action.MEND)


OF_ANSWER = ("reviewed_at", "sent_at", "callback_given_up_at", "called_back_at", "satisfaction", "callback_opinion")
"""What of the order itself was about the answer that does not count: the next one is asked about anew."""


def cancel_callback(
    order: Order,
    handling: Handling,
    *,
    at: datetime,
    reason: str | None,
    by_national: bool,
    by: str,
    now: datetime,
) -> None:
    """Nobody calls the customer back, and the order is archived without that (requirement 001-038)."""
    if not order.can(Action.CANCEL_CALLBACK):
        order.move(Action.CANCEL_CALLBACK)
    check_moment("callback_cancelled_at", at, [("statement_approved_at", handling.statement_approved_at)], now=now)
    order.move(Action.CANCEL_CALLBACK)
    handling.callback_cancelled_at = at = min(at, now)
    event = OrderCallbackCancelled(order_id=order.id, callback_cancelled_at=at, by_national=by_national)
    order.say(event, occurred_at=at, actor=by, **({"reason": reason} if reason else {}))
    if not find_missing(order, handling):
        close(order, handling, at=at if order.is_late_entry else max(at, now), by="system")


def _find_wrong(made: Statement) -> Iterator[BadField]:
    if not made.has_seal:
        yield bad_field("has_seal", "statement.seal_missing", "须加盖本单位公章", "needs the unit's seal")
    if made.attachment_id is None:
        yield bad_field("attachment_id", "statement.file_missing", "须上传盖章的文件", "needs the stamped file")


def _is_late(order: Order, action: Action, made: Review, waiting: Sequence[datetime], *, at: datetime, by: str) -> bool:
    """Say whether the order went on before the verdict (a callback, a return, another verdict), which is then noted.

    Raises Conflict when no statement waits for one.
    """
    if order.can(action):
        return False
    if not waiting:
        order.move(action)
    order.note("statement-decided-late", occurred_at=at, actor=by, verdict=str(made.verdict), reason=made.reason)
    return True


def _decided_at(field: str, made: Review, waiting: Sequence[datetime], *, now: datetime) -> datetime:
    """Return when the province decided; raises Invalid for a verdict from before the first statement that waits."""
    check_moment(field, made.reviewed_at, [("statement_submitted_at", at) for at in waiting[:1]], now=now)
    return min(made.reviewed_at, now)
