"""The fields of a customer's form."""

from collections.abc import Callable, Sequence
from typing import Any

from reactpy import html
from reactpy.types import VdomDict

from offline.ids import new_id
from pwa.components.basics import Child, IconButton, calling
from pwa.components.fields import TextField
from pwa.desk.customers.form import ADDRESS_FIELDS, STATUSES, TYPES
from pwa.desk.editing import Choice, Picker
from pwa.desk.fields import Fields
from pwa.desk.parts import block, columns, text_button
from pwa.desk.reading import matches
from pwa.desk.state import DeskState, Form
from pwa.desk.words import Words


def customer_fields(desk: DeskState, words: Words, form: Form, row_id: str) -> list[Child]:
    fields = Fields(words, form, "customers.field")
    types = [(one, words(f"customers.type_{one}")) for one in TYPES]
    statuses = [(one, words(f"customers.status_{one}")) for one in STATUSES]
    return [
        block(
            words("customers.who"),
            fields.text("name_zh", required=True),
            fields.text("name_en"),
            columns(fields.text("code", required=True), fields.choice("type", types)),
            _parent(desk, words, form, row_id),
            columns(fields.text("territory"), fields.text("group")),
            columns(fields.choice("rep", _reps(desk, words, form)), fields.choice("status", statuses)),
            fields.text("blocked_reason", required=True, rows=2) if form["status"] == "blocked" else None,
            key="who",
        ),
        block(
            words("customers.terms"),
            columns(
                fields.number("credit_limit", decimals=True, before=words.symbol(), hint=words("customers.limit_hint")),
                fields.number("payment_days", decimals=True, unit=words("customers.days")),
            ),
            _price_lists(desk, words, form),
            _assortments(desk, words, form),
            key="terms",
        ),
        block(words("customers.addresses"), _addresses(words, form), key="addresses"),
    ]


def _reps(desk: DeskState, words: Words, form: Form) -> list[Choice]:
    found = [("", words("customers.no_rep"))]
    found += [(rep, who or words("customers.unknown_rep", id=rep[-4:])) for rep, who in desk.reads.reps().items()]
    if form["rep"] not in dict(found):
        found.append((form["rep"], words("customers.unknown_rep", id=form["rep"][-4:])))
    return found


def _parent(desk: DeskState, words: Words, form: Form, row_id: str) -> Any:
    """Any company but itself and those below it."""
    office = desk.reads.head_office
    able = [
        row
        for row in desk.reads.organisations
        if row.type != "shop" and row.id != row_id and row_id not in row.ancestors
    ]
    rows = [office, *able] if office else able
    names = {row.id: f"{row.code} {words.name(row.name)}" for row in rows}

    def find(text: str) -> list[Choice]:
        return [(one, name) for one, name in names.items() if matches(text, name.casefold())]

    def chosen(ids: tuple[str, ...]) -> None:
        form.put("parent", ids[-1] if ids else "")

    current = [(form["parent"], names.get(form["parent"], form["parent"]))] if form["parent"] else []
    return Picker(
        words("customers.field.parent"),
        current,
        find,
        chosen,
        error=form.error("parent"),
        testid="field-parent",
        single=True,
        key="parent",
    )


def _price_lists(desk: DeskState, words: Words, form: Form) -> Any:
    names = {row.id: f"{words.name(row.name)} ({row.code})" for row in desk.reads.price_lists}
    return _several(words, form, "price_lists", names, words("customers.price_lists_hint"))


def _assortments(desk: DeskState, words: Words, form: Form) -> Any:
    names = {row.id: words.name(row.name) for row in desk.reads.assortments}
    return _several(words, form, "assortments", names, words("customers.assortments_hint"))


def _several(words: Words, form: Form, name: str, names: dict[str, str], hint: str) -> Any:
    def find(text: str) -> list[Choice]:
        return [(one, title) for one, title in names.items() if matches(text, title.casefold())]

    chosen = [(one, names.get(one, one)) for one in form[name]]
    label = words(f"customers.field.{name}")
    return Picker(
        label,
        chosen,
        find,
        lambda ids: form.put(name, ids),
        error=form.error(name),
        hint=hint,
        testid=f"field-{name}",
        key=name,
    )


def _addresses(words: Words, form: Form) -> VdomDict:
    rows = form["addresses"]

    def typed(place: int, part: int) -> Callable[[str], None]:
        keep = form.typed("addresses")

        def change(value: str) -> None:
            now = [list(address) for address in form["addresses"]]
            now[place][part] = value
            keep(tuple(tuple(address) for address in now))

        return change

    def line(place: int, address: Sequence[str]) -> VdomDict:
        def cell(part: int) -> VdomDict:
            name = ADDRESS_FIELDS[part - 1]
            return TextField(
                words(f"customers.address.{name}"),
                value=address[part],
                on_change=typed(place, part),
                max_length=200,
                revision=form.revision,
                testid=f"address-{name}-{place}",
                key=name,
            )

        return html.div(
            {"className": "address", "key": address[0]},
            columns(cell(1), cell(2)),
            cell(3),
            html.div(
                {"className": "address-last"},
                columns(cell(4), cell(5)),
                IconButton("trash-2", words("customers.address.remove"), calling(remove, place)),
            ),
        )

    def remove(place: int) -> None:
        form.draft.revision += 1
        form.put("addresses", (*form["addresses"][:place], *form["addresses"][place + 1 :]))

    def add() -> None:
        form.put("addresses", (*form["addresses"], (new_id(), "", "", "", "", "")))

    return html.div(
        {"className": "addresses"},
        *(line(place, address) for place, address in enumerate(rows)),
        text_button(words("customers.address.add"), add, testid="address-add"),
    )
