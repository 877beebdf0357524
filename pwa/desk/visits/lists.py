"""What is to be done on a visit, by type of organisation."""

from dataclasses import replace
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.ids import new_id
from offline.rules.visiting import template_id
from offline.wire.kinds import PartnerType
from offline.wire.visits import VisitItem, VisitTemplate, VisitTemplateSave
from pwa.components.basics import Button, Child, IconButton, calling
from pwa.components.fields import Checkbox, SegmentedFilter, TextField
from pwa.desk.editing import use_editing
from pwa.desk.lines import Lines
from pwa.desk.parts import block, columns, select
from pwa.desk.state import use_desk
from pwa.desk.visits.items import TypedItem, read_item, typed_item
from pwa.desk.words import Words

TYPES: tuple[PartnerType, ...] = ("shop", "dealer", "distributor")
KINDS = ("question", "talk", "photo", "order", "count")
ANSWERS = ("yes_no", "number", "text", "choice")
Items = Lines[TypedItem]


@component
def ListsTab() -> VdomDict:
    desk = use_desk()
    words = desk.words()
    chosen, choose = use_state(TYPES[0])
    options = [(name, words(f"customers.type_{name}")) for name in TYPES]
    return html.div(
        {"className": "visit-form"},
        SegmentedFilter(options, chosen, choose, label=words("visits.tab_lists"), testid="list-type"),
        ListForm(chosen, key=chosen),
    )


@component
def ListForm(type_: PartnerType) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    row = desk.reads.replica.typed(VisitTemplate, "visit_template", template_id(type_))
    editing = use_editing(f"visit_template:{type_}", VisitTemplateSave, row, _start, about=("type", type_))
    items: Items = Lines(editing.form, "items")

    async def save() -> None:
        reader = editing.reader
        read = [read_item(reader, typed) for typed in items.now]
        made = tuple(item for item in read if item is not None)
        await editing.save(reader, VisitTemplateSave(type=type_, items=made) if not reader.errors else None)

    def add() -> None:
        items.add(typed_item(VisitItem(id=new_id(), kind="question", title={})))

    error = editing.form.error("items")
    return html.div(
        {"className": "visit-form"},
        editing.refusal(),
        *(_item(words, items, place) for place in range(len(items.now))),
        html.p({"className": "field-note field-error", "role": "alert"}, error) if error else None,
        Button(words("visits.add_item"), calling(add), kind="secondary", icon="plus", testid="item-add"),
        editing.actions(save),
    )


def _start(base: VisitTemplate | VisitTemplateSave | None) -> dict[str, Any]:
    return {"items": tuple(map(typed_item, base.items)) if base is not None else ()}


def _item(words: Words, items: Items, place: int) -> VdomDict:
    """One thing to do. A number has a unit, a choice its options."""
    typed = items.now[place]
    more: Child = None
    if typed.is_number:
        more = _text(words, items, place, "unit")
    elif typed.is_choice:
        more = _text(words, items, place, "choices", rows=4, max_length=2000, hint=words("visits.choices_hint"))
    return block(
        "",
        _head(words, items, place),
        columns(*(_text(words, items, place, language) for language in words.languages)),
        columns(
            _one_of(words, items, place, "kind", KINDS),
            _one_of(words, items, place, "answer", ANSWERS, disabled=typed.kind != "question"),
        ),
        more,
        key=typed.id,
    )


def _head(words: Words, items: Items, place: int) -> VdomDict:
    typed, number = items.now[place], str(place + 1)

    def require(on: bool) -> None:
        items.put(place, lambda item: replace(item, required=on))

    return html.div(
        {"className": "visit-item-head"},
        html.strong({"className": "number"}, number),
        Checkbox(words("visits.item.required"), typed.required, require, testid=f"required-{place}"),
        IconButton(
            "arrow-up", words("visits.up", name=number), calling(items.move, place, place - 1), disabled=not place
        ),
        IconButton("trash-2", words("form.remove", name=typed.zh or typed.en), calling(items.remove, place)),
    )


def _text(words: Words, items: Items, place: int, name: str, *, max_length: int = 200, **more: Any) -> VdomDict:
    return TextField(
        words(f"visits.item.{name}"),
        value=getattr(items.now[place], name),
        on_change=items.typed(place, lambda item, text: replace(item, **{name: text})),
        max_length=max_length,
        revision=items.form.revision,
        testid=f"item-{name}-{place}",
        key=name,
        **more,
    )


def _one_of(
    words: Words, items: Items, place: int, name: str, values: tuple[str, ...], *, disabled: bool = False
) -> VdomDict:
    def choose(value: Any) -> None:
        items.put(place, lambda item: replace(item, **{name: value}))

    return select(
        words(f"visits.item.{name}"),
        [(value, words(f"visits.{name}_{value}")) for value in values],
        getattr(items.now[place], name),
        choose,
        testid=f"{name}-{place}",
        disabled=disabled,
        key=name,
    )
