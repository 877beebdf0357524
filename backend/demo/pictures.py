"""Product pictures for the demo, drawn by us: a pack in its brand's colour with the flavour on its label.

Everything is drawn at twice the size and halved, which is the smoothing. Pictures look the same on every machine: the
only font used is the one inside Pillow.
"""

import io
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter, ImageFont

SIZE = 320
_CANVAS = SIZE * 2
_PAPER = (250, 250, 247)
_INK = (24, 30, 38)

Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]


class Look(NamedTuple):
    """What makes two pictures different. ``shape`` is a key of ``SHAPES``, colours are ``#rrggbb``, ``brand`` the
    Latin name printed on the pack, ``motif`` one of fruit, leaf, drop, bean."""

    shape: str
    brand: str
    colour: str
    flavour: str
    motif: str = "fruit"


class Part(NamedTuple):
    """A region of a pack: ``role`` says its colour. ``box`` is (left, top, right, bottom) on the canvas, ``radius``
    of its corners; ``kind`` r(ounded rectangle), e(llipse) or p(olygon through ``points``)."""

    role: str
    box: Box = (0, 0, 0, 0)
    radius: int = 0
    kind: str = "r"
    points: tuple[tuple[int, int], ...] = ()


class Region(NamedTuple):
    """A mask cut to what it covers: painting the rest would cost four times as much."""

    left: int
    top: int
    mask: Image.Image


def _cut(mask: Image.Image) -> Region:
    box = mask.getbbox() or (0, 0, 1, 1)
    return Region(box[0], box[1], mask.crop(box))


class Shape(NamedTuple):
    """``label`` is where the brand stands, ``motif`` the flavour (centre x, centre y, radius)."""

    parts: tuple[Part, ...]
    label: Box
    motif: tuple[int, int, int]
    foot: int


def _bag(left: int, right: int, top: int, bottom: int, waist: int) -> tuple[tuple[int, int], ...]:
    """A pillow pack: pinched at both ends, fuller in the middle."""
    middle = (top + bottom) // 2
    return (
        (left + waist, top),
        (right - waist, top),
        (right - waist + 4, top + 34),
        (right, middle - 60),
        (right, middle + 60),
        (right - waist + 4, bottom - 34),
        (right - waist, bottom),
        (left + waist, bottom),
        (left + waist - 4, bottom - 34),
        (left, middle + 60),
        (left, middle - 60),
        (left + waist - 4, top + 34),
    )


