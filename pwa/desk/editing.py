"""What every edit panel does alike: read texts, show what is wrong beside its field, save in the place of a refusal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any, Generic, TypeVar

import msgspec
from reactpy import component, html, use_effect, use_memo, use_state
from reactpy.types import VdomDict

from offline.ids import new_id
from offline.rules.codes import plain_code
from offline.rules.seen import differing, print_of
from offline.store import Entry
from offline.wire.commands import Command
from pwa.components.basics import Button, Child, Icon, calling, classes
from pwa.components.fields import SearchField, parse_number, parse_whole
from pwa.desk.meanwhile import told
from pwa.desk.parts import UnsavedBar, text_button
from pwa.desk.state import DeskState, Form, use_desk, use_form
from pwa.desk.words import Words

Choice = tuple[str, str]
Row = TypeVar("Row")
Saved = TypeVar("Saved", bound=Command)
Base = TypeVar("Base")
MOST_TAGS = 20
FEW = 8


class Reader:
    """Reads a form's texts; faults collect in ``errors`` as field -> text."""

    def __init__(self, form: Form, desk: DeskState) -> None:
        self.form = form
        self.words = desk.words()
        self.errors: dict[str, str] = {}

    def fault(self, name: str, key: str, **values: Any) -> None:
        self.errors.setdefault(name, self.words(f"fault.{key}", **values))

    def text(self, name: str, *, required: bool = False) -> str:
        value = str(self.form[name]).strip()
        if required and not value:
            self.fault(name, "required")
        return value

    def code(self, name: str) -> str:
        """What others find it by; as it would be typed elsewhere."""
        return plain_code(self.text(name, required=True))

    def names(self, name: str, *, required: bool = False) -> dict[str, str]:
        """``<name>_zh`` and ``<name>_en``; of what is ``required`` one of the two is enough."""
        found = names_of(self.text(f"{name}_zh"), self.text(f"{name}_en"))
        if required and not found:
            self.fault(f"{name}_{self.words.languages[0]}", "required")
        return found

    def whole(self, name: str, *, least: int = 0, most: int = 10_000_000, empty: int | None = None) -> int | None:
        """``empty`` is what an empty field means; None: an empty field is a fault unless ``least`` allows it."""
        text = str(self.form[name]).strip()
        if not text:
            return empty
        value = parse_whole(text)
        if value is None or not least <= value <= most:
            self.fault(name, "whole", least=self.words.number(least), most=self.words.number(most))
            return empty
        return value

    def number(
        self,
        name: str,
        *,
        least: Decimal = Decimal(0),
        most: Decimal = Decimal(10) ** 12,
        percent: bool = False,
        required: bool = False,
    ) -> Decimal | None:
        """None for an empty field, or one with a fault. ``percent``: the sign may stand behind it."""
        text = str(self.form[name]).strip()
        if percent:
            text = text.removesuffix("%").removesuffix("％").strip()
        if not text:
            if required:
                self.fault(name, "required")
            return None
        value = parse_number(text)
        if value is None or not least <= value <= most:
            self.fault(name, "number", least=self.words.number(least))
            return None
        return value

    def calendar_day(self, name: str) -> date | None:
        """A day of the calendar at the brand; None for an empty field, or one with a fault."""
        text = str(self.form[name]).strip()
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.fault(name, "date")
            return None

    def day(self, name: str, zone: tzinfo, *, end: bool = False) -> datetime | None:
        """The beginning of a day in ``zone``, or with ``end`` the end of it; None for an empty field."""
        day = self.calendar_day(name)
        if day is None:
            return None
        return datetime.combine(day + timedelta(days=end), time(), zone).astimezone(UTC)


def day_text(at: datetime | None, zone: tzinfo, *, end: bool = False) -> str:
    """What a date field starts from: the last day for the end of a period, which is told as the day after."""
    if at is None:
        return ""
    return (at.astimezone(zone) - timedelta(seconds=end)).date().isoformat()


def names_of(zh: str, en: str) -> dict[str, str]:
    """Both names; a language without one has none, so that the other is shown."""
    return {language: name for language, name in (("zh", zh), ("en", en)) if name}


