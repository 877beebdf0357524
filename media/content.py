"""Content types by content: what a browser must never be told by a stranger."""

import zipfile
from codecs import getincrementaldecoder
from pathlib import Path

HEAD = 4096
_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"
_HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_MP4 = {
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"M4V ",
    b"dash",
    b"MSNV",
    b"3gp4",
    b"3gp5",
    b"3gp6",
}
_OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/presentation.xml": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
IMAGES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/heic", "image/avif"})
VIDEOS = frozenset({"video/mp4", "video/webm", "video/quicktime"})
PAPERS = frozenset({"application/pdf", "text/plain", *_OFFICE.values()})


def content_type_in(path: Path) -> str:
    """One of ``IMAGES``, ``VIDEOS`` and ``PAPERS``, or ``application/octet-stream``."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    found = _by_magic(head)
    if found == "application/zip":
        return _office_type(path)
    if not found and _is_text(head):
        return "text/plain"
    return found or "application/octet-stream"


def _by_magic(head: bytes) -> str:
    if head.startswith(_JPEG):
        return "image/jpeg"
    if head.startswith(_PNG):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"PK\x03\x04"):
        return "application/zip"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else ""
    return _by_brand(head)


def _by_brand(head: bytes) -> str:
    """ISO base media files name their brand behind ``ftyp``."""
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip"):
        # QuickTime of old has no ftyp.
        return "video/quicktime"
    if head[4:8] != b"ftyp":
        return ""
    size = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))]
    if b"avif" in brands or b"avis" in brands:
        return "image/avif"
    if brands[0] in _HEIF:
        return "image/heic"
    if brands[0] == b"qt  ":
        return "video/quicktime"
    return "video/mp4" if _MP4.intersection(brands) else ""


def _office_type(path: Path) -> str:
    """By the part that makes an Office file what it is; any other archive is nothing we take."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "application/octet-stream"
    if "[Content_Types].xml" not in names:
        return "application/octet-stream"
    return next((kind for part, kind in _OFFICE.items() if part in names), "application/octet-stream")


def _is_text(head: bytes) -> bool:
    """UTF-8 without control characters; the last one may be cut. Markup is not taken for text."""
    try:
        text = getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        return False
    return bool(text) and not any(ord(character) < 32 and character not in "\t\r\n\f" for character in text)
