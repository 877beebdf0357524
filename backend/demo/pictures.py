"""Product pictures for the demo, drawn by us: a pack in its brand's colour with the flavour on its label.

Everything is drawn at twice the size and halved, which is the smoothing. Pictures look the same on every machine: the
only font used is the one inside Pillow.
"""

import io
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter, ImageFont

from backend.demo.shapes import SHAPES, Part, Shape

SIZE = 320
_CANVAS = SIZE * 2
_PAPER = (250, 250, 247)
_INK = (24, 30, 38)

Colour = tuple[int, int, int]


class Look(NamedTuple):
    """What makes two pictures different. ``shape`` is a key of ``SHAPES``, colours are ``#rrggbb``, ``brand`` the
    Latin name printed on the pack, ``motif`` one of fruit, leaf, drop, bean."""

    shape: str
    brand: str
    colour: str
    flavour: str
    motif: str = "fruit"


class Region(NamedTuple):
    """A mask cut to what it covers: painting the rest would cost four times as much."""

    left: int
    top: int
    mask: Image.Image


def _cut(mask: Image.Image) -> Region:
    box = mask.getbbox() or (0, 0, 1, 1)
    return Region(box[0], box[1], mask.crop(box))


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
