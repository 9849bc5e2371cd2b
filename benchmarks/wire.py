"""A lean HTTP/1.1 client: bytes that were made ready before go out, status and body come back; nothing else costs time.

It speaks to our own servers on loopback only, one call at a time on a connection that stays open.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, cast

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"
BODILESS = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `head` is kept as it was sent."""

    status: int
    head: bytes
    body: bytes

    def json(self) -> Any:
        """Read the body."""
        return json.loads(self.body)

    def header(self, name: str) -> str:
        """Return a header's value, empty when it is not there."""
        wanted = name.lower().encode() + b":"
        lines = self.head.split(b"\r\n")
        return next((ln[len(wanted) :].strip().decode() for ln in lines if ln.lower().startswith(wanted)), "")


def as_json(body: Any) -> bytes:
    """Write a body as it goes over the wire."""
    return json.dumps(body, ensure_ascii=False).encode()


def make_request(
    method: str, path: str, *, token: str = "", body: Any = None, headers: dict[str, str] | None = None
) -> bytes:
    """Write a whole request; `body` is bytes that are JSON already, or something to be written as JSON."""
    content = (
        b"" if body is None else body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    )
    lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1"]
    if token:
        lines.append(f"authorization: Bearer {token}")
    if content:
        lines += ["content-type: application/json", f"content-length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + END_OF_HEAD + content


class Connection(asyncio.Protocol):
    """One connection that is kept open; `ask` sends a request and waits for its whole answer."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._gathered = b""
        self._needed = 0

    @property
    def is_open(self) -> bool:
        """Whether the server has not hung up; it does after some idle seconds."""
        return self._transport is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits that nothing will come."""
        self._transport = None
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(ConnectionResetError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        """Gather until an answer is whole."""
        self._gathered = self._gathered + data if self._gathered else data
        if len(self._gathered) < self._needed:
            return
        whole = _whole_length(self._gathered)
        self._needed = whole
        if whole and len(self._gathered) >= whole and self._waiting and not self._waiting.done():
            answer = _parse(self._gathered[:whole])
            self._gathered, self._needed = b"", 0
            self._waiting.set_result(answer)

    def ask(self, request: bytes) -> asyncio.Future[Answer]:
        """Send a request; the future brings its answer, or ConnectionError."""
        if self._transport is None:
            raise ConnectionResetError("not connected")
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._waiting

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


async def connect(port: int) -> Connection:
    """Open a connection to a server of ours on loopback."""
    _, protocol = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return protocol


def _whole_length(data: bytes) -> int:
    """Return how long the answer is, head and body; 0 while its head is not whole."""
    end = data.find(END_OF_HEAD)
    if end < 0:
        return 0
    head = data[:end].lower()
    at = head.find(LENGTH)
    if at < 0:
        if int(data[9:12]) not in BODILESS:
            raise ValueError("an answer without content-length is not for this client")
        return end + len(END_OF_HEAD)
    line_end = head.find(b"\r\n", at)
    length = head[at + len(LENGTH) : line_end if line_end > 0 else end]
    return end + len(END_OF_HEAD) + int(length)


def _parse(data: bytes) -> Answer:
    head, _, body = data.partition(END_OF_HEAD)
    return Answer(int(head[9:12]), head, body)
