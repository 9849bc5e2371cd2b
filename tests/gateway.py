"""One origin before several processes, as the gateway makes it: each path goes to the service that it names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import uvicorn
from starlette.types import Receive, Scope, Send

from tests.ports import free_port

DROPPED = {b"transfer-encoding", b"connection", b"content-length", b"host"}


@asynccontextmanager
async def gateway(ports: Mapping[str, int]) -> AsyncIterator[str]:
    """Yield the address of a gateway to the processes that listen on `ports`."""
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=100)) as inside:

        async def pass_on(scope: Scope, receive: Receive, send: Send) -> None:
            port = ports.get(scope["path"].split("/")[1]) or next(iter(ports.values()))
            target = f"http://127.0.0.1:{port}{scope['path']}?{scope['query_string'].decode()}"
            headers = [(k, v) for k, v in scope["headers"] if k not in DROPPED]
            answer = await inside.request(scope["method"], target, headers=headers, content=await _body(receive))
            kept = [(k.lower(), v) for k, v in answer.headers.raw if k.lower() not in DROPPED]
            await send({"type": "http.response.start", "status": answer.status_code, "headers": kept})
            await send({"type": "http.response.body", "body": answer.content})

        port = free_port()
        server = uvicorn.Server(
            uvicorn.Config(pass_on, port=port, log_config=None, access_log=False, lifespan="off", interface="asgi3")
        )
        serving = asyncio.create_task(server.serve())
        try:
            while not server.started:  # noqa: ASYNC110 - uvicorn tells it by a flag
                await asyncio.sleep(0.02)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            await serving


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body
