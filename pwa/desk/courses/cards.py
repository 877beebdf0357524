"""The fields of one card or question."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from reactpy import component, html
from reactpy.types import VdomDict

from offline.wire.learning import FALSE, TRUE
from pwa.components.basics import Button, Child, Icon, IconButton, calling, classes
from pwa.components.fields import Checkbox, NumberField, SegmentedFilter, TextField
from pwa.components.media import PhotoField
from pwa.desk.courses.form import KINDS, FormCard, changed, faults_of, option_id
from pwa.desk.parts import columns, select
from pwa.desk.state import DeskState, Form, use_desk
from pwa.desk.words import Words

_OPTION_TEXTS = {"zh": 1, "en": 2}  # where an option keeps each
MOST_OPTIONS = 8


@dataclass(frozen=True)
class CardForm:
    """A card of the form: read as it is by now, which is more than was drawn, as fields own what is typed into them."""

    form: Form
    card_id: str

    @property
    def now(self) -> FormCard:
        """Empty once the card is taken out."""
        return next((each for each in self.form["cards"] if each["id"] == self.card_id), {})

    def __getitem__(self, name: str) -> Any:
        return self.now[name]

    def typed(self, name: str) -> Callable[[str], None]:
        """A text field's ``on_change``."""
        return lambda text: self._keep(self._with(name, text))

    def typed_option(self, option: str, part: int) -> Callable[[str], None]:
        """The same for an option's text; ``part`` 1 in Chinese, 2 in English."""

        def change(text: str) -> None:
            options = (
                (*each[:part], text, *each[part + 1 :]) if each[0] == option else each for each in self["options"]
            )
            self._keep(self._with("options", tuple(options)))

        return change

    def _keep(self, cards: tuple[FormCard, ...]) -> None:
        """Typed: drawn only when what is still missing became more or less, so that who has typed the last of it can
        publish at once."""
        before = faults_of(self.now)
        self.form.typed("cards")(cards)
        if faults_of(self.now) != before:
            self.draw()

    def draw(self) -> None:
        """All of the form: the list of cards names this one, and below it stands what is missing."""
        self.form.put("cards", self.form["cards"])

    def put(self, name: str, value: Any) -> None:
        self.form.put("cards", self._with(name, value))

    def add_option(self) -> None:
        self.put("options", (*self["options"], (option_id(), "", "")))

    def remove_option(self, option: str) -> None:
        self.put("options", tuple(each for each in self["options"] if each[0] != option))

    def tick(self, option: str) -> None:
        """Right, or right no more where there may be several."""
        right = self["right"]
        if self["ask"] == "single":
            self.put("right", (option,))
        else:
            self.put("right", tuple(each for each in right if each != option) if option in right else (*right, option))

    def _with(self, name: str, value: Any) -> tuple[FormCard, ...]:
        return changed(self.form["cards"], self.card_id, {name: value})


@component
def CardFields(form: Form, card_id: str) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    card = CardForm(form, card_id)
    if not card.now:
        return html.div()
    if card["kind"] == "question":
        return html.div({"className": "course-fields"}, *_question(desk, words, card))
    is_text = card["kind"] == "text"
    rows = 4 if is_text else 2
    return html.div(
        {"className": "course-fields"},
        _both(words, card, "title", label="card_title"),
        None if is_text else _file(words, card),
        _both(words, card, "text", rows),
    )


def _both(words: Words, card: CardForm, name: str, rows: int = 0, label: str = "") -> VdomDict:
    """In both languages, the reader's own first."""
    return columns(
        *(_text(words, card, f"{name}_{language}", rows, f"{label or name}_{language}") for language in words.languages)
    )


def _text(words: Words, card: CardForm, name: str, rows: int = 0, label: str = "") -> VdomDict:
    return TextField(
        words(f"courses.field.{label or name}"), value=card[name], on_change=card.typed(name), rows=rows,
        on_commit=lambda _text: card.draw(), max_length=4000, revision=card.form.revision, testid=f"card-{name}",
        key=name,
    )  # fmt: skip


