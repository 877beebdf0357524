"""The files that come with a notice, and what readers know them by."""

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Any

import msgspec
from reactpy import html
from reactpy.types import VdomDict

from offline.wire.media import MediaRef
from offline.wire.notices import MAX_FILES, NoticeFile
from pwa.components.basics import Child
from pwa.components.fields import TextField
from pwa.components.media import PhotoField
from pwa.desk.state import DeskState, Form
from pwa.desk.words import Words

MAX_NAME = 200


def FileFields(desk: DeskState, words: Words, form: Form, told: Callable[[], None]) -> VdomDict:
    """Pictures, PDFs and videos, each with a name; ``told()`` after each change of one."""

    def changed(refs: Sequence[MediaRef]) -> None:
        names = {file.media.id: file.name for file in form["files"]}
        named = (names.get(ref.id) or _own_name(desk, words, ref, place) for place, ref in enumerate(refs, 1))
        form.put("files", tuple(NoticeFile(name=name, media=ref) for name, ref in zip(named, refs, strict=True)))

    refs = tuple(file.media for file in form["files"])
    field = PhotoField(
        refs, changed, most=MAX_FILES, kinds=("gallery", "file"), label=words("notices.field.files"),
        error=form.error("files"), testid="notice-files",
    )  # fmt: skip
    names = [_name(words, form, place, file, told) for place, file in enumerate(form["files"], 1)]
    return html.div({"key": "files", "className": "file-fields"}, field, *_grid(names))


def _grid(names: Sequence[Child]) -> list[Child]:
    return [html.div({"className": "file-names"}, *names)] if names else []


def _name(words: Words, form: Form, place: int, file: NoticeFile, told: Callable[[], None]) -> VdomDict:
    keep: Callable[[Any], None] = form.typed("files")

    def typed(text: str) -> None:
        keep(tuple(_named(each, text) if each.media.id == file.media.id else each for each in form["files"]))
        told()

    return TextField(
        words("notices.file_name", number=place),
        value=file.name,
        on_change=typed,
        max_length=MAX_NAME,
        revision=form.revision,
        testid=f"file-name-{place}",
        key=file.media.id,
    )


def _named(file: NoticeFile, text: str) -> NoticeFile:
    return msgspec.structs.replace(file, name=text.strip())


def _own_name(desk: DeskState, words: Words, ref: MediaRef, place: int) -> str:
    """As the file was called where it was picked, without what says its kind."""
    file = desk.app.media.queue.find(ref.id)
    return PurePosixPath(file.name).stem.strip() if file and file.name.strip() else words("notices.file", number=place)
