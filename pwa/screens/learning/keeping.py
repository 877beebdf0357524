"""Having a course's pictures and videos on the phone. Its texts and questions are there anyway: they are rows."""

from reactpy import component, html
from reactpy.types import VdomDict

from offline.wire.learning import Card, Course
from pwa.components.basics import Button, Icon, Progress, Skeleton, calling
from pwa.components.basics import Card as Surface
from pwa.components.kept import use_kept, use_kept_count
from pwa.components.media import Photo
from pwa.context import App
from pwa.hooks import use_app, use_sync


def is_video(card: Card) -> bool:
    return card.kind == "video" or (card.media is not None and card.media.content_type.startswith("video/"))


def file_address(card: Card) -> str:
    """Where the card's file is to be had; empty for a card without one."""
    if card.media is None:
        return card.image
    return f"/api/media/{card.media.id}/{'original' if is_video(card) else '1600'}"


def addresses(course: Course) -> list[str]:
    found = [course.image, *(file_address(card) for card in course.cards)]
    found += [f"/api/media/{card.media.id}/poster" for card in course.cards if card.media and is_video(card)]
    return sorted({each for each in found if each})


@component
def KeepOffline(course_id: str) -> VdomDict:
    """Says whether the course may be taken without a network, and makes it so."""
    app = use_app()
    course = app.engine.replica.typed(Course, "course", course_id)
    urls = addresses(course) if course is not None else []
    state, here = use_kept_count(urls)
    busy = state == "keeping"

    async def keep() -> None:
        if not await app.kept.keep(course_id, urls):
            told = app.t("learn.keep_failed", here=app.kept.here(urls), count=len(urls))
            app.toasts.show(told, tone="bad", icon="cloud-off")

    if not state and urls:
        return Skeleton("line")
    if not urls or state == "kept":
        look = {"className": "kept-note muted small", "data-testid": "kept", "data-state": "kept"}
        return html.p(look, Icon("circle-check", size=18), html.span(app.t("learn.kept")))
    return Surface(
        html.div(
            {"className": "spread"},
            html.span(
                html.strong(app.t("learn.keep_title")),
                html.p(
                    {"className": "muted small", "role": "status"},
                    app.t("learn.keeping" if busy or here else "learn.keep_hint", here=here, count=len(urls)),
                ),
            ),
            Button(
                app.t("learn.keep"),
                calling(keep),
                kind="secondary",
                icon="download",
                small=True,
                busy=busy,
                testid="keep-offline",
            ),
        ),
        Progress(here / len(urls), label=app.t("learn.keep")) if busy else None,
        class_name="keep-card",
    )


@component
def FilmAway(card: Card) -> VdomDict:
    """Below a video that can't be shown without a network: its empty frame says nothing."""
    app = use_app()
    missing = use_kept([file_address(card)]) == "missing"
    offline = use_sync(lambda status: status.state == "offline")
    if not (missing and offline):
        return html.span({"hidden": True})
    look = {"className": "kept-note muted small", "role": "status", "data-testid": "film-away"}
    return html.p(look, Icon("cloud-off", size=18), html.span(app.t("kept.away")))


def CardFile(app: App, card: Card) -> VdomDict | None:
    """The card's picture or video."""
    label = app.name(card.title) or app.name(card.text)
    if card.media is not None and is_video(card):
        poster = f"/api/media/{card.media.id}/poster"
        look = {"className": "card-file", "controls": True, "playsInline": True, "preload": "metadata"}
        return html.video({**look, "src": file_address(card), "poster": poster, "aria-label": label, "key": card.id})
    if card.media is not None:
        return Photo(card.media.id, "1600", label=label, class_name="card-file card-photo", key=card.id)
    if card.image:
        return html.img({"className": "card-file", "src": card.image, "alt": label, "key": card.id})
    return None
