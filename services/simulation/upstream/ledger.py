"""What was sent, what was answered, and where the answer is not what the interface promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

KEPT = 200
"""So many mismatches are kept in words; all are counted."""

BROKEN = 500


@dataclass(frozen=True)
class Mismatch:
    """One answer that is not what was expected."""

    call: str
    order: str
    expected: str
    answered: str


@dataclass
class Ledger:
    """The books of one simulation."""

    sent: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    mismatches: list[Mismatch] = field(default_factory=list)
    mismatch_count: int = 0
    finished: Counter[str] = field(default_factory=Counter)
    """Orders whose story came to its end, by business type."""

    def note(self, call: str, status: int) -> None:
        """Enter one call and the status of its answer."""
        self.sent[call] += 1
        self.answered[str(status)] += 1

    def expect(
        self,
        call: str,
        order: str,
        answer: httpx.Response,
        status: int,
        *,
        code: str | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Compare an answer with what was expected: its status, a refusal's code, fields of its body. Return the body.

        Raises Derailed after a mismatch: the rest of the order's story would only repeat it.
        """
        body = _body_of(answer)
        wanted: dict[str, Any] = {"status": status} | ({"code": code} if code else {}) | dict(fields or {})
        found = {"status": answer.status_code} | {name: body.get(name) for name in wanted if name != "status"}
        if "order_status" in wanted:
            found["order_status"] = body.get("status")
        if found != wanted:
            self.complain(call, order, wanted, found | {"problem": _problem_of(body)})
            raise Derailed(call)
        return body

    def complain(self, call: str, order: str, expected: object, answered: object) -> None:
        """Enter a mismatch."""
        self.mismatch_count += 1
        if len(self.mismatches) < KEPT:
            self.mismatches.append(Mismatch(call, order, str(expected), str(answered)))


class Derailed(Exception):
    """The story of an order cannot go on as planned; the mismatch stands in the ledger."""


def _body_of(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {"detail": answer.text[:200]}
    return body if isinstance(body, dict) else {"items": body}


def _problem_of(body: Mapping[str, Any]) -> str:
    fields = "; ".join(f"{f.get('field')}: {f.get('code')}" for f in body.get("fields") or [])
    return f"{body.get('code', '')} {body.get('detail', '')} {fields}".strip()[:400]
