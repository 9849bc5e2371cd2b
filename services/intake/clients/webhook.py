"""Notifications as webhooks: to a gateway for text messages, or to an address of somebody's own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook as Signer

from services.intake.clients.message import TIMEOUT_SECONDS
from services.intake.domain.delivery import Message, Sent
from services.intake.domain.notifying import Outcome
from shared.zone import format_z

NAME = "webhook"
MAY_GO_BETTER = frozenset({408, 425, 429})
"""Refusals that are about the moment, not about the message."""

SUCCESS, CLIENT_ERROR, SERVER_ERROR = 200, 400, 500


def open_client() -> httpx.AsyncClient:
    """Return the client that a set of messages leaves by; it follows no redirects to where nobody meant it to go."""
    return httpx.AsyncClient(follow_redirects=False, timeout=TIMEOUT_SECONDS)


@dataclass(frozen=True)
class Gateway:
    """One receiver of webhooks. `url` empty: each message's own address is the receiver. With a secret, signed."""

    client: httpx.AsyncClient
    now: datetime
    url: str = ""
    secret: str = ""

    async def send(self, message: Message) -> Sent:
        """POST one message as JSON; 2xx is delivered, other 4xx are final, all else may go better next time."""
        body = _body_of(message)
        url = self.url or message.address
        try:
            answer = await self.client.post(url, content=body, headers=self._headers(message, body))
        except httpx.InvalidURL as error:
            return Sent(Outcome.REFUSED, NAME, type(error).__name__)
        except httpx.HTTPError as error:
            return Sent(Outcome.FAILED, NAME, type(error).__name__)
        return Sent(_outcome_of(answer.status_code), NAME, f"status {answer.status_code}")

    def _headers(self, message: Message, body: str) -> dict[str, str]:
        at = self.now.astimezone(UTC)
        headers = {"content-type": "application/json", "webhook-id": str(message.id)}
        headers["webhook-timestamp"] = str(int(at.timestamp()))
        if self.secret:
            headers["webhook-signature"] = Signer(self.secret).sign(str(message.id), at, body)
        return headers


def _outcome_of(status: int) -> Outcome:
    if SUCCESS <= status < SUCCESS + 100:
        return Outcome.DELIVERED
    is_final = CLIENT_ERROR <= status < SERVER_ERROR and status not in MAY_GO_BETTER
    return Outcome.REFUSED if is_final else Outcome.FAILED


def _body_of(message: Message) -> str:
    body = {
        "id": str(message.id),
        "kind": message.kind,
        "to": message.address,
        "name": message.name,
        "subject": message.subject,
        "text": message.text,
        "written_at": format_z(message.written_at),
    }
    return json.dumps(body, ensure_ascii=False)
