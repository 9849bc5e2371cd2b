"""Whether a report is about something that is known already, and what it then becomes.

Decision 12 of the sources: the same customer, or an outage that is known, is a consultation; other customers of one
outage are child orders of it. Known is an outage to which a crew is on its way: until then each further report helps
to size it up, from then on a caller only wants to hear how it stands (case E19).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.intake.domain.addresses import compare
from services.intake.domain.duplicates.policy import DuplicatePolicy
from services.intake.domain.duplicates.report import Report
from shared.glossary import Word


class LinkKind(Word):
    """What a report becomes that is about something known."""

    CONSULTATION = "consultation"
    """A consultation beside the order: progress is told, nobody is sent (003-025)."""
    CHILD = "child"
    """A repair order that follows the outage's main order (lifecycles 3.1, row 5)."""
    URGE = "urge"
    """No order at all: the open complaint is urged (003-033)."""


class Basis(Word):
    """By what it was recognised."""

    CUSTOMER_NO = "customer_no"
    PHONE = "phone"
    ADDRESS = "address"
    TRANSFORMER_AREA = "transformer_area"
    FEEDER = "feeder"
    BUILDING = "building"
    DESK = "desk"
    """A person said so."""


SAME_CUSTOMER = frozenset({Basis.CUSTOMER_NO, Basis.PHONE, Basis.ADDRESS})
SOMEWHERE_ELSE = 50.0
"""Names of places less alike than this (of 100) are two places, even from one phone."""


@dataclass(frozen=True, slots=True)
class Match:
    """A report, the one that it is about, and why."""

    kind: LinkKind
    lead: Report
    basis: Basis


def recognise(new: Report, known: Iterable[Report], policy: DuplicatePolicy, *, now: datetime) -> Match | None:
    """Return what a repair report is about among those that its keys found, or None: then it is new.

    The caller's own order goes before the neighbours', the oldest before the younger.
    """
    waiting = sorted((r for r in known if r.id != new.id and r.is_in_the_dark), key=lambda r: r.received_at)
    for lead in waiting:
        basis = find_same_customer(new, lead)
        if basis and now - lead.received_at <= policy.same_customer_within:
            return Match(_kind_for(new), lead, basis)
    for lead in waiting:
        basis = find_same_outage(new, lead)
        if basis and now - lead.received_at <= policy.same_outage_within:
            is_known = lead.has_crew_coming and not (new.is_of_one_home or lead.is_of_one_home)
            return Match(_kind_for(new) if is_known else LinkKind.CHILD, lead, basis)
    return None


def recognise_complaint(new: Report, known: Iterable[Report]) -> Match | None:
    """Return the caller's open complaint, or None: a second one about the same is an urge (003-033)."""
    for lead in sorted(known, key=lambda r: r.received_at):
        if lead.is_open_complaint and lead.id != new.id and (basis := find_same_customer(new, lead)):
            return Match(LinkKind.URGE, lead, basis)
    return None


def find_same_customer(new: Report, lead: Report) -> Basis | None:
    """Say by what two reports are of one customer; two numbers that differ are two customers, whoever calls."""
    if new.customer_no and lead.customer_no:
        return Basis.CUSTOMER_NO if new.customer_no == lead.customer_no else None
    likeness = compare(new.where, lead.where)
    if likeness.is_same_home:
        return Basis.ADDRESS if new.phone != lead.phone or not new.has_phone else Basis.PHONE
    # One phone may stand for several homes: a caretaker's, a landlord's.
    is_elsewhere = likeness.contradicts or (likeness.score < SOMEWHERE_ELSE and _are_both_placed(new, lead))
    return Basis.PHONE if new.has_phone and new.phone == lead.phone and not is_elsewhere else None


def find_same_outage(new: Report, lead: Report) -> Basis | None:
    """Say by what two reports of different customers tell of one outage: one transformer area, a whole feeder (both as
    dispatch joins them), or one building where nobody knows the area.
    """
    if lead.is_of_whole_feeder and new.feeder == lead.feeder:
        return Basis.FEEDER
    if new.transformer_area and lead.transformer_area:
        return Basis.TRANSFORMER_AREA if new.transformer_area == lead.transformer_area else None
    if new.is_of_one_home or lead.is_of_one_home:
        return None
    return Basis.BUILDING if compare(new.where, lead.where).is_same_building else None


def _are_both_placed(new: Report, lead: Report) -> bool:
    return new.where.is_numbered and lead.where.is_numbered


def _kind_for(new: Report) -> LinkKind:
    """The platform wants an answer under its own number: its order follows, and is replied to with the other."""
    return LinkKind.CHILD if new.is_national else LinkKind.CONSULTATION
