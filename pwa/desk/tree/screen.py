"""The tree of categories: the list, and the panel in which one is made, renamed, moved or removed."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.replica_schema import fold
from offline.rules.categories import place_fault
from offline.wire.commands import Command
from offline.wire.ranges import CategoryRemove, CategorySave
from offline.wire.rows import Category
from pwa.components.basics import Badge, Button, Child, calling
from pwa.components.overlays import Confirm
from pwa.desk.beginning import nothing_listed
from pwa.desk.categories import Place, category_tree
from pwa.desk.editing import as_seen, use_editing, use_first_field, use_row_id
from pwa.desk.fields import Fields
from pwa.desk.grid import Field, Look, listed
from pwa.desk.history import History
from pwa.desk.listing import NEW, Listing, new_button, search, use_listing
from pwa.desk.parts import address_of, block, link, page, panel, refusal
from pwa.desk.product_tabs import product_tabs
from pwa.desk.ranges.reading import goods_by_category
from pwa.desk.reading import Reads, matches
from pwa.desk.state import DeskState, Form, use_desk
from pwa.desk.tree.form import FIELDS, FIRST, commands_of, start_of
from pwa.desk.words import Words
from pwa.hooks import use_engine_version


@component
def CategoriesScreen(category_id: str, query: Mapping[str, str]) -> VdomDict:
    """``category_id`` ``new`` opens an empty form; ``query["parent"]``: below which one."""
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    listing = use_listing("categories", category_id, query)
    found = _found(desk.reads, words, listing.text)
    return page(
        words("nav.products"),
        product_tabs(desk, words, "categories", words("categories.count", count=words.number(len(found)))),
        listed(
            _look(words, listing),
            found,
            nothing_listed(
                listing, words, "categories", "list-tree", some=bool(desk.reads.categories), permission="catalog.edit"
            ),
            listing.text,
        ),
        tools=(
            search(words("categories.search"), listing.text, listing.look_for),
            new_button(listing, words("categories.new"), "catalog.edit", testid="category-new"),
        ),
        panel=CategoryPanel(
            category_id, query.get("parent", ""), listing.close, listing.made, key=f"panel-{category_id}"
        )
        if category_id
        else None,
        testid="desk-categories",
    )


def _found(reads: Reads, words: Words, text: str) -> list[Place]:
    places = category_tree(reads)
    if not text.strip():
        return list(places)
    return [place for place in places if matches(text, fold(place.path(words)))]


def _look(words: Words, listing: Listing) -> Look:
    return Look(
        _columns(listing.desk.reads, words, looking=bool(listing.text.strip())),
        key=lambda place: place.row.id,
        label=words("nav.categories"),
        on_open=lambda place: listing.open(place.row),
        selected=listing.row_id,
        row_testid=lambda place: f"category-{words.name(place.row.name)}",
        testid="categories-grid",
    )


def _columns(reads: Reads, words: Words, *, looking: bool) -> tuple[Field, ...]:
    own, whole = goods_by_category(reads), _whole(reads)

    def name(place: Place) -> Child:
        if looking:
            return place.path(words)
        style = {"paddingInlineStart": f"{len(place.above) * 24}px"}
        inner = words.name(place.row.name)
        return html.span({"style": style}, inner if place.above else html.strong(inner))

    return (
        Field(words("categories.name"), name, "minmax(200px, 3fr)"),
        Field(words("categories.own"), lambda place: words.number(own.get(place.row.id, 0)), "120px", numeric=True),
        Field(words("categories.whole"), lambda place: words.number(whole.get(place.row.id, 0)), "120px", numeric=True),
    )


def _whole(reads: Reads) -> Mapping[str, int]:
    """How many products that are sold each category has with all that is below it."""

    def make() -> dict[str, int]:
        own, found = goods_by_category(reads), dict[str, int]()
        for place in category_tree(reads):
            for row in (place.row, *place.above):
                found[row.id] = found.get(row.id, 0) + own.get(place.row.id, 0)
        return found

    return reads.kept("goods below category", make)


def _siblings(reads: Reads, row_id: str, parent: str) -> list[Category]:
    """The others below ``parent``, in their order."""
    return [row for row in reads.categories if (row.parent or "") == parent and row.id != row_id]


def _after(reads: Reads, row_id: str, row: Category | CategorySave | None, parent: str) -> str:
    """The sibling that ``row`` stands behind; a new one stands last."""
    if row is None:
        others = _siblings(reads, row_id, parent)
        return others[-1].id if others else FIRST
    before = [each for each in _siblings(reads, row_id, row.parent or "") if (each.sort, each.id) < (row.sort, row_id)]
    return before[-1].id if before else FIRST


@component
def CategoryPanel(category_id: str, below: str, on_close: Callable[[], Any], on_made: Callable[[str], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    row_id, is_new = use_row_id(category_id), category_id == NEW
    row = desk.reads.category(row_id)
    parent = below if desk.reads.category(below) is not None else ""

    def start(base: Category | CategorySave | None) -> dict[str, Any]:
        return start_of(base, parent, _after(desk.reads, row_id, base, parent))

    editing = use_editing(
        f"category:{category_id}:{parent}", CategorySave, row, start, about=("category", row_id), fields=FIELDS
    )
    form = editing.form
    use_first_field(is_new)

    async def save() -> None:
        reader = editing.reader
        made = commands_of(reader, row_id, row, _siblings(desk.reads, row_id, form["parent"]))
        first = made[0] if made else None
        rest: list[Command] = [as_seen(each, desk.reads.category(each.category)) for each in made[1:]]
        if await editing.save(reader, first, *rest) and is_new:
            on_made(row_id)

    if editing.base is None and not is_new:
        return panel(words("categories.gone"), on_close=on_close, testid="category-panel")
    may_edit = desk.reads.may("catalog.edit")
    return panel(
        words("categories.new") if is_new or row is None else words.name(row.name),
        editing.refusal(),
        *(refusal(desk, entry) for entry, _ in desk.refused("category", row_id, CategoryRemove.NAME)),
        _fields(desk, words, form, row_id),
        _goods(desk, words, row) if row is not None else None,
        History(row_id, key="history") if row is not None else None,
        on_close=on_close,
        over=html.span(
            {"className": "panel-badges"},
            Badge(words("waits"), "neutral") if desk.waits("category", row_id) else None,
        ),
        actions=editing.actions(save, other=Removing(row.id, key="removing") if row is not None else None)
        if may_edit
        else None,
        key=category_id,
        testid="category-panel",
    )


def _fields(desk: DeskState, words: Words, form: Form, row_id: str) -> VdomDict:
    fields = Fields(words, form, "categories.field")
    parents = [("", words("categories.top"))]
    known = {row.id: row.parent for row in desk.reads.categories} | {row_id: None}
    parents += [
        (place.row.id, place.indented(words))
        for place in category_tree(desk.reads)
        if not place_fault(known | _own(desk.reads, row_id), row_id, place.row.id)
    ]
    siblings = _siblings(desk.reads, row_id, form["parent"])
    places = [(FIRST, words("categories.first_place"))]
    places += [(row.id, words("categories.after", name=words.name(row.name))) for row in siblings]

    def moved(parent: str) -> None:
        """Below another one it stands last until somebody says otherwise."""
        others = _siblings(desk.reads, row_id, parent)
        form.draft.values["after"] = others[-1].id if others else FIRST
        form.put("parent", parent)

    return block(
        "",
        *fields.names("name", required=True),
        fields.choice_of("parent", parents, moved),
        fields.choice("after", places),
        html.p({"className": "block-note"}, words("categories.hint")),
        key="fields",
    )


def _own(reads: Reads, row_id: str) -> dict[str, str | None]:
    row = reads.category(row_id)
    return {row_id: row.parent if row is not None else None}


def _goods(desk: DeskState, words: Words, row: Category) -> VdomDict:
    count = _whole(desk.reads).get(row.id, 0)
    new = address_of("categories", NEW, parent=row.id)
    return block(
        words("nav.products"),
        html.p({"className": "block-note"}, words("categories.holds", count=words.number(count))),
        html.div(
            {"className": "range-links"},
            link(
                desk,
                address_of("products", category=row.id),
                words("categories.see"),
                class_name="text-button",
                testid="see-products",
            ),
            link(desk, new, words("categories.new_below"), class_name="text-button", testid="new-below")
            if desk.reads.may("catalog.edit")
            else None,
        ),
        key="goods",
    )


@component
def Removing(row_id: str) -> VdomDict:
    """Removes a category, once what becomes of its products was said."""
    desk = use_desk()
    words = desk.words()
    asking, ask = use_state(False)
    row = desk.reads.category(row_id)

    async def remove() -> None:
        ask(False)
        await desk.submit(CategoryRemove(category=row_id), said=words("categories.removed"))
        desk.leave("/desk/categories")

    return html.span(
        Button(words("categories.remove"), calling(partial(ask, True)), kind="plain", testid="remove"),
        Confirm(
            words("categories.remove_title"),
            _remove_text(desk.reads, words, row),
            confirm=words("categories.remove"),
            on_confirm=remove,
            on_cancel=lambda: ask(False),
            danger=True,
            testid="category-remove",
        )
        if asking and row is not None
        else None,
    )


def _remove_text(reads: Reads, words: Words, row: Category) -> str:
    above = reads.category(row.parent) if row.parent else None
    count, below = goods_by_category(reads).get(row.id, 0), len(_siblings(reads, "", row.id))
    where, name = ("up", words.name(above.name)) if above is not None else ("top", "")
    said = [
        words(f"categories.{what}_{where}", count=words.number(number), name=name)
        for what, number in (("goods", count), ("below", below))
        if number
    ]
    return " ".join([*said, words("categories.remove_text")])
