"""Price lists: the list, one list with its prices, what a customer pays and why."""

from collections.abc import Callable, Mapping
from typing import Any

from reactpy import component, html, use_memo, use_state
from reactpy.types import VdomDict

from offline.wire.commands import PriceListSave
from offline.wire.rows import PriceList
from pwa.components.basics import Badge, Button, Child, Tone, calling
from pwa.components.fields import SegmentedFilter
from pwa.components.overlays import Sheet
from pwa.desk.editing import fresh_id
from pwa.desk.grid import Field, Look, listed
from pwa.desk.listing import search
from pwa.desk.parts import Nothing, address_of, export_link, import_link, link, page
from pwa.desk.price_lists.form import ListPanel, counts_for_all
from pwa.desk.price_lists.preview import Preview
from pwa.desk.price_lists.prices import PriceTable
from pwa.desk.reading import Reads, find_products
from pwa.desk.state import DeskState, use_desk, use_keys
from pwa.desk.words import Words
from pwa.hooks import use_engine_version

ALL = "/desk/price-lists"
KIND_TONES: Mapping[str, Tone] = {"base": "neutral", "group": "info", "customer": "accent", "contract": "warning"}


@component
def PriceListsScreen(list_id: str, query: Mapping[str, str]) -> Any:
    """``list_id`` opens a list; ``query["edit"]`` its terms (``new`` for one that is not there yet)."""
    use_engine_version()
    desk = use_desk()
    previewing, set_previewing = use_state(False)
    editing = query.get("edit", "")

    def close() -> None:
        desk.go(address_of("price-lists", list_id))

    def key_pressed(key: str) -> None:
        if key == "Escape" and editing:
            close()
        elif key == "Escape" and list_id:
            desk.go(ALL)

    use_keys(key_pressed)
    sheet = _preview_sheet(desk, lambda: set_previewing(False)) if previewing else None
    price_list = desk.reads.price_list(list_id) if list_id else None
    if price_list is not None:
        return _one(desk, price_list, editing, close=close, preview=lambda: set_previewing(True), sheet=sheet)
    panel: Child = None
    if editing == "new":
        panel = NewList(close, key="new-list")
    elif list_id and desk.refused("price_list", list_id, PriceListSave.NAME):
        panel = ListPanel(list_id, True, lambda: desk.go(ALL), lambda: None, key=list_id)
    return _all(desk, panel, lambda: set_previewing(True), sheet)


def _preview_sheet(desk: DeskState, on_close: Callable[[], None]) -> VdomDict:
    words = desk.words()
    return Sheet(
        words("prices.preview_title"),
        Preview(),
        on_close=on_close,
        subtitle=words("prices.preview_text"),
        testid="price-preview",
    )


def _preview_button(words: Words, preview: Callable[[], None]) -> VdomDict:
    return Button(
        words("prices.preview"),
        calling(preview),
        kind="secondary",
        icon="search-check",
        testid="open-preview",
        key="preview",
    )


def _all(desk: DeskState, panel: Child, preview: Callable[[], None], sheet: Child) -> VdomDict:
    words = desk.words()
    rows = desk.reads.price_lists
    return page(
        words("prices.title"),
        html.p({"className": "desk-count", "role": "status"}, words("prices.count", count=len(rows))),
        listed(_look(desk, words), rows, Nothing("tag", words("prices.none"), words("prices.none_text"), key="empty")),
        sheet,
        tools=(
            import_link(desk, "price-lists"),
            export_link(desk, "price-lists"),
            _preview_button(words, preview),
            Button(
                words("prices.new"),
                lambda _event: desk.go(f"{ALL}?edit=new"),
                icon="plus",
                testid="price-list-new",
                key="new",
            )
            if desk.reads.may("price.edit")
            else None,
        ),
        panel=panel,
        testid="desk-price-lists",
    )


@component
def NewList(on_close: Callable[[], None]) -> Any:
    desk = use_desk()
    list_id = use_memo(fresh_id, dependencies=[])
    return ListPanel(list_id, True, on_close, lambda: desk.leave(f"/desk/price-lists/{list_id}"))


def validity(words: Words, row: PriceList) -> str:
    """``长期``, ``7月1日 起``, ``至 9月30日``, ``6月28日 – 2027年6月27日``."""
    if row.valid_from and row.valid_until:
        return f"{words.day(row.valid_from)} – {words.last_day(row.valid_until)}"
    start = words("prices.from_day", day=words.day(row.valid_from)) if row.valid_from else ""
    stop = words("prices.until_day", day=words.last_day(row.valid_until)) if row.valid_until else ""
    return " ".join(filter(None, (start, stop))) or words("prices.always")


def _look(desk: DeskState, words: Words) -> Look:
    return Look(
        _columns(desk, words),
        key=lambda row: row.id,
        label=words("prices.title"),
        on_open=lambda row: desk.go(address_of("price-lists", row.id)),
        row_testid=lambda row: f"price-list-{row.code}",
        testid="price-lists-grid",
    )


