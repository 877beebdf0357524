"""The fields of one card or question."""

from collections.abc import Callable
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.wire.learning import FALSE, TRUE
from pwa.components.basics import Button, Child, Icon, IconButton, calling, classes
from pwa.components.fields import Checkbox, NumberField, SegmentedFilter, TextField
from pwa.components.media import PhotoField
from pwa.desk.courses.form import KINDS, FormCard, changed, option_id
from pwa.desk.parts import columns, select
from pwa.desk.state import Form, use_desk
from pwa.desk.words import Words

MOST_OPTIONS = 8


@component
def CardFields(form: Form, card_id: str) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    _count, render = use_state(0)
    card: FormCard = next((each for each in form["cards"] if each["id"] == card_id), {})
    if not card:
        return html.div()

    def typed(name: str) -> Callable[[str], None]:
        """Kept without a rendering: the field owns its text."""
        keep = form.typed("cards")

        def change(text: str) -> None:
            keep(changed(form["cards"], card_id, {name: text}))

        return change

    def put(name: str, value: Any) -> None:
        form.put("cards", changed(form["cards"], card_id, {name: value}))
        render(lambda count: count + 1)

    def text(name: str, rows: int = 0, label: str = "") -> VdomDict:
        return TextField(
            words(f"courses.field.{label or name}"), value=card[name], on_change=typed(name), rows=rows,
            on_commit=lambda _text: render(lambda count: count + 1), max_length=4000, revision=form.revision,
            testid=f"card-{name}", key=name,
        )  # fmt: skip

    if card["kind"] == "question":
        return html.div({"className": "course-fields"}, *_question(words, form, card, text, put))
    is_text = card["kind"] == "text"
    rows = 4 if is_text else 2
    return html.div(
        {"className": "course-fields"},
        columns(text("title_zh", label="card_title_zh"), text("title_en", label="card_title_en")),
        None if is_text else _file(words, card, put),
        columns(text("text_zh", rows), text("text_en", rows)),
    )


def _file(words: Words, card: FormCard, put: Callable[[str, Any], None]) -> VdomDict:
    kept = html.img({"className": "course-thumb", "src": card["image"], "alt": ""}) if card["image"] else None
    video = card["kind"] == "video"
    field = PhotoField(
        card["media"],
        lambda refs: put("media", refs),
        most=1,
        kinds=("file",) if video else ("gallery", "file"),
        label=words("courses.field.video" if video else "courses.field.picture"),
        testid="card-file",
    )
    return html.div({"className": "course-file", "key": "file"}, kept if not card["media"] else None, field)


def _question(
    words: Words, form: Form, card: FormCard, text: Callable[..., VdomDict], put: Callable[[str, Any], None]
) -> list[Child]:
    kind = card["ask"]
    kinds = [(each, words(f"courses.ask_{each}")) for each in KINDS]
    points = NumberField(
        words("courses.field.points"), value=card["points"], on_change=lambda raw: put("points", raw),
        revision=form.revision, testid="card-points", key="points",
    )  # fmt: skip
    return [
        columns(
            select(
                words("courses.field.ask"), kinds, kind, lambda value: put("ask", value), testid="card-ask", key="ask"
            ),
            points,
        ),
        columns(text("text_zh", 2, "ask_zh"), text("text_en", 2, "ask_en")),
        _answers(words, form, card, text, put),
        Checkbox(words("courses.field.partial"), card["partial"], lambda on: put("partial", on), testid="card-partial",
                 key="partial")
        if kind in ("multiple", "order")
        else None,
        columns(text("why_zh", 2), text("why_en", 2)),
    ]  # fmt: skip


def _answers(
    words: Words, form: Form, card: FormCard, text: Callable[..., VdomDict], put: Callable[[str, Any], None]
) -> VdomDict:
    kind = card["ask"]
    if kind == "short":
        hint = html.p({"className": "field-note"}, words("courses.accepted_hint"))
        return html.div({"key": "answers"}, text("accepted", 3), hint)
    if kind == "true_false":
        choices = [(TRUE, words("courses.true")), (FALSE, words("courses.false"))]
        chosen = card["right"][0] if card["right"] else ""
        right = SegmentedFilter(
            choices, chosen, lambda one: put("right", (one,)), label=words("courses.right"), testid="card-right"
        )
        label = html.span({"className": "field-label"}, words("courses.right"))
        return html.div({"className": "field", "key": "answers"}, label, right)
    told = words(f"courses.options_{kind}")
    options = card["options"]
    lines = (_option(words, form, card, place, put) for place in range(len(options)))
    add = Button(
        words("courses.add_option"), calling(put, "options", (*options, (option_id(), "", ""))), kind="plain",
        small=True, icon="plus", disabled=len(options) >= MOST_OPTIONS, testid="add-option",
    )  # fmt: skip
    return html.div({"className": "field", "key": "answers"}, html.p({"className": "field-label"}, told), *lines, add)


def _option(words: Words, form: Form, card: FormCard, place: int, put: Callable[[str, Any], None]) -> VdomDict:
    one, zh, en = card["options"][place]
    kind, right = card["ask"], card["right"]

    def typed(index: int) -> Callable[[str], None]:
        keep = form.typed("cards")

        def change(text: str) -> None:
            now: FormCard = next(each for each in form["cards"] if each["id"] == card["id"])
            made = tuple(
                (*each[:index], text, *each[index + 1 :]) if each[0] == one else each for each in now["options"]
            )
            keep(changed(form["cards"], card["id"], {"options": made}))

        return change

    def tick() -> None:
        if kind == "single":
            put("right", (one,))
        else:
            put("right", tuple(each for each in right if each != one) if one in right else (*right, one))

    mark: Child = html.span({"className": "rank-mark number"}, str(place + 1))
    if kind != "order":
        label = words("courses.is_right")
        mark = html.button(
            {"type": "button", "className": classes("course-tick", one in right and "course-tick-on"),
             "aria-pressed": "true" if one in right else "false", "aria-label": label, "title": label,
             "onClick": calling(tick), "data-testid": f"option-{place + 1}-right"},
            Icon("check", size=16),
        )  # fmt: skip
    rest = tuple(each for each in card["options"] if each[0] != one)
    return html.div(
        {"className": "course-option", "key": one},
        mark,
        TextField(words("courses.option_zh"), value=zh, on_change=typed(1), max_length=200, revision=form.revision,
                  testid=f"option-{place + 1}-zh", key="zh"),
        TextField(words("courses.option_en"), value=en, on_change=typed(2), max_length=200, revision=form.revision,
                  testid=f"option-{place + 1}-en", key="en"),
        IconButton("x", words("courses.remove"), calling(put, "options", rest), disabled=len(card["options"]) <= 2),
    )  # fmt: skip
