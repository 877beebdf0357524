"""What goes into a parcel, lot by lot."""

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
