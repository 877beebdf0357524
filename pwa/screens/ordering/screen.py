"""Taking an order: search, chips, the windowed list, the bar with the total.

State is kept low: the list re-renders when the search changes, a row when its line does, the bar at every change.
"""

from collections.abc import Callable
from typing import Any

from reactpy import component, html, use_effect, use_memo, use_state
from reactpy.types import Component, VdomDict

from offline.ids import new_id
from offline.wire.rows import Category
from pwa.components.basics import Button, Chip, ChipRow, EmptyState, ErrorBox, Pieces, calling
from pwa.components.fields import SearchField
from pwa.components.lists import WindowedList
from pwa.context import App
from pwa.drafts import OrderDraft
from pwa.hooks import never_synced, use_app, use_engine_version, use_sync
from pwa.router import use_kept
from pwa.screens import words
from pwa.screens.arriving import Arriving
from pwa.screens.customers import buyer_of
from pwa.screens.near import NearNote
from pwa.screens.ordering.basket import Basket
from pwa.screens.ordering.explain import PriceSheets
from pwa.screens.ordering.finding import (
    ALL,
    CHOSEN,
    PROMOTED,
    USUAL,
    find,
    searched,
    top_categories,
    usual_products,
    with_chip,
)
from pwa.screens.ordering.rows import ProductRow
from pwa.screens.ordering.scanning import use_scanning
from pwa.screens.ordering.sending import use_submit
from pwa.screens.page import Page

FIXED = frozenset({USUAL, PROMOTED, CHOSEN, ALL})
THINK_AGAIN_SECONDS = 6.0
"""How long an order submitted with one tap, unreviewed, can be taken back."""


def open_basket(app: App, organisation_id: str, draft_id: str = "") -> Basket:
    """The draft named, else the customer's own unfinished one, else a new one."""
    draft = app.drafts.find(draft_id) if draft_id else app.drafts.of_organisation(organisation_id)
    if draft is None or draft.organisation != organisation_id:
        draft = OrderDraft(id=new_id(), organisation=organisation_id)
    return Basket(app, draft)


def use_basket(organisation_id: str, draft_id: str) -> Basket:
    """One basket for the life of the screen; it follows the rows as they change."""
    app = use_app()
    basket = use_memo(lambda: open_basket(app, organisation_id, draft_id), dependencies=[organisation_id, draft_id])

    @use_effect(dependencies=[basket])
    def follow() -> Callable[[], None]:
        seen = [app.engine.replica.version]

        def update() -> None:
            if app.engine.replica.version != seen[0]:
                seen[0] = app.engine.replica.version
                basket.refresh()

        return app.engine.subscribe(update)

    return basket


def use_basket_changes(basket: Basket) -> None:
    """Render the component again at every change of the basket."""
    _, bump = use_state(0)

    @use_effect(dependencies=[basket])
    def follow() -> Callable[[], None]:
        return basket.listen("", lambda: bump(lambda count: count + 1))


def use_line_count(basket: Basket) -> int:
    """Render the component again when a line came or went."""
    _, set_count = use_state(len(basket.draft.lines))

    @use_effect(dependencies=[basket])
    def follow() -> Callable[[], None]:
        def update() -> None:
            set_count(len(basket.draft.lines))

        update()
        return basket.listen("", update)

    return len(basket.draft.lines)


@component
def OrderScreen(organisation_id: str, draft: str = "", chip: str = "") -> VdomDict:
    """``chip`` is the filter to begin with."""
    app = use_app()
    basket = use_basket(organisation_id, draft)
    waiting, set_waiting = use_state(basket.facts_missing)

    @use_effect(dependencies=[basket])
    def arrive() -> Callable[[], None]:
        set_waiting(basket.facts_missing)
        return basket.listen("", lambda: set_waiting(basket.facts_missing))

    back = "/" if buyer_of(app) else "/order"
    if waiting or basket.facts_missing:
        return Page(app.t("order.title"), Missing(back), back=back)
    organisation = basket.organisation
    explain, explaining = use_sheet_opener(basket)
    return Page(
        app.name(organisation.name),
        html.div(
            {"className": "order-screen"},
            _blocked_notice(app, basket),
            ProductBrowser(basket, explain, chip, key=basket.draft.id),
        ),
        PriceSheets(basket, explaining),
        subtitle=terms_text(basket),
        back=back,
        actions=TotalBar(basket),
        testid="ordering-screen",
    )


