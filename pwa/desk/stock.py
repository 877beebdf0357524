"""Stock: what can still be promised, as of when, and adjusting it with a reason."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from reactpy import component, html, use_memo, use_state
from reactpy.types import VdomDict

from offline.wire.commands import StockAdjust
from offline.wire.rows import Product, StockLevel
from pwa.components.basics import Badge, Button, Child, calling
from pwa.components.fields import NumberField, TextField, parse_number
from pwa.desk.beginning import nothing_listed
from pwa.desk.editing import form_actions, fresh_id
from pwa.desk.figures import LowStock, figures
from pwa.desk.grid import Field, Look, code_column, listed, name_column
from pwa.desk.listing import Listing, filter_chips, search, use_listing
from pwa.desk.parts import address_of, block, export_link, import_link, link, page, pair, panel, refusal, text_button
from pwa.desk.reading import Reads, find_products
from pwa.desk.state import DeskState, Form, use_desk, use_form
from pwa.desk.words import Words
from pwa.hooks import use_engine_version
from pwa.screens.words import units

FILTERS = ("all", "low", "out")
REASONS = ("count", "damaged", "received", "sample")
MOST = 10_000_000


@component
def StockScreen(product_id: str, query: Mapping[str, str]) -> VdomDict:
    """``query["filter"]``: ``low`` or ``out``."""
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    listing = use_listing("stock", product_id, query, {"filter": "all"})
    text = listing.text
    low = {each.product.id: each for each in figures(desk.reads, words.now).low_stock}
    rows = _rows(desk.reads, listing["filter"], low)
    found = find_products(rows, text) if text.strip() else rows
    counts = {"low": len(low), "out": sum(each.level.available <= 0 for each in low.values())}
    filters = {name: words(f"stock.filter_{name}") for name in FILTERS}
    return page(
        words("stock.title"),
        filter_chips(listing, "filter", filters, counts, label=words("stock.filters")),
        listed(
            _look(words, listing, low),
            found,
            nothing_listed(
                listing,
                words,
                "stock",
                "warehouse",
                some=bool(desk.reads.products),
                permission="catalog.edit",
                screen="products",
            ),
            f"{text} {listing['filter']}",
        ),
        tools=(
            search(words("products.search"), text, listing.look_for),
            import_link(desk, "stock"),
            export_link(desk, "stock"),
            _count_link(desk, words),
        ),
        panel=StockPanel(product_id, listing.close, key=f"panel-{product_id}") if product_id else None,
        testid="desk-stock",
    )


def _count_link(desk: DeskState, words: Words) -> Child:
    """To asking for a count of the warehouse; None for who may not."""
    house = desk.reads.head_office
    if house is None or not (desk.reads.may("stock.adjust") and desk.reads.may("count.decide")):
        return None
    to = address_of("counts", "ask", at=house.id)
    return Button(
        words("stock.count"), calling(desk.go, to), kind="secondary", icon="clipboard-check", testid="stock-count",
        key="count",
    )  # fmt: skip


def _rows(reads: Reads, chosen: str, low: Mapping[str, LowStock]) -> list[Product]:
    if chosen == "all":
        return [row for row in reads.products if row.status == "active" or row.id in reads.stock()]
    return [each.product for each in low.values() if chosen == "low" or each.level.available <= 0]


def _look(words: Words, listing: Listing, low: Mapping[str, LowStock]) -> Look:
    return Look(
        _columns(listing.desk, words, low, narrow=bool(listing.row_id)),
        key=lambda row: row.id,
        label=words("stock.title"),
        on_open=listing.open,
        selected=listing.row_id,
        row_testid=lambda row: f"stock-{row.sku}",
        testid="stock-grid",
    )


def _columns(desk: DeskState, words: Words, low: Mapping[str, LowStock], *, narrow: bool) -> tuple[Field, ...]:
    stock = desk.reads.stock()

    def held(title: str, what: str, say: Callable[[Any], str], width: str, *, unknown: str = "", **more: bool) -> Field:
        """A figure of the stock: said where it is known, and sorted by."""

        def value(row: Product) -> Any:
            return getattr(stock.get(row.id), what, None)

        def cell(row: Product) -> str:
            return unknown if (found := value(row)) is None else say(found)

        return Field(title, cell, width, rank=value, **more)

    return (
        name_column(words("products.name"), words, "minmax(140px, 2fr)"),
        code_column(words("products.sku"), lambda row: row.sku, "minmax(100px, 1fr)"),
        held(words("stock.available"), "available", words.number, "84px", unknown="—", numeric=True),
        Field(words("products.unit"), lambda row: words.name(row.unit), "70px", minor=narrow),
        Field(words("stock.state"), lambda row: _state(words, stock.get(row.id), low.get(row.id)), "112px"),
        held(words("stock.as_of"), "as_of", words.when, "minmax(110px, 0.8fr)", minor=narrow),
        held(
            words("stock.expected"),
            "expected_at",
            lambda day: words.format.near_day(day, words.now),
            "100px",
            minor=narrow,
        ),
    )


def _state(words: Words, level: StockLevel | None, short: LowStock | None) -> VdomDict:
    if level is None:
        return Badge(words("stock.unknown"))
    if level.available <= 0:
        return Badge(words("stock.out"), "bad")
    if short is not None:
        return Badge(words("stock.days_left", count=short.days) if short.days else words("stock.last_day"), "warning")
    return Badge(words("stock.enough"), "accent")


@component
def StockPanel(product_id: str, on_close: Callable[[], Any]) -> VdomDict:
    """A movement, never an absolute figure: what others sell meanwhile stays sold."""
    desk = use_desk()
    words = desk.words()
    product, level = desk.reads.product(product_id), desk.reads.stock().get(product_id)
    form = use_form(f"stock:{product_id}", {"delta": "", "reason": ""})
    saves, set_saves = use_state(0)
    movement = use_memo(fresh_id, dependencies=[product_id, saves])

    async def save() -> None:
        if not form.dirty:
            return  # the second press of a double click
        delta = parse_number(form["delta"])
        errors = {}
        if delta is None or delta != delta.to_integral_value() or not delta or abs(delta) > MOST:
            errors["delta"] = words("stock.delta_fault")
        if not form["reason"].strip():
            errors["reason"] = words("stock.reason_missing")
        if errors or delta is None:
            form.refuse(errors)
            return
        command = StockAdjust(movement=movement, product=product_id, delta=int(delta), reason=form["reason"].strip())
        form.reset()
        set_saves(saves + 1)
        await desk.submit(command, said=words("stock.said", name=words.name(product.name) if product else ""))

    def suggest(reason: str) -> None:
        form.draft.revision += 1
        form.put("reason", reason)

    if product is None:
        return panel(words("products.gone"), on_close=on_close, testid="stock-panel")
    may_adjust = desk.reads.may("stock.adjust")
    return panel(
        words.name(product.name),
        *(refusal(desk, entry) for entry, _command in desk.refused("product", product_id, "stock.adjust")),
        _level(desk, words, product, level),
        _adjustment(words, product, form, suggest) if may_adjust else None,
        link(desk, f"/desk/products/{product_id}", words("stock.to_product"), class_name="block-more"),
        on_close=on_close,
        over=html.span({"className": "number"}, product.sku),
        actions=form_actions(desk, form, save) if may_adjust else None,
        key=product_id,
        testid="stock-panel",
    )


def _level(desk: DeskState, words: Words, product: Product, level: StockLevel | None) -> VdomDict:
    return block(
        "",
        pair(
            words("stock.available"),
            units(desk.app, product, level.available) if level else "—",
            strong=True,
            testid="available",
        ),
        pair(words("stock.as_of"), words.when(level.as_of)) if level else None,
        pair(words("stock.expected"), words.format.near_day(level.expected_at, words.now))
        if level and level.expected_at
        else None,
        key="level",
    )


def _adjustment(words: Words, product: Product, form: Form, suggest: Callable[[str], None]) -> VdomDict:
    reasons = [words(f"stock.because_{name}") for name in REASONS]
    return block(
        words("stock.adjust"),
        NumberField(
            words("stock.delta"),
            value=form["delta"],
            on_change=form.typed("delta"),
            error=form.error("delta"),
            unit=words.name(product.unit),
            placeholder="+12 / -3",
            hint=words("stock.delta_hint"),
            revision=form.revision,
            testid="field-delta",
            key="delta",
        ),
        TextField(
            words("stock.reason"),
            value=form["reason"],
            on_change=form.typed("reason"),
            error=form.error("reason"),
            required=True,
            max_length=2000,
            revision=form.revision,
            testid="field-reason",
            key="reason",
        ),
        html.div(
            {"className": "suggestions"},
            *(text_button(reason, partial(suggest, reason), key=reason) for reason in reasons),
        ),
        key="adjust",
    )
