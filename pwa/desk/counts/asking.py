"""Asking for a count: at which partners, of what, blind or not, by when."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from reactpy import component, html, use_ref, use_state
from reactpy.types import VdomDict

from offline.ids import new_id
from offline.store import Unreachable
from offline.wire.counts import MAX_LINES, CountAsk, CountList, PartnerStock
from offline.wire.rows import Organisation
from pwa.components.basics import Button, calling
from pwa.components.fields import TextField
from pwa.desk.categories import MOST_OFFERED, categories_like
from pwa.desk.counts.tolerances import named, sold_products_like
from pwa.desk.editing import FEW, Choice, Picker, Reader
from pwa.desk.parts import block, columns, panel, refusal, select
from pwa.desk.reading import find_organisations
from pwa.desk.state import DeskState, Form, use_desk, use_form
from pwa.desk.words import Words
from pwa.screens.counts.taking import listed, lists_for
from pwa.visiting import today

MOST_PARTNERS = 50
SOLD, CATEGORIES, PRODUCTS = "sold", "categories", "products"
_START: dict[str, Any] = {
    "organisations": (), "what": SOLD, "categories": (), "products": (), "blind": "", "due_on": "", "note": "",
}  # fmt: skip


@component
def AskPanel(on_close: Callable[[], Any], at: str = "") -> VdomDict:
    """``at``: where, when that is known already."""
    desk = use_desk()
    words = desk.words()
    form = use_form(f"counts:ask:{at}", _START | {"organisations": (at,) if at else ()})
    busy, set_busy = use_state(False)
    asked = use_ref(False)

    async def ask() -> None:
        if asked.current:
            return  # the second press of a double click
        set_busy(True)
        try:
            commands, errors = await commands_of(desk, form)
        finally:
            set_busy(False)
        if errors:
            form.refuse(errors)
            desk.app.device.send({"type": "focus", "selector": ".field-invalid .input"})
            return
        asked.current = True
        form.reset()
        await desk.submit(*commands, said=words("counts.said_asked", count=len(commands)))
        on_close()

    return panel(
        words("counts.ask"),
        *(refusal(desk, entry) for entry, _command in desk.refused("NAME", CountAsk.NAME, CountAsk.NAME)),
        _where(desk, words, form),
        _what(desk, words, form),
        _how(words, form),
        on_close=on_close,
        actions=html.div(
            {"className": "panel-buttons"},
            Button(words("counts.ask_yes"), calling(ask), disabled=busy, class_name="panel-main", testid="ask-yes"),
        ),
        testid="ask-panel",
    )


def _where(desk: DeskState, words: Words, form: Form) -> VdomDict:
    house = desk.reads.head_office
    own = [house] if house is not None and desk.reads.may("stock.adjust") else []

    def name(row: Organisation) -> str:
        return words("counts.warehouse") if row.type == "head_office" else words.name(row.name)

    def find(text: str) -> list[Choice]:
        found = find_organisations([*own, *desk.reads.organisations], text)
        return [
            (row.id, f"{row.code} {name(row)}") for row in found if row.status == "active" or row.type == "head_office"
        ]

    rows = (desk.reads.organisation(one) for one in form["organisations"])
    chosen = [(row.id, name(row)) for row in rows if row is not None]
    partners = Picker(
        words("counts.partners"),
        chosen,
        find,
        lambda ids: form.put("organisations", ids),
        error=form.error("organisations"),
        testid="ask-organisations",
        key="organisations",
    )
    return block("", partners, key="where")


def _what(desk: DeskState, words: Words, form: Form) -> VdomDict:
    lists = [row for row in desk.app.engine.replica.all("count_list") if isinstance(row, CountList) and row.active]
    options = [
        (SOLD, words("counts.ask_sold")),
        *((row.id, words.name(row.name)) for row in lists),
        (CATEGORIES, words("counts.ask_categories")),
        (PRODUCTS, words("counts.ask_products")),
    ]
    what = form["what"]
    chooser = select(
        words("counts.what"), options, what, lambda name: form.put("what", name), error=form.error("what"),
        testid="ask-what", key="what",
    )  # fmt: skip
    return block("", chooser, _some(desk, words, form, what) if what in (CATEGORIES, PRODUCTS) else None, key="what")


def _some(desk: DeskState, words: Words, form: Form, name: str) -> Any:
    """Which categories, or which products."""
    kind, like = ("category", categories_like) if name == CATEGORIES else ("product", sold_products_like)
    names = named(desk, words, kind)
    return Picker(
        words(f"counts.ask_{name}"),
        [(one, names.get(one, one)) for one in form[name]],
        lambda text: like(desk, words, text),
        lambda ids: form.put(name, ids),
        error=form.error(name),
        most=MOST_OFFERED if name == CATEGORIES else FEW,
        testid=f"ask-{name}",
        key=name,
    )


def _how(words: Words, form: Form) -> VdomDict:
    blinds = [(name, words(f"counts.ask_blind_{name or 'usual'}")) for name in ("", "yes", "no")]
    due = TextField(
        words("counts.due_on"), kind="date", value=form["due_on"], on_change=form.typed("due_on"),
        error=form.error("due_on"), revision=form.revision, testid="ask-due_on", key="due_on",
    )  # fmt: skip
    blind = select(
        words("counts.ask_blind"), blinds, form["blind"], lambda name: form.put("blind", name), testid="ask-blind",
        key="blind",
    )  # fmt: skip
    note = TextField(
        words("counts.ask_note"), value=form["note"], on_change=form.typed("note"), rows=2, max_length=2000,
        hint=words("counts.ask_note_hint"), revision=form.revision, testid="ask-note", key="note",
    )  # fmt: skip
    return block("", columns(due, blind), note, key="how")


@dataclass(frozen=True)
class _Wish:
    """What is asked for at each partner alike."""

    chosen: CountList | None
    due_on: date | None
    blind: bool | None
    note: str


async def commands_of(desk: DeskState, form: Form) -> tuple[list[CountAsk], dict[str, str]]:
    """One a partner, or what is wrong with what was typed, by field."""
    words, reader = desk.words(), Reader(form, desk)
    due_on = reader.calendar_day("due_on")
    if due_on is not None and due_on < today(desk.app):
        reader.errors["due_on"] = words("counts.ask_due_past")
    partners = [row for one in form["organisations"] if (row := desk.reads.organisation(one)) is not None]
    if not partners:
        reader.errors["organisations"] = words("counts.ask_no_partner")
    if len(partners) > MOST_PARTNERS:
        reader.errors["organisations"] = words("counts.ask_many_partners", most=MOST_PARTNERS)
    what = form["what"]
    if what in (CATEGORIES, PRODUCTS) and not form[what]:
        reader.errors[what] = words(f"counts.ask_no_{what}")
    if reader.errors:
        return [], reader.errors
    chosen = desk.app.engine.replica.typed(CountList, "count_list", what)
    wish = _Wish(chosen, due_on, {"yes": True, "no": False}.get(form["blind"]), str(form["note"]).strip())
    field = what if what in (CATEGORIES, PRODUCTS) else "what"
    commands = []
    for partner in partners:
        products = await _products_at(desk, form, partner, chosen)
        fault = _fault(words, words.name(partner.name), len(products))
        if chosen is not None and chosen not in lists_for(desk.app, partner):
            fault = words("counts.ask_other_list", name=words.name(partner.name))
        if fault:
            return [], {field: fault}
        commands.append(_command(partner, products, wish))
    return commands, {}


def _fault(words: Words, name: str, count: int) -> str:
    if count > MAX_LINES:
        return words("counts.ask_too_much", name=name, count=words.number(count), most=words.number(MAX_LINES))
    return "" if count else words("counts.ask_nothing_there", name=name)


def _command(partner: Organisation, products: Sequence[str], wish: _Wish) -> CountAsk:
    return CountAsk(
        count=new_id(),
        organisation=partner.id,
        products=tuple(products),
        count_list=wish.chosen.id if wish.chosen is not None else None,
        due_on=wish.due_on,
        blind=wish.blind,
        note=wish.note,
    )


async def _products_at(desk: DeskState, form: Form, partner: Organisation, chosen: CountList | None) -> list[str]:
    """What is to be counted there. What a partner has is no row of the desk's, so it is asked for; with no network what
    it ordered lately has to do."""
    if form["what"] == PRODUCTS:
        return list(form["products"])
    replica = desk.app.engine.replica
    if form["what"] == CATEGORIES:
        found = (row.id for one in form["categories"] for row in replica.search_products("", one, MAX_LINES + 1))
        return list(dict.fromkeys(found))
    ids = listed(desk.app, partner.id, chosen)
    if chosen is None or chosen.sold:
        ids += await _held(desk, partner.id)
    return [one for one in dict.fromkeys(ids) if desk.reads.product(one) is not None]


async def _held(desk: DeskState, organisation_id: str) -> list[str]:
    try:
        answer = await desk.app.device.request("GET", f"/api/partner-stock/{organisation_id}")
        return [row.product for row in msgspec.json.decode(answer.body, type=tuple[PartnerStock, ...])]
    except (Unreachable, msgspec.MsgspecError):
        return []
