"""Barcodes, drawn, and a film of them for a browser's stand-in for a camera: EAN-13 and EAN-8 (ISO/IEC 15420; an UPC-A
is an EAN-13 that begins with 0, an UPC-E the same with zeros left out), Code 128 (ISO/IEC 15417) and ITF-14 (ISO/IEC
16390)."""

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

_LEFT = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011")
_PARITY = ("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL")
_UPCE_PARITY = (
    "GGGLLL", "GGLGLL", "GGLLGL", "GGLLLG", "GLGGLL", "GLLGGL", "GLLLGG", "GLGLGL", "GLGLLG", "GLLGLG",
)  # fmt: skip
# Widths of bars and gaps of the values 0 to 105, as the standard lists them; the last is "stop".
_CODE128 = """
212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122
123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323
131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131
213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122
141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112
124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141
411131 211412 211214 211232 2331112
"""
_ITF = ("11331", "31113", "13113", "33111", "11313", "31311", "13311", "11133", "31131", "13131")
_START_B = 104
_FRAMES = 20
_MODULE = 3
"""Pixels: what a phone held over a bottle sees."""


def ean13_modules(digits: str) -> str:
    """95 modules, ``1`` is black."""
    parity = _PARITY[int(digits[0])]
    left = "".join(_digit(digit, kind) for digit, kind in zip(digits[1:7], parity, strict=True))
    right = "".join(_inverted(_LEFT[int(digit)]) for digit in digits[7:])
    return f"101{left}01010{right}101"


def ean8_modules(digits: str) -> str:
    left = "".join(_LEFT[int(digit)] for digit in digits[:4])
    right = "".join(_inverted(_LEFT[int(digit)]) for digit in digits[4:])
    return f"101{left}01010{right}101"


def upce_modules(digits: str) -> str:
    """Of 8 digits; which of the six are even tells the number system and the check digit, that stand nowhere else."""
    parity = _UPCE_PARITY[int(digits[7])]
    if digits[0] == "1":
        parity = parity.translate(str.maketrans("LG", "GL"))
    return f"101{''.join(_digit(digit, kind) for digit, kind in zip(digits[1:7], parity, strict=True))}010101"


def code128_modules(text: str) -> str:
    """In code set B: printable ASCII."""
    table = _CODE128.split()
    values = [_START_B, *(ord(character) - 32 for character in text)]
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    return _drawn("".join(table[value] for value in (*values, check, 106)))


def itf14_modules(digits: str) -> str:
    """Interleaved 2 of 5, as cartons have it (ISO/IEC 16390): five bars and the five gaps between them tell two."""
    widths = "1111"
    for bars, gaps in zip(digits[::2], digits[1::2], strict=True):
        widths += "".join(bar + gap for bar, gap in zip(_ITF[int(bars)], _ITF[int(gaps)], strict=True))
    return _drawn(f"{widths}311")


def _drawn(widths: str) -> str:
    """Bars and gaps in turn."""
    return "".join("10"[place % 2] * int(width) for place, width in enumerate(widths))


def _digit(digit: str, kind: str) -> str:
    odd = _LEFT[int(digit)]
    return odd if kind == "L" else _inverted(odd)[::-1]


def _inverted(modules: str) -> str:
    return modules.translate(str.maketrans("01", "10"))


def film_of(codes: Sequence[str], path: Path) -> None:
    """Some frames of 640x480 of each, given as modules, one after the other, as Motion JPEG."""
    path.write_bytes(b"".join(_frame(modules) * _FRAMES for modules in codes))


def film_of_pictures(pictures: Sequence[tuple[Image.Image, int]], path: Path) -> None:
    """Each for so many frames."""
    path.write_bytes(b"".join(_jpeg(picture) * frames for picture, frames in pictures))


def nothing() -> Image.Image:
    return Image.new("RGB", (640, 480), "#d8d2c4")


def picture(modules: str) -> Image.Image:
    """A label across the middle."""
    image = nothing()
    label(image, modules, 120, 360)
    return image


def label(image: Image.Image, modules: str, top: int, bottom: int) -> None:
    draw = ImageDraw.Draw(image)
    left = (640 - len(modules) * _MODULE) // 2
    draw.rectangle((left - 30, top, 640 - left + 30, bottom), fill="white")
    for place, module in enumerate(modules):
        if module == "1":
            at = left + place * _MODULE
            draw.rectangle((at, top + 30, at + _MODULE - 1, bottom - 30), fill="black")


def _frame(modules: str) -> bytes:
    return _jpeg(picture(modules))


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()
