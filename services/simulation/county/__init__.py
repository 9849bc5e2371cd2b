"""One invented Chinese city: who lives there, what hangs on which transformer, and who goes out when the light fails.

The same seed makes the same city. No name, phone number, address or place belongs to anybody.
"""

from __future__ import annotations

from services.simulation.county.model import (
    County,
    Crew,
    Customer,
    Feeder,
    Place,
    Shift,
    Station,
    TransformerArea,
)
from services.simulation.county.plan import make_county
from services.simulation.county.upload import Uploaded, upload_county

__all__ = [
    "County",
    "Crew",
    "Customer",
    "Feeder",
    "Place",
    "Shift",
    "Station",
    "TransformerArea",
    "Uploaded",
    "make_county",
    "upload_county",
]
