"""The HTTP door: one transaction for each call, one clear problem for each refusal (RFC 9457).

Only this file knows status numbers, languages and headers; handlers know kinds of errors.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, cast
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request, params
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError
from sqlalchemy import Column, DateTime, MetaData, Table, Text, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from shared import errors
from shared.auth import NOBODY, Actor, Role
from shared.db import Session
from shared.errors import BadField, Forbidden, Invalid, Language, RelightError, Unauthenticated
from shared.once import REUSED, Once, once_of
from shared.rules_in_words import describe, find_nul
from shared.telemetry import reason_of

if TYPE_CHECKING:
    from shared.host import Runtime

log = structlog.get_logger()

STATUS: dict[type[RelightError], int] = {
    errors.Invalid: 422,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.TooLarge: 413,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}

PROBLEM = "application/problem+json"

_NO_RULE = errors.Text("没有任何角色可以调用此接口", "no role may call this")
_NOT_YOURS = errors.Text("当前角色无权执行此操作", "your role may not do this")
_INTERRUPTED = errors.Text(
    "处理被数据库中断，请用同一 Idempotency-Key 重试",
    "the database broke this off; try again with the same Idempotency-Key",
)
PASSING = frozenset({"40001", "40P01", "55P03", "57014"})
"""Deadlock, serialisation, a lock or a statement that took too long: nothing was done, and again may go well."""
_BROKEN = errors.Text(
    "系统内部错误，请求未生效，请稍后重试", "something broke on our side; nothing was changed, try again"
)
_INVALID = errors.Text("请求内容不符合要求，未作任何更改", "the request breaks the rules below; nothing was changed")


def _only_text(value: Any) -> Any:
    """Keep numbers out of times: in pydantic's lax mode `0` would be a moment in 1970."""
    if isinstance(value, str | datetime):
        return value
    raise PydanticCustomError("datetime_type", "must be an ISO 8601 time")


Id = Annotated[UUID, Field(strict=False)]
"""An id in a strict model: JSON can only say it as text."""

Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_only_text)]
"""A time in a strict model: ISO 8601 text with an offset, nothing else."""


class Strict(BaseModel):
    """Any body that comes from outside: no unknown fields, no silent conversions.

    FastAPI hands parsed JSON over, so ids are declared as `Id`, times as `Moment`, and closed lists as `Word`.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, str_strip_whitespace=True)


class Answer(BaseModel):
    """Any body that goes out. Times are UTC inside, so they end in `Z`."""

    model_config = ConfigDict(frozen=True)


class ProblemField(Answer):
    """One field that breaks one rule."""

    field: str
    code: str
    detail: str


class Problem(Answer):
    """RFC 9457: what was refused and why. `code` is stable; `detail` is in the caller's language."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    fields: list[ProblemField] = []
    context: dict[str, Any] = {}


T = TypeVar("T", bound=BaseModel)


class Page(Answer, Generic[T]):
    """One page of a list; `next_cursor` fetches the next, absent on the last."""

    items: list[T]
    next_cursor: str | None = None


def language_of(request: Request) -> Language:
    """Return the caller's language: English when asked for before Chinese, else Chinese."""
    wanted = request.headers.get("accept-language", "").lower()
    english, chinese = wanted.find("en"), wanted.find("zh")
    return "en" if english >= 0 and (chinese < 0 or english < chinese) else "zh-CN"


def encode_cursor(*keys: Any) -> str:
    """Write the last row's sort keys as an opaque cursor."""
    return base64.urlsafe_b64encode(json.dumps(keys, default=str).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *, length: int | None = None, kinds: Sequence[Callable[[str], Any]] = ()) -> list[Any]:
    """Read the sort keys back: `length` of them, or one for each of `kinds`, converted by it.

    Raises Invalid for anything that we did not write.
    """
    try:
        keys = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(keys, list) and len(keys) == (len(kinds) or length):
            return [kind(str(key)) for kind, key in zip(kinds, keys, strict=True)] if kinds else keys
    except (ValueError, binascii.Error):
        pass
    field = errors.bad_field("cursor", "cursor.unknown", "游标无效", "not a cursor of ours")
    raise Invalid("request.invalid", _INVALID, fields=[field])


