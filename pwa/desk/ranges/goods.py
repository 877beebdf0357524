"""The goods of an assortment: all products with a tick at those in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reactpy import component, html, use_memo, use_state
from reactpy.types import VdomDict

from offline.rules.authorisation import Range
from offline.rules.facts import line_above
from offline.wire.rows import Product
from pwa.components.basics import Child
from pwa.components.fields import SegmentedFilter
from pwa.desk.categories import category_names, category_tree
from pwa.desk.grid import Field, Look, Marks, code_column, listed, name_column
from pwa.desk.listing import not_found, search
from pwa.desk.parts import Nothing, select
from pwa.desk.ranges.form import GOODS, Choice
from pwa.desk.ranges.reading import categories_by_id, goods
from pwa.desk.reading import Reads, find_products
from pwa.desk.state import DeskState, Form, use_desk
from pwa.desk.words import Words

SHOWN = ("in", "out", "all")


@dataclass(frozen=True)
class Sight:
    """Which products are looked at: ``show`` one of ``SHOWN``."""

    show: str
    text: str = ""
    category: str = ""


@component
def GoodsTable(form: Form, saved: Range, may_edit: bool, is_new: bool) -> VdomDict:
    """``saved``: what the assortment has until this form is saved. A row that was ticked off stays in sight until
    then: it may have been a slip."""
    desk = use_desk()
    words = desk.words()
    sight, set_sight = use_state(Sight("all" if is_new else "in"))
    version = desk.reads.replica.version
    # Of thousands of products: worked out when one of these is another object than before, not with each drawing.
    chosen = [form[name] for name in GOODS]
    found = use_memo(lambda: Choice.of(form).range(categories_by_id(desk.reads)), dependencies=[*chosen, version])
    marked = use_memo(lambda: _within(desk.reads, found), dependencies=[found])
    shown = use_memo(lambda: _shown(desk.reads, sight, saved, marked), dependencies=[sight, saved, marked])

    def put(ids: list[str], *, on: bool) -> None:
        # As it is by now: what was drawn may be older than the tick before this one.
        now = Choice.of(form)
        change = now.with_goods if on else now.without_goods
        change(ids, _categories(desk.reads), now.range(categories_by_id(desk.reads))).put(form)

    def toggle(one: str) -> None:
        now = Choice.of(form).range(categories_by_id(desk.reads))
        put([one], on=not now.has(one, _categories(desk.reads).get(one)))

    def toggle_all() -> None:
        ids = [row.id for row in shown]
        put(ids, on=not marked.issuperset(ids))

    marks = Marks(
        marked,
        toggle,
        toggle_all,
        lambda _row: True,
        bool(shown) and marked.issuperset(row.id for row in shown),
        lambda row: words("ranges.tick", name=words.name(row.name)),
        words("ranges.tick_all"),
    )
    look = Look(
        _columns(desk, words, found),
        key=lambda row: row.id,
        label=words("ranges.field.products"),
        on_open=(lambda row: toggle(row.id)) if may_edit else None,
        marks=marks if may_edit else None,
        row_testid=lambda row: f"good-{row.sku}",
        row_data=lambda row: {"in": "yes" if row.id in marked else "no"},
        testid="goods-grid",
    )
    return html.div(
        {"className": "range-goods"},
        _tools(desk, words, sight, set_sight, len(shown)),
        listed(look, shown, _nothing(words, sight), f"{sight}"),
    )


def _categories(reads: Reads) -> Mapping[str, str | None]:
    return reads.kept("category by product", lambda: {row.id: row.category for row in reads.products})


def _within(reads: Reads, found: Range) -> frozenset[str]:
    """Those products, sold or not, that it has."""
    return frozenset(found.among([*_categories(reads).items()]))


def _shown(reads: Reads, sight: Sight, saved: Range, marked: frozenset[str]) -> list[Product]:
    """Products that are sold, and others that are named one by one."""
    sold = goods(reads)
    rows = [row for row in reads.products if row.id in sold or row.id in saved.products]
    if sight.show == "in":
        rows = [row for row in rows if row.id in marked or saved.has(row.id, row.category)]
    elif sight.show == "out":
        rows = [row for row in rows if row.id not in marked or not saved.has(row.id, row.category)]
    if sight.category:
        known = categories_by_id(reads)
        rows = [row for row in rows if sight.category in line_above(known, row.category)]
    return find_products(rows, sight.text) if sight.text.strip() else rows


def _tools(
    desk: DeskState, words: Words, sight: Sight, see: Callable[[Callable[[Sight], Sight]], Any], count: int
) -> VdomDict:
    def change(**fields: str) -> None:
        see(lambda now: replace(now, **fields))

    categories = [("", words("products.any_category"))]
    categories += [(place.row.id, place.indented(words)) for place in category_tree(desk.reads)]
    return html.div(
        {"className": "list-tools"},
        SegmentedFilter(
            [(name, words(f"ranges.show_{name}")) for name in SHOWN],
            sight.show,
            lambda name: change(show=name),
            label=words("ranges.show"),
            testid="show",
        ),
        search(words("products.search"), sight.text, lambda text: change(text=text)),
        select(
            words("products.category"),
            categories,
            sight.category,
            lambda one: change(category=one),
            bare=True,
            testid="filter-category",
            key="category",
        ),
        html.span({"className": "desk-count"}, words("products.count", count=words.number(count))),
    )


def _nothing(words: Words, sight: Sight) -> Child:
    if sight.text.strip():
        return not_found(words, sight.text)
    return Nothing("list-checks", words("ranges.no_goods"), words("ranges.no_goods_text"), key="empty")


def _columns(desk: DeskState, words: Words, found: Range) -> tuple[Field, ...]:
    names = category_names(desk, words)
    known = categories_by_id(desk.reads)

    def why(row: Product) -> str:
        """By what it is in, or kept out."""
        if row.id in found.excluded:
            return words("ranges.by_exception")
        if found.everything:
            return words("ranges.all_goods")
        if row.id in found.products:
            return words("ranges.by_itself")
        by = next((each for each in line_above(known, row.category) if each in found.categories), None)
        return words("ranges.by_category", name=words.name(known[by].name)) if by in known and by else ""

    return (
        name_column(words("products.name"), words, "minmax(150px, 2fr)"),
        code_column(words("products.sku"), lambda row: row.sku, "minmax(100px, 0.9fr)"),
        Field(
            words("products.category"),
            lambda row: names.get(row.category or "", ""),
            "minmax(90px, 1fr)",
            minor=True,
            rank=lambda row: names.get(row.category or ""),
        ),
        Field(words("ranges.why"), why, "minmax(110px, 1fr)", rank=why),
    )