SHAPES: dict[str, Shape] = {
    "bottle": Shape(
        (
            Part("cap", (278, 62, 362, 118), 14),
            Part("body", (286, 112, 354, 210), 8),
            Part("body", (216, 150, 424, 330), 90),
            Part("body", (216, 230, 424, 578), 44),
            Part("label", (216, 292, 424, 486)),
            Part("accent", (216, 462, 424, 486)),
        ),
        (224, 306, 416, 360),
        (320, 412, 40),
        578,
    ),
    "can": Shape(
        (
            Part("metal", (216, 92, 424, 580), 34),
            Part("body", (208, 122, 432, 550), 20),
            Part("label", (208, 200, 432, 432)),
            Part("accent", (208, 432, 432, 462)),
        ),
        (216, 216, 424, 276),
        (320, 348, 58),
        580,
    ),
    "carton": Shape(
        (
            Part("dark", kind="p", points=((196, 170), (250, 84), (412, 84), (444, 170))),
            Part("cap", (300, 62, 356, 104), 10),
            Part("body", (196, 166, 444, 580), 10),
            Part("label", (196, 250, 444, 500)),
            Part("accent", (196, 500, 444, 530)),
        ),
        (206, 266, 434, 330),
        (320, 412, 64),
        580,
    ),
    "cup": Shape(
        (
            Part("metal", (178, 168, 462, 206), 18),
            Part("body", kind="p", points=((190, 200), (450, 200), (414, 560), (226, 560))),
            Part("label", kind="p", points=((199, 280), (441, 280), (424, 470), (216, 470))),
            Part("accent", kind="p", points=((216, 470), (424, 470), (421, 500), (219, 500))),
        ),
        (216, 292, 424, 342),
        (320, 404, 50),
        560,
    ),
    "tub": Shape(
        (
            Part("dark", kind="p", points=((168, 210), (472, 210), (430, 570), (210, 570))),
            Part("body", kind="p", points=((164, 214), (476, 214), (446, 470), (194, 470))),
            Part("label", (216, 260, 424, 440), 24),
            Part("metal", (150, 176, 490, 220), 20),
            Part("accent", (150, 208, 490, 220), 4),
        ),
        (224, 272, 416, 322),
        (320, 378, 46),
        570,
    ),
    "box": Shape(
        (
            Part("dark", kind="p", points=((452, 170), (504, 142), (504, 520), (452, 566))),
            Part("light", kind="p", points=((140, 170), (196, 142), (504, 142), (452, 170))),
            Part("body", (140, 168, 454, 568), 6),
            Part("label", (168, 214, 426, 420), 20),
            Part("accent", (140, 470, 454, 500)),
        ),
        (178, 226, 416, 290),
        (297, 352, 52),
        568,
    ),
    "bag": Shape(
        (
            Part("body", kind="p", points=_bag(156, 484, 86, 580, 22)),
            Part("dark", (178, 86, 462, 112)),
            Part("dark", (178, 556, 462, 580)),
            Part("label", (196, 178, 444, 432), 110),
            Part("accent", (172, 476, 468, 506)),
        ),
        (214, 204, 426, 268),
        (320, 346, 62),
        580,
    ),
    "tin": Shape(
        (
            Part("metal", (176, 184, 464, 568), 40),
            Part("body", (170, 222, 470, 536), 12),
            Part("label", (170, 272, 470, 470)),
            Part("accent", (170, 470, 470, 498)),
        ),
        (186, 284, 454, 340),
        (320, 404, 50),
        568,
    ),
    "jar": Shape(
        (
            Part("cap", (280, 64, 360, 128), 12),
            Part("dark", (288, 122, 352, 220), 8),
            Part("dark", (214, 176, 426, 580), 60),
            Part("label", (214, 304, 426, 510)),
            Part("accent", (214, 304, 426, 324)),
        ),
        (222, 334, 418, 388),
        (320, 446, 44),
        580,
    ),
    "sack": Shape(
        (
            Part("body", (156, 108, 484, 580), 48),
            Part("light", (172, 84, 468, 150), 16),
            Part("dark", (172, 128, 468, 138)),
            Part("label", (188, 200, 452, 470), 26),
            Part("accent", (156, 510, 484, 536)),
        ),
        (200, 216, 440, 284),
        (320, 376, 66),
        580,
    ),
    "pump": Shape(
        (
            Part("cap", (222, 70, 364, 100), 14),
            Part("cap", (308, 84, 334, 170), 4),
            Part("cap", (276, 150, 364, 196), 10),
            Part("body", (206, 190, 434, 580), 62),
            Part("label", (206, 296, 434, 500)),
            Part("accent", (206, 488, 434, 506)),
        ),
        (216, 310, 424, 364),
        (320, 426, 46),
        580,
    ),
    "tube": Shape(
        (
            Part("body", kind="p", points=((202, 84), (438, 84), (402, 500), (238, 500))),
            Part("dark", (200, 74, 440, 104), 6),
            Part("label", kind="p", points=((214, 190), (426, 190), (411, 390), (229, 390))),
            Part("accent", kind="p", points=((229, 390), (411, 390), (409, 416), (231, 416))),
            Part("cap", (244, 496, 396, 584), 14),
        ),
        (226, 204, 414, 256),
        (320, 322, 48),
        584,
    ),
    "jug": Shape(
        (
            Part("cap", (330, 66, 426, 140), 16),
            Part("body", (342, 130, 414, 220), 6),
            Part("body", (170, 180, 470, 580), 66),
            Part("hole", (206, 216, 318, 300), 36),
            Part("label", (170, 330, 470, 524)),
            Part("accent", (170, 506, 470, 530)),
        ),
        (186, 342, 454, 398),
        (320, 454, 42),
        580,
    ),
    "roll": Shape(
        (
            Part("light", (128, 156, 320, 360), 70),
            Part("light", (320, 156, 512, 360), 70),
            Part("body", (120, 250, 520, 578), 40),
            Part("label", (170, 300, 470, 500), 24),
            Part("accent", (120, 528, 520, 552)),
        ),
        (184, 314, 456, 374),
        (320, 436, 48),
        578,
    ),
}


