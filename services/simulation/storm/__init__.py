"""One stormy evening in the invented county, played through the real system by strangers; `play` is all of it.

`weather` breaks things, `callers` and `upstream` tell of it, `crews` go out, `desk` permits, reviews and calls back,
`summary` asks the system what it counted. What was not answered is repeated, so the system may be killed meanwhile.
"""

from __future__ import annotations

from services.simulation.storm.play import Evening, play
from services.simulation.storm.stage import People
from services.simulation.storm.summary import Summary, print_summary

__all__ = ["Evening", "People", "Summary", "play", "print_summary"]
