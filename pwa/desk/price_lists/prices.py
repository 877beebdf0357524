"""The prices of one list, edited in place: a row opens into its tiers."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.store import Entry
from offline.wire.commands import PriceSave
from offline.wire.rows import Price, Product, Tier
from pwa.components.basics import Badge, Button, Child, Icon, IconButton, attributes, calling, classes
from pwa.components.fields import NumberField
from pwa.components.overlays import Confirm
from pwa.desk.parts import Nothing, refusal, text_button
from pwa.desk.price_lists.tiers import Fault, TypedTier, read, rising_prices, typed
from pwa.desk.state import DeskState, use_desk, use_form
from pwa.desk.words import Words

PAGE = 60


@component
def PriceTable(list_id: str, product_ids: Sequence[str], reset: str) -> VdomDict:
    """``product_ids`` in the order shown; a page at a time, for an open row is as high as its tiers."""
    desk = use_desk()
    words = desk.words()
    opened, set_opened = use_state("")
    shown, set_shown = use_state((PAGE, reset))
    most = shown[0] if shown[1] == reset else PAGE
    prices = {price.product: price for price in desk.reads.prices_by_list().get(list_id, ())}
    may_edit = desk.reads.may("price.edit")
    if not product_ids:
        return html.div(Nothing("tag", words("prices.no_prices"), words("prices.no_prices_text")))

    def toggle(product_id: str) -> None:
        set_opened(lambda old: "" if old == product_id else product_id)

    lines: list[Child] = []
    for product_id in product_ids[:most]:
        product = desk.reads.product(product_id)
        if product is None:
            continue
        price = prices.get(product_id)
        lines.append(
            _line(desk, words, product, price, is_open=product_id == opened, toggle=toggle if may_edit else None)
        )
        if product_id == opened:
            lines.append(TierEditor(list_id, product_id, price, lambda: set_opened(""), key=f"edit-{product_id}"))
    rest = len(product_ids) - most
    more = Button(
        words("prices.show_more", count=min(rest, PAGE * 2)),
        lambda _event: set_shown((most + PAGE * 2, reset)),
        kind="secondary",
        testid="more-prices",
    )
    return html.div({"className": "price-table"}, *lines, more if rest > 0 else None)


def _line(
    desk: DeskState,
    words: Words,
    product: Product,
    price: Price | None,
    *,
    is_open: bool,
    toggle: Callable[[str], None] | None,
) -> VdomDict:
    refused = desk.refused("product", product.id, "price.save")
    content: list[Child] = [
        html.span(
            {"className": "price-name"},
            words.name(product.name),
            html.span({"className": "faint number"}, f" {product.sku}"),
        ),
        Badge(words("refusal.short"), "bad") if refused else None,
        html.span({"className": "price-tiers"}, *_tiers(words, product, price)),
        Icon("chevron-down" if is_open else "pencil", size=16) if toggle else None,
    ]
    if toggle is None:
        return html.div(attributes("price-line", f"price-{product.sku}", product.id), *content)
    more = {"type": "button", "aria-expanded": "true" if is_open else "false", "onClick": calling(toggle, product.id)}
    return html.button(attributes("price-line price-press", f"price-{product.sku}", product.id, more), *content)


def _tiers(words: Words, product: Product, price: Price | None) -> list[Child]:
    if price is None:
        return [html.span({"className": "faint"}, words("prices.no_price"))]
    first = product.minimum
    return [
        html.span(
            {"className": "tier number", "key": str(tier.quantity)},
            html.span({"className": "faint"}, words("prices.from_count", count=words.number(tier.quantity)))
            if tier.quantity > first or tier.quantity > 1
            else None,
            html.strong(words.price(tier.unit_price)),
        )
        for tier in price.tiers
    ]


@component
def TierEditor(list_id: str, product_id: str, price: Price | None, on_close: Callable[[], Any]) -> VdomDict:
    """Tiers as rows of (from quantity, price). Faults show beside their field; nothing is lost by them."""
    desk = use_desk()
    words = desk.words()
    entry, tiers = _refused(desk, list_id, product_id, price)
    start = {"rows": tuple(typed(tiers)) or (TypedTier("1", ""),)}
    form = use_form(f"price:{list_id}:{product_id}", start)
    faults, set_faults = use_state(tuple[Fault, ...]())
    asking, set_asking = use_state("")
    rows: tuple[TypedTier, ...] = form["rows"]

    def write(place: int, part: str) -> Callable[[str], None]:
        keep = form.typed("rows")

        def typed_in(text: str) -> None:
            now = _written(form["rows"], place, part, text)
            keep(now)
            if faults:
                set_faults(read(now)[1])

        return typed_in

    def put(new: Sequence[TypedTier]) -> None:
        form.draft.revision += 1
        set_faults(())
        form.put("rows", tuple(new))

    async def save(confirmed: str = "") -> None:
        found, wrong = read(form["rows"])
        if wrong:
            set_faults(wrong)
            return
        question = "remove" if not found else "rising" if rising_prices(found) else ""
        if question and confirmed != question:
            set_asking(question)
            return
        set_asking("")
        form.saved()
        command = PriceSave(price_list=list_id, product=product_id, tiers=found)
        await desk.save(command, entry, words("said.saved"))
        on_close()

    def cancel() -> None:
        form.reset()
        on_close()

    return html.div(
        {"className": classes("tier-editor", form.dirty and "unsaved-on"), "data-testid": "tier-editor"},
        refusal(desk, entry, retry=False) if entry is not None else None,
        *_tier_lines(words, rows, faults, write=write, put=put, revision=form.revision),
        html.div(
            {"className": "tier-buttons"},
            text_button(words("prices.tier_add"), lambda: put((*form["rows"], TypedTier("", ""))), testid="tier-add"),
            html.span({"className": "spring"}),
            *_save_or_not(words, save, cancel, able=form.dirty or entry is not None),
        ),
        _question(words, asking, lambda: save(asking), lambda: set_asking("")) if asking else None,
    )


def _written(rows: Sequence[TypedTier], place: int, part: str, text: str) -> tuple[TypedTier, ...]:
    """``rows`` with ``text`` as the ``part`` (quantity, unit_price) of the row at ``place``."""
    old = rows[place]
    new = TypedTier(text, old.unit_price) if part == "quantity" else TypedTier(old.quantity, text)
    return (*rows[:place], new, *rows[place + 1 :])


def _tier_lines(
    words: Words,
    rows: Sequence[TypedTier],
    faults: Sequence[Fault],
    *,
    write: Callable[[int, str], Callable[[str], None]],
    put: Callable[[Sequence[TypedTier]], None],
    revision: int,
) -> Iterator[VdomDict]:
    def error(place: int, part: str) -> str:
        codes = [fault.code for fault in faults if (fault.row, fault.field) == (place, part)]
        return words(f"tier_fault.{codes[0]}") if codes else ""

    for place, row in enumerate(rows):
        yield _tier_line(
            words,
            place,
            row,
            change=partial(write, place),
            error=partial(error, place),
            remove=calling(put, (*rows[:place], *rows[place + 1 :])),
            revision=revision,
        )


def _save_or_not(words: Words, save: Callable[..., Any], cancel: Callable[[], Any], *, able: bool) -> list[VdomDict]:
    return [
        Button(words("form.cancel"), calling(cancel), kind="secondary", small=True, testid="tier-cancel", key="cancel"),
        Button(words("form.save"), calling(save), small=True, disabled=not able, testid="tier-save", key="save"),
    ]


def _tier_line(
    words: Words,
    place: int,
    row: TypedTier,
    *,
    change: Callable[[str], Callable[[str], None]],
    error: Callable[[str], str],
    remove: Callable[..., Any],
    revision: int,
) -> VdomDict:
    """``change`` and ``error`` by the field's name."""
    return html.div(
        {"className": "tier-line", "key": str(place)},
        NumberField(
            words("prices.tier_from"),
            value=row.quantity,
            on_change=change("quantity"),
            error=error("quantity"),
            autofocus=row.is_blank,
            revision=revision,
            testid=f"tier-quantity-{place}",
            key="quantity",
        ),
        NumberField(
            words("prices.tier_price"),
            value=row.unit_price,
            on_change=change("unit_price"),
            error=error("unit_price"),
            decimals=True,
            before=words.symbol(),
            autofocus=bool(row.quantity) and not row.unit_price,
            revision=revision,
            testid=f"tier-price-{place}",
            key="price",
        ),
        IconButton("trash-2", words("prices.tier_remove"), remove),
    )


def _question(words: Words, about: str, on_confirm: Callable[[], Any], on_cancel: Callable[[], Any]) -> VdomDict:
    return Confirm(
        words(f"prices.ask_{about}"),
        words(f"prices.ask_{about}_text"),
        confirm=words(f"prices.do_{about}"),
        on_confirm=on_confirm,
        on_cancel=on_cancel,
        danger=about == "remove",
        testid="tier-confirm",
    )


def _refused(
    desk: DeskState, list_id: str, product_id: str, price: Price | None
) -> tuple[Entry | None, Sequence[Tier]]:
    """The refused change of this price, with its tiers, else the tiers that count."""
    for entry, command in desk.refused("product", product_id, "price.save"):
        if isinstance(command, PriceSave) and command.price_list == list_id:
            return entry, command.tiers
    return None, price.tiers if price is not None else ()
