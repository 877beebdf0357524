"""Taking a count: what is on the list, what was counted of it, and handing it in."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from reactpy import component, html, use_memo, use_state
from reactpy.types import Component, VdomDict

from offline.rules.counting import counted_units
from offline.wire.counts import Count
from offline.wire.rows import Organisation, Product
from pwa.components.basics import (
    Badge,
    Button,
    Card,
    Chip,
    ChipRow,
    EmptyState,
    Icon,
    Picture,
    Pieces,
    Progress,
    Row,
    calling,
)
from pwa.components.fields import SearchField
from pwa.components.overlays import Confirm
from pwa.components.scanner import Scanner
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.router import use_kept
from pwa.screens import words
from pwa.screens.barcodes import by_barcode
from pwa.screens.counts.detail import CountDetail
from pwa.screens.counts.entry import EntrySheet
from pwa.screens.counts.taking import Taking, lists_for, lots_text, place_name, units_text, waits_for
from pwa.screens.customers import Nobody, buyer_of
from pwa.screens.near import NearNote, found_or_near
from pwa.screens.page import Page

_MOST_FOUND = 40


@component
def NewCount(organisation: str = "", visit: str = "", draft: str = "") -> Component:
    """``draft``: a count that was begun. Without a partner: whose shelf it is, where there is a choice."""
    app = use_app()
    use_engine_version()
    tally = app.tallies.find(draft) if draft else None
    chosen = organisation or (tally.organisation if tally else "") or buyer_of(app) or ""
    partner = app.organisation(chosen) if chosen else None
    if partner is None:
        return PartnerPicker(visit, key="picker")
    return TakeCount(partner.id, "", visit, draft, key=partner.id)


@component
def CountScreen(count_id: str) -> Component | VdomDict:
    """One that waits for this person is taken, any other is shown."""
    app = use_app()
    use_engine_version()
    count = app.engine.replica.typed(Count, "count", count_id)
    if count is None:
        gone = EmptyState("file-question-mark", app.t("count.gone"), app.t("count.gone_hint"), testid="count-gone")
        return Page(app.t("count.title"), gone, back="/tasks")
    if waits_for(app, count):
        return TakeCount(count.organisation, count.id, "", "", key=f"take-{count.id}")
    return CountDetail(count.id, key=f"show-{count.id}")


@component
def PartnerPicker(visit: str) -> VdomDict:
    app = use_app()
    text, set_text, begun = use_kept("search")
    rows, near = found_or_near(partial(app.engine.replica.search_organisations, limit=_MOST_FOUND), text)
    own = app.may("stock.adjust")
    # The brand's own warehouse first, for those who keep it.
    found = sorted((row for row in rows if own or row.type != "head_office"), key=lambda row: row.type != "head_office")

    def row(partner: Organisation) -> VdomDict:
        return Row(
            place_name(app, partner),
            partner.code,
            on_press=calling(app.router.navigate, f"/counts/new?organisation={partner.id}&visit={visit}"),
            chevron=True,
            testid=f"count-at-{partner.code}",
            key=partner.id,
        )

    shown = Card(*map(row, found)) if found else Nobody(text)
    search = SearchField(app.t("customer.search"), value=begun, on_change=set_text, testid="count-partner-search")
    return Page(
        app.t("count.whose"), html.div({"className": "stack"}, search, NearNote(app, text, near=near), shown),
        back="/tasks", testid="count-picker",
    )  # fmt: skip


class _At(NamedTuple):
    """What is open over the list: a product's figures, or the scanner. ``code``: the barcode that led to the product,
    which the next one follows; ``pack``: what it is on ("" = the unit)."""

    product: str = ""
    scanning: bool = False
    code: str = ""
    pack: str = ""


@component
def TakeCount(organisation_id: str, count_id: str, visit: str, draft: str) -> VdomDict:
    app = use_app()
    use_engine_version()
    count = app.engine.replica.typed(Count, "count", count_id) if count_id else None
    taking = use_memo(lambda: Taking(app, organisation_id, count, visit, draft), dependencies=[count_id, draft])
    taking.count = count
    text, set_text, begun = use_kept("search")
    found_so_far, count_found = use_state(0)
    at, set_at = use_state(_At())
    _, bump = use_state(0)
    partner = app.organisation(organisation_id)
    wanted = taking.wanted()
    shown, near = _shown(app, wanted, text)

    def kept() -> None:
        set_at(_after(at, taking, [] if text.strip() else shown))
        if text.strip() and len(shown) == 1:  # the one that was looked for is counted: the next words are others
            set_text("")
            count_found(found_so_far + 1)

    product = app.engine.replica.typed(Product, "product", at.product) if at.product else None
    tools = html.div(
        {"className": "order-tools"},
        _search(app, "" if found_so_far else begun, found_so_far, set_text, calling(set_at, _At(scanning=True))),
        _lists(app, taking, partner, lambda: bump(lambda old: old + 1)),
    )
    rows = _rows(app, taking, shown, lambda product_id: set_at(_At(product_id)))
    scanner = _scanner(app, set_at, at.code)
    return Page(
        place_name(app, partner),
        html.div({"className": "count-screen"}, tools, _note(app, taking), NearNote(app, text, near=near), rows),
        scanner if at.scanning else None,
        EntrySheet(taking, product, kept, lambda: set_at(_At()), at.pack, key=f"entry-{product.id}")
        if product
        else None,
        subtitle=app.t("count.second" if count is not None and count.status == "recount_wanted" else "count.title"),
        back="/tasks",
        actions=HandInBar(taking, len(wanted), sum(1 for id_ in wanted if taking.line(id_) is None), key="bar"),
        testid="count-screen",
    )


def _after(at: _At, taking: Taking, rows: list[Product]) -> _At:
    """Where to go once a product's figures were kept: to the next barcode, or to the next that is not counted yet."""
    if at.code:
        return _At(scanning=True, code=at.code)
    return _At(next((row.id for row in rows if taking.line(row.id) is None and row.id != at.product), ""))


