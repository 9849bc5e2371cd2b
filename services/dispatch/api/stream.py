"""The crew's list as server-sent events: the whole list whenever it changed, until somebody leaves or we stop."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from services.dispatch.api.mobile_tasks import read_list
from services.dispatch.news import news_of
from shared.web import Caller, runtime_of

router = APIRouter()

KEEPALIVE_AFTER = 15
"""Seconds without a change after which a comment is sent, so that gateways keep the line open."""


@router.get(
    "/mobile/stream",
    summary="The crew's open tasks as server-sent events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def stream_mobile_tasks(request: Request, actor: Caller) -> StreamingResponse:
    """Send `event: tasks` with the same body as the list, at once and after every change; `id` is its ETag."""
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_lists(request, actor.id), media_type="text/event-stream", headers=headers)


async def _lists(request: Request, crew_code: str) -> AsyncIterator[bytes]:
    runtime = runtime_of(request)
    news = news_of(runtime)
    sent = request.headers.get("last-event-id", "")
    with news.watch(crew_code) as changed:
        while not runtime.stopping.is_set() and not await request.is_disconnected():
            body, tag = await read_list(runtime.database, crew_code, now=runtime.clock.now())
            if tag.strip('"') != sent:
                sent = tag.strip('"')
                yield b"event: tasks\nid: %s\ndata: %s\n\n" % (sent.encode(), body)
            else:
                yield b": still here\n\n"
            if not await news.wait(changed, seconds=KEEPALIVE_AFTER):
                return
