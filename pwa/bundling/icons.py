"""The app's own icons, drawn, and the sprite of the lucide icons that our sources name."""

import ast
import io
import re
from pathlib import Path

from PIL import Image, ImageDraw

from pwa.bundling.assets import Folder
from pwa.bundling.sources import PROJECT, STAND_INS, THIRD_PARTY, Module

LUCIDE = PROJECT / "node_modules" / "lucide-static" / "icons"
NOT_OURS = {*THIRD_PARTY, *STAND_INS, "msgspec"}
ACCENT = "#0b6e5b"
PAPER = "#ffffff"
GLOW = "#7fd8c4"


def app_icons(folder: Folder) -> dict[str, str]:
    """URLs by name: icon-192, icon-512, icon-maskable, icon-apple, icon-badge."""
    drawn = {
        "icon-192": _drawn(192, inset=0.0, radius=0.22),
        "icon-512": _drawn(512, inset=0.0, radius=0.22),
        "icon-maskable": _drawn(512, inset=0.1, radius=0.0),
        "icon-apple": _drawn(180, inset=0.04, radius=0.0),
        "icon-badge": _badge(96),
    }
    return {name: folder.put_hashed(f"{name}.png", content) for name, content in drawn.items()}


def _drawn(size: int, inset: float, radius: float) -> bytes:
    """A parcel's ring with an arrow out of it, on the accent colour. ``inset`` and ``radius`` are shares of the
    side; maskable icons keep their mark inside the middle 80 %."""
    side = size * 4
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, side - 1, side - 1), radius * side, fill=ACCENT)
    _mark(draw, side, inset, PAPER, GLOW)
    return _png(image.resize((size, size), Image.Resampling.LANCZOS))


def _mark(draw: ImageDraw.ImageDraw, side: int, inset: float, ring: str, tail: str) -> None:
    def at(share: float) -> float:
        return side * (0.5 + (share - 0.5) * (1 - 2 * inset))

    width = int((at(0.62) - at(0.5)) * 1.0)
    draw.arc((at(0.2), at(0.2), at(0.8), at(0.8)), 70, 380, fill=ring, width=width)
    for start, end in (((0.52, 0.52), (0.79, 0.79)), ((0.79, 0.6), (0.79, 0.79)), ((0.6, 0.79), (0.79, 0.79))):
        (x0, y0), (x1, y1) = ((at(x), at(y)) for x, y in (start, end))
        draw.line((x0, y0, x1, y1), fill=tail, width=int(width * 0.8))
        for x, y in ((x0, y0), (x1, y1)):
            half = width * 0.4
            draw.ellipse((x - half, y - half, x + half, y + half), fill=tail)


def _badge(size: int) -> bytes:
    """White on nothing: Android tints it in the status bar."""
    side = size * 4
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    _mark(ImageDraw.Draw(image), side, 0.0, PAPER, PAPER)
    return _png(image.resize((size, size), Image.Resampling.LANCZOS))


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def sprite(modules: list[Module]) -> str:
    """One hidden ``<svg>`` with a ``<symbol id="i-NAME">`` per icon that a string literal of our modules names."""
    known = {path.stem for path in LUCIDE.glob("*.svg")}
    symbols = "".join(_symbol(name) for name in sorted(_literals(modules) & known))
    return f'<svg xmlns="http://www.w3.org/2000/svg" class="sprite" aria-hidden="true">{symbols}</svg>'


def _literals(modules: list[Module]) -> set[str]:
    found: set[str] = set()
    for module in modules:
        if module.name.split(".")[0] not in NOT_OURS:
            found |= {
                node.value
                for node in ast.walk(ast.parse(module.file.read_text(encoding="utf-8")))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
    for file in sorted((PROJECT / "pwa" / "shell").glob("*.*")):
        found |= set(re.findall(r'(?:#i-|icon\(")([\w-]+)', file.read_text(encoding="utf-8")))
    return found


def _symbol(name: str) -> str:
    source = Path(LUCIDE / f"{name}.svg").read_text(encoding="utf-8")
    inner = source[source.index(">", source.index("<svg")) + 1 : source.rindex("</svg>")]
    inner = re.sub(r">\s+<", "><", inner.strip()).replace(" />", "/>")
    return f'<symbol id="i-{name}" viewBox="0 0 24 24">{inner}</symbol>'
