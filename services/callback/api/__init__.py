"""HTTP door of callback: the agents' work list, the calls they enter, and the policy behind both."""

from __future__ import annotations

from services.callback.api import plans, policy
from shared.web import merged

router = merged([plans.router, policy.router])
