"""Films whose index says more than the file holds: nothing that is made of them may outgrow it."""

import struct
from collections.abc import Mapping
from pathlib import Path

import pytest

from media.boxes import MOST_SAMPLES, check_index
from media.examining import examine
from media.images import Unreadable
from tests.films import video

_WITHIN = (b"moov", b"trak", b"mdia", b"minf", b"stbl")


def rewritten(content: bytes, boxes: Mapping[bytes, bytes]) -> bytes:
    """The film with the bodies of some boxes replaced; what stands before them stays where it is."""
    made = b""
    while content:
        size, kind = struct.unpack(">I4s", content[:8])
        body = content[8:size]
        if kind in _WITHIN:
            body = rewritten(body, boxes)
        body = boxes.get(kind, body)
        made += struct.pack(">I4s", 8 + len(body), kind) + body
        content = content[size:]
    return made


def film(folder: Path) -> bytes:
    return video(folder / "film.mp4", "mp4", "mpeg4")


def repeated(content: bytes, times: int) -> bytes:
    """All of the film's pictures as one sample, which is shown so often."""
    at = content.index(b"mdat") + 4
    size = struct.unpack(">I", content[at - 8 : at - 4])[0] - 8
    return rewritten(
        content,
        {
            b"stsz": struct.pack(">III", 0, size, times),
            b"stco": struct.pack(">II", 0, times) + struct.pack(">I", at) * times,
            b"stsc": struct.pack(">IIIII", 0, 1, 1, 1, 1),
            b"stts": struct.pack(">IIII", 0, 1, times, 1),
            b"stss": struct.pack(">III", 0, 1, 1),
        },
    )


def test_the_same_bytes_named_a_hundred_times_are_no_film(tmp_path: Path) -> None:
    content = film(tmp_path)
    path = tmp_path / "bomb.mp4"
    path.write_bytes(repeated(content, 500))
    assert path.stat().st_size < 2 * len(content)
    found = examine(path, tmp_path)
    assert (found.content_type, found.refused) == ("video/mp4", "media_damaged")
    packed = tmp_path / "packed"
    assert not packed.exists() or packed.stat().st_size < 4 * len(content)


def _of_samples(count: int) -> Mapping[bytes, bytes]:
    return {
        b"stsz": struct.pack(">III", 0, 1, count),
        b"stco": struct.pack(">III", 0, 1, 48),
        b"stsc": struct.pack(">IIIII", 0, 1, 1, count, 1),
        b"stts": struct.pack(">IIII", 0, 1, count, 1),
    }


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


@pytest.mark.parametrize("where", ["index", "fragment", "elsewhere", "packed"])
def test_an_index_of_a_hundred_million_samples_is_refused_before_a_decoder_reads_it(tmp_path: Path, where: str) -> None:
    many = 100_000_000
    content = film(tmp_path)
    fragment = _box(b"moof", _box(b"traf", _box(b"trun", struct.pack(">II", 0, many))))
    elsewhere = _box(b"moov", _box(b"udta", _box(b"stsz", struct.pack(">III", 0, 1, many))))
    made = {
        "index": rewritten(content, _of_samples(many)),
        "fragment": content + fragment,
        "elsewhere": content + elsewhere,
        "packed": content + _box(b"moov", _box(b"cmov", b"")),
    }
    path = tmp_path / "bomb.mp4"
    path.write_bytes(made[where])
    with pytest.raises(Unreadable) as refused:
        check_index(path)
    assert refused.value.code == "media_damaged"
    assert examine(path, tmp_path).refused == "media_damaged"


def test_what_phones_make_is_counted_and_taken(tmp_path: Path) -> None:
    for name, content in (
        ("film.mp4", film(tmp_path)),
        ("most.mp4", rewritten(film(tmp_path), _of_samples(MOST_SAMPLES))),
        ("cut.mp4", film(tmp_path)[:-50]),
        ("film.webm", video(tmp_path / "film.webm", "webm", "libvpx")),
        ("empty.mp4", b""),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        check_index(path)


def test_pictures_larger_than_the_index_says_are_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As 320x240 it is too large here, as 16x16 it would not be."""
    monkeypatch.setattr("media.video.MAX_PIXELS", 10_000)
    content = video(tmp_path / "film.webm", "webm", "libvpx")
    width, height = b"\xb0\x82\x01\x40", b"\xba\x81\xf0"
    assert content.count(width) == content.count(height) == 1
    path = tmp_path / "bomb.webm"
    path.write_bytes(content)
    assert examine(path, tmp_path).refused == "media_too_many_pixels"
    path.write_bytes(content.replace(width, b"\xb0\x82\x00\x10").replace(height, b"\xba\x81\x10"))
    assert examine(path, tmp_path).refused == "media_damaged"
