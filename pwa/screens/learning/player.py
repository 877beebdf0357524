"""Taking a course: one card at a time, then one question at a time, then the result. Every step is on the phone before
the next is shown, so that it goes on where a kill stopped it."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from reactpy import component, html, use_ref, use_state
from reactpy.types import Component, VdomDict

from offline.wire.learning import Card, Course, CourseAttemptFinish, CourseStudy
from pwa.components.basics import Button, Child, EmptyState, ErrorBox, IconButton, Progress, calling
from pwa.components.jotting import use_jotting
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.screens.learning.course import CourseScreen
from pwa.screens.learning.keeping import CardFile, FilmAway, is_video
from pwa.screens.learning.questions import Feedback, QuestionField, is_answered
from pwa.screens.learning.reading import certificates, next_number, options, standing, steps
from pwa.screens.learning.result import ResultScreen
from pwa.screens.page import Page
from pwa.studies import Study

replace = msgspec.structs.replace


@component
def PlayerScreen(course_id: str) -> Any:
    app = use_app()
    use_engine_version()
    course = app.engine.replica.typed(Course, "course", course_id)
    if course is None:
        gone = EmptyState("graduation-cap", app.t("learn.gone"), app.t("learn.gone_hint"))
        return Page(app.t("learn.title"), gone, back="/learn")
    return Player(course, key=f"{course.id}-{course.revision}")


@component
def Player(course: Course) -> Component | VdomDict:
    app = use_app()
    held = use_ref(app.studies.of(course, app.now()))
    _count, render = use_state(0)
    study: Study = held.current
    found = standing(app, course, certificates(app))

    async def keep(changed: Study) -> None:
        held.current = changed
        await app.studies.keep(changed)
        render(lambda count: count + 1)

    async def again() -> None:
        await keep(app.studies.of(course, app.now()))

    if found.missing and not (study.place or study.done):
        # A link that was kept: handed in, it would only be set aside. What was begun before is gone on with.
        return CourseScreen(course.id, key="locked")
    if study.done:
        return ResultScreen(course, study, again, key=study.attempt)
    way = steps(course, study)
    readable = sum(card.kind != "question" for card in way)
    if found.left == 0 and not (study.place > readable or study.checked):
        # Nothing is left to try: it may be read again.
        way = way[:readable]
    place = min(study.place, max(0, len(way) - 1))
    if not way:
        return Page(app.name(course.title), EmptyState("graduation-cap", app.t("learn.gone")), back="/learn")
    return Step(Turn(app, course, study, way, place, keep), key=f"{study.attempt}-{way[place].id}")


class Turn(msgspec.Struct, frozen=True):
    """The step a person is at. ``keep`` makes a changed study durable and shows it."""

    app: Any
    course: Course
    study: Study
    way: list[Card]
    place: int
    keep: Callable[[Study], Any]

    @property
    def card(self) -> Card:
        return self.way[self.place]

    @property
    def is_last(self) -> bool:
        return self.place == len(self.way) - 1

    @property
    def marks_here(self) -> bool:
        return self.course.marking == "on_phone"

    async def forward(self) -> None:
        """The next step; after the last one the attempt is sent."""
        study = replace(self.study, renewed=False)
        card = self.card
        if card.kind != "question":
            study = replace(study, read=tuple(dict.fromkeys((*study.read, card.id))))
        following = None if self.is_last else self.way[self.place + 1]
        if card.kind != "question" and (following is None or following.kind == "question"):
            study = await self._tell(study)
        if following is not None:
            await self.keep(replace(study, place=self.place + 1))
        else:
            await self.finish(study)

    async def finish(self, study: Study) -> None:
        # A second tap on the same button must not use up another try.
        if self.app.studies.is_done(study):
            return
        asked = any(card.kind == "question" for card in self.course.cards)
        if asked and not any(card.kind == "question" for card in self.way):
            # Read again, with no try left.
            await self.keep(replace(study, place=0))
            self.app.router.navigate(f"/learn/{self.course.id}", replace=True)
            return
        held = certificates(self.app)
        command = CourseAttemptFinish(
            attempt=study.attempt,
            course=study.course,
            revision=study.revision,
            number=next_number(self.app, self.course, held),
            answers=dict(study.answers),
            started_at=study.started_at,
        )
        await self.app.engine.submit(command)
        await self.keep(replace(study, done=True))

    async def _tell(self, study: Study) -> Study:
        """What was read, to whoever follows the course: at its end, and when the person leaves in between."""
        if len(study.read) > study.told:
            await self.app.engine.submit(
                CourseStudy(course=study.course, revision=study.revision, cards=tuple(study.read))
            )
            study = replace(study, told=len(study.read))
        return study

    async def back(self) -> None:
        await self.keep(replace(self.study, place=self.place - 1))

    async def leave(self) -> None:
        await self.keep(await self._tell(replace(self.study, place=self.place)))
        self.app.router.navigate(f"/learn/{self.course.id}", replace=True)


def _begun(turn: Turn) -> tuple[str, ...]:
    """What is answered so far. What is to be put in order is an answer as it stands."""
    card = turn.card
    given = tuple(turn.study.answers.get(card.id, ()))
    if not given and card.question is not None and card.question.kind == "order":
        return tuple(option.id for option in options(turn.course, turn.study, card))
    return given


def _given(turn: Turn, values: Mapping[str, str]) -> tuple[str, ...]:
    """The answer as it stands now."""
    return msgspec.json.decode(values["given"], type=tuple[str, ...]) if "given" in values else _begun(turn)


@component
def Step(turn: Turn) -> VdomDict:
    app: App = turn.app
    card = turn.card
    question = card.question
    values, put, drop = use_jotting(f"quiz.{turn.study.attempt}.{card.id}")
    given = _given(turn, values)
    checked = card.id in turn.study.checked

    def give(answer: tuple[str, ...]) -> None:
        put("given", msgspec.json.encode(answer).decode())

    async def answer() -> None:
        """For good where the phone marks; else it may still be changed until the end."""
        answers = {**turn.study.answers, card.id: _given(turn, values)}
        study = replace(turn.study, answers=answers)
        if turn.marks_here:
            await turn.keep(replace(study, checked=(*study.checked, card.id)))
        else:
            await msgspec.structs.replace(turn, study=study).forward()
        drop()

    if question is None:
        body: list[Child] = [_reading(app, card)]
        action = _next(turn)
    else:
        asked = QuestionField(turn.course, turn.study, card, given, give, disabled=checked, key=card.id)
        body = [html.h2({"className": "question-text", "dir": "auto"}, app.name(card.text)), CardFile(app, card), asked]
        if checked:
            body.append(Feedback(app, turn.course, card, given))
            action = _next(turn)
        else:
            key = "learn.check" if turn.marks_here else "learn.hand_in" if turn.is_last else "learn.next"
            ready = is_answered(question, given)
            action = Button(app.t(key), calling(answer), disabled=not ready, wide=True, testid="answer")
    if turn.study.renewed:
        told = ErrorBox(app.t("learn.renewed"), app.t("learn.renewed_hint"), tone="warning", testid="renewed")
        body.insert(0, told)
    return html.div(
        {"className": "player", "data-testid": "player", "data-place": str(turn.place)},
        Page(
            app.name(turn.course.title),
            html.div({"className": "player-head"}, _head(turn), _close(turn)),
            *body,
            actions=html.div({"className": "player-actions"}, _previous(turn), action),
        ),
    )


def _head(turn: Turn) -> VdomDict:
    app: App = turn.app
    share = (turn.place + 1) / len(turn.way)
    kind = "question" if turn.card.question is not None else "card"
    cards = sum(each.question is None for each in turn.way)
    number, count = (turn.place + 1, cards) if kind == "card" else (turn.place + 1 - cards, len(turn.way) - cards)
    text = app.t(f"learn.step.{kind}", number=number, count=count)
    told = html.p({"className": "small", "role": "status"}, text)  # the button that leads on keeps the focus
    return html.div({"className": "player-progress"}, Progress(share, label=text), told)


def _close(turn: Turn) -> VdomDict:
    return IconButton("x", turn.app.t("learn.leave"), calling(turn.leave), testid="leave-course")


def _previous(turn: Turn) -> Child:
    """Back among the cards; answered questions stay answered."""
    if turn.place == 0 or turn.way[turn.place - 1].question is not None:
        return None
    label = turn.app.t("learn.previous")
    return IconButton("arrow-left", label, calling(turn.back), tone="soft", testid="previous", class_name="player-back")


def _next(turn: Turn) -> VdomDict:
    following = None if turn.is_last else turn.way[turn.place + 1]
    if following is None:
        key = "learn.finish" if turn.card.question is None else "learn.result"
    elif following.question is not None and turn.card.question is None:
        key = "learn.begin_quiz"
    else:
        key = "learn.next"
    return Button(turn.app.t(key), calling(turn.forward), wide=True, testid="next")


def _reading(app: App, card: Card) -> VdomDict:
    title, text = app.name(card.title), app.name(card.text)
    return html.article(
        {"className": f"lesson lesson-{card.kind}", "data-testid": "lesson"},
        CardFile(app, card),
        FilmAway(card, key="away") if is_video(card) else None,
        html.h2({"className": "lesson-title", "dir": "auto"}, title) if title else None,
        *(
            html.p({"className": "lesson-text", "dir": "auto", "key": str(n)}, part)
            for n, part in enumerate(paragraphs(text))
        ),
    )


def paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n") if part.strip()]
