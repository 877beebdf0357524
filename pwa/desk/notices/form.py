"""A notice as texts and choices, and back."""

from collections.abc import Iterable, Mapping
from typing import Any

from offline.rules.notices import length_faults, sending_faults, text_faults
from offline.wire.media import MediaRef
from offline.wire.notices import (
    Audience,
    NoticeCorrect,
    NoticeFile,
    NoticeFileView,
    NoticePaper,
    NoticeSave,
)
from pwa.desk.editing import Reader, day_text
from pwa.desk.state import DeskState, Form

LANGUAGES = ("zh", "en")
FIELDS = ("title_zh", "title_en", "text_zh", "text_en", "audience", "due", "files", "note")
BOUNDS = ("territories", "groups", "types", "partners", "roles")


def start_of(desk: DeskState, row: NoticePaper | NoticeSave | NoticeCorrect | None) -> dict[str, Any]:
    """What the form starts from. ``scope``: ``everyone`` or ``some``."""
    values: dict[str, Any] = dict.fromkeys(("title_zh", "title_en", "text_zh", "text_en", "due", "note"), "")
    values |= dict.fromkeys(("confirm", "urgent", "pinned", "joiners", "below", "ask_again"), False)
    values |= {"scope": "some", "files": (), **dict.fromkeys(BOUNDS, ())}
    if row is None:
        return values
    for language in LANGUAGES:
        values[f"title_{language}"] = row.title.get(language, "")
        values[f"text_{language}"] = row.text.get(language, "")
    values |= {"confirm": row.confirm, "urgent": row.urgent, "pinned": row.pinned, "files": files_of(row.files)}
    values["due"] = day_text(row.due_at, desk.format.zone, end=True)
    if isinstance(row, NoticeCorrect):
        return values | {"note": row.note, "ask_again": row.ask_again}
    audience = row.audience
    values |= {"joiners": row.joiners, "scope": "everyone" if audience.everyone else "some", "below": audience.below}
    return values | {name: getattr(audience, name) for name in BOUNDS}


def files_of(files: Iterable[NoticeFile | NoticeFileView]) -> tuple[NoticeFile, ...]:
    return tuple(file if isinstance(file, NoticeFile) else _named(file) for file in files)


def _named(file: NoticeFileView) -> NoticeFile:
    media = file.media
    ref = MediaRef(id=media.id, sha256=media.sha256, size=media.size, content_type=media.content_type, source="file")
    return NoticeFile(name=file.name, media=ref)


def audience_of(form: Mapping[str, Any] | Form) -> Audience:
    everyone = form["scope"] == "everyone"
    bounds = {name: form[name] for name in BOUNDS if name == "roles" or not everyone}
    return Audience(everyone=everyone, below=bool(form["below"]) and not everyone, **bounds)


def command_of(desk: DeskState, reader: Reader, notice_id: str) -> NoticeSave | None:
    """A draft: it may be incomplete, not too long."""
    form = reader.form
    title, text = reader.names("title"), reader.names("text")
    due_at = reader.day("due", desk.format.zone, end=True)
    _check_names(reader)
    _faults(reader, length_faults(title, text))
    if reader.errors:
        return None
    return NoticeSave(
        notice=notice_id,
        title=title,
        text=text,
        audience=audience_of(form),
        files=form["files"],
        confirm=form["confirm"],
        due_at=due_at if form["confirm"] else None,
        urgent=form["urgent"],
        pinned=form["pinned"],
        joiners=form["joiners"],
    )


def check_sending(desk: DeskState, reader: Reader, command: NoticeSave) -> None:
    """What keeps it from going out now, beside its fields."""
    faults = sending_faults(
        command.title, command.text, command.audience, due_at=command.due_at, at=desk.app.server_now()
    )
    _faults(reader, faults)


def correction_of(desk: DeskState, reader: Reader, notice_id: str) -> NoticeCorrect | None:
    form = reader.form
    title, text = reader.names("title"), reader.names("text")
    due_at = reader.day("due", desk.format.zone, end=True)
    _check_names(reader)
    _faults(reader, text_faults(title, text))
    if reader.errors:
        return None
    return NoticeCorrect(
        notice=notice_id,
        title=title,
        text=text,
        files=form["files"],
        confirm=form["confirm"],
        due_at=due_at if form["confirm"] else None,
        urgent=form["urgent"],
        pinned=form["pinned"],
        note=reader.text("note"),
        ask_again=form["ask_again"],
    )


def _check_names(reader: Reader) -> None:
    if not all(file.name for file in reader.form["files"]):
        reader.fault("files", "notice_file_name")


def _faults(reader: Reader, faults: Iterable[str]) -> None:
    for fault in faults:
        field, _, language = fault.partition(".")
        name = (
            f"{field}_{language or reader.words.languages[0]}"
            if field in ("title", "text")
            else field.removesuffix("_at")
        )
        too_long = language and str(reader.form[name]).strip() if name in reader.form.draft.values else ""
        reader.fault(name, "notice_too_long" if too_long else f"notice_{field.removesuffix('_at')}")
