"""What receiving needs to know before it can begin, in the one statement that every set of orders pays for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, BigInteger, column, text
from sqlalchemy.dialects.postgresql import JSONB

from services.intake.domain.duplicates import DuplicatePolicy
from services.intake.domain.new_order import NewOrder
from services.intake.domain.receiving import AutomaticAcceptance
from services.intake.repository.customers import KNOWN, Register, read_register, wanted_of
from shared.db import Session

_VALID = "FROM intake.policies WHERE valid_from <= :now AND name"
_ASKED = (
    "ARRAY(SELECT nextval('intake.order_numbers') FROM generate_series(1, :count)) AS numbers",
    f"(SELECT value {_VALID} = 'automatic_acceptance' ORDER BY valid_from DESC LIMIT 1) AS acceptance",
    f"(SELECT value {_VALID} = 'duplicates' ORDER BY valid_from DESC LIMIT 1) AS duplicates",
    f"(SELECT jsonb_agg(known) FROM ({KNOWN}) AS known) AS customers",  # noqa: S608 - our own words
)
_BEGIN = text("SELECT " + ", ".join(_ASKED)).columns(
    column("numbers", ARRAY(BigInteger)),
    column("acceptance", JSONB),
    column("duplicates", JSONB),
    column("customers", JSONB),
)


@dataclass(frozen=True, slots=True)
class Beginning:
    """A number of our own for each order, the policies in force, and the customers that the orders may be of."""

    numbers: Sequence[int]
    acceptance: AutomaticAcceptance
    duplicates: DuplicatePolicy
    register: Register


async def begin_receiving(session: Session, new_orders: Sequence[NewOrder]) -> Beginning:
    """Take the next numbers for these orders, and read how they are accepted and recognised, and whose they may be."""
    parameters = {"count": len(new_orders), "now": session.now, **wanted_of(new_orders)}
    row = (await session.execute(_BEGIN, parameters)).one()
    stations = row.acceptance["stations"]
    acceptance = AutomaticAcceptance(
        row.acceptance["is_enabled"], frozenset(stations) if stations is not None else None
    )
    register = read_register(row.customers or ())
    return Beginning(row.numbers, acceptance, DuplicatePolicy.read(row.duplicates), register)
