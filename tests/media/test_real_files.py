"""Real pictures, broken ones among them, and videos, through the real upload: a right picture or a clear refusal."""

import io
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image
from sqlalchemy import select

from backend.database import Sessions, snapshot
from backend.media.models import Media
from media.evidence import LOOKALIKE, distance
from tests.films import video
from tests.media.conftest import Sender
from tests.servers import ROOT

EXIF = ROOT.parent / "shared" / "data" / "exif"
# As decoders with nothing in common with Pillow show them: width, height; and where EXIF says they were taken.
KNOWN = {
    "heic_mobile_iphone_13_pro_max.HEIC": ((3024, 4032), None),
    "heic_mobile_HMD_Nokia_8.3_5G_hdr.heif": ((4608, 3456), (40.66299, -3.76374)),
    "jpg_gps_DSCN0010.jpg": ((640, 480), (43.46745, 11.88513)),
    "jpg_mobile_HMD_Nokia_8.3_5G.jpg": ((4608, 1976), (60.14671, 24.90677)),
    "jpg_tests_67-0_length_string.jpg": ((4032, 2012), (51.025, 7.59194)),
}
pytestmark = [
    # Pillow warns of EXIF it cannot read; that is what these files are for.
    pytest.mark.filterwarnings("ignore::UserWarning:PIL"),
    pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True),
]


async def rows_of(sessions: Sessions) -> dict[str, Media]:
    """By the name of the file."""
    async with snapshot(sessions) as session:
        return {row.filename: row for row in await session.scalars(select(Media))}


async def test_every_sample_is_right_or_refused(shop: Sender, sessions: Sessions) -> None:
    paths = sorted(EXIF.glob("*"))
    if not paths:
        pytest.skip(f"NOT TESTED: no real pictures in {EXIF}")
    for path in paths:
        media_id = await shop.send(path.read_bytes(), filename=path.name)
        view = await shop.view(media_id)
        assert view["status"] == "stored", (path.name, view)
        for variant, longest in (("1600", 1600), ("320", 320)):
            answer = await shop.get(f"/api/media/{media_id}/{variant}")
            picture = Image.open(io.BytesIO(answer.content))
            picture.load()
            assert picture.format == "WEBP"
            assert max(picture.size) == min(longest, max(int(str(view["width"])), int(str(view["height"]))))
            assert dict(picture.getexif()) == {}
    rows = await rows_of(sessions)
    assert rows.keys() == {path.name for path in paths}
    for name, (size, place) in KNOWN.items():
        exif = rows[name].exif or {}
        assert (rows[name].width, rows[name].height) == size
        assert place is None or (round(exif["latitude"], 5), round(exif["longitude"], 5)) == place
    for shape in ("landscape", "portrait"):
        upright = rows[f"jpg_orientation_{shape}_1.jpg"]
        for turned in range(2, 9):
            row = rows[f"jpg_orientation_{shape}_{turned}.jpg"]
            assert (row.width, row.height) == (upright.width, upright.height)
            assert distance(row.look, upright.look) <= LOOKALIKE // 2, (shape, turned)
    assert distance(rows["jpg_orientation_landscape_1.jpg"].look, rows["jpg_mobile_jolla.jpg"].look) > LOOKALIKE


async def test_every_sample_cut_short(shop: Sender) -> None:
    """Cut in the middle, as a line that breaks cuts: refused, never a fault."""
    paths = sorted(EXIF.glob("*"))
    if not paths:
        pytest.skip(f"NOT TESTED: no real pictures in {EXIF}")
    for path in paths[::3]:
        content = path.read_bytes()
        for share in (0.02, 0.5, 0.97):
            media_id = await shop.send(content[: max(8, int(len(content) * share))])
            view = await shop.view(media_id)
            assert view["status"] == "refused" or share == 0.97, (path.name, share, view)


# videos


@pytest.mark.parametrize(
    ("form", "codec", "sent", "shown"),
    [
        ("mp4", "libx264", "video/mp4", "video/mp4"),
        ("mov", "libx264", "video/quicktime", "video/mp4"),
        ("webm", "libvpx", "video/webm", "video/webm"),
    ],
)
async def test_a_video(shop: Sender, tmp_path: Path, form: str, codec: str, sent: str, shown: str) -> None:
    content = video(tmp_path / f"film.{form}", form, codec)
    assert b"SECRET" in content
    media_id = await shop.send(content, filetype=sent, filename=f"film.{form}")
    view = await shop.view(media_id)
    assert (view["status"], view["content_type"], view["width"], view["height"]) == ("stored", sent, 320, 240)
    answer = await shop.get(f"/api/media/{media_id}/original")
    assert (answer.status_code, answer.headers["content-type"]) == (200, shown)
    for told in (b"SECRET", b"+31.2304", b"2026-06-30"):
        assert told not in answer.content
    if shown == "video/mp4":
        # The index first: it plays before all of it is here.
        assert answer.content.index(b"moov") < answer.content.index(b"mdat")
    (tmp_path / "again").write_bytes(answer.content)
    with av.open(str(tmp_path / "again")) as again:
        assert sum(1 for _ in again.decode(video=0)) == 20
    part = await shop.get(f"/api/media/{media_id}/original", {"Range": "bytes=0-99"})
    assert (part.status_code, part.content) == (206, answer.content[:100])
    for variant in ("poster", "320"):
        poster = await shop.get(f"/api/media/{media_id}/{variant}")
        assert Image.open(io.BytesIO(poster.content)).size == (320, 240)


async def test_videos_that_are_no_good(shop: Sender, tmp_path: Path) -> None:
    whole = video(tmp_path / "film.mp4", "mp4", "libx264")
    long = video(tmp_path / "long.mp4", "mp4", "libx264", seconds=190)
    sounds = tmp_path / "sound.mp4"
    with av.open(str(sounds), "w", "mp4") as out:
        stream: Any = out.add_stream("aac", rate=44100, layout="mono")
        for number in range(20):
            frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
            frame.sample_rate, frame.pts = 44100, number * 1024
            frame.planes[0].update(bytes(frame.planes[0].buffer_size))
            out.mux(stream.encode(frame))
    for content, reason in (
        (whole[: len(whole) // 2], "media_damaged"),
        (long, "media_too_long"),
        (sounds.read_bytes(), "media_type"),
    ):
        media_id = await shop.send(content, filetype="video/mp4")
        assert (await shop.view(media_id)).get("refused") == reason