@component
def Missing(back: str) -> Component | VdomDict:
    """In place of an order that cannot be priced: its rows are still on their way, or never will be here."""
    app = use_app()
    arriving = use_sync(lambda status: never_synced(status) or status.progress is not None)
    if arriving or app.brand is None:
        return Arriving("line", 6)
    go = Button(app.t("home.choose_customer" if back != "/" else "tab.home"), calling(app.router.navigate, back))
    return EmptyState("file-question-mark", app.t("customer.gone"), app.t("customer.gone_hint"), go, testid="gone")


class Opener:
    """Opens the "why this price" sheet without rendering the list below it again."""

    def __init__(self) -> None:
        self._listener: Callable[[str], None] | None = None

    def open(self, product_id: str) -> None:
        if self._listener is not None:
            self._listener(product_id)

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        self._listener = listener

        def stop() -> None:
            self._listener = None

        return stop


def use_sheet_opener(basket: Basket) -> tuple[Callable[[str], None], Opener]:
    opener = use_memo(Opener, dependencies=[basket])
    return opener.open, opener


def terms_text(basket: Basket) -> str:
    """What may still be ordered on account, or the terms."""
    app, organisation = basket.app, basket.organisation
    left = basket.credit_left()
    if left is not None:
        return app.t("customer.credit_left", amount=app.money(left, basket.currency))
    return organisation.code


def _blocked_notice(app: App, basket: Basket) -> VdomDict | None:
    organisation = basket.organisation
    text = words.blocked_text(app, organisation.status, organisation.blocked_reason)
    return ErrorBox(app.t("order.blocked"), text, testid="blocked-customer") if text else None


@component
def ProductBrowser(basket: Basket, explain: Callable[[str], None], chip: str = "") -> VdomDict:
    app = use_app()
    version = use_engine_version()
    text, set_text, begun = use_kept("search")
    usual = use_memo(lambda: usual_products(basket), dependencies=[basket])
    start = CHOSEN if basket.draft.lines else USUAL if usual else ALL
    chosen, set_chip = use_state(chip or start)
    chip = _standing(app, chosen)

    def choose(name: str) -> None:
        set_chip(name)
        app.router.navigate(with_chip(app.router.path, name), replace=True)

    def show(sku: str) -> None:
        set_text(sku)
        if searched(sku, chip) != ALL:
            choose(ALL)

    def show_chosen() -> None:
        set_text("")
        choose(CHOSEN)

    scanning = use_scanning(basket, show, show_chosen)
    last = scanning.last

    found = use_memo(lambda: find(basket, text, chip, usual), dependencies=[text, chip, version])
    categories = use_memo(lambda: _categories(basket, chip), dependencies=[chip, version])

    def row(index: int) -> VdomDict:
        product = found.product(index)
        name = product.id if product else f"none-{index}"
        focus = last.count if product and product.id == last.product else 0
        inner = ProductRow(basket, product, explain, focus, key=name) if product else None
        return html.div({"className": "windowed-row", "key": name}, inner)

    browsed = WindowedList(
        found.count,
        row,
        label=app.t("order.products"),
        testid="products",
        reset=f"{chip}/{text}",
    )
    return html.div(
        {"className": "product-browser"},
        html.div(
            {"className": "order-tools"},
            SearchField(
                app.t("order.search"),
                value=last.text if last.count else begun,
                on_change=set_text,
                on_scan=calling(scanning.open),
                scan_label=app.t("scan.title"),
                revision=last.count,
                testid="product-search",
            ),
            Chips(basket, searched(text, chip), choose, bool(usual), categories),
        ),
        NearNote(app, text, near=found.near and found.count > 0),
        browsed if found.count else _nothing(basket, text, searched(text, chip), lambda: choose(ALL)),
        scanning.sheet,
    )


def Chips(
    basket: Basket, current: str, choose: Callable[[str], None], has_usual: bool, categories: list[Category]
) -> VdomDict:
    app = basket.app

    def chip(name: str, label: str) -> VdomDict:
        return Chip(label, calling(choose, name), selected=name == current, testid=f"chip-{name}", key=name)

    return ChipRow(
        ChosenChip(basket, current == CHOSEN, choose, key=CHOSEN),
        chip(USUAL, app.t("order.chip.usual")) if has_usual else None,
        chip(PROMOTED, app.t("order.chip.promoted")) if basket.pricer.promotions.ranked else None,
        chip(ALL, app.t("order.chip.all")),
        *(chip(category.id, app.name(category.name)) for category in categories),
        label=app.t("order.chips"),
    )


