"""The OpenAPI document: generated from the routes, with sessions and problems described for each of them."""

from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme

from backend.identity.guards import COOKIE

_PROBLEMS = {
    "400": "The request cannot be read.",
    "401": "No session, or it has ended.",
    "403": "Not permitted, or sent from another site.",
    "404": "There is no such thing, or not for this person.",
    "409": "It contradicts what is stored.",
    "413": "The body is too large.",
    "415": "The body's encoding or type is not supported.",
    "422": "Fields are not valid; `errors` names them.",
    "429": "Too many requests; see Retry-After.",
    "500": "A fault on our side; `request_id` finds it.",
    "503": "Busy; see Retry-After.",
}
_PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details; `code` is stable.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "params": {"type": "object"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "request_id": {"type": "string"},
    },
}
_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


def openapi_config(version: str) -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Qudao",
        version=version,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        # Where Litestar serves its own; ours adds the problems and stands at /api/openapi.json.
        path="/api/openapi",
        render_plugins=[JsonRenderPlugin()],
        use_handler_docstrings=True,
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(type="http", scheme="bearer", description="The token of POST /api/session"),
                "cookie": SecurityScheme(type="apiKey", name=COOKIE, security_scheme_in="cookie"),
            }
        ),
    )


def document_of(app: Any) -> dict[str, Any]:
    """The document as plain data, complete with security and problem responses."""
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(app.openapi_schema.to_schema()))
    document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _PROBLEM_SCHEMA
    public = {
        (path, method.lower())
        for route in app.routes
        for path in [route.path_format]
        for handler in getattr(route, "route_handlers", ())
        for method in getattr(handler, "http_methods", ())
        if handler.opt.get("public")
    }
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                _complete(item[method], is_public=(path, method) in public)
    return document


def _complete(operation: dict[str, Any], *, is_public: bool) -> None:
    operation["security"] = [] if is_public else [{"bearer": []}, {"cookie": []}]
    responses = operation.setdefault("responses", {})
    for status, description in _PROBLEMS.items():
        responses[status] = {
            "description": description,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }


@get("/api/openapi.json", sync_to_thread=False, include_in_schema=False, opt={"public": True})
def openapi_document(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The document; made once per application."""
    state = request.app.state
    if "openapi_document" not in state:
        state.openapi_document = msgspec.json.encode(document_of(request.app))
    return Response(state.openapi_document, media_type="application/json")
