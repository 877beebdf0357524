"""Pictures for the demo's courses, drawn by us at twice their size and halved."""

import io
from collections.abc import Callable, Mapping
from types import MappingProxyType

from PIL import Image, ImageDraw, ImageFont

_W, _H = 1600, 1200
_INK, _PAPER, _WOOD = "#12181f", "#f4f6f2", "#c9a877"
_ROW = ("#0b6e5b", "#e08a1e", "#b42318", "#1d4ed8", "#7a5c99", "#2f9e6e")

Draw = ImageDraw.ImageDraw


def _bottle(draw: Draw, left: int, foot: int, colour: str, *, scale: float = 1.0) -> None:
    wide, high = int(110 * scale), int(300 * scale)
    draw.rounded_rectangle((left, foot - high, left + wide, foot), 26, fill=colour)
    neck = wide // 3
    draw.rectangle((left + neck, foot - high - 54, left + 2 * neck, foot - high + 8), fill=colour)
    draw.rounded_rectangle((left + neck - 6, foot - high - 76, left + 2 * neck + 6, foot - high - 44), 8, fill=_INK)
    draw.rectangle((left, foot - int(high * 0.62), left + wide, foot - int(high * 0.22)), fill=_PAPER)
    draw.ellipse(
        (left + wide // 4, foot - int(high * 0.56), left + 3 * wide // 4, foot - int(high * 0.28)), fill=colour
    )


def _text(  # noqa: PLR0917 - where, what and how, as every drawing call takes them
    draw: Draw, x: int, y: int, text: str, size: int, colour: str = _INK
) -> None:
    """Letters and figures of the font inside Pillow."""
    draw.text((x, y), text, fill=colour, font=ImageFont.load_default(size), anchor="mm")


def _arrow(draw: Draw, start: tuple[int, int], end: tuple[int, int], colour: str) -> None:
    """To the right."""
    draw.line((start, end), fill=colour, width=26)
    x, y = end
    draw.polygon(((x - 10, y - 52), (x + 74, y), (x - 10, y + 52)), fill=colour)


def _shelf(draw: Draw) -> None:
    for row in range(3):
        foot = 380 + row * 370
        for place in range(10):
            colour = _ROW[(place // 3 + row) % len(_ROW)]
            _bottle(draw, 90 + place * 145, foot, colour, scale=0.86)
        draw.rectangle((40, foot, _W - 40, foot + 34), fill=_WOOD)
        for tag in range(4):
            draw.rounded_rectangle(
                (120 + tag * 400, foot + 4, 290 + tag * 400, foot + 66), 8, fill="white", outline=_INK
            )
            _text(draw, 205 + tag * 400, foot + 36, "9.90", 40)


def _first_out(draw: Draw) -> None:
    for place, (day, colour) in enumerate((("05-12", _ROW[1]), ("06-20", _ROW[5]), ("07-14", _ROW[0]))):
        left = 120 + place * 400
        draw.rounded_rectangle((left, 420, left + 330, 860), 24, fill=colour)
        draw.rectangle((left, 520, left + 330, 560), fill=_PAPER)
        draw.rounded_rectangle((left + 40, 620, left + 290, 760), 16, fill=_PAPER)
        _text(draw, left + 165, 690, day, 84)
    draw.rectangle((60, 860, _W - 60, 900), fill=_WOOD)
    _arrow(draw, (420, 270), (1180, 270), _ROW[2])
    _text(draw, 300, 270, "1", 150, _ROW[2])
    draw.rectangle((1400, 380, 1440, 900), fill=_INK)


def _date_code(draw: Draw) -> None:
    _bottle(draw, 220, 1040, _ROW[0], scale=2.4)
    draw.ellipse((640, 250, 1480, 1090), fill="white", outline=_INK, width=22)
    _text(draw, 1060, 580, "20260714", 150)
    _text(draw, 1060, 760, "L2 B031", 110, "#56616e")
    draw.line((470, 840, 700, 800), fill=_INK, width=18)


def _range(draw: Draw) -> None:
    for place, colour in enumerate(_ROW):
        _bottle(draw, 110 + place * 240, 1000, colour, scale=1.3 + 0.25 * (place % 3))
    draw.rectangle((40, 1000, _W - 40, 1040), fill=_WOOD)


def _phone_frame(draw: Draw) -> None:
    draw.rounded_rectangle((500, 60, 1100, 1150), 70, fill=_INK)
    draw.rounded_rectangle((526, 90, 1074, 1120), 48, fill="#f5f6f8")


def _order_app(draw: Draw) -> None:
    _phone_frame(draw)
    for row in range(4):
        top = 150 + row * 200
        draw.rounded_rectangle((556, top, 1044, top + 170), 22, fill="white")
        draw.rounded_rectangle((580, top + 30, 690, top + 140), 14, fill=_ROW[row])
        draw.rounded_rectangle((716, top + 44, 900, top + 68), 10, fill="#d3d9e0")
        draw.rounded_rectangle((716, top + 96, 840, top + 116), 10, fill="#e6e9ee")
        draw.ellipse((938, top + 48, 1018, top + 128), fill=_ROW[0])
        _text(draw, 978, top + 84, "+", 70, "white")
    draw.rounded_rectangle((556, 980, 1044, 1080), 30, fill=_ROW[0])
    _text(draw, 800, 1030, "48 x 8.10", 58, "white")


def _no_signal(draw: Draw) -> None:
    _phone_frame(draw)
    for bar in range(4):
        draw.rounded_rectangle((620 + bar * 90, 560 - bar * 70, 690 + bar * 90, 640), 14, fill="#d3d9e0")
    draw.line((590, 660, 1010, 320), fill=_ROW[2], width=30)
    draw.rounded_rectangle((596, 780, 1004, 900), 30, fill="white", outline=_ROW[1], width=10)
    draw.ellipse((630, 815, 680, 865), fill=_ROW[1])
    _text(draw, 840, 840, "1", 80)


_PICTURES: Mapping[str, tuple[str, Callable[[Draw], None]]] = MappingProxyType(
    {
        "shelf": ("#eef3ee", _shelf),
        "first_out": ("#f6efe2", _first_out),
        "date_code": ("#e6f1ee", _date_code),
        "range": ("#e9f0fb", _range),
        "order_app": ("#e3f3ef", _order_app),
        "no_signal": ("#f3ece9", _no_signal),
    }
)
LESSON_PICTURES = tuple(_PICTURES)


def draw_lesson(name: str) -> bytes:
    """A WebP file of 800 x 600 pixels."""
    ground, draw = _PICTURES[name]
    canvas = Image.new("RGB", (_W, _H), ground)
    draw(ImageDraw.Draw(canvas))
    out = io.BytesIO()
    canvas.reduce(2).save(out, "WEBP", quality=80, method=2)
    return out.getvalue()