@component
def ChosenChip(basket: Basket, selected: bool, choose: Callable[[str], None]) -> VdomDict | None:
    """How many lines there are; alone, so that a tap that adds one does not draw the other chips again."""
    app = use_app()
    chosen = use_line_count(basket)
    if not chosen and not selected:
        return None
    label, select = app.t("order.chip.chosen"), calling(choose, CHOSEN)
    return Chip(label, select, selected=selected, count=chosen, testid=f"chip-{CHOSEN}")


def _categories(basket: Basket, chip: str) -> list[Category]:
    """The chips there are for categories; the one that is chosen too, wherever it hangs by now."""
    found = top_categories(basket)
    chosen = basket.app.engine.replica.typed(Category, "category", chip)
    return found if chosen is None or chosen in found else [*found, chosen]


def _standing(app: App, chip: str) -> str:
    """The chip, as far as there still is one: a category may be gone."""
    if chip in FIXED or app.engine.replica.typed(Category, "category", chip) is not None:
        return chip
    return ALL


def _chip_name(app: App, chip: str) -> str:
    if chip in FIXED:
        return app.t(f"order.chip.{chip}")
    category = app.engine.replica.typed(Category, "category", chip)
    return app.name(category.name) if category else ""


def _nothing(basket: Basket, text: str, chip: str, show_all: Callable[[], Any]) -> VdomDict:
    app = basket.app
    action = Button(app.t("order.show_all"), calling(show_all), kind="secondary") if chip != ALL else None
    elsewhere = app.engine.replica.count_products(text, None, None) if text.strip() and chip != ALL else 0
    if elsewhere:
        look = Button(app.t("order.look"), calling(show_all), testid="look-everywhere")
        title = app.t("order.none_in_filter", filter=_chip_name(app, chip))
        return EmptyState("search-x", title, app.t("order.elsewhere", count=elsewhere), look)
    if not app.engine.replica.count_products():
        return EmptyState("package-open", app.t("order.no_products"), app.t("order.no_products_hint"))
    if not text.strip() and basket.allowed is not None and not basket.allowed.ids:
        return EmptyState("package-x", app.t("order.none_authorised"), app.t("order.none_authorised_hint"))
    if text.strip():
        return EmptyState("search-x", app.t("order.none_found"), app.t("order.none_found_hint"), action)
    return EmptyState("package-open", app.t("order.none_here"), app.t("order.none_here_hint"), action)


@component
def TotalBar(basket: Basket) -> VdomDict:
    """What the order comes to, always in sight, and the way on."""
    app = use_app()
    use_basket_changes(basket)
    lines = len(basket.draft.lines)

    def review(_event: Any) -> None:
        basket.settle_all()
        app.router.navigate(f"/order/{basket.draft.organisation}/review?draft={basket.draft.id}")

    busy, submit = use_submit(basket, hold=THINK_AGAIN_SECONDS)

    async def at_once(event: Any) -> None:
        basket.settle_all()
        await (submit(event) if basket.ready else calling(review, event)())

    now = Button(
        app.t("order.submit_now"),
        at_once,
        kind="secondary",
        busy=busy,
        testid="submit-order",
        class_name="submit-now",
    )
    return html.div(
        {"className": "total-bar"},
        TotalText(basket),
        now if lines else None,
        Button(app.t("order.review"), review, disabled=not lines, testid="review-order"),
    )


def TotalText(basket: Basket) -> VdomDict:
    app = basket.app
    total = basket.quote.totals.total if basket.quote else 0
    pieces = sum(line.quantity for line in basket.quote.lines) if basket.quote else 0
    saved = basket.saved
    parts = [
        app.t("order.count_lines", lines=len(basket.draft.lines)),
        app.t("order.count_pieces", pieces=app.format.number(pieces)),
    ]
    if saved > 0:
        parts.append(app.t("order.saved", amount=app.money(saved, basket.currency)))
    gifts = sum(gift.quantity for gift in basket.quote.gifts) if basket.quote else 0
    if gifts:
        parts.append(app.t("order.gifts_earned", count=gifts))
    return html.div(
        {"className": "total-text", "aria-live": "polite", "data-testid": "total-text"},
        html.strong(
            {"className": "number number-large", "data-testid": "order-total", "data-value": str(total)},
            app.money(basket.quote.totals.total, basket.currency) if basket.quote else "",
        ),
        html.span({"className": "total-detail"}, Pieces(*parts)) if basket.draft.lines else html.span(
            {"className": "total-detail"}, app.t("order.empty")
        ),
    )  # fmt: skip
