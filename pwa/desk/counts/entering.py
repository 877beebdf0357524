"""Counting the brand's own warehouse at the desk: a line of fields a product, kept as they are typed."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from reactpy import component, html, use_memo, use_ref, use_state
from reactpy.types import VdomDict

from offline.rules.counting import counted_units, factors
from offline.wire.counts import Count, CountedPart
from offline.wire.rows import Product
from pwa.components.basics import Button, Child, calling
from pwa.components.fields import NumberField
from pwa.components.overlays import Confirm
from pwa.desk.parts import block
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words
from pwa.screens.counts.entry import part_of
from pwa.screens.counts.taking import Taking, to_count, unit_names, waits_for
from pwa.screens.words import units


def counted_here(desk: DeskState, count: Count) -> bool:
    """Whether this person may take the count at the desk: of the warehouse, where a desk stands nearby."""
    house = desk.reads.head_office
    return house is not None and count.organisation == house.id and waits_for(desk.app, count)


@component
def EntryBlock(count_id: str) -> VdomDict | None:
    desk = use_desk()
    words, app = desk.words(), desk.app
    count = app.engine.replica.typed(Count, "count", count_id)
    asking, ask = use_state(False)
    _, bump = use_state(0)
    taking = use_memo(lambda: Taking(app, count.organisation, count, "") if count else None, dependencies=[count_id])
    if count is None or taking is None:
        return None
    taking.count = count
    lines = [line.product for line in to_count(app, count)]
    products = [row for one in lines if (row := desk.reads.product(one)) is not None]
    left = sum(1 for row in products if taking.line(row.id) is None)

    async def hand_in() -> None:
        ask(False)
        await taking.hand_in()
        desk.toast(words("counts.said_handed_in"))

    return block(
        words("counts.enter"),
        html.p({"className": "block-note"}, words("counts.enter_hint")),
        *(EntryLine(taking, row, lambda: bump(lambda old: old + 1), key=row.id) for row in products),
        html.p({"className": "block-note", "role": "status"}, words("counts.enter_left", count=left)) if left else None,
        Button(
            words("counts.enter_yes"),
            calling(ask, True) if left else calling(hand_in),
            disabled=not taking.tally.lines,
            wide=True,
            testid="enter-yes",
        ),
        _question(words, left, hand_in, lambda: ask(False)) if asking else None,
        key="enter",
        testid="enter-block",
    )


def _question(words: Words, left: int, on_confirm: Callable[[], Any], on_cancel: Callable[[], Any]) -> VdomDict:
    return Confirm(
        words("counts.enter_left", count=left),
        words("counts.enter_left_text"),
        confirm=words("counts.enter_yes"),
        on_confirm=on_confirm,
        on_cancel=on_cancel,
        testid="enter-left",
    )


@component
def EntryLine(taking: Taking, product: Product, on_done: Callable[[], None]) -> VdomDict:
    """One product. What is typed is kept with every key; ``on_done`` is for the figures beside it."""
    app, words = taking.app, use_desk().words()
    typed = use_ref(_start(taking, product))
    wrong, set_wrong = use_state("")

    def change(code: str, text: str) -> None:
        typed.current = {**typed.current, code: text}
        part = part_of(product, typed.current)
        fault = part if isinstance(part, str) else taking.put(product, part, add=False)
        if fault:
            # What cannot be counted is not handed in as something else.
            taking.take_out(product.id)
        set_wrong("" if fault == "empty" else fault)

    fields = _fields(taking, product, typed.current, change, on_done)
    problem: Child = None
    if wrong:
        problem = html.p({"className": "field-note field-error", "role": "alert"}, app.t(f"count.wrong.{wrong}"))
    return html.div(
        {"className": "tolerance-rule", "role": "group", "aria-label": words.name(product.name)},
        html.div(
            {"className": "tolerance-head"},
            html.strong({"dir": "auto"}, words.name(product.name)),
            html.span({"className": "faint number"}, product.sku),
        ),
        html.div({"className": "field-columns"}, *fields),
        problem,
    )


def _fields(
    taking: Taking,
    product: Product,
    typed: Mapping[str, str],
    change: Callable[[str, str], None],
    on_done: Callable[[], None],
) -> list[VdomDict]:
    app = taking.app
    names = unit_names(app, product)
    return [
        NumberField(
            names[code],
            unit=f"× {units(app, product, size)}" if code else "",
            value=typed.get(code, ""),
            on_change=partial(change, code),
            on_commit=lambda _text: on_done(),
            testid=f"enter-{product.sku}-{code or 'unit'}",
            key=code or "unit",
        )
        for code, size in factors(product).items()
    ]


def _start(taking: Taking, product: Product) -> dict[str, str]:
    """What was counted before, as it was typed."""
    line = taking.line(product.id)
    parts: tuple[CountedPart, ...] = line.parts if line is not None else ()
    if len(parts) == 1:
        return {code: str(number) for code, number in parts[0].packs.items()}
    return {"": str(counted_units(product, parts))} if parts else {}