def _search(
    app: App, begun: str, revision: int, on_change: Callable[[str], Any], on_scan: Callable[..., Any]
) -> VdomDict:
    return SearchField(
        app.t("order.search"),
        value=begun,
        revision=revision,
        on_change=on_change,
        on_scan=on_scan,
        scan_label=app.t("scan.title"),
        testid="count-search",
    )


def _scanner(app: App, set_at: Callable[[_At], None], done: str) -> Component:
    """Stays open over a code that no product has. ``done``: the code whose figures were just kept."""

    def scanned(code: str) -> bool:
        found = by_barcode(app, code)
        if found is None:
            app.toasts.show(app.t("count.unknown_code", code=code), tone="bad", icon="scan-barcode")
            return False
        product, pack = found
        set_at(_At(product.id, code=code, pack=pack))
        return True

    return Scanner(scanned, on_close=lambda: set_at(_At()), done=done)


def _rows(app: App, taking: Taking, shown: list[Product], open_: Callable[[str], Any]) -> VdomDict:
    if not shown:
        return EmptyState("package-search", app.t("count.nothing"), app.t("count.nothing_hint"))
    rows = (_row(app, taking, row, open_) for row in shown)
    return Card(*rows, class_name="count-rows", testid="count-rows")


def _shown(app: App, wanted: list[str], text: str) -> tuple[list[Product], bool]:
    """The list; with words, every product that has them, as the catalogue finds them, or nearly has them."""
    if text.strip():
        return found_or_near(partial(app.engine.replica.search_products, limit=_MOST_FOUND), text)
    found = (app.engine.replica.typed(Product, "product", id_) for id_ in wanted)
    return sorted((row for row in found if row is not None), key=lambda row: (row.sort, row.sku)), False


def _lists(app: App, taking: Taking, partner: Organisation | None, again: Callable[[], None]) -> VdomDict | None:
    lists = lists_for(app, partner) if partner is not None and taking.count is None else []
    if not lists:
        return None

    def choose(list_id: str) -> None:
        taking.choose_list(list_id)
        again()

    now = taking.tally.count_list or ""
    return ChipRow(
        Chip(app.t("count.sold"), calling(choose, ""), selected=not now, testid="count-list-sold"),
        *(
            Chip(
                app.name(row.name),
                calling(choose, row.id),
                selected=row.id == now,
                testid=f"count-list-{row.id}",
                key=row.id,
            )
            for row in lists
        ),
        label=app.t("count.lists"),
    )


def _note(app: App, taking: Taking) -> VdomDict | None:
    said = taking.count.note if taking.count is not None else ""
    if not (taking.blind or said):
        return None
    return html.div(
        {"className": "count-note"},
        Badge(app.t("count.blind"), "info", testid="count-blind") if taking.blind else None,
        html.span(said) if said else None,
    )


def _row(app: App, taking: Taking, product: Product, open_: Callable[[str], Any]) -> VdomDict:
    line = taking.line(product.id)
    packed = line is not None and any(set(part.packs) - {""} for part in line.parts)
    counted = [units_text(app, product, line.parts)] if line and packed else []
    lots = lots_text(app, product, line.parts) if line else []
    detail = Pieces(product.sku, *counted, *lots)
    trailing: VdomDict
    if line is not None:
        total = words.units(app, product, counted_units(product, line.parts))
        trailing = html.strong({"className": "number count-total", "data-testid": f"counted-{product.sku}"}, total)
    else:
        trailing = html.span({"className": "count-open"}, app.t("count.to_count"), Icon("chevron-right", size=16))
    return Row(
        html.span({"dir": "auto"}, app.name(product.name)),
        detail,
        leading=Picture(product.image or "", size=44),
        trailing=trailing,
        on_press=calling(open_, product.id),
        testid=f"count-row-{product.sku}",
        class_name="count-row count-done" if line else "count-row",
        key=product.id,
    )


@component
def HandInBar(taking: Taking, wanted: int, left: int) -> VdomDict:
    """How far the count is, and handing it in; asks first while ``left`` of the ``wanted`` are not counted."""
    app = use_app()
    asking, set_asking = use_state(False)

    async def hand_in() -> None:
        set_asking(False)
        await taking.hand_in()
        app.toasts.show(app.t("count.handed_in"), icon="check")
        app.router.navigate(f"/counts/{taking.tally.id}", replace=True)

    done = wanted - left
    press = calling(set_asking, True) if left else calling(hand_in)
    return html.div(
        {"className": "total-bar count-bar"},
        html.div(
            {"className": "total-text", "aria-live": "polite", "data-testid": "count-tally"},
            html.strong({"className": "number"}, app.t("count.tally", done=done, left=left)),
            Progress(done / wanted if wanted else 0.0, label=app.t("count.title")),
        ),
        Button(app.t("count.hand_in"), press, disabled=not taking.tally.lines, testid="count-hand-in"),
        Confirm(
            app.t("count.left_title", count=left),
            app.t("count.left_text"),
            confirm=app.t("count.hand_in"),
            on_confirm=hand_in,
            on_cancel=lambda: set_asking(False),
            testid="count-left",
        )
        if asking
        else None,
    )
