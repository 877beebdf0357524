"""A tus server in memory, as strict as ours, with a say in how each request goes wrong."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from offline.store import Response, Unreachable

START = datetime(2026, 3, 1, 8, tzinfo=UTC)


class Clock:
    """Sleeping lets others run and the time pass."""

    def __init__(self) -> None:
        self.at = START
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)
        await asyncio.sleep(0)


@dataclass
class Held:
    length: int
    sha256: str
    content: bytes = b""
    status: str = ""
    refused: str = ""


def problem(status: int, code: str = "", **headers: str) -> Response:
    return Response(status, json.dumps({"code": code}).encode() if code else b"<html>", headers)


@dataclass
class Tus:
    """``faults`` is asked before each request: None lets it through, a ``Response`` answers in its place, "lost" is
    no answer and no effect, "unheard" an effect and no answer. ``judge`` says why a whole file is refused."""

    faults: Callable[[str, str], Response | str | None] = lambda _method, _path: None
    judge: Callable[[bytes], str] = lambda _content: ""
    uploads: dict[str, Held] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    @property
    def stored(self) -> dict[str, bytes]:
        return {file_id: held.content for file_id, held in self.uploads.items() if held.status == "stored"}

    async def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Response:
        await asyncio.sleep(0)
        self.log.append(method)
        fault = self.faults(method, path)
        if isinstance(fault, Response):
            return fault
        if fault == "lost":
            raise Unreachable("lost")
        answer = self._answer(method, path, headers, body)
        if fault == "unheard":
            raise Unreachable("unheard")
        return answer

    def _answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Response:
        if headers.get("Tus-Resumable") != "1.0.0":
            return problem(412, "tus_version")
        if method == "POST":
            return self._announced(headers)
        held = self.uploads.get(path.rpartition("/")[2])
        if held is None:
            return problem(404, "upload_unknown")
        return self._told(held, 200) if method == "HEAD" else self._more(held, headers, body or b"")

    def _announced(self, headers: Mapping[str, str]) -> Response:
        pairs = (pair.split(" ") for pair in headers["Upload-Metadata"].split(","))
        about = {key: base64.b64decode(value).decode() for key, value in pairs}
        length = int(headers["Upload-Length"])
        held = self.uploads.setdefault(about["id"], Held(length, about["sha256"]))
        if (held.length, held.sha256) != (length, about["sha256"]):
            return problem(409, "media_mismatch")
        return self._told(held, 201, location=f"http://testing/api/media/uploads/{about['id']}")

    def _more(self, held: Held, headers: Mapping[str, str], body: bytes) -> Response:
        if int(headers["Upload-Offset"]) != len(held.content):
            return problem(409, "upload_offset")
        algorithm, _, digest = headers["Upload-Checksum"].partition(" ")
        if hashlib.new(algorithm, body).digest() != base64.b64decode(digest):
            return problem(460, "checksum_mismatch")
        held.content += body
        if len(held.content) == held.length:
            if hashlib.sha256(held.content).hexdigest() != held.sha256:
                self.uploads = {file_id: each for file_id, each in self.uploads.items() if each is not held}
                return problem(460, "checksum_mismatch")
            held.refused = self.judge(held.content)
            held.status = "refused" if held.refused else "stored"
        return self._told(held, 204)

    def _told(self, held: Held, status: int, **headers: str) -> Response:
        headers["upload-offset"] = str(len(held.content))
        if held.status:
            headers["media-status"] = held.status
        if held.refused:
            headers["media-refused"] = held.refused
        return Response(status, b"", headers)
