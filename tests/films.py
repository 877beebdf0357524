"""Small films, made here."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from PIL import Image


def video(path: Path, form: str, codec: str, seconds: float = 2.0, turn: int = 0) -> bytes:
    """A small film that tells where and when it was made."""
    film: Any = av.VideoFrame
    options = {"movflags": "use_metadata_tags"} if form != "webm" else {}
    with av.open(str(path), "w", form, options=options) as out:
        out.metadata.update(
            {"location": "+31.2304+121.4737/", "creation_time": "2026-06-30T10:00:00Z", "comment": "SECRET"}
        )
        stream: Any = out.add_stream(codec, rate=10)
        stream.metadata.update({"title": "SECRET", "handler_name": "SECRET"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(max(1, int(seconds * 10))):
            shade = 40 + number % 100
            frame = film.from_image(Image.new("RGB", (320, 240), (shade, 200 - shade, 90)))
            frame.pts, frame.time_base = number, Fraction(1, 10)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path.read_bytes()
