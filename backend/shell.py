"""Serves the built phone app: pre-compressed, immutable where the name carries a hash, under a strict policy."""

import mimetypes
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import Any

from litestar import Request, Response, Router, get
from litestar.exceptions import NotFoundException
from litestar.response import File

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
    }
)
IMMUTABLE = "public, max-age=31536000, immutable"
# The service worker decides what is current; the browser's own cache must not.
REVALIDATE = "no-cache"
TYPES = {
    ".bin": "application/octet-stream",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".py": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json; charset=utf-8",
}
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))


def policy_for(files_origin: str) -> str:
    """The pages' policy where large files come from a store of another origin, too."""
    if not files_origin:
        return POLICY
    policy = POLICY.replace("img-src 'self' blob: data:", f"img-src 'self' blob: data: {files_origin}")
    policy = policy.replace("connect-src 'self'", f"connect-src 'self' {files_origin}")
    return f"{policy}; media-src 'self' blob: {files_origin}"


def create_shell_router(built: Path, files_origin: str = "") -> Router:
    """Handlers for everything outside ``/api``. ``built`` is the folder ``python -m pwa.bundle`` filled; every
    path without a dot in its last part is the app's own, so deep links and reloads get ``index.html``."""

    security = {**SECURITY_HEADERS, "Content-Security-Policy": policy_for(files_origin)}

    @get(["/", "/{path:path}"], include_in_schema=False, name="shell", sync_to_thread=False)
    def shell(request: Request[Any, Any, Any]) -> Response[object]:
        name = str(request.scope["path"]).lstrip("/")
        if name.split("/")[0] in {"api", "metrics", "media", "images"}:
            raise NotFoundException
        if "." not in name.rpartition("/")[2]:
            name = "index.html"
        if name == "sw.js" and files_origin:
            return _worker(built, security)
        return _file(built, name, request.headers.get("accept-encoding", ""), security)

    return Router("", route_handlers=[shell])


def _worker(built: Path, security: Mapping[str, str]) -> Response[object]:
    """The service worker as another version: apps that are installed keep their page with the policy it came with, and
    take up a new one with a new worker only."""
    target = built / "sw.js"
    if not target.is_file():
        raise NotFoundException
    mark = blake2b(security["Content-Security-Policy"].encode(), digest_size=4).hexdigest()
    source = target.read_text(encoding="utf-8").replace('const POLICY = "";', f'const POLICY = "-{mark}";')
    headers = {**security, "Cache-Control": REVALIDATE}
    return Response(source.encode(), media_type=TYPES[".js"], headers=headers)


def _file(built: Path, name: str, accepted: str, security: Mapping[str, str]) -> Response[object]:
    """The file, or its smaller twin where the browser takes it."""
    target = (built / name).resolve()
    hidden = any(part.startswith(".") for part in Path(name).parts)
    if hidden or not target.is_relative_to(built.resolve()) or not target.is_file():
        raise NotFoundException
    headers = {**security, "Vary": "Accept-Encoding"}
    headers["Cache-Control"] = IMMUTABLE if name.startswith("assets/") else REVALIDATE
    offered = {part.partition(";")[0].strip() for part in accepted.split(",")}
    media_type = TYPES.get(target.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    for encoding, ending in ENCODINGS:
        twin = target.with_name(target.name + ending)
        if encoding in offered and twin.is_file():
            headers["Content-Encoding"] = encoding
            target = twin
            break
    return File(
        path=target, filename=name.rpartition("/")[2], content_disposition_type="inline", media_type=media_type,
        headers=headers,
    )  # fmt: skip
