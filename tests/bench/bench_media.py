"""Pictures: how fast one is made small, and that many at once do not cost the server more memory than a few.

The photo has 12 megapixels, as a phone takes them, and is made here from noise at two scales, so the figures compare
ways and not photos. ``pyvips`` is libvips as its authors say it is used (``thumbnail``, WebP at its own effort);
``plain Pillow`` decodes whole, turns upright, and makes both sizes from the whole, as Pillow's own pages show it.

How fast the looks of claims' pictures are read is measured in ``tests.bench.looks``.
"""

import asyncio
import hashlib
import io
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pyvips  # type: ignore[import-untyped,unused-ignore]  # without types
from PIL import Image, ImageOps

from media.images import LARGE, SMALL, read_picture, save_webp
from offline.ids import new_id
from tests.bench.looks import looks
from tests.media.conftest import Sender
from tests.running import demo_server
from tests.servers import Served

SIZE = (4032, 3024)
ROUNDS = 7
PHONES, EACH = 20, 5
PEOPLE = ("hq", "rep", "shop", "dealer", "finance")
Figure = dict[str, Any]


def measure() -> dict[str, Figure]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "photo.jpg")
        path.write_bytes(photo(SIZE, 1))
        return {**thumbnails(path, Path(folder)), **asyncio.run(uploads()), **asyncio.run(looks())}


def photo(size: tuple[int, int], seed: int) -> bytes:
    coarse = [
        Image.effect_noise((size[0] // 50, size[1] // 50), 60 + seed % 30 + 10 * band).resize(
            size, Image.Resampling.BICUBIC
        )
        for band in range(3)
    ]
    fine = Image.effect_noise(size, 12)
    exif = Image.Exif()
    exif[0x0112] = 6
    output = io.BytesIO()
    picture = Image.merge("RGB", [Image.blend(band, fine, 0.2) for band in coarse])
    picture.save(output, "JPEG", quality=88, exif=exif)
    return output.getvalue()


# one picture


def with_ours(path: Path, folder: Path) -> None:
    picture = read_picture(path)
    save_webp(picture.large, folder / "1600.webp", picture.profile)
    save_webp(picture.small, folder / "320.webp", picture.profile)


def with_pillow(path: Path, folder: Path) -> None:
    upright = ImageOps.exif_transpose(Image.open(path))
    for longest in (LARGE, SMALL):
        scaled = upright.copy()
        scaled.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        scaled.save(folder / f"{longest}-pillow.webp", "WEBP", quality=80)


def with_vips(path: Path, folder: Path) -> None:
    large = pyvips.Image.thumbnail(str(path), LARGE, height=LARGE).copy_memory()
    large.webpsave(str(folder / "1600-vips.webp"), Q=80)
    large.thumbnail_image(SMALL, height=SMALL).webpsave(str(folder / "320-vips.webp"), Q=80)


def thumbnails(path: Path, folder: Path) -> dict[str, Figure]:
    """The ways take turns, so that a machine that slows down slows all of them."""
    ways: dict[str, Callable[[Path, Path], None]] = {"ours": with_ours, "vips": with_vips, "pillow": with_pillow}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS + 1):
        for name, way in ways.items():
            began = time.perf_counter()
            way(path, folder)
            if number:
                times[name].append(time.perf_counter() - began)
    sizes = [Image.open(folder / name).size for name in ("1600.webp", "1600-vips.webp", "1600-pillow.webp")]
    assert sizes == [(1200, 1600)] * 3, sizes
    found: dict[str, Figure] = {}
    ours = statistics.median(times["ours"])
    for name, against, bound in (("vips", "pyvips", 1.0), ("pillow", "plain Pillow", 0.5)):
        ratio = statistics.median(mine / other for mine, other in zip(times["ours"], times[name], strict=True))
        found[f"media.thumbnails.against_{name}"] = {
            "value": round(ours * 1000, 1),
            "unit": "ms",
            "ratio": round(ratio, 3),
            "against": f"{against} ({statistics.median(times[name]) * 1000:.0f} ms)",
            "bound": bound,
        }
    return found


# many at once


async def uploads() -> dict[str, Figure]:
    """Peak memory of the server while photos come one after the other, a hundred at once, and a hundred more."""
    photos = [photo(SIZE, seed) for seed in range(4)]
    with demo_server() as server:
        phones = [await _signed_in(server, PEOPLE[number % len(PEOPLE)]) for number in range(PHONES)]
        try:
            with Peak(server) as alone:
                for number in range(12):
                    await _send(phones[number % PHONES], photos[number % 4])
            peaks, seconds = [], 0.0
            for _ in range(2):
                began = time.perf_counter()
                with Peak(server) as peak:
                    await asyncio.gather(*(_several(phone, photos) for phone in phones))
                seconds = time.perf_counter() - began
                peaks.append(peak.megabytes)
        finally:
            for phone in phones:
                await phone.client.aclose()
    sent = PHONES * EACH
    return {
        "media.uploads.at_once": {"value": round(sent / seconds, 1), "unit": "/s"},
        "media.uploads.memory": _figure(peaks[0], alone.megabytes, "one after the other", 1.5),
        "media.uploads.memory_again": _figure(peaks[1], peaks[0], "the first hundred", 1.1),
    }


def _figure(value: float, other: float, against: str, bound: float) -> Figure:
    ratio = round(value / other, 3)
    return {
        "value": round(value, 1),
        "unit": "MB",
        "ratio": ratio,
        "against": f"{against} ({other:.0f} MB)",
        "bound": bound,
    }


async def _signed_in(server: Served, login: str) -> Sender:
    client = httpx.AsyncClient(base_url=server.url, timeout=300)
    answer = await client.post("/api/session", json={"login": f"{login}@demo", "password": "qudao-demo"})
    answer.raise_for_status()
    return Sender(client, {"Authorization": f"Bearer {answer.json()['token']}"})


async def _several(phone: Sender, photos: list[bytes]) -> None:
    await asyncio.gather(*(_send(phone, photos[number % len(photos)]) for number in range(EACH)))


async def _send(phone: Sender, content: bytes) -> None:
    media_id = await phone.send(content, new_id())
    view = await phone.view(media_id)
    assert (view["status"], view["sha256"]) == ("stored", hashlib.sha256(content).hexdigest())


class Peak:
    """The most memory a server's process and those it started hold while the block runs (``VmRSS``, asked 50 times a
    second)."""

    def __init__(self, server: Served) -> None:
        assert server.process is not None
        self._pid = server.process.pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.megabytes = 0.0

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            self.megabytes = max(self.megabytes, sum(map(_resident, (self._pid, *self._started()))))

    def _started(self) -> list[int]:
        tasks = Path(f"/proc/{self._pid}/task").glob("*/children")
        return [int(pid) for task in tasks for pid in _text(task).split()]

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def _resident(pid: int) -> float:
    """Megabytes; 0 for a process that has just ended."""
    lines = _text(Path(f"/proc/{pid}/status")).splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
