"""Files beside orders: hand one in as the request's body, list them, fetch one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse

from services.intake.domain.attachments import LONGEST_NAME, AttachmentKind, NewAttachment
from services.intake.handlers import attachments
from shared.web import Answer, Change, Problem, Read, runtime_of

router = APIRouter()

BINARY = {"schema": {"type": "string", "format": "binary"}}
A_FILE = {"requestBody": {"required": True, "content": {"application/octet-stream": BINARY}}}
FETCHED: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": BINARY}}}


class AttachmentView(Answer):
    """A file beside an order. `is_removed`: a recording whose time was up; what it was stays on record."""

    id: UUID
    order_id: UUID
    round: int
    kind: AttachmentKind
    is_third_party: bool
    name: str
    content_type: str
    content_hash: str
    size_bytes: int
    added_by: str
    recorded_at: datetime
    keep_until: datetime | None
    is_removed: bool


class Attachments(Answer):
    """The files of an order, oldest first."""

    items: list[AttachmentView]


@router.post(
    "/orders/{order_id}/attachments",
    status_code=201,
    openapi_extra=A_FILE,
    responses={
        200: {"model": AttachmentView, "description": "The order had this very file already."},
        413: {"model": Problem, "description": "More than 5 MiB."},
    },
    summary="Add a file of up to 5 MiB, as the request's body.",
)
async def add_attachment(
    request: Request,
    response: Response,
    door: Change,
    order_id: UUID,
    *,
    kind: Annotated[AttachmentKind, Query(description="What it is (001-044).")],
    name: Annotated[str, Query(min_length=1, max_length=LONGEST_NAME, examples=["现场照片.jpg"])],
    is_third_party: Annotated[bool, Query(description="Whether a third party made it (001-045).")] = False,
) -> AttachmentView:
    """Keep a file; its type is what its content says, whatever it is called, and must fit its kind."""
    content = await request.body()
    new = NewAttachment(kind=kind, is_third_party=is_third_party, name=name.strip(), content=content)
    settings = runtime_of(request).settings

    async def do() -> AttachmentView:
        kept = await attachments.add_attachment(
            door.session, order_id, new, settings=settings, now=door.now, actor=door.actor
        )
        response.status_code = 201 if kept.is_new else 200
        return _view(kept.row)

    return await door.once(AttachmentView, do)


@router.get("/orders/{order_id}/attachments", summary="The files of an order.")
async def list_attachments(door: Read, order_id: UUID) -> Attachments:
    """Return what is known of each file; the files themselves are fetched one by one."""
    rows = await attachments.list_attachments(door.session, order_id)
    return Attachments(items=[_view(row) for row in rows])


@router.get(
    "/orders/{order_id}/attachments/{attachment_id}/content",
    response_class=FileResponse,
    responses=FETCHED,
    summary="Fetch a file of an order.",
)
async def fetch_attachment(request: Request, door: Change, order_id: UUID, attachment_id: UUID) -> FileResponse:
    """Return the file; never shown in place by a browser, so that it can do nothing there."""
    folder = runtime_of(request).settings.order_files
    row, path = await attachments.open_attachment(
        door.session, order_id, attachment_id, folder=folder, now=door.now, actor=door.actor
    )
    headers = {"x-content-type-options": "nosniff", "cache-control": "private, no-store"}
    return FileResponse(path, media_type=row["content_type"], filename=row["name"], headers=headers)


def _view(row: Mapping[str, Any]) -> AttachmentView:
    known = {name: value for name, value in row.items() if name in AttachmentView.model_fields}
    return AttachmentView(**known, is_removed=row["removed_at"] is not None)
