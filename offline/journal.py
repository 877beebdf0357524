"""What came to a replica since its image was saved, written behind the image: a round that brings one row to a phone
must not write all the others anew.

Stored, one after the other: the image, its end (8 bytes: ``QDIM`` and the CRC-32 of the image, big-endian), and any
number of entries, each of a JSON list of steps, the list's length in 4 bytes, and an end (``QDJE`` and the CRC-32 of
the list, begun with the one before). So an entry fits behind one state only, and the last 8 bytes tell which it is.
"""

import zlib
from collections.abc import Iterator

import msgspec

from offline.wire.protocol import ScopePage

END = 8
# Steps are done again at each start, in some 0.1 ms a row on a slow phone.
LIMIT = 64 * 1024
_IMAGE, _ENTRY = b"QDIM", b"QDJE"
_ROW = 120  # bytes that a row of a page has beside its text


class ScopesSet(msgspec.Struct, frozen=True, tag="scopes"):
    epoch: str
    names: tuple[str, ...]


class Dropped(msgspec.Struct, frozen=True, tag="drop"):
    name: str


class Rebuilt(msgspec.Struct, frozen=True, tag="rebuild"):
    name: str


class Applied(msgspec.Struct, frozen=True, tag="page"):
    name: str
    page: ScopePage


Step = ScopesSet | Dropped | Rebuilt | Applied
_decode = msgspec.json.Decoder(list[Step]).decode


class Damaged(Exception):
    """What is stored is not what was saved."""


def end_of_image(image: bytes | memoryview) -> bytes:
    return _end(_IMAGE, zlib.crc32(image))


def _end(tag: bytes, crc: int) -> bytes:
    return tag + crc.to_bytes(4, "big")


def _crc(end: bytes | memoryview) -> int:
    return int.from_bytes(end[4:], "big")


Entry = tuple[memoryview, int]


def _entries(rest: memoryview) -> tuple[memoryview, list[Entry]]:
    """What stands before the entries, and each entry's steps and checksum. Raises ``Damaged``."""
    found: list[Entry] = []
    while len(rest) >= END and rest[-END:-4] == _ENTRY:
        crc, size = _crc(rest[-END:]), int.from_bytes(rest[-END - 4 : -END], "big")
        rest = rest[: -END - 4]
        if size > len(rest):
            raise Damaged("length")
        found.insert(0, (rest[len(rest) - size :], crc))
        rest = rest[: len(rest) - size]
    return rest, found


def steps_behind(end: bytes, more: bytes) -> tuple[list[Step], bytes, int]:
    """The steps of entries that were all written behind the state that ends in ``end``, the end of the last one, and
    the bytes of the steps. Raises ``Damaged`` where one was not, ``msgspec.MsgspecError`` for steps of another app."""
    rest, entries = _entries(memoryview(more))
    if rest:
        raise Damaged("no entry")
    steps: list[Step] = []
    for entry, crc in entries:
        if zlib.crc32(entry, _crc(end)) != crc:
            raise Damaged("checksum")
        steps += _decode(entry)
        end = _end(_ENTRY, crc)
    return steps, end, sum(len(entry) for entry, _ in entries)


class Stored:
    """What was saved, taken apart: ``image``, and the steps behind it. Raises ``Damaged``."""

    def __init__(self, saved: bytes) -> None:
        rest, self._entries = _entries(memoryview(saved))
        if len(rest) < END or rest[-END:-4] != _IMAGE:
            raise Damaged("no end")
        self.image = rest[:-END]
        self.end = end_of_image(self.image)
        if rest[-END:] != self.end:
            raise Damaged("checksum")

    @property
    def size(self) -> int:
        """Bytes of all steps."""
        return sum(len(entry) for entry, _ in self._entries)

    def steps(self) -> Iterator[list[Step]]:
        """Each entry's. Moves ``end`` along, and stops at one that was written behind another image."""
        for entry, crc in self._entries:
            if zlib.crc32(entry, _crc(self.end)) != crc:
                return
            yield _decode(entry)
            self.end = _end(_ENTRY, crc)


class Journal:
    """The steps since the state that is stored, as far as that is known and they are few. ``written``: how many bytes
    of steps are in that."""

    def __init__(self) -> None:
        self._end = b""
        self.written = 0
        self._steps: list[Step] = []
        self._size = 0

    @property
    def end(self) -> bytes:
        """The last 8 bytes of what is stored if these rows are those of it, else none."""
        return b"" if self._steps else self._end

    def begin(self, end: bytes, written: int = 0) -> None:
        """The rows as they are now are stored, with ``written`` bytes of steps."""
        self._end, self.written = end, written
        self._steps, self._size = [], 0

    def lose(self) -> None:
        """What is stored is not known, or too far from these rows: the next time all of them are saved."""
        self.begin(b"")

    def note(self, step: Step) -> None:
        if not self._end:
            return
        self._size += _size(step)
        if self.written + self._size > LIMIT:
            self.lose()
        else:
            self._steps.append(step)

    def entry(self) -> tuple[bytes, bytes] | None:
        """What to write, and behind which end; from now on it counts as written. None: save all rows."""
        if not self._end:
            return None
        steps, before = msgspec.json.encode(self._steps), self._end
        end = _end(_ENTRY, zlib.crc32(steps, _crc(before)))
        self.begin(end, self.written + len(steps))
        return steps + len(steps).to_bytes(4, "big") + end, before


def _size(step: Step) -> int:
    if not isinstance(step, Applied):
        return _ROW
    return _ROW * (1 + len(step.page.puts) + len(step.page.dels)) + sum(len(put.doc) for put in step.page.puts)
