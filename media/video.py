"""Short videos: looked into, given a poster, and packed anew without what they say of place and time.

The streams are copied as they are, never encoded; the index goes to the front, so that playing begins at once.
"""

import errno
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError
from PIL import Image

from media.boxes import check_index
from media.images import LARGE, MAX_PIXELS, Unreadable, fitting

MAX_SECONDS = 180.0
_FORMATS = {"video/mp4": "mp4", "video/quicktime": "mp4", "video/webm": "webm"}
# What browsers play, by container.
_CODECS = {
    "mp4": {"h264", "hevc", "av1", "mpeg4", "vp9"},
    "webm": {"vp8", "vp9", "av1"},
}
# A disk that is full, a folder that cannot be written, too many open files.
_OF_THE_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE}
_SOUNDS = {"mp4": {"aac", "mp3", "opus", "ac3"}, "webm": {"opus", "vorbis"}}


@dataclass(frozen=True, slots=True)
class Video:
    """``width`` and ``height`` upright. ``content_type`` is that of the file packed anew."""

    width: int
    height: int
    seconds: float
    poster: Image.Image
    content_type: str


def read_video(path: Path, content_type: str, packed: Path) -> Video:
    """Writes the video without its metadata to ``packed``. Raises ``Unreadable`` with ``media_damaged``,
    ``media_too_long``, ``media_too_many_pixels`` or ``media_type`` (no stream that browsers play); ``OSError`` where
    this machine has no room."""
    try:
        check_index(path)
        return _read(path, _FORMATS[content_type], packed)
    except (FFmpegError, OSError, ValueError, IndexError, MemoryError, OverflowError, ZeroDivisionError) as error:
        if (number := getattr(error, "errno", None)) in _OF_THE_MACHINE:
            raise OSError(number, "while a video was packed") from None
        raise Unreadable("media_damaged") from None


def _open(path: Path) -> Any:
    # A picture in the stream may be larger than the index says, and opening decodes the first ones already.
    return av.open(str(path), options=_bounds(), metadata_errors="ignore")


def _bounds() -> dict[str, str]:
    return {"max_pixels": str(MAX_PIXELS)}


def _read(path: Path, form: str, packed: Path) -> Video:
    with _open(path) as source:
        stream = next(iter(source.streams.video), None)
        if stream is None or stream.codec_context.name not in _CODECS[form]:
            raise Unreadable("media_type")
        if stream.width * stream.height > MAX_PIXELS:
            raise Unreadable("media_too_many_pixels")
        poster, turn = _poster(source, stream)
    seconds = _pack(path, form, packed)
    width, height = (stream.height, stream.width) if turn % 180 else (stream.width, stream.height)
    return Video(width, height, seconds, poster, f"video/{form}")


def _poster(source: Any, stream: Any) -> tuple[Image.Image, int]:
    """The first picture, upright, and how far it was turned."""
    stream.codec_context.options = _bounds()
    frame = next(iter(source.decode(stream)), None)
    if frame is None:
        raise Unreadable("media_damaged")
    width, height = fitting((frame.width, frame.height), LARGE)
    image: Image.Image = frame.reformat(width=width, height=height, format="rgb24").to_image()
    turn = round(getattr(frame, "rotation", 0) or 0) % 360
    return (image.rotate(turn, expand=True) if turn else image), turn


def _pack(path: Path, form: str, packed: Path) -> float:
    """Copies picture and sound; returns the length in seconds, judged by what is in the file, not by what it says."""
    options = {"movflags": "faststart"} if form == "mp4" else {}
    end = 0.0
    # An index may name the same bytes a million times over.
    left = path.stat().st_size
    with (
        _open(path) as source,
        av.open(str(packed), "w", form, options=options) as out,
    ):
        picture = source.streams.video[0]
        sound = next((each for each in source.streams.audio if each.codec_context.name in _SOUNDS[form]), None)
        taken = [picture, *([sound] if sound else [])]
        targets = {each.index: out.add_stream_from_template(each) for each in taken}
        for target in targets.values():
            target.metadata.clear()
        out.metadata.clear()
        for packet in source.demux(taken):
            if packet.dts is None:
                continue
            left -= packet.size
            if left < 0:
                raise Unreadable("media_damaged")
            if packet.stream is picture and packet.pts is not None:
                end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
            if end > MAX_SECONDS + 1:
                raise Unreadable("media_too_long")
            packet.stream = targets[packet.stream.index]
            out.mux(packet)
    if not math.isfinite(end) or end <= 0:
        raise Unreadable("media_damaged")
    return round(end, 2)
