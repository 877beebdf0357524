"""The fields of a customer's form."""

from typing import Any

from reactpy import html
from reactpy.types import VdomDict

from offline.ids import new_id
from pwa.components.basics import Child, IconButton, calling
from pwa.components.fields import TextField
from pwa.desk.customers.form import ADDRESS_FIELDS, STATUSES, TYPES
from pwa.desk.editing import Choice, Picker
from pwa.desk.fields import Fields
from pwa.desk.lines import Lines, with_part
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
            *fields.names("name", required=True),
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
    addresses: Lines[tuple[str, ...]] = Lines(form, "addresses")

    def add() -> None:
        addresses.add((new_id(), *("" for _ in ADDRESS_FIELDS)))

    return html.div(
        {"className": "addresses"},
        *(_address(words, addresses, place) for place in range(len(addresses.now))),
        text_button(words("customers.address.add"), add, testid="address-add"),
    )


def _address(words: Words, addresses: Lines[tuple[str, ...]], place: int) -> VdomDict:
    address_id, *parts = addresses.now[place]

    def field(name: str) -> VdomDict:
        at = ADDRESS_FIELDS.index(name)
        return TextField(
            words(f"customers.address.{name}"),
            value=parts[at],
            on_change=addresses.typed(place, with_part(at + 1)),
            max_length=200,
            revision=addresses.form.revision,
            testid=f"address-{name}-{place}",
            key=name,
        )

    return html.div(
        {"className": "address", "key": address_id},
        columns(field("region"), field("city")),
        field("line"),
        html.div(
            {"className": "address-last"},
            columns(field("contact"), field("phone")),
            IconButton("trash-2", words("customers.address.remove"), calling(addresses.remove, place)),
        ),
    )
