"""How a phone will show the cards, with the right answers marked."""

from collections.abc import Callable, Sequence
from typing import Any

from reactpy import component, html
from reactpy.types import VdomDict

from offline.wire.learning import FALSE, TRUE, AuthoredCard, AuthoredQuestion, Card
from offline.wire.media import MediaView
from pwa.components.basics import Child, Icon, classes
from pwa.components.overlays import Sheet
from pwa.context import App
from pwa.desk.state import use_desk
from pwa.hooks import use_app
from pwa.screens.learning.keeping import CardFile
from pwa.screens.learning.player import paragraphs


@component
def Preview(cards: Sequence[AuthoredCard], on_close: Callable[[], Any]) -> VdomDict:
    words = use_desk().words()
    app = use_app()
    ordered = [*(card for card in cards if card.question is None), *(card for card in cards if card.question)]
    return Sheet(
        words("courses.preview"),
        html.div({"className": "course-preview", "tabIndex": 0}, *(_shown(app, card) for card in ordered)),
        on_close=on_close,
        testid="preview",
    )


def _shown(app: App, card: AuthoredCard) -> VdomDict:
    media = card.media
    view = (
        MediaView(id=media.id, content_type=media.content_type, size=media.size, sha256=media.sha256) if media else None
    )
    picture = CardFile(app, Card(id=card.id, kind=card.kind, text=card.text, image=card.image, media=view))
    title, text = app.name(card.title), app.name(card.text)
    if card.question is not None:
        body: list[Child] = [
            html.h3({"className": "question-text"}, text),
            picture,
            html.div({"className": "choices"}, *_choices(app, card.question)),
        ]
        why = app.name(card.question.explanation)
        body.append(html.p({"className": "feedback feedback-right"}, why) if why else None)
    else:
        body = [picture, html.h3({"className": "lesson-title"}, title) if title else None]
        body += [html.p({"className": "lesson-text", "key": str(n)}, part) for n, part in enumerate(paragraphs(text))]
    return html.article({"className": f"lesson lesson-{card.kind}", "key": card.id}, *body)


def _choices(app: App, question: AuthoredQuestion) -> list[VdomDict]:
    if question.kind == "short":
        return [_choice(text, right=True, key=str(place)) for place, text in enumerate(question.accepted)]
    if question.kind == "true_false":
        texts = {TRUE: app.t("learn.true"), FALSE: app.t("learn.false")}
    else:
        texts = {option.id: app.name(option.text) for option in question.options}
    return [_choice(text, right=one in question.right, key=one) for one, text in texts.items()]


def _choice(text: str, *, right: bool, key: str) -> VdomDict:
    icon = Icon("circle-check", size=20) if right else None
    look = {"className": classes("choice-option", right and "choice-right"), "key": key}
    return html.div(look, html.span({"className": "choice-text"}, text), icon)
