"""The headers of tus 1.0.0 (https://tus.io/protocols/resumable-upload), read and written."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

import msgspec

from backend.errors import FieldError, Invalid, Problem, TooLarge
from offline.ids import is_id, new_id
from offline.wire.media import MAX_FILE, ContentType, Sha256

VERSION = "1.0.0"
OFFSET_TYPE = "application/offset+octet-stream"
ALGORITHMS = ("sha256", "sha1", "md5")
ABOUT: Mapping[str, str] = {
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,creation-with-upload,checksum,termination,expiration",
    "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    "Tus-Max-Size": str(MAX_FILE),
}
_MAX_METADATA = 4096


@dataclass(frozen=True, slots=True)
class Checksum:
    """Of one request's body."""

    algorithm: str
    digest: bytes

    def running(self) -> "hashlib._Hash":
        return hashlib.new(self.algorithm, usedforsecurity=False)

    def matches(self, digest: bytes) -> bool:
        return hmac.compare_digest(self.digest, digest)


@dataclass(frozen=True, slots=True)
class Announced:
    """A file that a client wants to send. ``sha256`` empty: it does not say."""

    id: str
    length: int
    sha256: str
    content_type: str
    filename: str


def check_version(given: str | None) -> None:
    if given != VERSION:
        headers = {"Tus-Version": VERSION}
        raise Problem("tus_version", "Send Tus-Resumable: 1.0.0.", status=412, headers=headers)


def whole(headers: Mapping[str, str], name: str) -> int:
    """A header that is a number from 0 on; 400 when it is missing or none."""
    text = headers.get(name, "")
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise Problem("bad_request", f"{name} must be a whole number.", status=400)
    return int(text)


def read_checksum(headers: Mapping[str, str]) -> Checksum | None:
    """``Upload-Checksum: sha256 <base64>``."""
    text = headers.get("upload-checksum")
    if text is None:
        return None
    algorithm, _, encoded = text.partition(" ")
    if algorithm not in ALGORITHMS:
        raise Problem("bad_request", f"Checksums may be {', '.join(ALGORITHMS)}.", status=400)
    digest = _decoded(encoded)
    if len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise Problem("bad_request", "Upload-Checksum has not the length of its algorithm.", status=400)
    return Checksum(algorithm, digest)


def read_announcement(headers: Mapping[str, str]) -> Announced:
    """Of a POST that makes an upload. Raises ``Problem`` ``bad_request``, ``media_too_large``, ``media_empty``, or what
    says which part of the metadata is wrong."""
    if "upload-defer-length" in headers:
        raise Problem("bad_request", "The length must be known: Upload-Defer-Length is not supported.", status=400)
    length = whole(headers, "upload-length")
    if length > MAX_FILE:
        raise TooLarge("media_too_large", "The file is too large.", limit=MAX_FILE)
    if length == 0:
        raise Invalid("media_empty", "The file is empty.")
    found = _metadata(headers.get("upload-metadata", ""))
    media_id, sha256 = found.get("id") or new_id(), found.get("sha256", "").lower()
    if not is_id(media_id):
        raise _wrong("id", "Must be a UUID in lower case.")
    if sha256 and not _is(sha256, Sha256):
        raise _wrong("sha256", "Must be 64 hexadecimal digits.")
    content_type = (found.get("filetype") or "application/octet-stream").partition(";")[0].strip().lower()
    if not _is(content_type, ContentType):
        raise _wrong("filetype", "Must be a content type.")
    return Announced(media_id, length, sha256, content_type, clean_filename(found.get("filename", "")))


def _metadata(text: str) -> dict[str, str]:
    """``Upload-Metadata``: pairs of a key and base64, comma separated."""
    if len(text) > _MAX_METADATA:
        raise Problem("bad_request", "Upload-Metadata is too long.", status=400)
    found: dict[str, str] = {}
    for pair in filter(None, map(str.strip, text.split(","))):
        key, _, encoded = pair.partition(" ")
        try:
            found[key] = _decoded(encoded).decode()
        except UnicodeDecodeError:
            raise Problem("bad_request", f"Upload-Metadata: {key} is not UTF-8.", status=400) from None
    return found


def written_metadata(values: Mapping[str, str]) -> str:
    return ",".join(f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in values.items() if text)


def clean_filename(name: str) -> str:
    """The last part of a path, without control characters, at most 200 long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in last if character.isprintable())[:200].strip()


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise Problem("bad_request", "Not base64.", status=400) from None


def _is(text: str, kind: Any) -> bool:
    try:
        msgspec.convert(text, kind)
    except msgspec.ValidationError:
        return False
    return True


def _wrong(field: str, message: str) -> Invalid:
    return Invalid(detail=message, errors=(FieldError(f"Upload-Metadata.{field}", message),))
