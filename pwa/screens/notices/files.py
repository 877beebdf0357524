"""What comes with a notice. Pictures are shown, anything else is opened by the phone."""

from collections.abc import Sequence

from reactpy import html
from reactpy.types import VdomDict

from offline.wire.notices import NoticeFileView
from pwa.components.basics import Card, Child, Icon
from pwa.context import App

_UNITS = ("B", "KB", "MB", "GB")


def size_text(app: App, size: int) -> str:
    """``1.4 MB``: bytes in steps of 1,024."""
    value, step = float(size), 0
    while value >= 1024 and step < len(_UNITS) - 1:
        value, step = value / 1024, step + 1
    shown = f"{value:.1f}" if step and value < 10 else f"{value:.0f}"
    return f"{shown} {_UNITS[step]}"


def Files(app: App, files: Sequence[NoticeFileView]) -> VdomDict:
    return Card(
        html.h2({"className": "card-title"}, app.t("notices.files", count=len(files))),
        *(_file(app, file) for file in files),
        testid="notice-files",
    )


def _file(app: App, file: NoticeFileView) -> VdomDict:
    media = file.media
    name = html.span({"className": "row-title", "dir": "auto"}, file.name)
    if media.status != "stored":
        key = "notices.file_refused" if media.status == "refused" else "notices.file_expected"
        return html.div(
            {"className": "row", "key": media.id},
            html.span({"className": "row-leading"}, Icon("file-clock", size=22)),
            html.span({"className": "row-body"}, name, html.span({"className": "row-detail"}, app.t(key))),
        )
    about = html.span({"className": "row-detail"}, size_text(app, media.size))
    return html.a(
        {
            "className": "row row-press",
            "href": f"/api/media/{media.id}/original",
            "target": "_blank",
            "rel": "noopener",
            "data-testid": f"file-{media.id}",
            "key": media.id,
        },
        html.span({"className": "row-leading"}, _leading(media.id, media.content_type)),
        html.span({"className": "row-body"}, name, about),
        Icon("chevron-right", size=18, class_name="row-chevron"),
    )


def _leading(media_id: str, content_type: str) -> Child:
    if content_type.startswith("image/"):
        return html.img(
            {"className": "letter-thumb", "src": f"/api/media/{media_id}/320", "alt": "", "loading": "lazy"}
        )
    return Icon("file-video-camera" if content_type.startswith("video/") else "file-text", size=24)
