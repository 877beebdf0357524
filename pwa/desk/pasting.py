"""Many at once, as they stand in somebody's table: codes pasted into a field. What is not known stays in it."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.replica_schema import fold
from pwa.components.basics import Button, calling
from pwa.components.fields import TextField
from pwa.desk.parts import text_button
from pwa.desk.state import Form, use_desk
from pwa.desk.words import Words

_CELLS = re.compile(r"[\n\r\t,;，；、]+")
_MOST_NAMED = 8


class Pasted(NamedTuple):
    """``ids`` of what is known, each once; ``unknown``: the codes that are not, as they stood there."""

    ids: tuple[str, ...]
    unknown: tuple[str, ...]


def plain(code: str) -> str:
    """As codes are compared: ＱＳ－０４５０ and qs-0450 are one."""
    return fold(unicodedata.normalize("NFKC", code)).strip()


def read_codes(text: str, known: Mapping[str, str]) -> Pasted:
    """``known``: code, as ``plain`` makes it -> id. A code may have blanks in it; a cell that is none is taken for
    several."""
    ids: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for cell in filter(None, (each.strip() for each in _CELLS.split(text))):
        whole = known.get(plain(cell))
        for code in (cell,) if whole is not None else cell.split():
            found = known.get(plain(code))
            if found is not None:
                ids[found] = None
            else:
                unknown[code] = None
    return Pasted(tuple(ids), tuple(unknown))


@component
def PasteField(
    form: Form,
    name: str,
    known: Callable[[], Mapping[str, str]],
    on_found: Callable[[tuple[str, ...]], int],
    *,
    texts: str,
) -> VdomDict:
    """``on_found`` adds what was found and says how many of it are new. ``texts``: where the words stand (``open``,
    ``label``, ``add``, ``hint``, ``added``, ``unknown``)."""
    words = use_desk().words()
    is_open, set_open = use_state(bool(form[name]))
    said, set_said = use_state("")

    def add() -> None:
        found = read_codes(form[name], known())
        new = on_found(found.ids)
        set_said(_said(words, texts, found, new))
        form.draft.revision += 1
        form.put(name, "\n".join(found.unknown))

    if not is_open and not form[name]:
        return html.div(text_button(words(f"{texts}.open"), lambda: set_open(True), testid=f"{name}-open"))
    return html.div(
        {"className": "paste"},
        TextField(
            words(f"{texts}.label"),
            value=form[name],
            on_change=form.typed(name),
            rows=3,
            hint=words(f"{texts}.hint"),
            error=form.error(name),
            revision=form.revision,
            testid=name,
            key="text",
        ),
        html.div(
            {"className": "paste-foot"},
            Button(words(f"{texts}.add"), calling(add), kind="secondary", small=True, testid=f"{name}-add"),
            html.p({"className": "block-note", "role": "status", "data-testid": f"{name}-said"}, said)
            if said
            else None,
        ),
    )


def _said(words: Words, texts: str, found: Pasted, new: int) -> str:
    parts = [words(f"{texts}.added", count=new, known=len(found.ids) - new)]
    if found.unknown:
        named: Sequence[str] = found.unknown[:_MOST_NAMED]
        codes = words("list_comma").join(named)
        parts.append(words(f"{texts}.unknown", count=len(found.unknown), codes=codes))
    return "".join(parts)
