"""Notifications by mail, through the installation's server."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

from services.intake.clients.message import TIMEOUT_SECONDS
from services.intake.domain.delivery import Message, Sent
from services.intake.domain.notifying import Outcome

NAME = "smtp"
PERMANENT = 500
"""From this reply code on, the same message will be refused again."""


@dataclass(frozen=True)
class Mail:
    """One mail server. With a user it logs in; with `starttls` it never speaks in the clear."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    starttls: bool = True

    async def send(self, message: Message) -> Sent:
        """Hand one mail to the server, in a thread: the protocol waits for answers line by line."""
        try:
            await asyncio.to_thread(self._deliver, self._compose(message))
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            is_final = bool(codes) and min(codes) >= PERMANENT
            return Sent(Outcome.REFUSED if is_final else Outcome.FAILED, NAME, f"recipient refused {codes}")
        except smtplib.SMTPResponseException as error:
            is_final = error.smtp_code >= PERMANENT and not isinstance(error, smtplib.SMTPAuthenticationError)
            return Sent(Outcome.REFUSED if is_final else Outcome.FAILED, NAME, f"reply {error.smtp_code}")
        except (OSError, smtplib.SMTPException, ssl.SSLError) as error:
            return Sent(Outcome.FAILED, NAME, type(error).__name__)
        except ValueError as error:
            return Sent(Outcome.REFUSED, NAME, type(error).__name__)
        return Sent(Outcome.DELIVERED, NAME, "accepted")

    def _compose(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self.sender, message.address, message.subject
        mail["Message-ID"] = f"<{message.id}@relight>"
        mail["Date"] = format_datetime(message.written_at)
        mail.set_content(message.text, cte="base64")  # not every server takes eight bits
        return mail

    def _deliver(self, mail: EmailMessage) -> None:
        with smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS) as server:
            if self.starttls:
                server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, self.password)
            server.send_message(mail)
