"""`/docs`: the HTTP API as a page to read and try, served by us alone, because intranets have no CDN.

Every address in it is relative, so a gateway may put one service's page under any prefix.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from shared.auth import Policy, Role
from shared.web import PROBLEM

ASSETS = "docs-assets"
_SETTINGS = {
    "validatorUrl": None,  # else the page would show our API to a validator on the internet
    "docExpansion": "none",
    "filter": True,
    "persistAuthorization": True,
    "displayRequestDuration": True,
}
_SCHEMES = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "From /dispatch/staff/sign-in or /dispatch/mobile/sign-in.",
    },
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature together.",
    },
}


def add_docs(app: FastAPI) -> None:
    """Serve `/docs` and the assets that it needs."""
    app.mount(f"/{ASSETS}", StaticFiles(directory=str(files("fastapi_offline") / "static")), name=ASSETS)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="openapi.json",
            title=app.title,
            swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{ASSETS}/favicon.png",
            swagger_ui_parameters=_SETTINGS,
        )


class DocumentedApp(FastAPI):
    """FastAPI that also tells what it cannot know by itself: how refusals are written, and who may call what."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document; while services are at work, with the roles that may call each route."""
        if self.openapi_schema is None:
            document = super().openapi()
            policy: dict[str, frozenset[Role]] = {}
            for runtime in getattr(self.state, "runtimes", {}).values():
                policy.update(runtime.policy)
            tell_problems(document)
            tell_callers(document, policy)
        return super().openapi()


def tell_problems(document: dict[str, Any]) -> None:
    """Declare refusals under the media type that they are sent with."""
    for operation in _operations(document):
        for response in operation.get("responses", {}).values():
            content = response.get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            if schema.get("$ref", "").endswith("/Problem"):
                content[PROBLEM] = content.pop("application/json")


def tell_callers(document: dict[str, Any], policy: Policy) -> None:
    """Declare how callers show who they are, and (`x-roles`) whom the policy lets in."""
    document.setdefault("components", {})["securitySchemes"] = _SCHEMES
    for operation in _operations(document):
        if "ops" in operation.get("tags", ()):
            continue
        roles = policy.get(operation["operationId"], frozenset())
        operation["security"] = _security(roles)
        if roles:
            operation["x-roles"] = sorted(roles)


def _security(roles: frozenset[Role]) -> list[dict[str, list[str]]]:
    if Role.PUBLIC in roles:
        return []
    ways: list[dict[str, list[str]]] = [{"signature": []}] if Role.UPSTREAM in roles else []
    return ways if roles == {Role.UPSTREAM} else [{"token": []}, *ways]


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document.get("paths", {}).values():
        yield from (operation for operation in path.values() if isinstance(operation, dict))
