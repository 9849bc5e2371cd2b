"""Notifications as lines of JSON in a folder: for gateways that collect files, and for whatever has no gateway yet."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

from services.intake.domain.delivery import Message, Sent
from services.intake.domain.notifying import Outcome
from shared.zone import SHANGHAI, format_z

NAME = "file"


class DropFolder:
    """Appends each message to one file: that of `name`, or the day's. Readable by the service's own user only."""

    def __init__(self, folder: Path, *, has_own_files: bool = False) -> None:
        self._folder = folder
        self._has_own_files = has_own_files

    async def send(self, message: Message) -> Sent:
        """Write the message and have it on the disk before saying so."""
        day = f"{message.written_at.astimezone(SHANGHAI):%Y-%m-%d}"
        file = self._folder / (message.address if self._has_own_files else f"{day}.jsonl")
        try:
            await asyncio.to_thread(_append, file, _line_of(message))
        except OSError as error:
            return Sent(Outcome.FAILED, NAME, f"{type(error).__name__}: {error.strerror}")
        return Sent(Outcome.DELIVERED, NAME, file.name)


def _line_of(message: Message) -> str:
    line = {
        "id": str(message.id),
        "kind": message.kind,
        "name": message.name,
        "to": message.address,
        "subject": message.subject,
        "text": message.text,
        "written_at": format_z(message.written_at),
    }
    return json.dumps(line, ensure_ascii=False)


def _append(file: Path, line: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, f"{line}\n".encode())  # one write: lines of two processes never mix
        os.fsync(handle)
    finally:
        os.close(handle)
