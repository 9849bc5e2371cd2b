"""What will happen to each order, drawn from the seed before anything is sent: the same seed, the same plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from services.simulation.upstream.wire import Forgery

TYPES = {
    "fault_repair": 50,
    "complaint": 12,
    "consultation": 16,
    "opinion": 7,
    "suggestion": 5,
    "praise": 5,
    "misconduct_report": 5,
}
"""How many in a hundred are of each type."""

NATIONAL_REASONS = ("incomplete", "inaccurate", "untrue", "customer_dissatisfied", "not_fully_solved", "no_contact")
PROVINCE_REASONS = (
    "time_error",
    "opinion_not_in_field",
    "duplicate_paste",
    "over_length",
    "off_topic",
    "no_concrete_result",
    "liability_mismatch",
    "substantiation_mismatch",
    "missing_basis",
)

IN_BATCHES = 0.4
"""This part of the orders comes in batches, the others one by one."""

OFTEN, SOMETIMES, SELDOM = 0.15, 0.1, 0.05


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One order's life as the platform will have it."""

    number: int
    business_type: str
    is_batched: bool
    forgeries: Sequence[Forgery] = ()
    """Tried before the order is sent well signed; the order must still be new then."""
    is_early: bool = False
    """Something is told of the order before the order itself: unknown."""
    is_repeated: bool = False
    """Each call is made again under its webhook-id: the first answer again."""
    is_doubled: bool = False
    """The order is sent again under another webhook-id: the same order."""
    is_bad_first: bool = False
    """First it comes with fields that break the rules."""
    said: Sequence[str] = ()
    """Urges, supplements, withdrawals."""
    province: Sequence[str | None] = (None,)
    """The province's verdicts: a reason to return the reply, None to approve it."""
    returns: Sequence[str] = ()
    """Why the platform returns it, round for round."""
    is_dark_once: bool = False
    """The first callback finds no power."""
    is_reported_twice: bool = False
    """The same customer reports the same outage under another number of the platform: that order follows this one."""
    has_statement: bool = False
    """A stamped statement is approved, and the callback cancelled."""


def draw_plans(count: int, seed: int) -> list[Plan]:
    """Draw the lives of so many orders."""
    dice = Random(f"{seed} plans")  # noqa: S311 - a game, not a secret
    kinds = list(TYPES)
    weights = list(TYPES.values())
    return [_draw(dice, number, dice.choices(kinds, weights)[0]) for number in range(count)]


def _draw(dice: Random, number: int, business_type: str) -> Plan:
    is_repair, is_praise = business_type == "fault_repair", business_type == "praise"
    has_statement = business_type in {"complaint", "opinion"} and dice.random() < SOMETIMES
    comes_back = not (is_praise or has_statement)
    province = list(_drawn(dice, PROVINCE_REASONS, OFTEN, most=2))
    returns = list(_drawn(dice, NATIONAL_REASONS, SOMETIMES, most=2 - len(province))) if comes_back else []
    is_dark_once = is_repair and dice.random() < SELDOM
    is_plain = is_repair and not (returns or is_dark_once)
    return Plan(
        number=number,
        business_type=business_type,
        is_batched=dice.random() < IN_BATCHES,
        forgeries=[dice.choice(list(Forgery))] if dice.random() < SOMETIMES else [],
        is_early=dice.random() < SELDOM,
        is_repeated=dice.random() < SOMETIMES,
        is_doubled=dice.random() < SOMETIMES,
        is_bad_first=dice.random() < SELDOM,
        said=[kind for kind in ("urges", "supplements", "withdrawals") if dice.random() < SELDOM],
        province=[*province, None],
        returns=returns,
        is_dark_once=is_dark_once,
        is_reported_twice=is_plain and dice.random() < SOMETIMES,
        has_statement=has_statement,
    )


def _drawn(dice: Random, reasons: Sequence[str], chance: float, *, most: int) -> Iterator[str]:
    """Draw reasons as long as luck has it: an order has three rounds at most."""
    for _ in range(most):
        if dice.random() >= chance:
            return
        yield dice.choice(reasons)
