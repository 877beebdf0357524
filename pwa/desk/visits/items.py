"""What is to be done on a visit as a person types it: texts in, items or faults out."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from offline.ids import new_id
from offline.wire.rows import Names
from offline.wire.visits import Answer, Choice, ItemKind, VisitItem
from pwa.desk.editing import Reader, names_of


@dataclass(frozen=True)
class TypedItem:
    """``choices`` has one a line, "zh | en"; ``known`` the ids of those that were there before, by line."""

    id: str
    kind: ItemKind
    answer: Answer
    required: bool
    zh: str
    en: str
    hint: Names
    unit: str
    units: Names
    choices: str
    known: tuple[tuple[str, str], ...]

    @property
    def is_choice(self) -> bool:
        return self.kind == "question" and self.answer == "choice"

    @property
    def is_number(self) -> bool:
        return self.kind == "question" and self.answer == "number"


def typed_item(item: VisitItem) -> TypedItem:
    known = tuple((_line_of(each.name), each.id) for each in item.choices)
    return TypedItem(
        id=item.id,
        kind=item.kind,
        answer=item.answer,
        required=item.required,
        zh=item.title.get("zh", ""),
        en=item.title.get("en", ""),
        hint=item.hint,
        unit=item.unit.get("zh", "") or item.unit.get("en", ""),
        units=item.unit,
        choices="\n".join(line for line, _id in known),
        known=known,
    )


def _line_of(name: Names) -> str:
    zh, en = name.get("zh", ""), name.get("en", "")
    return f"{zh} | {en}".strip() if en else zh


def _name_in(line: str) -> Names:
    zh, _, en = line.partition("|")
    return names_of(zh.strip(), en.strip())


def read_item(reader: Reader, typed: TypedItem) -> VisitItem | None:
    """None where something is missing, which ``reader`` then has as the fault of ``items``."""
    title = names_of(typed.zh.strip(), typed.en.strip())
    names = [name for name in map(_name_in, typed.choices.splitlines()) if name] if typed.is_choice else []
    if not title or (typed.is_choice and len(names) < 2):
        reader.fault("items", "required")
        return None
    return VisitItem(
        id=typed.id,
        kind=typed.kind,
        title=title,
        hint=typed.hint,
        required=typed.required,
        answer=typed.answer,
        unit=_unit(typed),
        choices=tuple(
            Choice(id=choice_id, name=name)
            for choice_id, name in zip(choice_ids(typed.known, list(map(_line_of, names))), names, strict=True)
        ),
    )


def _unit(typed: TypedItem) -> Names:
    """One field for both languages: what was there in both stays while nobody changes it."""
    unit = typed.unit.strip()
    if not unit:
        return {}
    return typed.units if unit in typed.units.values() else {"zh": unit}


def choice_ids(known: Sequence[tuple[str, str]], lines: Sequence[str]) -> list[str]:
    """The ids of choices (one a line) of which some were ``known``, (line, id) each. A line that was there keeps its
    id wherever it went, and so does one that was written anew in its place; others get one of their own. So what a
    phone has already answered does not turn into another answer."""
    ids = dict(known)
    found = [ids.pop(line, "") for line in lines]
    matcher = SequenceMatcher(None, [line for line, _id in known], lines, autojunk=False)
    for change, start, stop, at, end in matcher.get_opcodes():
        if change == "replace" and stop - start == end - at:
            for (line, _id), place in zip(known[start:stop], range(at, end), strict=True):
                found[place] = found[place] or ids.pop(line, "")
    return [one or new_id() for one in found]
