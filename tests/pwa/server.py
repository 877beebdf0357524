"""A small real server for the browser tests: the built shell, a session endpoint, and a switch to take it away."""

import asyncio
import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from litestar import Litestar, Response, delete, get, post
from litestar.params import FromPath, JSONBody
from PIL import Image

from backend.shell import create_shell_router

PASSWORD = "right-password"


def create_trial_app(built: Path, seen: list[str]) -> Litestar:
    @get("/api/sync/scopes", status_code=503)
    async def scopes() -> None:
        seen.append("scopes")

    @post("/api/session")
    async def sign_in(data: JSONBody[dict[str, Any]]) -> Response[dict[str, Any]]:
        if data["login"] == "busy@demo":
            return Response({"code": "rate_limited"}, status_code=429, headers={"Retry-After": "42"})
        if data["password"] != PASSWORD:
            return Response({"code": "bad_credentials"}, status_code=401)
        body = {
            "token": "secret-token",
            "user": {"id": "u1" if data["login"] == "rep@demo" else "u2", "name": "林晓"},
            "tenant": "demo",
            "device": data["device"],
        }
        answer: Response[dict[str, Any]] = Response(body, status_code=201)
        answer.set_cookie("session", "secret-token", httponly=True, samesite="strict")
        return answer

    @delete("/api/session", status_code=204)
    async def sign_out() -> None: ...

    @get("/api/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @get("/api/media/{media_id:str}/{variant:str}", media_type="image/png")
    async def picture(media_id: FromPath[str], variant: FromPath[str]) -> Response[bytes]:
        del media_id
        out = io.BytesIO()
        Image.new("RGB", (int(variant), int(variant)), "#0b6e5b").save(out, "PNG")
        return Response(out.getvalue(), headers={"Cache-Control": "no-store"})

    return Litestar([scopes, sign_in, sign_out, health, picture, create_shell_router(built)])


PORTAL = b"<!doctype html><title>Free Wi-Fi</title><p>Please sign in to this network"


def behind_portal(served: "Served", app: Any) -> Any:
    """Answers in the app's stead where a network would that wants to be signed in to."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        while scope["type"] == "http" and served.holds(scope["path"]):
            await asyncio.sleep(0.05)
        if scope["type"] != "http" or not served.portal(scope["path"]):
            await app(scope, receive, send)
            return
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(PORTAL)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": PORTAL})

    return answer


class Served:
    """Runs the app in a thread on one port; ``stop`` and ``start`` again are the network going and coming back.
    ``portal`` says for a path whether a captive portal answers instead, ``holds`` whether its answer is kept back."""

    def __init__(self, built: Path, port: int) -> None:
        self.built = built
        self.portal: Callable[[str], bool] = lambda _path: False
        self.holds: Callable[[str], bool] = lambda _path: False
        self.port = port
        self.seen: list[str] = []
        self.origin = f"http://localhost:{self.port}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        app = behind_portal(self, create_trial_app(self.built, self.seen))
        config = uvicorn.Config(app, "127.0.0.1", self.port, log_level="warning", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("server did not start")
            threading.Event().wait(0.02)

    async def _serve(self) -> None:
        assert self._server is not None
        await self._server.serve()

    def stop(self) -> None:
        assert self._server is not None
        assert self._thread is not None
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(60)