def draw_picture(look: Look) -> bytes:
    """The look as a WebP file of ``SIZE`` x ``SIZE`` pixels."""
    shape = SHAPES[look.shape]
    body, flavour = _rgb(look.colour), _rgb(look.flavour)
    canvas = Image.new("RGB", (_CANVAS, _CANVAS), _mixed(flavour, (255, 255, 255), 0.86))
    _paint(canvas, _mixed(flavour, (255, 255, 255), 0.72), _glow())
    _paint(canvas, _mixed(body, _INK, 0.7), _shadow(shape.foot, shape.parts))
    colours = {
        "body": body,
        "dark": _mixed(body, _INK, 0.28),
        "light": _mixed(body, (255, 255, 255), 0.35),
        "cap": _mixed(flavour, _INK, 0.12),
        "accent": flavour,
        "label": _PAPER,
        "metal": (206, 212, 219),
        "hole": _mixed(flavour, (255, 255, 255), 0.72),
    }
    for part in shape.parts:
        _paint(canvas, colours[part.role], _mask(part))
    _paint(canvas, (255, 255, 255), _light(look.shape))
    _paint(canvas, _INK, _shade(look.shape))
    _draw_label(canvas, shape, look, body, flavour)
    out = io.BytesIO()
    canvas.reduce(2).save(out, "WEBP", quality=78, method=2)
    return out.getvalue()


def _draw_label(canvas: Image.Image, shape: Shape, look: Look, body: Colour, flavour: Colour) -> None:
    draw = ImageDraw.Draw(canvas)
    left, top, right, bottom = shape.label
    font = _font(look.brand, right - left, bottom - top)
    ink = _mixed(body, _INK, 0.35)
    draw.text(((left + right) / 2, (top + bottom) / 2 - 4), look.brand, fill=ink, font=font, anchor="mm")
    _MOTIFS[look.motif](draw, *shape.motif, flavour)


