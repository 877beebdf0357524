"""What comes with a notice: opened with or without a network. Pictures and videos are shown here, anything else is
handed to the phone under the name its author gave it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import Component, VdomDict

from offline.wire.media import MediaView
from offline.wire.notices import NoticeFileView
from pwa.components.basics import Card, Child, Icon, IconButton, Pieces, attributes, calling
from pwa.components.kept import use_kept
from pwa.components.media import Photo
from pwa.components.overlays import Sheet
from pwa.context import App
from pwa.hooks import use_app, use_sync
from pwa.screens.notices.inbox import Letter

SMALL = 5 << 20
"""Bytes up to which a file is kept without being asked for."""
FRESH = timedelta(days=30)
_SUFFIXES = {"application/pdf": ".pdf"}


def addresses(media: MediaView) -> tuple[str, ...]:
    """What must be on this phone to open it without a network."""
    at = f"/api/media/{media.id}"
    if media.content_type.startswith("image/"):
        return f"{at}/1600", f"{at}/320"
    if media.content_type.startswith("video/"):
        return f"{at}/original", f"{at}/poster"
    return (f"{at}/original",)


def kept_by_itself(letter: Letter, now: datetime) -> tuple[str, ...]:
    """Addresses of the small files of a notice that is new, or waits for something."""
    if now - letter.notice.sent_at > FRESH and not letter.waits:
        return ()
    stored = (file.media for file in letter.notice.files if file.media.status == "stored")
    return tuple(url for media in stored if media.size <= SMALL for url in addresses(media))


def all_addresses(letter: Letter) -> tuple[str, ...]:
    return tuple(url for file in letter.notice.files for url in addresses(file.media))


def Files(app: App, notice_id: str, files: Sequence[NoticeFileView]) -> VdomDict:
    return Card(
        html.h2({"className": "card-title"}, app.t("notices.files", count=len(files))),
        *(_file(app, notice_id, file) for file in files),
        testid="notice-files",
    )


def _file(app: App, notice_id: str, file: NoticeFileView) -> VdomDict | Component:
    media = file.media
    if media.status == "stored":
        return StoredFile(notice_id, file, key=media.id)
    key = "notices.file_refused" if media.status == "refused" else "notices.file_expected"
    return html.div(
        {"className": "row", "key": media.id, "data-testid": f"file-{media.id}"},
        html.span({"className": "row-leading"}, Icon("file-clock", size=24)),
        _body(file, app.t(key)),
    )


@component
def StoredFile(notice_id: str, file: NoticeFileView) -> VdomDict:
    app = use_app()
    media = file.media
    urls = addresses(media)
    state = use_kept(urls)
    away = use_sync(lambda status: status.state == "offline") and state != "kept"
    looking, look = use_state(False)

    async def keep() -> bool:
        here = await app.kept.keep(notice_id, urls)
        if not here:
            app.toasts.show(app.t("kept.failed"), tone="bad", icon="cloud-off")
        return here

    async def open_it() -> None:
        if media.content_type.startswith(("image/", "video/")):
            look(True)
        # On a slow line a paper takes its time: it is fetched where that can be seen, and stays.
        elif state == "kept" or await keep():
            app.device.send({"type": "open-file", "url": urls[0], "name": name_of(file)})

    told = app.t(f"kept.{'away' if away else state}") if state else ""
    facts = Pieces(app.format.bytes(media.size), told)
    return html.div(
        attributes("file-row", f"file-{media.id}", more={"data-state": state}),
        _opener(file, facts, media, None if away or state == "keeping" else open_it),
        IconButton("download", app.t("kept.keep", name=file.name), calling(keep), testid=f"keep-{media.id}", key="keep")
        if state == "missing" and not away
        else None,
        _Look(app, file, lambda: look(False)) if looking else None,
    )


def _opener(file: NoticeFileView, facts: VdomDict, media: MediaView, open_it: Callable[[], Any] | None) -> VdomDict:
    inner = [html.span({"className": "row-leading"}, _leading(media)), _body(file, facts)]
    if open_it is None:
        return html.div({"className": "row"}, *inner)
    inner.append(Icon("chevron-right", size=18, class_name="row-chevron"))
    more: dict[str, Any] = {"type": "button", "onClick": calling(open_it)}
    return html.button(attributes("row row-press", f"open-{media.id}", more=more), *inner)


def _body(file: NoticeFileView, told: Child) -> VdomDict:
    return html.span(
        {"className": "row-body"},
        html.span({"className": "row-title", "dir": "auto"}, file.name),
        html.span({"className": "row-detail"}, told),
    )


def _leading(media: MediaView) -> Child:
    if media.content_type.startswith("image/"):
        return Photo(media.id, "320", class_name="letter-thumb")
    return Icon("file-video-camera" if media.content_type.startswith("video/") else "file-text", size=24)


def _Look(app: App, file: NoticeFileView, close: Callable[[], None]) -> VdomDict:
    media = file.media
    shown: Child = Photo(media.id, "1600", label=file.name, class_name="photo-large", testid="file-picture")
    if media.content_type.startswith("video/"):
        video, poster = addresses(media)
        look = {"className": "file-video", "controls": True, "playsInline": True, "preload": "metadata"}
        shown = html.video({**look, "src": video, "poster": poster, "aria-label": file.name})
    return Sheet(
        file.name,
        shown,
        html.p({"className": "muted small"}, app.format.bytes(media.size)),
        on_close=close,
        testid="file-sheet",
        key=f"look-{media.id}",
    )


def name_of(file: NoticeFileView) -> str:
    """As a file is called on a phone or a computer."""
    suffix = _SUFFIXES.get(file.media.content_type, "")
    return file.name if file.name.lower().endswith(suffix) else f"{file.name}{suffix}"
