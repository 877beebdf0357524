"""The tree of categories to choose from: children moved in below their parent; found by typing, with all above them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from offline.replica_schema import fold
from offline.wire.rows import Category
from pwa.components.basics import Child
from pwa.desk.editing import Choice, Picker
from pwa.desk.reading import Reads, matches
from pwa.desk.state import DeskState, Form
from pwa.desk.words import Words

MOST_OFFERED = 200
"""So much of a tree is shown before anything is typed."""
_STEP = "\u3000"
_JOINT = " / "


class Place(NamedTuple):
    row: Category
    above: tuple[Category, ...]

    def indented(self, words: Words) -> str:
        return _STEP * len(self.above) + words.name(self.row.name)

    def path(self, words: Words) -> str:
        return _JOINT.join(words.name(row.name) for row in (*self.above, self.row))


def category_tree(reads: Reads) -> Sequence[Place]:
    """Every category once, children after their parent. What has no parent here, or hangs below itself, is at the top:
    nothing that products are in may be left out."""

    def make() -> list[Place]:
        known = {row.id for row in reads.categories}
        below: dict[str | None, list[Category]] = {}
        for row in reads.categories:
            below.setdefault(row.parent if row.parent in known else None, []).append(row)
        found: list[Place] = []
        placed: set[str] = set()

        def add(row: Category, above: tuple[Category, ...]) -> None:
            if row.id in placed:
                return
            placed.add(row.id)
            found.append(Place(row, above))
            for child in below.get(row.id, ()):
                add(child, (*above, row))

        for row in (*below.get(None, ()), *reads.categories):
            add(row, ())
        return found

    return reads.kept("category tree", make)


def category_names(desk: DeskState, words: Words) -> Mapping[str, str]:
    """By id, with all that is above it."""

    def make() -> dict[str, str]:
        return {place.row.id: place.path(words) for place in category_tree(desk.reads)}

    return desk.reads.kept(("category names", words.locale), make)


def categories_like(desk: DeskState, words: Words, text: str) -> Sequence[Choice]:
    """For a ``Picker``: the tree, or with ``text`` those that it is found in, wherever they hang."""
    if not text.strip():
        return [(place.row.id, place.indented(words)) for place in category_tree(desk.reads)]
    return [(one, path) for one, path in category_names(desk, words).items() if matches(text, fold(path))]


def category_picker(desk: DeskState, words: Words, form: Form, label: str, *, testid: str, hint: str = "") -> Child:
    """A form's ``categories``: any of the tree."""
    names = category_names(desk, words)
    return Picker(
        label,
        [(one, names.get(one, one)) for one in form["categories"]],
        lambda text: categories_like(desk, words, text),
        lambda ids: form.put("categories", ids),
        error=form.error("categories"),
        hint=hint,
        most=MOST_OFFERED,
        testid=testid,
        key="categories",
    )
