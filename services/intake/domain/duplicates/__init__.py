"""Whether a call tells of something that is known already, what the caller is then told, and who calls again and again.

Requirements 003-025 to 003-027 and 003-033, decision 12, cases E19 and C2; `docs/decisions/0017`.
"""

from __future__ import annotations

from services.intake.domain.duplicates.alike import Alike, Resemblance, rank_alike
from services.intake.domain.duplicates.linking import Link, link_as_consultation, make_link
from services.intake.domain.duplicates.policy import DuplicatePolicy
from services.intake.domain.duplicates.progress import tell_progress
from services.intake.domain.duplicates.recognition import Basis, LinkKind, Match, recognise, recognise_complaint
from services.intake.domain.duplicates.repeats import Contact, is_customer_channel, number_of
from services.intake.domain.duplicates.report import Report, caller_of, keys_of, leads_of, looks_of, report_new

__all__ = [
    "Alike",
    "Basis",
    "Contact",
    "DuplicatePolicy",
    "Link",
    "LinkKind",
    "Match",
    "Report",
    "Resemblance",
    "caller_of",
    "is_customer_channel",
    "keys_of",
    "leads_of",
    "link_as_consultation",
    "looks_of",
    "make_link",
    "number_of",
    "rank_alike",
    "recognise",
    "recognise_complaint",
    "report_new",
    "tell_progress",
]
