"""A category as texts, and back; and what it takes to put it in its place among its siblings."""

from collections.abc import Sequence
from typing import Any

from offline.wire.ranges import CategorySave
from offline.wire.rows import Category
from pwa.desk.editing import Reader

FIELDS = ("name_zh", "name_en", "parent")
STEP = 10
"""Between two siblings, so that another finds room."""
FIRST = ""


def start_of(row: Category | CategorySave | None, parent: str, after: str) -> dict[str, Any]:
    """``after``: the sibling it stands behind, ``FIRST`` for none. ``parent``: of a new one."""
    if row is None:
        return {"name_zh": "", "name_en": "", "parent": parent, "after": after}
    name = row.name
    return {
        "name_zh": name.get("zh", ""),
        "name_en": name.get("en", ""),
        "parent": row.parent or "",
        "after": after,
    }


def commands_of(reader: Reader, row_id: str, old: Category | None, siblings: Sequence[Category]) -> list[CategorySave]:
    """The command that saves it, then those that make room for it; none when ``reader.errors`` says what is wrong.
    ``siblings``: the others below the parent that was chosen, in their order."""
    form = reader.form
    name = reader.names("name", required=True)
    if reader.errors:
        return []
    place = next((at + 1 for at, row in enumerate(siblings) if row.id == form["after"]), 0)
    parent = form["parent"] or None
    if old is not None and old.parent == parent and _stands(old, siblings, place):
        return [CategorySave(category=row_id, name=name, parent=parent, sort=old.sort)]
    before = siblings[place - 1].sort if place else None
    behind = siblings[place].sort if place < len(siblings) else None
    sort = _between(before, behind)
    if sort is not None:
        return [CategorySave(category=row_id, name=name, parent=parent, sort=sort)]
    order = [*siblings[:place], None, *siblings[place:]]
    moved = [
        CategorySave(category=row.id, name=row.name, parent=row.parent, sort=at * STEP)
        for at, row in enumerate(order, 1)
        if row is not None and row.sort != at * STEP
    ]
    return [CategorySave(category=row_id, name=name, parent=parent, sort=(place + 1) * STEP), *moved]


def _stands(row: Category, siblings: Sequence[Category], place: int) -> bool:
    """Whether it is there already."""
    rank = (row.sort, row.id)
    return all((each.sort, each.id) < rank for each in siblings[:place]) and all(
        (each.sort, each.id) > rank for each in siblings[place:]
    )


def _between(before: int | None, behind: int | None) -> int | None:
    if before is None:
        return STEP if behind is None else behind - STEP
    if behind is None:
        return before + STEP
    return (before + behind) // 2 if behind - before > 1 else None
