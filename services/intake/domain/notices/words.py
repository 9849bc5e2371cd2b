"""The closed lists of outage notices."""

from __future__ import annotations

from shared.glossary import Word


class NoticeKind(Word):
    """Why power will be off (requirements 000-004, 000-006, 004-021)."""

    PLANNED = "planned"
    TEMPORARY = "temporary"
    URGENT_DEFECT = "urgent_defect"
    LOAD_SHEDDING = "load_shedding"


class NoticeStatus(Word):
    """Where a notice is in its life."""

    DRAWN_UP = "drawn_up"
    PUBLISHED = "published"
    SWITCHED_OFF = "switched_off"
    SWITCHED_ON = "switched_on"
    WITHDRAWN = "withdrawn"


class PublicationChannel(Word):
    """How the public is told (requirement 000-005)."""

    RADIO = "radio"
    TELEVISION = "television"
    WEB = "web"
    SMS = "sms"
    APP = "app"
    NEWSPAPER = "newspaper"
    POSTER = "poster"


class ScopeKind(Word):
    """What is switched off: a whole feeder (馈线), or one transformer's area (台区)."""

    FEEDER = "feeder"
    TRANSFORMER_AREA = "transformer_area"


class CallOutcome(Word):
    """What became of telling one customer. `delivered`: a message that the network says arrived."""

    ANSWERED = "answered"
    DELIVERED = "delivered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REFUSED = "refused"
    WRONG_NUMBER = "wrong_number"


class RecipientReason(Word):
    """Why somebody has to be reached one by one (requirements 004-023, 000-006)."""

    IMPORTANT = "important"
    DUAL_SUPPLY = "dual_supply"
    AFFECTED = "affected"


REACHED = frozenset({CallOutcome.ANSWERED, CallOutcome.DELIVERED})
"""Outcomes after which the customer knows."""
