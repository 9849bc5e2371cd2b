"""Which way a message goes: by its means, and by what the installation has; without a gateway, to the drop folder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import httpx

from services.intake.clients.drop_folder import DropFolder
from services.intake.clients.mail import Mail
from services.intake.clients.message import Sender
from services.intake.clients.webhook import Gateway
from services.intake.domain.notifying import Means
from shared.settings import Settings


def make_senders(settings: Settings, client: httpx.AsyncClient, *, now: datetime) -> Mapping[Means, Sender]:
    """Return a sender for each means; `now` stamps signatures."""
    folder = DropFolder(settings.drop_folder)
    secret = settings.sms_gateway_secret.get_secret_value()
    return {
        Means.FILE: DropFolder(settings.drop_folder, has_own_files=True),
        Means.WEBHOOK: Gateway(client, now),
        Means.SMS: Gateway(client, now, settings.sms_gateway_url, secret) if settings.sms_gateway_url else folder,
        Means.MAIL: _mail(settings) if settings.smtp_host else folder,
    }


def _mail(settings: Settings) -> Mail:
    return Mail(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.smtp_sender,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
        starttls=settings.smtp_starttls,
    )
