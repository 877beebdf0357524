"""One file to the server by tus 1.0 (https://tus.io/protocols/resumable-upload): make the upload, ask how far it came,
send the next piece with its checksum, until the server has verified the whole.

FileRefused   the server will not take this file; sending it again by itself is no use
Removed       the person removed the file meanwhile

and those of ``offline.exchange``: the server cannot now.
"""

import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Literal, Protocol
from urllib.parse import urlsplit

import msgspec

from offline.exchange import Later, trouble_of
from offline.portions import PIECES, Portion
from offline.store import Clock, Response, Unreachable
from offline.wire.media import MediaRef

CHUNK = 256 << 10
_FIRST_PIECE = 64 << 10
_LEAST_PIECE = 16 << 10
_MOST_PIECES = 2000  # of a file: the server takes 4000, and the largest file makes them no longer than CHUNK
_VERSION = {"Tus-Resumable": "1.0.0"}
_MOST_STARTS = 3
_MOST_REPEATS = 5
_MISMATCH = 460  # tus: a checksum did not fit
_LOOK_AGAIN = (409, _MISMATCH)  # 409: the offset is another
# Sign in, the time, a lock held by another request, an app too old, too many requests: none is about the file.
_NOT_A_REFUSAL = (401, 408, 423, 425, 426, 429)


class FileRefused(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Removed(Exception):
    pass


class MediaFile(msgspec.Struct, frozen=True, kw_only=True):
    """``upload``: where its tus upload goes on; ``sent``: bytes the server has said it holds; ``named``: a command
    with it was submitted; ``kept``: its bytes are still here; ``name``: as the person knows it, may be empty.
    ``state``: see ``offline.media``."""

    ref: MediaRef
    user: str
    added_at: datetime
    name: str = ""
    state: Literal["waiting", "stored", "refused"] = "waiting"
    upload: str = ""
    sent: int = 0
    code: str = ""
    named: bool = False
    kept: bool = True

    @property
    def id(self) -> str:
        return self.ref.id


class MediaTransport(Protocol):
    async def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Response:
        """A request as it stands; raises ``Unreachable``. Header names come back in lower case."""


def pieces_of(most: int) -> Portion:
    """How many bytes of a file go into one request, ``most`` at most."""
    return Portion(_FIRST_PIECE, _LEAST_PIECE, most, PIECES)


class _Gone(Exception):
    """The server does not know the upload (any more)."""


class _Problem(msgspec.Struct, frozen=True):
    code: str = ""


class Upload:
    """``read`` gives a file's bytes, ``keep`` makes its record durable."""

    def __init__(
        self,
        read: Callable[[str, int, int], Awaitable[bytes | None]],
        transport: MediaTransport,
        keep: Callable[[MediaFile], Awaitable[None]],
        pieces: Portion,
        clock: Clock,
    ) -> None:
        self._read = read
        self._transport = transport
        self._keep = keep
        self._pieces = pieces
        self._clock = clock

    async def run(self, file: MediaFile) -> MediaFile:
        """The file once the server has verified it. What was done is kept at each step, so that a kill costs at most
        one piece."""
        for _ in range(_MOST_STARTS):
            try:
                file = await (self._resumed(file) if file.upload else self._made(file))
                if file.state != "stored":
                    file = await self._sent(file)
            except _Gone:
                file = msgspec.structs.replace(file, upload="", sent=0)
                await self._keep(file)
            else:
                return file
        raise Later(404, None)

    async def _made(self, file: MediaFile) -> MediaFile:
        """With an upload at the server."""
        ref = file.ref
        given = {"id": ref.id, "sha256": ref.sha256, "filetype": ref.content_type, "filename": file.name}
        metadata = ",".join(f"{key} {_base64(value.encode())}" for key, value in given.items() if value)
        headers = {"Upload-Length": str(ref.size), "Upload-Metadata": metadata}
        answer = await self._ask("POST", "/api/media", headers)
        location = urlsplit(answer.headers.get("location", "")).path
        if not location:
            raise Unreachable("not our server's answer")
        return await self._told(msgspec.structs.replace(file, upload=location), answer)

    async def _resumed(self, file: MediaFile) -> MediaFile:
        """As far as the server has it."""
        return await self._told(file, await self._ask("HEAD", file.upload, {}))

    async def _told(self, file: MediaFile, answer: Response) -> MediaFile:
        offset = answer.headers.get("upload-offset", "")
        if not offset.isdigit() or int(offset) > file.ref.size:
            raise Unreachable("not our server's answer")
        status = answer.headers.get("media-status", "")
        if status == "refused":
            raise FileRefused(answer.headers.get("media-refused") or "media_refused")
        state: Literal["waiting", "stored"] = "stored" if status == "stored" else "waiting"
        file = msgspec.structs.replace(file, sent=int(offset), state=state)
        await self._keep(file)
        return file

    async def _sent(self, file: MediaFile) -> MediaFile:
        """Verified by the server, which says so once it has every byte."""
        repeats = 0
        while file.state != "stored":
            if file.sent == file.ref.size:
                file = await self._resumed(file)
                if file.state != "stored":
                    # Not yet: the store behind the server may be down.
                    raise Later(202, None)
                break
            piece = await self._read(file.id, file.sent, self._length(file))
            if not piece:
                # The browser threw the bytes away.
                raise FileRefused("media_lost")
            headers = {
                "Upload-Offset": str(file.sent),
                "Content-Type": "application/offset+octet-stream",
                "Upload-Checksum": f"sha1 {_base64(hashlib.sha1(piece, usedforsecurity=False).digest())}",
            }
            answer = await self._handed(file, headers, piece)
            before = file.sent
            if answer.status in _LOOK_AGAIN:
                file = await self._resumed(file)
            else:
                file = await self._told(file, answer)
            repeats = repeats + 1 if file.sent <= before else 0
            if repeats > _MOST_REPEATS:
                raise Later(answer.status, None)
        return file

    def _length(self, file: MediaFile) -> int:
        """Of the next piece."""
        return max(self._pieces.size, file.ref.size // _MOST_PIECES)

    async def _handed(self, file: MediaFile, headers: Mapping[str, str], piece: bytes) -> Response:
        began = self._clock.now()
        try:
            answer = await self._ask("PATCH", file.upload, headers, piece)
        except Unreachable:
            self._pieces.broke_off()
            raise
        self._pieces.passed((self._clock.now() - began).total_seconds())
        return answer

    async def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Response:
        """An answer that is of use: 2xx, or to a piece one of ``_LOOK_AGAIN``."""
        answer = await self._transport.send(method, path, {**_VERSION, **headers}, body)
        if 200 <= answer.status < 300 or (method == "PATCH" and answer.status in _LOOK_AGAIN):
            return answer
        if answer.status == _MISMATCH or (answer.status in (404, 410) and method != "POST"):
            # Unknown there, or what came was not what had been announced.
            raise _Gone
        code = _code(answer) if 400 <= answer.status < 500 else ""
        about_the_file = answer.status not in _NOT_A_REFUSAL and (method == "POST" or answer.status != 409)
        if code and about_the_file:
            # Only our server's word counts: a proxy that answers with a page of its own has refused nothing.
            raise FileRefused(code)
        raise trouble_of(answer)


def _code(answer: Response) -> str:
    try:
        return msgspec.json.decode(answer.body, type=_Problem).code
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
