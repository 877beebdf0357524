"""The sheet in which a product's figures are typed: one field a unit, the number pad, the next product."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.rules.counting import counted_units, factors
from offline.wire.counts import CountedPart
from offline.wire.rows import Product
from pwa.components.basics import Button, Child, calling
from pwa.components.fields import NumberField, TextField, parse_whole
from pwa.components.jotting import use_jotting
from pwa.components.overlays import Sheet
from pwa.context import App
from pwa.hooks import use_app
from pwa.screens import words
from pwa.screens.counts.taking import Taking, lots_text, unit_names, units_text

Type = Callable[[str, str], None]


@component
def EntrySheet(
    taking: Taking, product: Product, on_done: Callable[[], None], on_close: Callable[[], None], pack: str = ""
) -> VdomDict:
    """``on_done``: a figure was kept; ``pack``: the one that was scanned, whose field comes first to hand."""
    app = use_app()
    typed, put, drop = use_jotting(
        f"count.{taking.count.id if taking.count else taking.tally.organisation}.{product.id}"
    )
    problem, set_problem = use_state("")

    def type_in(name: str, text: str) -> None:
        put(name, text)
        set_problem("")

    def keep(add: bool, nothing: bool = False) -> None:
        part = CountedPart(packs={"": 0}) if nothing else part_of(product, typed)
        wrong = part if isinstance(part, str) else taking.put(product, part, add=add)
        if wrong:
            set_problem(wrong)
        else:
            drop()
            on_done()

    wrong = html.p({"className": "field-note field-error", "role": "alert"}, app.t(f"count.wrong.{problem or 'empty'}"))
    body = html.div(
        {"className": "count-entry"},
        *_known(app, taking, product),
        html.div({"className": "count-fields"}, *_units(app, product, typed, type_in, pack)),
        html.div({"className": "count-fields count-lots"}, *_lot(app, typed, type_in)) if product.lot_tracked else None,
        wrong if problem else None,
    )
    return Sheet(
        app.name(product.name),
        body,
        subtitle=product.sku,
        on_close=on_close,
        actions=html.div({"className": "button-stack"}, *_actions(app, keep, taking.line(product.id) is not None)),
        testid="count-entry",
    )


def part_of(product: Product, typed: Mapping[str, str]) -> CountedPart | str:
    """What was typed, by unit; or what is wrong with it, as the last part of a text's key."""
    packs: dict[str, int] = {}
    for code in factors(product):
        text = typed.get(code, "").strip()
        number = parse_whole(text) if text else None
        if text and number is None:
            return "whole"
        if number is not None:
            packs[code] = number
    if not packs:
        return "empty"
    try:
        expiry = date.fromisoformat(typed["expiry"]) if typed.get("expiry", "").strip() else None
    except ValueError:
        return "expiry"
    return CountedPart(packs=packs, lot=typed.get("lot", "").strip()[:64], expires_on=expiry)


def _known(app: App, taking: Taking, product: Product) -> list[Child]:
    """What the book says, where the count is not blind; what was counted so far."""
    shown: list[Child] = []
    book, before = taking.book(product.id), taking.line(product.id)
    if book is not None and book.opened and not taking.blind:
        told = app.t("count.book", count=words.units(app, product, book.on_hand))
        shown.append(html.p({"className": "count-book", "data-testid": "count-book", "key": "book"}, told))
    if before is not None:
        total = words.units(app, product, counted_units(product, before.parts))
        told = app.t("count.so_far", counted=units_text(app, product, before.parts), total=total)
        lots = [html.span({"key": lot}, html.br(), lot) for lot in lots_text(app, product, before.parts)]
        shown.append(html.p({"className": "count-so-far", "data-testid": "count-so-far", "key": "so-far"}, told, *lots))
    return shown


def _units(app: App, product: Product, typed: Mapping[str, str], type_in: Type, pack: str) -> list[VdomDict]:
    names = unit_names(app, product)
    first = pack or next(iter(factors(product)))

    def holds(code: str, size: int) -> str:
        """What a pack holds, unless its name says it ("12 瓶/箱")."""
        count = app.format.number(size)
        return f"× {words.units(app, product, size)}" if code and count not in names[code] else ""

    return [
        NumberField(
            names[code],
            value=typed.get(code, ""),
            unit=holds(code, size),
            on_change=partial(type_in, code),
            autofocus=code == first,
            onward=True,
            testid=f"count-{code or 'unit'}",
            key=code or "unit",
        )
        for code, size in factors(product).items()
    ]


def _lot(app: App, typed: Mapping[str, str], type_in: Type) -> list[VdomDict]:
    lot, expiry = partial(type_in, "lot"), partial(type_in, "expiry")
    return [
        TextField(
            app.t("count.lot"), value=typed.get("lot", ""), on_change=lot, max_length=64, testid="count-lot", key="lot"
        ),
        TextField(
            app.t("count.expires"),
            value=typed.get("expiry", ""),
            kind="date",
            on_change=expiry,
            testid="count-expiry",
            key="expiry",
        ),
    ]


def _actions(app: App, keep: Callable[..., None], again: bool) -> list[VdomDict]:
    label = app.t("count.add" if again else "count.keep")
    first = Button(label, calling(keep, True), wide=True, testid="count-keep", key="keep")
    if again:
        text, press, name = app.t("count.instead"), calling(keep, False), "count-instead"
    else:
        text, press, name = app.t("count.none_there"), calling(keep, False, True), "count-none"
    return [first, Button(text, press, kind="secondary", wide=True, testid=name, key=name)]