def invalid(*fields: BadField) -> Invalid:
    """Make the refusal of a request, naming each bad field."""
    return Invalid("request.invalid", _INVALID, fields=fields)


def idempotency_table(metadata: MetaData) -> Table:
    """Declare a service's memory of answered keys: same key, same answer."""
    return Table(
        "idempotency_keys",
        metadata,
        Column("key", Text, primary_key=True),
        Column("request_hash", Text, nullable=False),
        Column("answer", JSONB(none_as_null=True)),
        Column("created_at", DateTime(timezone=True), nullable=False, index=True),
    )


@dataclass(frozen=True)
class Door:
    """One call that changes something: its transaction, its one `now`, who called."""

    session: Session
    now: datetime
    actor: Actor
    request: Request

    @property
    def language(self) -> Language:
        """The caller's language."""
        return language_of(self.request)

    async def once(self, model: type[T], call: Callable[[], Awaitable[T]]) -> T:
        """Do `call` once for each `Idempotency-Key` (or `webhook-id`): the same key again gets the first answer again.

        Raises Invalid (`idempotency.key_reused`) when the key comes back with another request.
        """
        once = await once_of(self.request, self.actor)
        if once is None:
            return await call()
        table = runtime_of(self.request).service.idempotency
        row = {"key": once.key, "request_hash": once.request_hash, "created_at": self.now}
        taken = insert(table).values(row).on_conflict_do_nothing().returning(table.c.key)
        if (await self.session.execute(taken)).first() is None:
            return await self._first_answer(model, table, once)
        answer = await call()
        remembered = table.update().where(table.c.key == once.key).values(answer=answer.model_dump(mode="json"))
        await self.session.execute(remembered)
        return answer

    async def _first_answer(self, model: type[T], table: Table, once: Once) -> T:
        found = (await self.session.execute(select(table).where(table.c.key == once.key))).mappings().one()
        if found["request_hash"] != once.request_hash:
            raise Invalid("idempotency.key_reused", REUSED)
        return model.model_validate_json(json.dumps(found["answer"]))


def runtime_of(request: Request) -> Runtime:
    """Return the running service that a request is for: the first part of its path."""
    service = request.scope["path"].split("/", 2)[1]
    return cast("Runtime", request.app.state.runtimes[service])


async def _refuse_nul(request: Request) -> None:
    """Refuse a body with a NUL in one of its texts; looking for the escape is all that an ordinary body costs."""
    if request.method not in {"GET", "DELETE"} and rb"\u0000" in (body := await request.body()):
        try:
            fields = list(find_nul(json.loads(body)))
        except ValueError:
            return  # not JSON: a photo, or something that the route will refuse by itself
        if fields:
            raise invalid(*fields)


async def authorise(request: Request) -> Actor:
    """Let the call in if the policy names one of the caller's roles for this route; everything else is denied."""
    runtime = runtime_of(request)
    allowed = runtime.policy.get(f"{runtime.service.name}.{request.scope['route'].name}")
    if not allowed:
        raise Forbidden("access.no_rule", _NO_RULE)
    await _refuse_nul(request)
    if Role.PUBLIC in allowed:
        return NOBODY
    if Role.UPSTREAM in allowed and "webhook-signature" in request.headers:
        runtime.signatures.verify(await request.body(), request.headers)
        return Actor("upstream", frozenset({Role.UPSTREAM}))
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    actor = runtime.tokens.read(token if scheme.lower() == "bearer" else "", now=runtime.clock.now())
    if not actor.roles & allowed:
        raise Forbidden("access.role_missing", _NOT_YOURS)
    return actor


async def _open_door(request: Request, actor: Annotated[Actor, Depends(authorise)]) -> AsyncIterator[Door]:
    runtime = runtime_of(request)
    now = runtime.clock.now()
    async with runtime.database.transaction(now=now, trace=request.headers.get("traceparent", "")) as session:
        yield Door(session, now, actor, request)


