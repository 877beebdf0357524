"""An EAN-13 barcode (ISO/IEC 15420), drawn, and a film of it for a browser's stand-in for a camera."""

import io
from pathlib import Path

from PIL import Image, ImageDraw

_LEFT = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011")
_PARITY = ("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL")


def ean13_modules(digits: str) -> str:
    """95 modules, ``1`` is black."""
    parity = _PARITY[int(digits[0])]
    left = "".join(_digit(digit, kind) for digit, kind in zip(digits[1:7], parity, strict=True))
    right = "".join(_inverted(_LEFT[int(digit)]) for digit in digits[7:])
    return f"101{left}01010{right}101"


def _digit(digit: str, kind: str) -> str:
    odd = _LEFT[int(digit)]
    return odd if kind == "L" else _inverted(odd)[::-1]


def _inverted(modules: str) -> str:
    return modules.translate(str.maketrans("01", "10"))


def film_of(digits: str, path: Path) -> None:
    """A few frames of 640x480, as Motion JPEG."""
    image = Image.new("RGB", (640, 480), "#d8d2c4")
    draw = ImageDraw.Draw(image)
    draw.rectangle((100, 120, 540, 360), fill="white")
    for place, module in enumerate(ean13_modules(digits)):
        if module == "1":
            draw.rectangle((130 + place * 4, 150, 133 + place * 4, 330), fill="black")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    path.write_bytes(buffer.getvalue() * 5)
