"""Pictures: read once, turned upright, scaled down, and stripped of all that is not the picture.

A JPEG is decoded at the smallest eighth that still holds the large size, which takes a quarter of the time; the
small picture is made from the large one.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import pillow_heif
from PIL import Image, UnidentifiedImageError

from media.evidence import Exif, look_of, read_exif

LARGE = 1600
SMALL = 320
# Pixels are what memory pays for: some 200 MB for those of a phone that takes all its sensor gives.
MAX_PIXELS = 64_000_000
MAX_SIDE = 30_000
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "HEIF", "AVIF")
_QUALITY = 80
# 2 takes half the time of Pillow's 4 for files a few per cent larger.
_METHOD = 2
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_MAX_PROFILE = 8 << 10

pillow_heif.register_heif_opener()


class Unreadable(Exception):
    """``code``: ``media_damaged`` or ``media_too_many_pixels``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Picture:
    """``width`` and ``height`` of the whole, upright; ``large`` and ``small`` are upright RGB."""

    width: int
    height: int
    exif: Exif
    large: Image.Image
    small: Image.Image
    profile: bytes | None

    @property
    def look(self) -> str:
        return look_of(self.large)


def read_picture(path: Path) -> Picture:
    """Raises ``Unreadable``. Of an animation only the first picture counts."""
    try:
        with Image.open(path, formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
                raise Unreadable("media_too_many_pixels")
            return _read(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unreadable("media_too_many_pixels") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, MemoryError):
        # Decoders say "broken" in all these ways.
        raise Unreadable("media_damaged") from None


def _read(image: Image.Image) -> Picture:
    exif, orientation = read_exif(image)
    width, height = image.size
    target = fitting(image.size, LARGE)
    image.draft("RGB", target)
    image.load()
    profile = image.info.get("icc_profile") if image.mode == "RGB" else None
    large = _opaque(scaled(_true_colours(image), target))
    if orientation in _UPRIGHT:
        large = large.transpose(_UPRIGHT[orientation])
    if orientation > 4:
        width, height = height, width
    kept = profile if isinstance(profile, bytes) and len(profile) <= _MAX_PROFILE else None
    return Picture(width, height, exif, large, scaled(large, fitting(large.size, SMALL)), kept)


def fitting(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """At most ``longest`` on its longer side, never larger than it is."""
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def scaled(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _true_colours(image: Image.Image) -> Image.Image:
    """In a mode that can be scaled: RGB, or RGBA where it can be seen through."""
    if image.mode in ("RGB", "RGBA"):
        return image
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        # Sixteen bits: the upper eight are what can be seen.
        return image.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    seen_through = image.mode in ("LA", "PA", "RGBa", "La") or "transparency" in image.info
    return image.convert("RGBA" if seen_through else "RGB")


def _opaque(image: Image.Image) -> Image.Image:
    """On white."""
    if image.mode == "RGB":
        return image
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def smaller_webp(content: bytes, longest: int) -> bytes:
    """A picture of ours once more, smaller."""
    with Image.open(io.BytesIO(content), formats=("WEBP",)) as image:
        made = scaled(image.convert("RGB"), fitting(image.size, longest))
        output = io.BytesIO()
        made.save(output, "WEBP", quality=_QUALITY, method=_METHOD, icc_profile=image.info.get("icc_profile") or b"")
    return output.getvalue()


def save_webp(image: Image.Image, path: Path, profile: bytes | None = None) -> None:
    """Nothing but the picture and the colours it is meant in."""
    image.save(path, "WEBP", quality=_QUALITY, method=_METHOD, icc_profile=profile or b"", exif=b"", xmp=b"")
