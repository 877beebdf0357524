"""What a picture gives away: when and where it was taken by its own account, and what it looks like.

None of it is proof: phones strip positions, clocks are wrong, EXIF can be written by anybody. It is for hints.

A look is a picture's perceptual hash: the signs of its 255 lowest frequencies (as in pHash, with 16 x 16 of them),
seen in ten ways: whole and without its rim of 1.5 %, each upright and turned by one and two degrees both ways.
Two pictures are compared by the nearest of one's ten to the other's first, so that a small crop or turn of either
is found. Frequencies this high tell receipts of one shop apart, which the usual 8 x 8 do not.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import mul
from typing import Any

from PIL import ExifTags, Image, ImageFilter

_OFFSETS = (ExifTags.Base.OffsetTimeOriginal, ExifTags.Base.OffsetTimeDigitized, ExifTags.Base.OffsetTime)


# Of 255. Of 76 receipts and shelves it finds all that were cropped by 3 % or turned by 2 degrees and compressed again,
# and 97 to 100 % of those that were both; of 1,032 pairs of different receipts it takes 1 % for the same, most of them
# of one shop (tests/media/test_looks.py).
LOOKALIKE = 72
_GRID = 32
_FREQUENCIES = 16
_SIDE = 192
_BLUR = 2
_BITS = _FREQUENCIES**2 - 1
_DIGITS = (_BITS + 3) // 4
_VIEWS = tuple((crop, turn) for crop in (0.0, 0.03) for turn in (0, -2, -1, 1, 2))
_COSINES = tuple(
    tuple(math.cos(math.pi * (2 * x + 1) * u / (2 * _GRID)) for x in range(_GRID)) for u in range(_FREQUENCIES)
)


@dataclass(frozen=True, slots=True)
class Exif:
    """``taken_at``: the camera's wall clock, ISO 8601, with an offset when the camera wrote one; empty when unknown.
    ``latitude`` and ``longitude`` in degrees, WGS 84, ``accuracy`` in metres. ``camera``: maker and model."""

    taken_at: str = ""
    latitude: float | None = None
    longitude: float | None = None
    accuracy: float | None = None
    camera: str = ""
    software: str = ""


def read_exif(image: Image.Image) -> tuple[Exif, int]:
    """And the orientation, 1 to 8. EXIF that cannot be read counts as none: cameras write all sorts of it."""
    try:
        found = image.getexif()
        base = dict(found)
        detail = {**base, **found.get_ifd(ExifTags.IFD.Exif)}
        gps = dict(found.get_ifd(ExifTags.IFD.GPSInfo))
    except Exception:  # noqa: BLE001 - Pillow's reader fails in many ways on broken EXIF: struct, Type, Value, Syntax ...
        return Exif(), 1
    orientation = base.get(ExifTags.Base.Orientation, 1)
    latitude, longitude = _position(gps)
    exif = Exif(
        taken_at=_taken_at(detail),
        latitude=latitude,
        longitude=longitude,
        accuracy=_number(gps.get(ExifTags.GPS.GPSHPositioningError)),
        camera=" ".join(filter(None, (_text(base.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model)))),
        software=_text(base.get(ExifTags.Base.Software)),
    )
    return exif, orientation if orientation in range(1, 9) else 1


def _taken_at(values: Mapping[int, Any]) -> str:
    for tag in (ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTimeDigitized, ExifTags.Base.DateTime):
        text = _text(values.get(tag))
        try:
            moment = datetime.strptime(text[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - a wall clock; EXIF knows no zone
        except ValueError:
            continue
        offset = next(filter(None, (_text(values.get(each)) for each in _OFFSETS)), "")
        try:
            return datetime.fromisoformat(f"{moment.isoformat()}{offset}").isoformat()
        except ValueError:
            return moment.isoformat()
    return ""


def _position(gps: Mapping[int, Any]) -> tuple[float | None, float | None]:
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "NS", 90)
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "EW", 180)
    if latitude is None or longitude is None or (latitude, longitude) == (0, 0):
        # Cameras without a fix write zeros.
        return None, None
    return latitude, longitude


def _degrees(parts: Any, reference: Any, directions: str, most: float) -> float | None:
    """Degrees, minutes and seconds; the second of ``directions`` is the negative one."""
    direction = _text(reference).upper()[:1]
    if not isinstance(parts, tuple) or len(parts) != 3 or not direction or direction not in directions:
        return None
    numbers = [_number(part) for part in parts]
    if None in numbers:
        return None
    degrees, minutes, seconds = (number or 0.0 for number in numbers)
    value = degrees + minutes / 60 + seconds / 3600
    return round(-value if direction == directions[1] else value, 7) if 0 <= value <= most else None


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) else None


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    # A surrogate or NUL could not be stored, and nobody could read it.
    clean = value.split("\0")[0].encode("utf-8", "replace").decode()
    return "".join(character for character in clean if character.isprintable()).strip()[:100]


def look_of(image: Image.Image) -> str:
    """Hexadecimal, 640 digits; some 12 ms."""
    grey = image.convert("L")
    scale = _SIDE / max(grey.size)
    size = max(8, round(grey.width * scale)), max(8, round(grey.height * scale))
    grey = grey.resize(size, Image.Resampling.BOX if scale < 0.5 else Image.Resampling.LANCZOS)
    grey = grey.filter(ImageFilter.GaussianBlur(_BLUR))
    return "".join(f"{_bits(_view(grey, crop, turn)):0{_DIGITS}x}" for crop, turn in _VIEWS)


def distance(first: str, second: str) -> int:
    """Of two looks: 0 for the same, about 127 for strangers, at most 255. Likely the same picture up to
    ``LOOKALIKE``. ``ValueError`` when either is no look."""
    return apart(views_of(first), views_of(second))


def apart(left: Sequence[int], right: Sequence[int]) -> int:
    """``distance`` of two looks whose ``views_of`` are at hand."""
    upright_left, upright_right = left[0], right[0]
    near = [(each ^ upright_right).bit_count() for each in left]
    return min(near + [(upright_left ^ each).bit_count() for each in right])


def views_of(look: str) -> tuple[int, ...]:
    if len(look) != _DIGITS * len(_VIEWS):
        raise ValueError("not a look")
    return tuple(int(look[at : at + _DIGITS], 16) for at in range(0, len(look), _DIGITS))


def _view(grey: Image.Image, crop: float, turn: float) -> Image.Image:
    """A square grid laid over the picture but a rim, turned by degrees around its middle."""
    width, height = grey.size
    across, down = width * (1 - crop) / _GRID, height * (1 - crop) / _GRID
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    half = _GRID / 2
    affine = (
        *(cosine * across, -sine * down, width / 2 - half * (cosine * across - sine * down)),
        *(sine * across, cosine * down, height / 2 - half * (sine * across + cosine * down)),
    )
    return grey.transform((_GRID, _GRID), Image.Transform.AFFINE, affine, Image.Resampling.BILINEAR)


def _bits(view: Image.Image) -> int:
    """The cosine transform (DCT-II) by rows, then by columns; each frequency but the mean against their median."""
    pixels = view.tobytes()
    rows = [pixels[at : at + _GRID] for at in range(0, _GRID * _GRID, _GRID)]
    across = zip(*([sum(map(mul, wave, row)) for wave in _COSINES] for row in rows), strict=True)
    columns = list(across)
    found = [sum(map(mul, wave, column)) for wave in _COSINES for column in columns][1:]
    median = sorted(found)[_BITS // 2]
    return sum(1 << place for place, value in enumerate(found) if value > median)
