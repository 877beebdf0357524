"""What goes into a parcel, lot by lot, and what of it arrived."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class Lot(Protocol):
    @property
    def lot(self) -> str: ...

    @property
    def quantity(self) -> int: ...


def wrong_lots(lines: Mapping[str, int], lots: Mapping[str, Sequence[Lot]]) -> tuple[str, ...]:
    """The lines whose lots are not all that is shipped of them, or name a lot twice. ``lines``: line id -> quantity in
    the parcel; a line without lots is right."""
    return tuple(
        line_id
        for line_id, parts in sorted(lots.items())
        if sum(part.quantity for part in parts) != lines.get(line_id) or len({part.lot for part in parts}) != len(parts)
    )


def wrong_lacking(lines: Mapping[str, int], lacking: Mapping[str, int]) -> tuple[str, ...]:
    """The lines of which more is said to lack than was in the parcel. ``lines``: line id -> quantity in it."""
    return tuple(line_id for line_id, quantity in sorted(lacking.items()) if quantity > lines.get(line_id, 0))


def arrived(quantities: Sequence[int], lacking: int) -> list[int]:
    """Of each lot of a line, in base units, what is left when ``lacking`` of the line did not come. Of which lot that
    is nobody said: of those named last."""
    left: list[int] = []
    for quantity in reversed(quantities):
        gone = min(quantity, lacking)
        lacking -= gone
        left.insert(0, quantity - gone)
    return left
