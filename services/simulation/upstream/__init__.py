"""The national platform and the provincial review station as strangers: they send orders by a seeded plan, well signed
and badly, once and twice, early and late, and compare each answer with what the interface promises.

`plan` decides what will happen, `stories` lets it happen, `wire` signs and sends, `city` does our own desks' part so
that orders come to their end, `ledger` keeps what was sent, what was answered and every mismatch.
"""

from __future__ import annotations

from services.simulation.upstream.ledger import Ledger, Mismatch
from services.simulation.upstream.play import Simulation, Verdict, simulate
from services.simulation.upstream.verdict import as_json, print_verdict

__all__ = ["Ledger", "Mismatch", "Simulation", "Verdict", "as_json", "print_verdict", "simulate"]
