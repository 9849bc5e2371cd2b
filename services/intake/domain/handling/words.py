"""The closed lists of handling."""

from __future__ import annotations

from shared.glossary import Word


class Outcome(Word):
    """How a matter ends. A wish that cannot be met is explained with the rule, never barely refused (003-007)."""

    SETTLED = "settled"
    ADOPTED = "adopted"
    NOT_ADOPTED = "not_adopted"
    EXPLAINED_NOT_ACCEPTABLE = "explained_not_acceptable"


class AnswerMode(Word):
    """How the customer was answered; important complaints never by phone alone (requirement 004-015)."""

    PHONE = "phone"
    WRITTEN = "written"
    VISIT = "visit"


class ContactMeans(Word):
    """How somebody tried to reach the customer."""

    PHONE = "phone"
    VISIT = "visit"
    MESSAGE = "message"
    LETTER = "letter"


class Claim(Word):
    """Why the city asks not to call back: only for these (requirements 001-035, 001-036)."""

    UNREASONABLE = "unreasonable"
    ILLEGAL = "illegal"


class ReviewSubject(Word):
    """What a reviewer looked at."""

    REPLY = "reply"
    STATEMENT = "statement"
    APPEAL = "appeal"


class Verdict(Word):
    """What a reviewer says."""

    APPROVED = "approved"
    RETURNED = "returned"


class ReviewLevel(Word):
    """Who reviews."""

    CITY = "city"
    PROVINCE = "province"


class ProvinceReason(Word):
    """Why the province returns a reply (requirements 001-021 to 001-033)."""

    TIME_ERROR = "time_error"
    OPINION_NOT_IN_FIELD = "opinion_not_in_field"
    DUPLICATE_PASTE = "duplicate_paste"
    FIELDS_SWAPPED = "fields_swapped"
    TYPO = "typo"
    OVER_LENGTH = "over_length"
    OFF_TOPIC = "off_topic"
    NO_CONCRETE_RESULT = "no_concrete_result"
    NOT_CONTACTED = "not_contacted"
    LIABILITY_MISMATCH = "liability_mismatch"
    EARLY_NEEDS_STATEMENT = "early_needs_statement"
    SUBSTANTIATION_MISMATCH = "substantiation_mismatch"
    MISSING_BASIS = "missing_basis"
