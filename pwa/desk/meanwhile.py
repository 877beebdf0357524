"""Two people at one row: what the other has made of it, told to who comes second."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from reactpy import html
from reactpy.types import VdomDict

from offline.rules.seen import differing
from offline.store import Entry
from pwa.components.basics import Child, Icon, Pieces
from pwa.desk.history import TEXTS, Detail, label_of, said_field, said_of
from pwa.desk.parts import refusal
from pwa.desk.state import DeskState, Form, decode
from pwa.desk.words import Words

OVERTAKEN = "changed_meanwhile"
# A form has these as the browser's date fields take them.
_DAYS = ("valid_from", "valid_until", "available_from", "starts_on", "ends_on", "due")


def told(desk: DeskState, form: Form, entity: str, entry: Entry | None, row: msgspec.Struct | None) -> Child:
    """Above a form: why ``entry`` was refused, and what somebody else has changed since the form began."""
    if entry is not None:
        more = (_who(desk, entry), _differences(desk, entry, row)) if entry.code == OVERTAKEN else ()
        return refusal(desk, entry, retry=False, more=more)
    return _clashes(desk, entity, form.draft.clashes) if form.draft.clashes and form.dirty else None


def _who(desk: DeskState, entry: Entry) -> Child:
    """Who came first, and when, as far as the server could tell."""
    name, at = str(entry.detail.get("by", "")), str(entry.detail.get("at", ""))
    if not name or not at:
        return None
    when = desk.words().when(datetime.fromisoformat(at))
    return html.p({"className": "notice-text", "data-testid": "meanwhile-by", "key": "by"}, Pieces(name, when))


def _differences(desk: DeskState, entry: Entry, row: msgspec.Struct | None) -> Child:
    """What a refused change would make of the row as it is now."""
    command, words = decode(entry), desk.words()
    if command is None or row is None:
        return None
    before, after = (msgspec.to_builtins(each) for each in differing(row, command))
    lines = said_of(desk, words, entry.name.partition(".")[0], Detail(before, after))
    return _list(words("meanwhile.would"), lines, "meanwhile-would") if lines else None


def _clashes(desk: DeskState, entity: str, clashes: Mapping[str, Any]) -> VdomDict:
    """Which of the fields that are being changed here somebody else has changed, and to what."""
    words, area = desk.words(), TEXTS.get(entity, "")
    known = {name: value for name, value in clashes.items() if label_of(words, area, name) != name}
    lines = [_now(desk, words, area, name, value) for name, value in known.items()] if area else []
    return html.div(
        {"className": "notice notice-warning", "role": "status", "data-testid": "meanwhile", "key": "meanwhile"},
        Icon("circle-alert", class_name="notice-icon"),
        html.div(
            {"className": "notice-body"},
            html.strong({"className": "notice-title"}, words("meanwhile.title")),
            _list("", lines, "meanwhile-now") if lines else None,
            html.p({"className": "notice-text"}, words("meanwhile.text")),
        ),
    )


def _now(desk: DeskState, words: Words, area: str, name: str, value: Any) -> str:
    label = label_of(words, area, name)
    if not isinstance(value, str | bool):
        return label
    now = value if name in _DAYS and value else said_field(desk, words, area, name, value)
    return words("history.line", field=label, what=words("meanwhile.now", now=now))


def _list(title: str, lines: Sequence[str], testid: str) -> VdomDict:
    return html.div(
        {"className": "notice-text", "data-testid": testid},
        html.p(title) if title else None,
        html.ul(
            {"className": "history-lines"},
            *(html.li({"key": str(place), "dir": "auto"}, line) for place, line in enumerate(lines)),
        ),
    )
