"""The tree of categories: where one may hang."""

from collections.abc import Mapping
from typing import Literal

MAX_DEPTH = 6
"""So many levels, the top one included: more fit no list, and no promotion or assortment needs them."""
Fault = Literal["", "category_unknown", "category_cycle", "category_depth"]


def place_fault(parents: Mapping[str, str | None], category: str, parent: str | None) -> Fault:
    """What keeps ``category`` from hanging below ``parent`` (None: at the top) with all that hangs below it; "" where
    nothing does. ``parents``: of every category there is, by id."""
    if parent is None:
        return ""
    if parent not in parents:
        return "category_unknown"
    above = line_up(parents, parent)
    if category in above:
        return "category_cycle"
    return "category_depth" if len(above) + height(parents, category) > MAX_DEPTH else ""


def line_up(parents: Mapping[str, str | None], category: str | None) -> tuple[str, ...]:
    """``category`` and those above it, nearest first. A circle ends the walk."""
    line: list[str] = []
    while category is not None and category not in line:
        line.append(category)
        category = parents.get(category)
    return tuple(line)


def height(parents: Mapping[str, str | None], category: str) -> int:
    """How many levels ``category`` and what hangs below it make."""
    lines = (line_up(parents, each) for each in parents)
    return max((line.index(category) + 1 for line in lines if category in line), default=1)
