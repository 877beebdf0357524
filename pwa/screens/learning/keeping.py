"""Having a course's pictures and videos on the phone. Its texts and questions are there anyway: they are rows."""

from reactpy import component, html, use_async_effect, use_state
from reactpy.types import VdomDict

from offline.wire.learning import Card, Course
from pwa.components.basics import Button, Icon, Progress, Skeleton, calling
from pwa.components.basics import Card as Surface
from pwa.components.media import Photo
from pwa.context import App, use_app


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


def _key(app: App, course_id: str) -> str:
    return f"kept.{app.engine.user}.{course_id}"


@component
def KeepOffline(course_id: str) -> VdomDict:
    """Says whether the course may be taken without a network, and makes it so."""
    app = use_app()
    nothing: bytes | None = None
    kept, set_kept = use_state(nothing)
    known, set_known = use_state(False)
    busy, set_busy = use_state(False)
    course = app.engine.replica.typed(Course, "course", course_id)
    urls = addresses(course) if course is not None else []
    wanted = "\n".join(urls).encode()

    @use_async_effect(dependencies=[course_id])
    async def read() -> None:
        set_kept(await app.settings.load(_key(app, course_id)))
        set_known(True)

    async def keep() -> None:
        set_busy(True)
        held = await app.device.keep_files(urls)
        set_busy(False)
        if held:
            await app.settings.save(_key(app, course_id), wanted)
            set_kept(wanted)
        else:
            app.toasts.show(app.t("learn.keep_failed"), tone="bad", icon="cloud-off")

    if not known:
        return Skeleton("line")
    if not urls or kept == wanted:
        look = {"className": "kept-note muted small", "data-testid": "kept", "data-state": "kept"}
        return html.p(look, Icon("circle-check", size=18), html.span(app.t("learn.kept")))
    return Surface(
        html.div(
            {"className": "spread"},
            html.span(
                html.strong(app.t("learn.keep_title")),
                html.p({"className": "muted small"}, app.t("learn.keep_hint", count=len(urls))),
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
        Progress(None, label=app.t("learn.keep")) if busy else None,
        class_name="keep-card",
    )


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
