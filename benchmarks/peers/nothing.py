"""A server that answers 204 to everything at once: what the load generator can press at most on this machine."""

from __future__ import annotations

import asyncio
import os
from typing import cast

import uvloop

END_OF_HEAD = b"\r\n\r\n"
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
LENGTH = b"content-length: "


class Nothing(asyncio.Protocol):
    """Answers each whole request of our own client."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._gathered = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer once the body is there."""
        self._gathered += data
        head, separator, body = self._gathered.partition(END_OF_HEAD)
        at = head.find(LENGTH)
        length = int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if separator and len(body) >= length and self._transport is not None:
            self._gathered = b""
            self._transport.write(ANSWER)


async def main() -> None:
    """Serve until stopped."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Nothing, "127.0.0.1", int(os.environ["PEER_PORT"]))
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
