"""Answering a question, and being told whether that was right."""

from collections.abc import Callable, Sequence
from typing import Any

from reactpy import component, html
from reactpy.types import VdomDict

from offline.rules.marking import mark, right_options, unveil
from offline.wire.learning import FALSE, TRUE, Card, Course, Question
from pwa.components.basics import Child, Icon, IconButton, calling, classes
from pwa.components.fields import TextField
from pwa.context import App
from pwa.hooks import use_app
from pwa.screens.learning.reading import options
from pwa.studies import Study

Given = tuple[str, ...]


def is_answered(question: Question, given: Given) -> bool:
    """Whether it can be handed in."""
    if question.kind == "short":
        return bool(given and given[0].strip())
    return bool(given)


@component
def QuestionField(
    course: Course,
    study: Study,
    card: Card,
    given: Given,
    on_change: Callable[[Given], Any],
    *,
    disabled: bool = False,
) -> VdomDict:
    app = use_app()
    question = card.question
    assert question is not None, "a card that asks nothing"
    names = {option.id: app.name(option.text) for option in options(course, study, card)}
    if question.kind == "true_false":
        names = {TRUE: app.t("learn.true"), FALSE: app.t("learn.false")}
    shown = right_options(course.salt, card.id, question) if disabled and question.seals else ()
    if question.kind == "short":
        return _short(app, given, on_change, disabled=disabled)
    if question.kind == "order":
        return _Order(names, given, on_change, right=shown, disabled=disabled)
    several = question.kind == "multiple"

    def choose(one: str) -> None:
        if not several:
            on_change((one,))
        else:
            on_change(tuple(each for each in given if each != one) if one in given else (*given, one))

    hint = app.t("learn.choose_many" if several else "learn.choose_one")
    return html.div(
        {"className": "choices", "role": "group" if several else "radiogroup", "aria-label": hint},
        html.p({"className": "muted small"}, hint) if several else None,
        *(
            _choice(app, one, text, several=several, chosen=one in given, choose=choose, disabled=disabled, right=shown)
            for one, text in names.items()
        ),
    )


def _choice(
    app: App,
    one: str,
    text: str,
    *,
    several: bool,
    chosen: bool,
    choose: Callable[[str], None],
    disabled: bool,
    right: Sequence[str],
) -> VdomDict:
    told = "right" if one in right else "wrong" if disabled and right and chosen else ""
    look: dict[str, Any] = {
        "className": classes("choice-option", chosen and "choice-chosen", told and f"choice-{told}"),
        "type": "button",
        "role": "checkbox" if several else "radio",
        "aria-checked": "true" if chosen else "false",
        "aria-disabled": "true" if disabled else None,
        "data-testid": f"option-{one}",
        "key": one,
    }
    if not disabled:
        look["onClick"] = calling(choose, one)
    icon = "circle-check" if told == "right" else "circle-x" if told == "wrong" else ""
    box = html.span({"className": classes("choice-mark", several and "choice-square")}, Icon("check", size=14))
    end = Icon(icon, size=20, label=app.t(f"learn.{told}")) if told else None
    found = {name: value for name, value in look.items() if value is not None}
    return html.button(found, box, html.span({"className": "choice-text", "dir": "auto"}, text), end)


def _short(app: App, given: Given, on_change: Callable[[Given], Any], *, disabled: bool) -> VdomDict:
    return TextField(
        app.t("learn.your_answer"),
        value=given[0] if given else "",
        on_change=lambda text: on_change((text,)),
        disabled=disabled,
        max_length=200,
        testid="short-answer",
    )


def _Order(
    names: dict[str, str], given: Given, on_change: Callable[[Given], Any], *, right: Sequence[str], disabled: bool
) -> VdomDict:
    """What is to be put in order, moved by arrows: that works with any thumb and any screen reader."""
    app = use_app()

    def move(place: int, by: int) -> None:
        moved = list(given)
        moved[place], moved[place + by] = moved[place + by], moved[place]
        on_change(tuple(moved))

    def row(place: int, one: str) -> VdomDict:
        told = "" if not right else "right" if right[place] == one else "wrong"
        buttons: list[Child] = []
        if not disabled:
            buttons = [
                IconButton("arrow-up", app.t("learn.up", name=names[one]), calling(move, place, -1),
                           disabled=place == 0, testid=f"up-{one}"),
                IconButton("arrow-down", app.t("learn.down", name=names[one]), calling(move, place, 1),
                           disabled=place == len(given) - 1, testid=f"down-{one}"),
            ]  # fmt: skip
        elif right:
            buttons = [html.span({"className": "muted small"}, app.t("learn.place", number=right.index(one) + 1))]
        return html.li(
            {"className": classes("choice-option order-option", told and f"choice-{told}"), "key": one},
            html.span({"className": "rank-mark number"}, str(place + 1)),
            html.span({"className": "choice-text", "dir": "auto"}, names[one]),
            *buttons,
        )

    return html.div(
        html.p({"className": "muted small choices-hint"}, app.t("learn.put_in_order")),
        html.ol({"className": "choices"}, *(row(place, one) for place, one in enumerate(given) if one in names)),
    )


def points_text(app: App, points: int, of: int) -> str:
    """Nothing where there is but one: right or wrong says it."""
    return app.t("learn.points", points=points, total=of) if of > 1 else ""


def Feedback(app: App, course: Course, card: Card, given: Given) -> VdomDict:
    """Right or wrong, the points, and why."""
    question = card.question
    assert question is not None, "a card that asks nothing"
    found = mark(course.salt, card.id, question, given or ())
    kind = "right" if found.ok else "part" if found.points else "wrong"
    why = {tag: unveil(course.salt, card.id, text) for tag, text in question.veiled.items()}
    icon = "circle-check" if found.ok else "circle-alert" if found.points else "circle-x"
    return html.section(
        {"className": f"feedback feedback-{kind}", "role": "status", "data-testid": "feedback", "data-kind": kind},
        html.p(
            {"className": "feedback-head"},
            Icon(icon, size=22),
            html.strong(app.t(f"learn.feedback.{kind}")),
            html.span({"className": "number small"}, points_text(app, found.points, found.of)),
        ),
        html.p({"className": "feedback-why", "dir": "auto"}, app.name(why)) if why else None,
    )
