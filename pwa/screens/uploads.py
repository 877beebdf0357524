"""Pictures and files on their way to the server: what waits, how far it came, what was refused and why."""

from collections.abc import Callable
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.media import MediaStatus, StillNamed
from offline.uploads import MediaFile
from pwa.components.basics import Badge, Button, Card, Child, Pieces, Progress, Row, calling
from pwa.components.media import Photo
from pwa.components.overlays import Confirm
from pwa.context import App, error_text
from pwa.hooks import use_app, use_files

_MOST_SHOWN = 20


@component
def Uploads() -> VdomDict:
    """A card while something waits or was refused; else nothing."""
    app = use_app()
    status = use_files()
    removing, remove = use_state("")
    files = app.media.queue.files()
    refused = [file for file in files if file.state == "refused"]
    waiting = [file for file in files if file.state == "waiting"]
    if not refused and not waiting:
        return html.div({"hidden": True})
    return Card(
        html.div(
            {"className": "spread"},
            html.h2({"className": "card-title"}, app.t("upload.title")),
            html.span({"className": "muted small"}, _summary(app, status)) if waiting else None,
        ),
        *(_progress(app, status) if waiting else ()),
        *(_Refused(app, file, remove) for file in refused),
        *(_waiting(app, file, status.sending) for file in waiting[:_MOST_SHOWN]),
        html.p({"className": "muted small"}, app.t("upload.keep_open")) if waiting else None,
        _confirm(app, removing, lambda: remove("")) if removing else None,
        class_name="stack",
        testid="uploads",
    )


def _summary(app: App, status: MediaStatus) -> str:
    return app.t("upload.summary", count=status.waiting, size=app.format.bytes(status.size))


def _progress(app: App, status: MediaStatus) -> list[Child]:
    sent, size = app.format.bytes(status.sent), app.format.bytes(status.size)
    told = app.t("upload.progress", sent=sent, size=size)
    why = {"sign_in": "signed_out", "update": "too_old", "storage": "storage"}.get(
        status.needs, "busy" if status.busy else "offline" if status.offline else ""
    )
    return [
        Progress(status.sent / max(1, status.size), label=told, testid="upload-progress"),
        html.p({"className": "muted small", "data-testid": "upload-told"}, app.t(f"upload.{why}") if why else told),
    ]


def name_of(app: App, file: MediaFile) -> str:
    """As the person knows it: a file by its name, a picture by what it is."""
    pictured = file.ref.content_type.startswith("image/") and file.ref.source != "file"
    return app.t(f"upload.kind.{file.ref.source}") if pictured or not file.name else file.name


def _row(app: App, file: MediaFile, badge: Child, detail: Child) -> VdomDict:
    icon = "image" if file.ref.content_type.startswith("image/") else "file-text"
    return Row(
        html.span({"dir": "auto"}, name_of(app, file)),
        detail,
        leading=Photo(file.id, icon=icon, class_name="photo-small"),
        trailing=badge,
        testid=f"upload-{file.id}",
        data={"state": file.state},
    )


def _facts(app: App, file: MediaFile) -> VdomDict:
    return Pieces(app.format.moment(file.added_at, app.now()), app.format.bytes(file.ref.size))


def _waiting(app: App, file: MediaFile, sending: str) -> VdomDict:
    state = "sending" if file.id == sending else "waiting"
    tone: Any = "info" if state == "sending" else "warning"
    text = app.t(f"upload.state.{state}")
    if file.sent:
        text = f"{file.sent * 100 // file.ref.size}%"
    return html.div({"key": file.id}, _row(app, file, Badge(text, tone), _facts(app, file)))


def _Refused(app: App, file: MediaFile, remove: Callable[[str], Any]) -> VdomDict:
    async def retry() -> None:
        await app.media.queue.retry(file.id)
        app.sync_now()

    return html.div(
        {"key": file.id, "className": "stack"},
        _row(app, file, Badge(app.t("upload.state.refused"), "bad"), _facts(app, file)),
        html.p({"className": "refused-reason", "dir": "auto"}, error_text(app, file.code, {})),
        html.div(
            {"className": "cluster"},
            Button(
                app.t("upload.retry"), calling(retry), kind="secondary", small=True, testid=f"upload-retry-{file.id}"
            ),
            Button(
                app.t("upload.remove"),
                calling(remove, file.id),
                kind="plain",
                small=True,
                testid=f"upload-remove-{file.id}",
            ),
        ),
    )


def _confirm(app: App, file_id: str, close: Callable[[], Any]) -> VdomDict:
    async def throw_away() -> None:
        close()
        try:
            await app.media.queue.discard(file_id)
        except StillNamed:
            app.toasts.show(app.t("upload.still_named"), tone="bad")
        else:
            app.toasts.show(app.t("upload.removed"))

    return Confirm(
        app.t("upload.remove_title"),
        app.t("upload.remove_text"),
        confirm=app.t("upload.remove_yes"),
        on_confirm=throw_away,
        on_cancel=close,
        danger=True,
        testid="upload-remove",
    )


def held(app: App) -> str:
    """``12 个 · 3.4 MB`` of files on this phone, empty when there are none."""
    kept = [file for file in app.media.queue.files() if file.kept]
    size = app.format.bytes(sum(file.ref.size for file in kept))
    return app.t("upload.held_of", count=app.format.number(len(kept)), size=size) if kept else ""