def _draw_fruit(draw: ImageDraw.ImageDraw, x: int, y: int, radius: int, colour: Colour) -> None:
    radius = radius * 9 // 10
    y += radius // 6
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    shine = radius * 2 // 3
    draw.ellipse((x - shine, y - shine, x + shine // 4, y + shine // 4), fill=_mixed(colour, (255, 255, 255), 0.3))
    box = (x - radius // 8, y - radius - radius // 4, x + radius, y - radius + radius // 3)
    draw.chord(box, 150, 330, fill=_mixed(colour, (60, 120, 70), 0.8))


def _draw_leaf(draw: ImageDraw.ImageDraw, x: int, y: int, radius: int, colour: Colour) -> None:
    tip = radius * 11 // 10
    draw.chord((x - tip, y - tip // 2, x + tip * 2, y + tip * 3 // 2 + tip), 180, 285, fill=colour)
    draw.ellipse((x - radius, y - radius // 2, x + radius, y + radius * 4 // 5), fill=colour)
    pale = _mixed(colour, (255, 255, 255), 0.55)
    draw.line((x - radius * 4 // 5, y + radius // 3, x + radius * 4 // 5, y), fill=pale, width=6)
    for offset in (-radius // 3, radius // 6):
        draw.line((x + offset, y + radius // 8, x + offset + radius // 4, y - radius // 4), fill=pale, width=5)


def _draw_drop(draw: ImageDraw.ImageDraw, x: int, y: int, radius: int, colour: Colour) -> None:
    round_ = radius * 3 // 4
    centre = y + radius // 4
    draw.polygon(((x, y - radius), (x - round_ * 9 // 10, centre - 6), (x + round_ * 9 // 10, centre - 6)), fill=colour)
    draw.ellipse((x - round_, centre - round_, x + round_, centre + round_), fill=colour)
    shine = round_ * 2 // 3
    pale = _mixed(colour, (255, 255, 255), 0.45)
    draw.arc((x - shine, centre - shine, x + shine, centre + shine), 110, 200, fill=pale, width=8)


def _draw_bean(draw: ImageDraw.ImageDraw, x: int, y: int, radius: int, colour: Colour) -> None:
    for shift, tone in ((-radius // 2, 0.18), (radius // 2, 0.0)):
        half, high = radius * 5 // 8, radius * 9 // 10
        box = (x + shift - half, y - high, x + shift + half, y + high)
        draw.ellipse(box, fill=_mixed(colour, _INK, tone))
        crease = _mixed(colour, (255, 255, 255), 0.45)
        draw.arc((x + shift - half * 2, y - high, x + shift, y + high), 310, 50, fill=crease, width=6)


_MOTIFS = {"fruit": _draw_fruit, "leaf": _draw_leaf, "drop": _draw_drop, "bean": _draw_bean}


def _paint(canvas: Image.Image, colour: Colour, region: Region) -> None:
    canvas.paste(colour, (region.left, region.top), region.mask)


@lru_cache(maxsize=256)
def _font(text: str, width: int, height: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The largest size at which ``text`` fits."""
    for size in range(height, 12, -2):
        font = ImageFont.load_default(size)
        if font.getlength(text) <= width - 12:
            return font
    return ImageFont.load_default(12)


@lru_cache(maxsize=256)
def _mask(part: Part) -> Region:
    return _cut(_drawn(part))


def _drawn(part: Part) -> Image.Image:
    mask = Image.new("L", (_CANVAS, _CANVAS))
    draw = ImageDraw.Draw(mask)
    if part.kind == "p":
        draw.polygon(part.points, fill=255)
    else:
        draw.rounded_rectangle(part.box, part.radius, fill=255)
    return mask


def _outline(parts: Sequence[Part]) -> Image.Image:
    whole = Image.new("L", (_CANVAS, _CANVAS))
    for part in parts:
        whole = ImageChops.lighter(whole, _drawn(part))
        if part.role == "hole":
            whole = ImageChops.subtract(whole, _drawn(part))
    return whole


@lru_cache(maxsize=32)
def _light(shape: str) -> Region:
    """A band of light on the left, inside the pack."""
    return _band(shape, 0.16, 0.36, 64)


@lru_cache(maxsize=32)
def _shade(shape: str) -> Region:
    """The side away from the light."""
    return _band(shape, 0.72, 1.0, 44)


def _band(shape: str, start: float, end: float, strength: int) -> Region:
    whole = _outline(SHAPES[shape].parts)
    left, _, right, _ = whole.getbbox() or (0, 0, _CANVAS, _CANVAS)
    width = right - left
    band = Image.new("L", (_CANVAS, _CANVAS))
    ImageDraw.Draw(band).rectangle((left + width * start, 0, left + width * end, _CANVAS), fill=strength)
    return _cut(ImageChops.multiply(band.filter(ImageFilter.BoxBlur(width * 0.06)), whole))


@lru_cache(maxsize=1)
def _glow() -> Region:
    glow = Image.new("L", (_CANVAS, _CANVAS))
    ImageDraw.Draw(glow).ellipse((70, 70, 570, 570), fill=150)
    return _cut(glow)


@lru_cache(maxsize=32)
def _shadow(foot: int, parts: tuple[Part, ...]) -> Region:
    left, _, right, _ = _outline(parts).getbbox() or (0, 0, _CANVAS, _CANVAS)
    shadow = Image.new("L", (_CANVAS, _CANVAS))
    ImageDraw.Draw(shadow).ellipse((left - 14, foot - 22, right + 26, foot + 26), fill=110)
    return _cut(shadow.filter(ImageFilter.BoxBlur(12)).filter(ImageFilter.BoxBlur(12)))


def _rgb(colour: str) -> Colour:
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


def _mixed(colour: Colour, other: Colour, share: float) -> Colour:
    """``colour`` with ``share`` (0 to 1) of ``other``."""
    red, green, blue = (round(one * (1 - share) + two * share) for one, two in zip(colour, other, strict=True))
    return red, green, blue