# Refusals that speak of one field, by code; ``detail.field`` names it otherwise.
_FIELDS = {
    "sku_taken": "sku",
    "code_taken": "code",
    "category_unknown": "category",
    "parent_unknown": "parent",
    "parent_type": "parent",
    "parent_cycle": "parent",
    "category_cycle": "parent",
    "category_depth": "parent",
    "category_name_taken": "name",
    "assortment_size": "products",
    "price_list_unknown": "price_lists",
    "assortment_unknown": "assortments",
    "rep_unknown": "rep",
}
# What a form splits into several fields, or calls by another name.
_NAMES = ("name", "unit", "spec", "title", "summary")
_PARTS = {"tax_rate": "tax"}


def refused_errors(desk: DeskState, entry: Entry, fields: Sequence[str]) -> dict[str, str]:
    """A refusal as the error of the field it speaks of; empty when it is about no field of this form."""
    field = str(entry.detail.get("field", "")) or _FIELDS.get(entry.code, "")
    field = f"{field}_{desk.words().languages[0]}" if field in _NAMES else _PARTS.get(field, field)
    return {field: desk.why(entry)} if field in fields else {}


def fresh_id() -> str:
    return new_id()


@dataclass(frozen=True)
class Editing(Generic[Base]):
    """The form of one row. ``entry`` is a refused change of it: the form shows it as it was typed, and saving replaces
    it. ``base``: what the form started from, that change or else the ``row``; None for one that is not there yet."""

    desk: DeskState
    form: Form
    entry: Entry | None
    base: Base | None
    row: msgspec.Struct | None
    entity: str

    @property
    def reader(self) -> Reader:
        return Reader(self.form, self.desk)

    async def save(self, reader: Reader, command: Command | None, *then: Command) -> bool:
        """Save what changed: the row, with ``then`` behind it, or ``then`` alone."""
        if command is not None and then and self._is_there(command):
            command, *rest = then
            then = tuple(rest)
        if command is not None:
            command = as_seen(command, self.row)
        return await save_form(self.desk, self.form, command, reader.errors, self.entry, *then)

    def _is_there(self, command: Command) -> bool:
        """Whether the row is what ``command`` would make of it."""
        return self.row is not None and self.entry is None and not any(differing(self.row, command))

    def refusal(self) -> Child:
        """What keeps this from being saved, or what somebody else has made of it meanwhile."""
        return told(self.desk, self.form, self.entity, self.entry, self.row)

    def actions(self, on_save: Callable[[], Any], *, other: Child = None) -> VdomDict:
        return form_actions(self.desk, self.form, on_save, other=other, always=self.entry is not None)


def use_editing(
    key: str,
    saves: type[Saved],
    row: Row | None,
    start: Callable[[Row | Saved | None], Mapping[str, Any]],
    *,
    about: tuple[str, str] | None = None,
    fields: Sequence[str] = (),
) -> Editing[Row | Saved]:
    """The form ``key`` for ``row``, which a ``saves`` command changes. ``about``: the field by which a command names
    its row, and the row's id; None where there is only one. A refusal is told at that of ``fields`` it speaks of."""
    desk = use_desk()
    entry, command = next(iter(desk.refused(*(about or ("NAME", saves.NAME)), saves.NAME)), (None, None))
    base = command if isinstance(command, saves) else row
    form = use_form(key, start(base))
    if entry is not None and not form.draft.errors:
        form.draft.errors = refused_errors(desk, entry, fields)
    held = row if isinstance(row, msgspec.Struct) else None
    return Editing(desk, form, entry, base, held, saves.NAME.partition(".")[0])


def as_seen(command: Saved, row: msgspec.Struct | None) -> Saved:
    """The command saying of what ``row`` it is a change, where it can."""
    if not hasattr(command, "seen"):
        return command
    return msgspec.structs.replace(command, seen=print_of(row, type(command)))


def use_first_field(is_new: bool, form: str = ".desk-panel") -> None:
    """Who opens an empty form goes on typing. ``form``: its selector."""
    desk = use_desk()

    @use_effect(dependencies=[is_new])
    def lead() -> None:
        if is_new:
            desk.app.device.send({"type": "focus", "selector": f"{form} .field .input"})


def use_row_id(row_id: str) -> str:
    """The id of the row that a panel is about; "new" gets one that it keeps."""
    made = use_memo(fresh_id, dependencies=[row_id])
    return made if row_id == "new" else row_id


