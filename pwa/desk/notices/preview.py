"""How a notice looks on a reader's phone, as it is typed."""

from collections.abc import Callable, Mapping
from typing import Any

from reactpy import component, html, use_effect, use_state
from reactpy.types import VdomDict

from pwa.components.basics import Badge, Button, Child, ErrorBox, Icon
from pwa.components.fields import SegmentedFilter
from pwa.components.prose import Prose
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words

LANGUAGE_NAMES = [("zh", "中文"), ("en", "English")]


class Typing:
    """Lets the preview follow each key while the form itself stays as it is."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []

    def tell(self) -> None:
        for listener in list(self._listeners):
            listener()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)


@component
def PhonePreview(values: Mapping[str, Any], typing: Typing | None = None, withdrawn: str | None = None) -> VdomDict:
    """``values``: the form's. A language without text shows what readers in that language get: the other one.
    ``withdrawn``: why it was, which is all that readers see of it then."""
    desk = use_desk()
    words = desk.words()
    language, set_language = use_state("en" if desk.app.locale == "en" else "zh")
    _count, set_count = use_state(0)

    @use_effect(dependencies=[id(typing)])
    def follow() -> Callable[[], None] | None:
        return typing.listen(lambda: set_count(lambda count: count + 1)) if typing is not None else None

    title = _text(values, "title", language)
    gone = withdrawn is not None
    return html.div(
        {"className": "letter-preview"},
        SegmentedFilter(
            LANGUAGE_NAMES, language, set_language, label=words("notices.preview_language"), testid="preview-language"
        ),
        html.div(
            {"className": "preview-phone", "data-testid": "preview", "lang": "en" if language == "en" else "zh-CN"},
            html.div(
                {"className": "preview-letter"},
                None if gone else _badges(words, values),
                html.h3({"className": "letter-heading", "dir": "auto"}, title) if title else None,
                html.p({"className": "letter-from"}, words("notices.preview_from", author=_author(desk))),
                _withdrawn(desk, withdrawn or "") if gone else Prose(_text(values, "text", language)),
                *(
                    html.p({"className": "preview-file", "key": file.media.id}, Icon("file-text", size=18), file.name)
                    for file in (() if gone else values["files"])
                ),
            ),
            html.div(
                {"className": "preview-action"},
                Button(words("notices.preview_confirm"), icon="check", wide=True, disabled=True),
            )
            if values["confirm"] and not gone
            else None,
        ),
    )


def _withdrawn(desk: DeskState, why: str) -> VdomDict:
    told = why or desk.app.t("notices.withdrawn_hint")
    return ErrorBox(desk.app.t("notices.withdrawn_title"), told, tone="warning")


def _author(desk: DeskState) -> str:
    return desk.reads.me.name if desk.reads.me else ""


def _text(values: Mapping[str, Any], name: str, language: str) -> str:
    other = "en" if language == "zh" else "zh"
    return str(values[f"{name}_{language}"]).strip() or str(values[f"{name}_{other}"]).strip()


def _badges(words: Words, values: Mapping[str, Any]) -> VdomDict | None:
    made = [
        Badge(words("notices.to_confirm"), "info") if values["confirm"] else None,
        Badge(words("notices.urgent"), "bad") if values["urgent"] else None,
        Badge(words("notices.pinned"), "neutral") if values["pinned"] else None,
    ]
    return html.div({"className": "cluster"}, *made) if any(made) else None


def preview_panel(words: Words, *children: Child) -> VdomDict:
    """The panel at the right with the phone in it."""
    title = words("notices.preview")
    return html.aside(
        {"className": "desk-panel", "aria-label": title},
        html.header({"className": "panel-head"}, html.h2({"className": "panel-title"}, title)),
        html.div({"className": "panel-body", "tabIndex": 0, "role": "group", "aria-label": title}, *children),
    )
