"""The same call again: whose key it is, what it asked, and what is said when the key comes back with something else."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.errors import Text

if TYPE_CHECKING:
    from fastapi import Request

    from shared.auth import Actor

REUSED = Text(
    "此 Idempotency-Key 已用于另一个不同的请求", "this Idempotency-Key was used for another, different request"
)


@dataclass(frozen=True)
class Once:
    """An Idempotency-Key (or webhook-id) as the books have it: whose it is, and a hash of its request."""

    key: str
    request_hash: str


async def once_of(request: Request, actor: Actor) -> Once | None:
    """Return the key that a call carries, or None: each caller and path has keys of its own."""
    key = request.headers.get("idempotency-key") or request.headers.get("webhook-id")
    if not key:
        return None
    owned = f"{actor.id}:{request.method} {request.url.path}:{key}"
    return Once(owned, hashlib.sha256(await request.body()).hexdigest())
