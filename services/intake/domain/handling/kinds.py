"""What each type asks of its answer beside the life cycle: one line a type (lifecycles 3.2, «differences by type»)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.intake.domain.handling.words import Outcome
from shared.glossary import BusinessType

_ADOPTION = frozenset({Outcome.ADOPTED, Outcome.NOT_ADOPTED, Outcome.EXPLAINED_NOT_ACCEPTABLE})
_SETTLEMENT = frozenset({Outcome.SETTLED, Outcome.EXPLAINED_NOT_ACCEPTABLE})


@dataclass(frozen=True)
class Kind:
    """What the answer must say: how the matter may end, whether the claim was true, whether the company is to blame."""

    outcomes: frozenset[Outcome] = _SETTLEMENT
    asks_substantiation: bool = False
    asks_liability: bool = False


KINDS: Mapping[BusinessType, Kind] = {
    BusinessType.COMPLAINT: Kind(asks_substantiation=True, asks_liability=True),
    BusinessType.MISCONDUCT_REPORT: Kind(asks_substantiation=True),
    # Analysed, judged and answered: adopted, or not and why (requirement 003-034).
    BusinessType.OPINION: Kind(outcomes=_ADOPTION),
    BusinessType.SUGGESTION: Kind(outcomes=_ADOPTION),
}
"""Types that ask for something of their own."""

PLAIN = Kind()


def kind_of(business_type: BusinessType) -> Kind:
    """Return what a type asks for; one that is not named asks for no more than an answer."""
    return KINDS.get(business_type, PLAIN)
