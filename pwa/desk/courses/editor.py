"""Putting a course together: what it is, its cards and questions, how the phone will show them; saving, publishing."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.wire.learning import CourseDraft, CoursePublish, CourseSave, CourseWithdraw
from pwa.components.basics import Badge, Button, Child, Icon, IconButton, attributes, calling, classes
from pwa.components.fields import SegmentedFilter
from pwa.desk.courses.cards import CardFields
from pwa.desk.courses.form import (
    FIELDS,
    ROLES,
    TYPES,
    FormCard,
    authored,
    command_of,
    faults_of,
    fresh_card,
    start_of,
)
from pwa.desk.courses.preview import Preview
from pwa.desk.editing import Choice, Editing, Picker, use_editing, use_first_field, use_row_id
from pwa.desk.fields import Fields
from pwa.desk.lines import Lines
from pwa.desk.parts import block, columns, panel, refusal
from pwa.desk.state import DeskState, Form, use_desk
from pwa.desk.words import Words

_OUTWARD = (CoursePublish.NAME, CourseWithdraw.NAME)
CARD_ICONS = {"text": "file-text", "picture": "image", "video": "video", "question": "circle-question-mark"}


@component
def EditPanel(course_id: str, tabs: Child, on_close: Callable[[], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    row_id, is_new = use_row_id(course_id), course_id == "new"
    row = desk.app.engine.replica.typed(CourseDraft, "course_draft", row_id)
    editing = use_editing(f"course:{course_id}", CourseSave, row, start_of, about=("course", row_id), fields=FIELDS)
    form, base = editing.form, editing.base
    use_first_field(is_new)
    showing, show = use_state(False)

    async def save() -> bool:
        reader = editing.reader
        done = await editing.save(reader, command_of(reader, row_id))
        if done and is_new:
            desk.leave(f"/desk/courses/{row_id}")
        return done

    async def publish() -> None:
        if (form.dirty or row is None or editing.entry is not None) and not await save():
            return
        await desk.submit(CoursePublish(course=row_id), said=words("courses.said_published"))

    async def withdraw() -> None:
        await desk.submit(CourseWithdraw(course=row_id), said=words("courses.said_withdrawn"))

    faults = _faults(form["cards"])
    return panel(
        words("courses.new") if is_new else words.name(base.title if base else {}),
        tabs,
        editing.refusal(),
        *(refusal(desk, each, retry=False) for each, _ in desk.refused("course", row_id, *_OUTWARD)),
        *_body(desk, words, form, row_id),
        Preview(tuple(map(authored, form["cards"])), lambda: show(False), key="preview") if showing else None,
        on_close=on_close,
        actions=html.div(
            {"className": "panel-stack"},
            _publishing(words, faults, key="faults") if faults else None,
            editing.actions(save, other=_others(words, row, faults, editing, (publish, withdraw, show))),
        ),
        wide=True,
        key=course_id,
        testid="course-panel",
    )


def _others(
    words: Words, row: CourseDraft | None, faults: Sequence[str], editing: Editing[Any], deeds: tuple[Any, Any, Any]
) -> VdomDict:
    publish, withdraw, show = deeds
    changed = editing.form.dirty or editing.entry is not None
    out = row is not None and row.state == "published" and not row.changed and not changed
    return html.span(
        {"className": "course-buttons", "key": "others"},
        Button(words("courses.preview"), calling(show, True), kind="plain", icon="eye", testid="course-preview"),
        Button(words("courses.withdraw"), calling(withdraw), kind="plain", testid="course-withdraw")
        if row is not None and row.state == "published"
        else None,
        Button(
            words("courses.publish"),
            calling(publish),
            kind="secondary",
            disabled=bool(faults) or out,
            testid="course-publish",
        ),
    )


def _faults(cards: Sequence[FormCard]) -> list[str]:
    return [f"{number}:{fault}" for number, card in enumerate(cards, 1) for fault in faults_of(card)] or (
        [] if cards else ["0:cards:missing"]
    )


def fault_text(words: Words, fault: str) -> str:
    number, _, rest = fault.partition(":")
    key = rest.replace(":", "_")
    return (
        words(f"courses.fault_{key}")
        if number == "0"
        else words("courses.fault_at", number=number, what=words(f"courses.fault_{key}"))
    )


def _publishing(words: Words, faults: Sequence[str], *, key: str) -> VdomDict:
    """What is still missing before it can be published."""
    told = [fault_text(words, fault) for fault in faults[:3]]
    more = [words("form.more", count=len(faults) - 3)] if len(faults) > 3 else []
    text = words("list_comma").join((*told, *more))
    return html.p(
        {"className": "course-faults", "data-testid": "course-faults", "key": key}, Icon("info", size=16), text
    )


def _body(desk: DeskState, words: Words, form: Form, row_id: str) -> list[Child]:
    fields = Fields(words, form, "courses.field")
    return [
        block(
            "",
            *fields.names("title", required=True),
            *fields.names("summary", rows=3, max_length=2000),
            key="names",
        ),
        CardList(form, key="cards"),
        _rules(words, form, fields),
        _audience(desk, words, form, row_id),
    ]


def _rules(words: Words, form: Form, fields: Fields) -> VdomDict:
    def number(name: str, unit: str) -> VdomDict:
        return fields.number(name, unit=words(f"courses.unit_{unit}"), hint=words(f"courses.hint_{name}"))

    marking = [("on_phone", words("courses.on_phone")), ("on_server", words("courses.on_server"))]
    return block(
        words("courses.rules"),
        columns(number("pass_mark", "percent"), number("attempts", "tries"), number("minutes", "minutes")),
        html.div(
            {"className": "field", "key": "marking"},
            html.span({"className": "field-label"}, words("courses.field.marking")),
            SegmentedFilter(
                marking,
                form["marking"],
                partial(form.put, "marking"),
                label=words("courses.field.marking"),
                testid="field-marking",
            ),
            html.p({"className": "field-note"}, words(f"courses.hint_{form['marking']}")),
        ),
        fields.switch("shuffle"),
        fields.switch("certificate"),
        number("valid_months", "months") if form["certificate"] else None,
        key="rules",
    )


def _audience(desk: DeskState, words: Words, form: Form, row_id: str) -> VdomDict:
    rows = [row for row in desk.app.engine.replica.all("course_draft") if isinstance(row, CourseDraft)]
    titles = {row.id: words.name(row.title) for row in rows if row.id != row_id}

    def find_course(text: str) -> Sequence[Choice]:
        return [(one, title) for one, title in titles.items() if text.casefold() in title.casefold()]

    return block(
        words("courses.audience"),
        _ticks(words, form, "roles", {one: words(f"role.{one}") for one in ROLES}),
        _ticks(words, form, "types", {one: words(f"courses.type_{one}") for one in TYPES}),
        html.p({"className": "field-note"}, words("courses.audience_hint")),
        Picker(
            words("courses.field.prerequisites"),
            [(one, titles.get(one, one)) for one in form["prerequisites"]],
            find_course,
            lambda ids: form.put("prerequisites", ids),
            error=form.error("prerequisites"),
            testid="field-prerequisites",
            key="prerequisites",
        ),
        key="audience",
    )


def _ticks(words: Words, form: Form, name: str, texts: dict[str, str]) -> VdomDict:
    def press(one: str) -> None:
        chosen = form[name]
        form.put(name, tuple(each for each in texts if (each in chosen) != (each == one)))

    return html.div(
        {"className": "field", "role": "group", "aria-label": words(f"courses.field.{name}"), "key": name},
        html.span({"className": "field-label"}, words(f"courses.field.{name}")),
        html.div(
            {"className": "course-chips"},
            *(
                html.button(
                    {
                        "type": "button",
                        "className": classes("chip", one in form[name] and "chip-selected"),
                        "aria-pressed": "true" if one in form[name] else "false",
                        "onClick": calling(press, one),
                        "data-testid": f"{name}-{one}",
                        "key": one,
                    },
                    text,
                )
                for one, text in texts.items()
            ),
        ),
    )


_FIRST_FIELD = ".course-card-open .course-fields :is(select, input, textarea, button)"


@component
def CardList(form: Form) -> VdomDict:
    """The cards in their order; the open one shows its fields."""
    desk = use_desk()
    words = desk.words()
    opened, set_opened = use_state("")
    cards: Lines[FormCard] = Lines(form, "cards")

    def add(kind: str) -> None:
        card = fresh_card(kind)
        cards.add(card)
        set_opened(card["id"])
        # Its fields stand before the button that was pressed.
        desk.app.device.send({"type": "focus", "selector": _FIRST_FIELD})

    error = form.error("cards")
    return block(
        words("courses.cards"),
        html.p({"className": "block-note"}, words("courses.cards_hint")),
        *(_card(words, cards, place, opened, set_opened) for place in range(len(cards.now))),
        html.p({"className": "field-note field-error"}, error) if error else None,
        html.div(
            {"className": "course-add"},
            *(
                Button(words(f"courses.add_{kind}"), calling(add, kind), kind="secondary", small=True, icon=icon,
                       testid=f"add-{kind}", key=kind)
                for kind, icon in CARD_ICONS.items()
            ),
        ),
        key="cards",
    )  # fmt: skip


def _card(words: Words, cards: Lines[FormCard], place: int, opened: str, on_open: Callable[[str], Any]) -> VdomDict:
    card_id = cards.now[place]["id"]
    is_open = card_id == opened
    return html.div(
        {"className": classes("course-card", is_open and "course-card-open"), "key": card_id},
        html.div(
            {"className": "course-card-head"},
            _card_title(words, cards, place, is_open, calling(on_open, "" if is_open else card_id)),
            IconButton("arrow-up", words("courses.up"), calling(cards.move, place, place - 1), disabled=place == 0),
            IconButton(
                "arrow-down",
                words("courses.down"),
                calling(cards.move, place, place + 1),
                disabled=place == len(cards.now) - 1,
            ),
            IconButton(
                "trash-2", words("courses.remove"), calling(cards.remove, place), testid=f"card-{place + 1}-remove"
            ),
        ),
        CardFields(cards.form, card_id, key=f"fields-{card_id}") if is_open else None,
    )


def _card_title(
    words: Words, cards: Lines[FormCard], place: int, is_open: bool, toggle: Callable[..., Any]
) -> VdomDict:
    """Opens the card's fields, or closes them."""
    card = cards.now[place]
    more = {"type": "button", "aria-expanded": "true" if is_open else "false", "onClick": toggle}
    return html.button(
        attributes("course-card-title", f"card-{place + 1}", more=more),
        html.span({"className": "number faint"}, str(place + 1)),
        Icon(CARD_ICONS[card["kind"]], size=18),
        html.span({"className": "course-card-text"}, card_name(words, card)),
        Badge(words("courses.unfinished"), "warning") if faults_of(card) and not is_open else None,
    )


def card_name(words: Words, card: FormCard) -> str:
    names = ("title_zh", "text_zh", "title_en", "text_en")
    own = sorted(names, key=lambda name: name.endswith("_zh") != words.locale.startswith("zh"))
    found = next(filter(None, (card[name].strip() for name in own)), "")
    return found.splitlines()[0][:60] if found else words(f"courses.kind_{card['kind']}")
