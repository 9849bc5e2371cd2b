"""Who asks, and what they may: one policy table decides, and what it does not name is denied.

Staff and crews carry a signed token; the platform signs each call (Standard Webhooks). Passwords and device secrets are
kept as argon2 hashes only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from standardwebhooks import Webhook, WebhookVerificationError

from shared.errors import Text, Unauthenticated

ACCESS_TOKEN_LIFE = timedelta(minutes=15)
REFRESH_TOKEN_LIFE = timedelta(days=14)
ALGORITHM = "HS256"
REMEMBERED_TOKENS = 4096
"""Good tokens whose signature is not checked anew with each call; their use and expiry are."""


class Role(StrEnum):
    """What somebody is to us. PUBLIC means that a route asks nobody's name."""

    AGENT = "agent"
    DISPATCHER = "dispatcher"
    CREW = "crew"
    REVIEWER = "reviewer"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    OPS = "ops"
    INSPECTOR = "inspector"
    """The supervision department: handles misconduct reports, and alone sees them (intake decision 0018)."""
    UPSTREAM = "upstream"
    PUBLIC = "public"


STAFF = frozenset({Role.AGENT, Role.DISPATCHER, Role.REVIEWER, Role.SUPERVISOR, Role.AUDITOR, Role.OPS, Role.INSPECTOR})

Policy = Mapping[str, frozenset[Role]]
"""`service.route_name` to the roles that may call it; a route that is not in it is nobody's."""


@dataclass(frozen=True)
class Actor:
    """Somebody who does something. `id` is what stands in the books: a login, a crew code, or `upstream`."""

    id: str
    roles: frozenset[Role] = field(default_factory=frozenset)

    def has(self, role: Role) -> bool:
        """Say whether the actor has a role."""
        return role in self.roles


NOBODY = Actor("nobody", frozenset({Role.PUBLIC}))
SYSTEM = Actor("system")
"""Ourselves: a reaction to an event, or a timer."""

_WHO = Text("请先登录：令牌缺失、无效或已过期", "sign in first: the token is missing, invalid or expired")
_SIGNATURE = Text(
    "签名无效，或时间戳超出 5 分钟", "the signature is invalid, or its timestamp is more than 5 minutes off"
)


class Tokens:
    """Issues and reads tokens under one secret, which every service shares. Times come from the caller's clock."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._verified = lru_cache(maxsize=REMEMBERED_TOKENS)(self._verify)

    def issue(self, actor: Actor, *, now: datetime, life: timedelta = ACCESS_TOKEN_LIFE, use: str = "access") -> str:
        """Return a token that says who `actor` is until `now + life`."""
        claims = {"sub": actor.id, "roles": sorted(actor.roles), "use": use, "iat": now, "exp": now + life}
        return jwt.encode(claims, self._secret, ALGORITHM)

    def read(self, token: str, *, now: datetime, use: str = "access") -> Actor:
        """Return who the token speaks of; raises Unauthenticated if it is not ours, for another use, or expired."""
        actor, its_use, expires_at = self._verified(token)
        if its_use != use or expires_at <= now.timestamp():
            raise Unauthenticated("access.token_invalid", _WHO)
        return actor

    def _verify(self, token: str) -> tuple[Actor, str, float]:
        """Check the signature and return who, for what use, until when; a good token stays good until it expires."""
        try:
            claims = jwt.decode(
                token, self._secret, [ALGORITHM], options={"verify_exp": False, "verify_iat": False, "require": ["exp"]}
            )
            return Actor(claims["sub"], frozenset(Role(role) for role in claims["roles"])), claims["use"], claims["exp"]
        except (jwt.InvalidTokenError, KeyError, ValueError) as error:
            raise Unauthenticated("access.token_invalid", _WHO) from error


class Signatures:
    """Checks and makes Standard Webhooks signatures; with two secrets while keys rotate, either one is good."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._webhooks = [Webhook(secret) for secret in secrets]

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Return if the call is signed by one of the secrets within 5 minutes; raises Unauthenticated otherwise."""
        wanted = {name: headers.get(name, "") for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}
        for webhook in self._webhooks:
            try:
                webhook.verify(body, wanted)
            except (WebhookVerificationError, ValueError, UnicodeDecodeError):
                continue
            return
        raise Unauthenticated("access.signature_invalid", _SIGNATURE)


_hasher = PasswordHasher()


def hash_secret(secret: str) -> str:
    """Return the argon2 hash of a password or device secret."""
    return _hasher.hash(secret)


def is_secret(hashed: str, secret: str) -> bool:
    """Say whether `secret` is the one that was hashed; takes the same time either way."""
    try:
        return _hasher.verify(hashed, secret)
    except (VerificationError, InvalidHashError):
        return False