async def save_form(
    desk: DeskState,
    form: Form,
    command: Command | None,
    errors: Mapping[str, str],
    refused: Entry | None,
    *then: Command,
) -> bool:
    """Save, or show what is wrong. The form keeps what was typed in either case. ``then`` is saved if this is."""
    if errors or command is None:
        form.refuse(errors)
        desk.app.device.send({"type": "focus", "selector": ".field-invalid .input"})
        return False
    form.saved()
    await desk.save(command, refused, desk.words()("said.saved"), *then)
    return True


def form_actions(
    desk: DeskState, form: Form, on_save: Callable[[], Any], *, other: Child = None, always: bool = False
) -> VdomDict:
    """What stands at the lower edge of an edit panel. Saving is offered once something changed."""
    words = desk.words()
    return html.div(
        {"className": "panel-stack"},
        UnsavedBar(form.dirty, form.reset, key="unsaved"),
        html.div(
            {"className": "panel-buttons", "key": "buttons"},
            other,
            Button(
                words("form.save"),
                calling(on_save),
                disabled=not (form.dirty or always),
                class_name="panel-main",
                testid="save",
                key="save",
            ),
        ),
    )


@component
def Picker(
    label: str,
    chosen: Sequence[Choice],
    find: Callable[[str], Sequence[Choice]],
    on_change: Callable[[tuple[str, ...]], Any],
    *,
    error: str = "",
    hint: str = "",
    testid: str = "",
    single: bool = False,
    most: int = FEW,
) -> VdomDict:
    """Some of many, found by typing: (id, text) each. ``find("")`` gives what is offered before anything is typed;
    ``single`` closes once one is chosen; so many as ``most`` are offered at once. Enter takes the first that was
    found, and the next can be typed."""
    words = use_desk().words()
    text, set_text = use_state("")
    is_open, set_open = use_state(False)
    ids = tuple(one for one, _ in chosen)

    more = words("form.choose" if single else "form.add")

    def offers(typed: str) -> list[Choice]:
        return list(islice((each for each in find(typed) if each[0] not in ids), most))

    def add(one: str) -> None:
        set_text("")
        set_open(not single)
        on_change((*ids, one))

    def remove(one: str) -> None:
        on_change(tuple(other for other in ids if other != one))

    def take_first(typed: str) -> None:
        found = offers(typed) if typed.strip() else []
        if found:
            add(found[0][0])

    note = error or hint
    return html.div(
        {"className": "field picker", "role": "group", "aria-label": label},
        html.span({"className": "field-label"}, label),
        _tags(words, chosen, remove) if chosen else None,
        SearchField(
            words("form.find"), value=text, on_change=set_text, on_enter=take_first, autofocus=True, testid=testid,
            revision=len(ids), key="find",
        )
        if is_open
        else text_button(more, lambda: set_open(True), testid=f"{testid}-open"),
        _offered(words, text, offers(text), add, testid) if is_open else None,
        html.p({"className": classes("field-note", error and "field-error")}, note) if note else None,
    )  # fmt: skip


def _offered(words: Words, text: str, found: Sequence[Choice], add: Callable[[str], None], testid: str) -> VdomDict:
    """What was found, or that nothing was: read out too."""
    buttons = (text_button(name, partial(add, one), key=one, testid=f"{testid}-{one}") for one, name in found)
    nothing = words("found.nothing", text=text.strip()) if text.strip() and not found else ""
    return html.div(
        {"className": "picker-offers"},
        html.p({"className": "field-note", "role": "status", "key": "nothing"}, nothing),
        *buttons,
    )


def _tags(words: Words, chosen: Sequence[Choice], remove: Callable[[str], None]) -> VdomDict:
    """What was chosen, each to be taken back; of many, how many more there are."""
    tags = (
        html.span(
            {"className": "tag", "key": one},
            name,
            html.button(
                {
                    "type": "button",
                    "className": "tag-remove",
                    "aria-label": words("form.remove", name=name),
                    "onClick": calling(remove, one),
                },
                Icon("x", size=14),
            ),
        )
        for one, name in chosen[:MOST_TAGS]
    )
    rest = len(chosen) - MOST_TAGS
    more = html.span({"className": "faint"}, words("form.more", count=rest)) if rest > 0 else None
    return html.div({"className": "tags"}, *tags, more)
