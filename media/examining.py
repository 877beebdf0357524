"""What a file is, judged by its content alone, and what others may see of it.

``examine`` never raises for what is in the file: a picture, video or paper that cannot be read, or is more than we
take, ends in a ``Finding`` with a reason. What it raises (``OSError``) is a fault of the machine, and may pass.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from media.content import IMAGES, PAPERS, VIDEOS, content_type_in
from media.evidence import Exif
from media.images import SMALL, Unreadable, fitting, read_picture, save_webp, scaled
from media.storage import suffix_of


@dataclass(frozen=True, slots=True)
class Finding:
    """``content_type`` by content. ``refused``: why it is no good, else empty. ``width`` and ``height`` as it is to be
    looked at. ``files``: variant -> file made of it, by its name's suffix of that type."""

    content_type: str
    refused: str = ""
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    exif: Exif | None = None
    look: str = ""
    files: Mapping[str, Path] = field(default_factory=dict)


def examine(path: Path, folder: Path) -> Finding:
    """Read the file at ``path``; what is made of it goes into ``folder``."""
    content_type = content_type_in(path)
    try:
        if content_type in IMAGES:
            return _picture(path, content_type, folder)
        if content_type in VIDEOS:
            return _video(path, content_type, folder)
        if content_type == "application/pdf" and not _ends_as_pdf(path):
            raise Unreadable("media_damaged")
    except Unreadable as error:
        return Finding(content_type, refused=error.code)
    except OSError:
        # Of this machine (a disk that is full): it says nothing of the file.
        raise
    except Exception:  # noqa: BLE001 - decoders of strangers' files fail in ways of their own, and each must end in a verdict
        return Finding(content_type, refused="media_damaged")
    return Finding(content_type, refused="" if content_type in PAPERS else "media_type")


def _picture(path: Path, content_type: str, folder: Path) -> Finding:
    picture = read_picture(path)
    files = {"1600": folder / "1600.webp", "320": folder / "320.webp"}
    save_webp(picture.large, files["1600"], picture.profile)
    save_webp(picture.small, files["320"], picture.profile)
    return Finding(
        content_type, width=picture.width, height=picture.height, exif=picture.exif, look=picture.look, files=files
    )


def _video(path: Path, content_type: str, folder: Path) -> Finding:
    from media.video import read_video  # noqa: PLC0415 - brings FFmpeg, which a server without videos never needs

    video = read_video(path, content_type, folder / "packed")
    suffix = suffix_of(video.content_type)
    files = {"video": folder / f"video.{suffix}", "poster": folder / "poster.webp", "320": folder / "320.webp"}
    (folder / "packed").rename(files["video"])
    save_webp(video.poster, files["poster"])
    save_webp(scaled(video.poster, fitting(video.poster.size, SMALL)), files["320"])
    return Finding(content_type, width=video.width, height=video.height, seconds=video.seconds, files=files)


def _ends_as_pdf(path: Path) -> bool:
    """A PDF that was cut off lacks its end; some programs write a little behind it."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4096))
        return b"%%EOF" in file.read()