def _file(words: Words, card: CardForm) -> VdomDict:
    kept = html.img({"className": "course-thumb", "src": card["image"], "alt": ""}) if card["image"] else None
    video = card["kind"] == "video"
    field = PhotoField(
        card["media"],
        partial(card.put, "media"),
        most=1,
        kinds=("file",) if video else ("gallery", "file"),
        label=words("courses.field.video" if video else "courses.field.picture"),
        testid="card-file",
    )
    return html.div({"className": "course-file", "key": "file"}, kept if not card["media"] else None, field)


def _question(desk: DeskState, words: Words, card: CardForm) -> list[Child]:
    kind = card["ask"]
    kinds = [(each, words(f"courses.ask_{each}")) for each in KINDS]
    points = NumberField(
        words("courses.field.points"), value=card["points"], on_change=partial(card.put, "points"),
        revision=card.form.revision, testid="card-points", key="points",
    )  # fmt: skip
    return [
        columns(
            select(words("courses.field.ask"), kinds, kind, partial(card.put, "ask"), testid="card-ask", key="ask"),
            points,
        ),
        _both(words, card, "text", 2, label="ask"),
        _answers(desk, words, card),
        Checkbox(words("courses.field.partial"), card["partial"], partial(card.put, "partial"), testid="card-partial",
                 key="partial")
        if kind in ("multiple", "order")
        else None,
        _both(words, card, "why", 2),
    ]  # fmt: skip


def _answers(desk: DeskState, words: Words, card: CardForm) -> VdomDict:
    kind = card["ask"]
    if kind == "short":
        hint = html.p({"className": "field-note"}, words("courses.accepted_hint"))
        return html.div({"key": "answers"}, _text(words, card, "accepted", 3), hint)
    if kind == "true_false":
        choices = [(TRUE, words("courses.true")), (FALSE, words("courses.false"))]
        chosen = card["right"][0] if card["right"] else ""
        right = SegmentedFilter(
            choices, chosen, lambda one: card.put("right", (one,)), label=words("courses.right"), testid="card-right"
        )
        label = html.span({"className": "field-label"}, words("courses.right"))
        return html.div({"className": "field", "key": "answers"}, label, right)
    told = words(f"courses.options_{kind}")
    count = len(card["options"])

    def add_option() -> None:
        card.add_option()
        selector = f".course-card-open [data-testid=option-{count + 1}-{words.languages[0]}]"
        desk.app.device.send({"type": "focus", "selector": selector})

    add = Button(
        words("courses.add_option"), calling(add_option), kind="plain", small=True, icon="plus",
        disabled=count >= MOST_OPTIONS, testid="add-option",
    )  # fmt: skip
    return html.div(
        {"className": "field", "key": "answers"},
        html.p({"className": "field-label"}, told),
        *(_option(words, card, place) for place in range(count)),
        add,
    )


def _option(words: Words, card: CardForm, place: int) -> VdomDict:
    option, *texts = card["options"][place]

    def field(part: int, language: str) -> VdomDict:
        return TextField(
            words(f"courses.option_{language}"), value=texts[part - 1], on_change=card.typed_option(option, part),
            max_length=200, revision=card.form.revision, testid=f"option-{place + 1}-{language}", key=language,
        )  # fmt: skip

    return html.div(
        {"className": "course-option", "key": option},
        html.span({"className": "rank-mark number"}, str(place + 1))
        if card["ask"] == "order"
        else _tick(words, card, place),
        *(field(_OPTION_TEXTS[language], language) for language in words.languages),
        IconButton(
            "x", words("courses.remove"), calling(card.remove_option, option), disabled=len(card["options"]) <= 2
        ),
    )


def _tick(words: Words, card: CardForm, place: int) -> VdomDict:
    option, label = card["options"][place][0], words("courses.is_right", number=place + 1)
    on = option in card["right"]
    return html.button(
        {"type": "button", "className": classes("course-tick", on and "course-tick-on"),
         "aria-pressed": "true" if on else "false", "aria-label": label, "title": label,
         "onClick": calling(card.tick, option), "data-testid": f"option-{place + 1}-right"},
        Icon("check", size=16),
    )  # fmt: skip
