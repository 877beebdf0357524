"""The boxes of an MP4 or QuickTime file, as far as they say how many samples there are.

A decoder makes an entry of some 24 bytes in memory for each sample that an index speaks of, and an index may speak of
four thousand million in twelve bytes. So it is counted before a decoder sees the file.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from media.images import Unreadable

# Three minutes have some 20,000 pictures at 120 a second, and 9,000 pieces of sound.
MOST_SAMPLES = 2_000_000
_WITHIN = {
    *(b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"mvex"),
    # Where no samples belong, but the decoder looks.
    *(b"udta", b"edts", b"dinf", b"tref", b"wave"),
}
_DEEPEST = 8
_MOST_BOXES = 20_000


def check_index(path: Path) -> None:
    """Raises ``Unreadable`` ``media_damaged`` for a file that speaks of more samples than a short video has. What is
    no box at all is for the decoder to refuse."""
    samples = 0
    with path.open("rb") as file:
        for boxes, count in enumerate(_counts(file, 0, path.stat().st_size, 0)):
            samples += count
            if samples > MOST_SAMPLES or boxes > _MOST_BOXES:
                raise Unreadable("media_damaged")


def _counts(file: BinaryIO, start: int, end: int, depth: int) -> Iterator[int]:
    """How many samples each box between ``start`` and ``end`` speaks of, those within it included."""
    while start + 8 <= end:
        file.seek(start)
        head = file.read(24)
        size, kind, body = int.from_bytes(head[:4], "big"), head[4:8], start + 8
        if size == 1:
            size, body = int.from_bytes(head[8:16], "big"), start + 16
        elif size == 0:
            size = end - start
        if size < body - start or start + size > end:
            # Cut off, or no box: what the decoder reads of it ends with the file, too.
            size = end - start
        yield _samples(file, kind, body)
        if kind in _WITHIN and depth < _DEEPEST:
            yield from _counts(file, body, start + size, depth + 1)
        start += size


def _samples(file: BinaryIO, kind: bytes, body: int) -> int:
    """``stsz`` and ``stz2`` say it behind the size of each sample, ``trun`` behind its version and flags. ``cmov`` is
    an index that was packed, as no phone does."""
    if kind == b"cmov":
        return MOST_SAMPLES + 1
    place = {b"stsz": 8, b"stz2": 8, b"trun": 4}.get(kind)
    if place is None:
        return 0
    file.seek(body + place)
    return int.from_bytes(file.read(4), "big")