def _columns(desk: DeskState, words: Words) -> tuple[Field, ...]:
    prices, customers = desk.reads.prices_by_list(), desk.reads.customers_by_list()

    def name(row: PriceList) -> Child:
        return html.span(
            {"className": "two-lines"},
            html.strong(words.name(row.name)),
            html.span({"className": "faint number"}, row.code),
        )

    def whose(row: PriceList) -> str:
        if counts_for_all(desk.reads, row.id):
            return words("prices.everybody_short")
        return words.number(len(customers.get(row.id, ())))

    def figure(title: str, of: Callable[[PriceList], int], say: Callable[[int], str], width: str) -> Field:
        return Field(title, lambda row: say(of(row)), width, numeric=True, rank=of)

    return (
        Field(words("prices.name"), name, "minmax(190px, 2.6fr)"),
        Field(
            words("prices.kind"),
            lambda row: Badge(words(f"prices.kind_{row.kind}"), KIND_TONES[row.kind]),
            "88px",
            rank=lambda row: row.kind,
        ),
        figure(words("prices.priority"), lambda row: row.priority, str, "64px"),
        Field(words("prices.merge"), lambda row: words("prices.merges" if row.merge else "prices.alone"), "84px"),
        Field(words("prices.validity"), lambda row: validity(words, row), "minmax(190px, 1fr)"),
        figure(words("prices.revision"), lambda row: row.revision, str, "64px"),
        figure(words("prices.prices"), lambda row: len(prices.get(row.id, ())), words.number, "60px"),
        Field(words("prices.customers"), whose, "80px", numeric=True, rank=lambda row: len(customers.get(row.id, ()))),
    )


def _one(
    desk: DeskState,
    row: PriceList,
    editing: str,
    *,
    close: Callable[[], None],
    preview: Callable[[], None],
    sheet: Child,
) -> VdomDict:
    words = desk.words()
    may_edit = desk.reads.may("price.edit")
    edit = Button(
        words("prices.edit"),
        lambda _event: desk.go(f"/desk/price-lists/{row.id}?edit=terms"),
        kind="secondary",
        icon="settings-2",
        testid="edit-terms",
        key="edit",
    )
    return page(
        words.name(row.name),
        html.nav(
            {"className": "crumbs"},
            link(desk, ALL, words("prices.title")),
            html.span(" / "),
            html.span({"className": "number"}, row.code),
        ),
        _facts(desk, words, row),
        ListPrices(row.id, key=row.id),
        sheet,
        tools=(
            _preview_button(words, preview),
            edit if may_edit else None,
        ),
        panel=ListPanel(row.id, False, close, close, key=row.id) if editing and may_edit else None,
        testid="desk-price-list",
    )


def _facts(desk: DeskState, words: Words, row: PriceList) -> VdomDict:
    customers = desk.reads.customers_by_list().get(row.id, [])
    named = [
        link(desk, f"/desk/customers/{partner.id}", words.name(partner.name), class_name="tag", key=partner.id)
        for partner in customers[:8]
    ]
    rest = len(customers) - len(named)
    return html.div(
        {"className": "list-facts"},
        Badge(words(f"prices.kind_{row.kind}"), KIND_TONES[row.kind]),
        html.span(words("prices.priority_is", priority=row.priority)),
        html.span(words("prices.merges_long" if row.merge else "prices.alone_long")),
        html.span(validity(words, row)),
        html.span({"className": "number"}, words("prices.revision_is", revision=row.revision)),
        html.strong(words("prices.counts_for_all")) if counts_for_all(desk.reads, row.id) else None,
        html.span(
            {"className": "tags"},
            *named,
            html.span({"className": "faint"}, words("prices.more_customers", count=rest)) if rest > 0 else None,
        ),
    )


@component
def ListPrices(list_id: str) -> VdomDict:
    """The prices of a list, found by typing, or the products that are sold and have none in it yet. A list without any
    begins with those."""
    desk = use_desk()
    words = desk.words()
    text, set_text = use_state("")
    priced, bare = _priced(desk.reads, list_id), _bare(desk.reads, list_id)
    show, set_show = use_state("priced" if priced else "bare")
    looking = bool(text.strip())
    rows = _found(desk.reads, list_id, text) if looking else priced if show == "priced" else bare
    counts = {"priced": len(priced), "bare": len(bare)}
    shown = [(name, words(f"prices.show_{name}", count=words.number(count))) for name, count in counts.items()]
    return html.div(
        {"className": "list-prices"},
        html.div(
            {"className": "list-tools"},
            search(words("prices.search"), text, set_text),
            html.span({"className": "desk-count"}, words("prices.found", count=words.number(len(rows))))
            if looking
            else SegmentedFilter(shown, show, set_show, label=words("prices.show"), testid="show"),
        ),
        PriceTable(list_id, rows, text, bare=show == "bare", key=f"table-{show}"),
    )


def _priced(reads: Reads, list_id: str) -> list[str]:
    """The products with a price in the list, as the catalogue is sorted."""

    def make() -> list[str]:
        priced = {price.product for price in reads.prices_by_list().get(list_id, ())}
        return [row.id for row in reads.products if row.id in priced]

    return reads.kept(("priced", list_id), make)


def _bare(reads: Reads, list_id: str) -> list[str]:
    """Those that are sold and have none."""

    def make() -> list[str]:
        priced = {price.product for price in reads.prices_by_list().get(list_id, ())}
        return [row.id for row in reads.products if row.status == "active" and row.id not in priced]

    return reads.kept(("bare", list_id), make)


def _found(reads: Reads, list_id: str, text: str) -> list[str]:
    """Those with a price in the list, then those without."""

    def make() -> list[str]:
        priced = {price.product for price in reads.prices_by_list().get(list_id, ())}
        found = find_products(reads.products, text)
        return [row.id for row in sorted(found, key=lambda row: row.id not in priced)][:200]

    return reads.kept(("list prices", list_id, text), make)
