"""What is pressed about an order that a department handles, one file a concept."""

from __future__ import annotations

from services.intake.api.handling import closing, forwarding, judging, reading, replying
from shared.web import merged

router = merged(part.router for part in (forwarding, replying, judging, closing, reading))