async def _open_to_read(request: Request, actor: Annotated[Actor, Depends(authorise)]) -> AsyncIterator[Door]:
    runtime = runtime_of(request)
    now = runtime.clock.now()
    async with runtime.database.reading(now=now) as session:
        yield Door(session, now, actor, request)


Caller = Annotated[Actor, Depends(authorise)]
"""Who calls, for routes that open no transaction of their own."""

Change = Annotated[Door, Depends(_open_door, scope="function")]
"""A transaction that is committed before the answer leaves (`scope="function"`): a failed commit never answers 201."""

Read = Annotated[Door, Depends(_open_to_read, scope="function")]
"""A read-only transaction: one consistent picture."""


def problem(request: Request, error: RelightError) -> Response:
    """Write a refusal as the caller reads it."""
    language = language_of(request)
    status = next(number for kind, number in STATUS.items() if isinstance(error, kind))
    fields = [ProblemField(field=f.field, code=f.code, detail=f.text.say(language)) for f in error.fields]
    body = Problem(
        title=type(error).__name__,
        status=status,
        code=error.code,
        detail=error.text.say(language, error.context),
        fields=fields,
        context=error.context,
    )
    headers: dict[str, str] = {"content-language": language}
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = "Bearer"
    if isinstance(error, errors.Unavailable):
        headers["retry-after"] = "1"
    return JSONResponse(body.model_dump(mode="json"), status, headers, media_type=PROBLEM)


async def answer_refusal(request: Request, error: Exception) -> Response:
    """Answer one of our own refusals."""
    return problem(request, cast("RelightError", error))


async def answer_invalid(request: Request, error: Exception) -> Response:
    """Answer a body or query that pydantic refused, every bad field named in the caller's language."""
    found = cast("RequestValidationError", error).errors()
    return problem(request, invalid(*(describe(item) for item in found)))


async def answer_http(request: Request, error: Exception) -> Response:
    """Answer what the framework itself refuses (no such path, wrong method, body too large), in the same form."""
    refused = cast("HTTPException", error)
    body = Problem(
        title=refused.detail, status=refused.status_code, code=f"http.{refused.status_code}", detail=refused.detail
    )
    return JSONResponse(body.model_dump(mode="json"), refused.status_code, refused.headers, media_type=PROBLEM)


async def answer_broken(request: Request, error: Exception) -> Response:
    """Answer a fault of ours: logged with its trace, told without it; ask to come again where that may help."""
    if isinstance(error, DBAPIError) and (error.connection_invalidated or _sqlstate(error) in PASSING):
        log.warning("http.database_interrupted", path=request.url.path, error=reason_of(error))
        return problem(request, errors.Unavailable("database.interrupted", _INTERRUPTED))
    log.error("http.broken", path=request.url.path, error=repr(error), exc_info=error)
    body = Problem(title="Broken", status=500, code="internal.broken", detail=_BROKEN.say(language_of(request)))
    return JSONResponse(body.model_dump(mode="json"), 500, media_type=PROBLEM)


def add_routes(
    target: APIRouter | FastAPI,
    routers: Iterable[APIRouter],
    *,
    prefix: str = "",
    tags: Sequence[str] = (),
    dependencies: Sequence[params.Depends] = (),
    responses: Mapping[int | str, dict[str, Any]] | None = None,
) -> None:
    """Add the routes of all these routers to `target`, in their order, in one flat list.

    A router that is included as such is asked on each call whether it changed, and each of its routes is wrapped twice;
    with forty of them, two deep, that was a tenth of what receiving an order costs.
    """
    for router in routers:
        for route in router.routes:
            if not isinstance(route, APIRoute):
                raise TypeError(f"only plain routes can be added, not {route!r}")
            target.add_api_route(
                prefix + route.path,
                route.endpoint,
                name=route.name,
                methods=sorted(route.methods or ()),
                status_code=route.status_code,
                response_model=route.response_model,
                response_class=route.response_class,
                responses={**(responses or {}), **route.responses},
                tags=[*tags, *route.tags],
                dependencies=[*dependencies, *route.dependencies],
                summary=route.summary,
                description=route.description,
                openapi_extra=route.openapi_extra,
                include_in_schema=route.include_in_schema,
            )


def _sqlstate(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", ""))
