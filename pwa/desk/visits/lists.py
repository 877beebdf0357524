"""What is to be done on a visit, by type of organisation."""

from collections.abc import Callable
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.ids import new_id
from offline.rules.visiting import template_id
from offline.wire.kinds import PartnerType
from offline.wire.visits import Choice, VisitItem, VisitTemplate, VisitTemplateSave
from pwa.components.basics import Button, Child, IconButton, calling
from pwa.components.fields import Checkbox, SegmentedFilter, TextField
from pwa.desk.editing import Reader, form_actions, names_of, save_form
from pwa.desk.parts import block, columns, refusal, select
from pwa.desk.state import DeskState, Form, use_desk, use_form

TYPES: tuple[PartnerType, ...] = ("shop", "dealer", "distributor")
KINDS = ("question", "talk", "photo", "order", "count")
ANSWERS = ("yes_no", "number", "text", "choice")
# An item as typed: id, kind, answer, required, title zh and en, unit, choices (one a line).
Typed = dict[str, Any]


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


def _typed(item: VisitItem) -> Typed:
    lines = (" | ".join(part for part in (each.name.get("zh"), each.name.get("en")) if part) for each in item.choices)
    return {
        "id": item.id,
        "kind": item.kind,
        "answer": item.answer,
        "required": item.required,
        "zh": item.title.get("zh", ""),
        "en": item.title.get("en", ""),
        "hint": item.hint,
        "unit": item.unit.get("zh", "") or item.unit.get("en", ""),
        "units": item.unit,
        "choices": "\n".join(lines),
        "ids": tuple(each.id for each in item.choices),
    }


def _item(reader: Reader, typed: Typed) -> VisitItem | None:
    title = names_of(typed["zh"].strip(), typed["en"].strip())
    if not title:
        reader.fault("items", "required")
        return None
    is_choice = typed["kind"] == "question" and typed["answer"] == "choice"
    lines = [line for line in typed["choices"].splitlines() if line.strip()] if is_choice else []
    if is_choice and len(lines) < 2:
        reader.fault("items", "required")
        return None
    ids = [*typed["ids"], *(new_id() for _ in lines)]
    choices = []
    for id_, line in zip(ids, lines, strict=False):
        zh, _, en = line.partition("|")
        choices.append(Choice(id=id_, name=names_of(zh.strip(), en.strip())))
    unit = typed["unit"].strip()
    same = unit in typed["units"].values()
    return VisitItem(
        id=typed["id"],
        kind=typed["kind"],
        title=title,
        hint=typed["hint"],
        required=typed["required"],
        answer=typed["answer"],
        unit=typed["units"] if same and unit else ({"zh": unit} if unit else {}),
        choices=tuple(choices),
    )


@component
def ListForm(type_: PartnerType) -> VdomDict:
    desk = use_desk()
    row = desk.reads.replica.typed(VisitTemplate, "visit_template", template_id(type_))
    entry, refused = next(iter(desk.refused("type", type_, VisitTemplateSave.NAME)), (None, None))
    base = refused.items if isinstance(refused, VisitTemplateSave) else (row.items if row else ())
    form = use_form(f"visit_template:{type_}", {"items": tuple(map(_typed, base))})

    async def save() -> None:
        reader = Reader(form, desk)
        items = [_item(reader, typed) for typed in form["items"]]
        made = tuple(item for item in items if item is not None)
        command = VisitTemplateSave(type=type_, items=made) if not reader.errors else None
        await save_form(desk, form, command, reader.errors, entry)

    def add() -> None:
        fresh = _typed(VisitItem(id=new_id(), kind="question", title={}))
        form.put("items", (*form["items"], fresh))

    words = desk.words()
    error = form.error("items")
    return html.div(
        {"className": "visit-form"},
        refusal(desk, entry, retry=False) if entry is not None else None,
        *(_line(desk, form, place, typed) for place, typed in enumerate(form["items"])),
        html.p({"className": "field-note field-error", "role": "alert"}, error) if error else None,
        Button(words("visits.add_item"), calling(add), kind="secondary", icon="plus", testid="item-add"),
        form_actions(desk, form, save, always=entry is not None),
    )


def _line(desk: DeskState, form: Form, place: int, typed: Typed) -> VdomDict:
    words = desk.words()

    def changed(**values: Any) -> tuple[Typed, ...]:
        return tuple({**each, **values} if at == place else each for at, each in enumerate(form["items"]))

    def put(name: str) -> Callable[[Any], None]:
        return lambda value: form.put("items", changed(**{name: value}))

    def text(name: str, *, rows: int = 0, hint: str = "") -> VdomDict:
        keep = form.typed("items")
        return TextField(
            words(f"visits.item.{name}"), value=typed[name], rows=rows, max_length=200 if not rows else 2000, hint=hint,
            on_change=lambda value: keep(changed(**{name: value})),
            revision=form.revision, testid=f"item-{name}-{place}", key=name,
        )  # fmt: skip

    def move(to: int) -> None:
        items = list(form["items"])
        items.insert(to, items.pop(place))
        form.put("items", tuple(items))

    def remove() -> None:
        form.put("items", (*form["items"][:place], *form["items"][place + 1 :]))

    kinds = [(kind, words(f"visits.kind_{kind}")) for kind in KINDS]
    answers = [(one, words(f"visits.answer_{one}")) for one in ANSWERS]
    question = typed["kind"] == "question"
    more: list[Child] = []
    if question and typed["answer"] == "number":
        more.append(text("unit"))
    if question and typed["answer"] == "choice":
        more.append(text("choices", rows=4, hint=words("visits.choices_hint")))
    return block(
        "",
        html.div(
            {"className": "visit-item-head"},
            html.strong({"className": "number"}, str(place + 1)),
            Checkbox(words("visits.item.required"), typed["required"], put("required"), testid=f"required-{place}"),
            IconButton(
                "arrow-up", words("visits.up", name=str(place + 1)), calling(move, place - 1), disabled=not place
            ),
            IconButton("trash-2", words("form.remove", name=typed["zh"] or typed["en"]), calling(remove)),
        ),
        columns(text("zh"), text("en")),
        columns(
            select(words("visits.item.kind"), kinds, typed["kind"], put("kind"), testid=f"kind-{place}", key="kind"),
            select(
                words("visits.item.answer"), answers, typed["answer"], put("answer"), disabled=not question,
                testid=f"answer-{place}", key="answer",
            ),
        ),
        *more,
        key=typed["id"],
    )  # fmt: skip
