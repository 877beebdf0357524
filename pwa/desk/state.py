"""What the desk's screens share: the rows as read, words, where to go next, and forms that are not saved yet."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import msgspec
from reactpy import create_context, use_context, use_effect, use_state
from reactpy.types import Context

from i18n.format import Format
from offline.outbox import REFUSED
from offline.store import Entry
from offline.wire.commands import Command
from offline.wire.registry import COMMANDS
from pwa.context import App, error_text
from pwa.desk.reading import Reads
from pwa.desk.words import Words


class Draft:
    """The values of one form: what it started from and what they are now. ``errors``: field -> text. ``clashes``: what
    somebody else has meanwhile made of fields that are being changed here, by field."""

    def __init__(self, start: Mapping[str, Any]) -> None:
        self.start = dict(start)
        self.values = dict(start)
        self.errors: dict[str, str] = {}
        self.revision = 0
        self.clashes: dict[str, Any] = {}

    @property
    def dirty(self) -> bool:
        return self.values != self.start

    def follow(self, start: Mapping[str, Any]) -> None:
        """The row behind it has changed. What nobody touched here becomes as it is now, so that saving takes nothing
        back; what was typed stays."""
        for name, value in start.items():
            if self.values.get(name) == self.start.get(name):
                self.values[name] = value
            elif value != self.start.get(name):
                self.clashes[name] = value
        self.clashes = {name: value for name, value in self.clashes.items() if value != self.values[name]}
        self.start = {**self.start, **start}

    def begin(self, start: Mapping[str, Any]) -> None:
        """Anew, from ``start``."""
        self.start, self.values, self.clashes = dict(start), dict(start), {}


class DeskState:
    """One desk. ``drafts`` outlive their forms, so that the browser's back button loses nothing."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.reads = Reads(app.engine.replica, app.engine.user)
        self.drafts: dict[str, Draft] = app.desk_forms
        self.shown: list[str] = []
        self.ask: Callable[[str], None] = lambda _path: None
        self.keys: list[Callable[[str], None]] = []
        self.keys_on_top: list[Callable[[str], None]] = []
        self._formats: dict[tuple[str, str], Format] = {}

    @property
    def format(self) -> Format:
        """By the brand's clocks, wherever somebody sits at the desk: its days begin, end and are counted by them."""
        brand = self.app.brand
        if brand is None:
            return self.app.format
        key = (self.app.locale, brand.time_zone)
        if key not in self._formats:
            zone = self.app.device.zone_named(brand.time_zone)
            self._formats[key] = Format(self.app.locale, zone, self.app.device.intl)
        return self._formats[key]

    @property
    def elsewhere(self) -> str:
        """The brand's time zone where this device's clock shows another time, else nothing."""
        brand, now = self.app.brand, self.app.server_now()
        if brand is None or self.format.local(now).utcoffset() == self.app.format.local(now).utcoffset():
            return ""
        return brand.time_zone

    def today(self) -> date:
        """The brand's, by the server's clock."""
        return self.format.local(self.app.server_now()).date()

    def words(self) -> Words:
        """Words for one rendering."""
        return Words(self.app.locale, self.format, self.app.server_now(), self.reads.currency)

    @property
    def unsaved(self) -> bool:
        """Whether a form on screen holds something that would be lost."""
        return any(self.drafts[key].dirty for key in self.shown if key in self.drafts)

    def go(self, path: str, *, replace: bool = False) -> None:
        """Go there; ask first when a form on screen is not saved."""
        if self.unsaved and path != self.app.router.path:
            self.ask(path)
        else:
            self.app.router.navigate(path, replace=replace)

    def leave(self, path: str) -> None:
        """Go there, and forget what was typed into the forms on screen."""
        for key in self.shown:
            self.drafts.pop(key, None)
        self.app.router.navigate(path)

    def toast(self, text: str, *, tone: str = "neutral") -> None:
        self.app.toasts.show(text, icon="check", tone=tone)

    async def submit(self, *commands: Command, said: str = "") -> list[Entry]:
        """Into the outbox, durable when this returns; ``said`` is told then."""
        entries = await self.app.submitting.submit(*commands)
        if said:
            self.toast(said)
        return entries

    async def save(self, command: Command, refused: Entry | None, said: str, *then: Command) -> None:
        """Submit, in the place of a refused command where there is one. ``then`` is of what this one makes: if it is
        refused, it waits until that is mended."""
        await self.app.submitting.save(command, refused, *then)
        self.toast(said)

    def refused(self, entity_field: str, row_id: str, *names: str) -> list[tuple[Entry, Command]]:
        """Refused commands about a row: ``entity_field`` of their arguments names it."""
        found = []
        for entry in self.app.engine.entries():
            if entry.state in REFUSED and entry.name in (names or COMMANDS):
                command = decode(entry)
                if command is not None and getattr(command, entity_field, None) == row_id:
                    found.append((entry, command))
        return found

    def why(self, entry: Entry) -> str:
        """The reason of a refusal, in words."""
        return error_text(self.app, entry.code or entry.state, entry.detail)

    def waits(self, entity_field: str, row_id: str) -> bool:
        """Whether a command about the row has not reached the server yet."""
        for entry in self.app.engine.entries():
            if entry.state == "waiting":
                command = decode(entry)
                if command is not None and getattr(command, entity_field, None) == row_id:
                    return True
        return False


def decode(entry: Entry) -> Command | None:
    """The command of an outbox entry; None for one this version does not know."""
    kind = COMMANDS.get(entry.name)
    if kind is None:
        return None
    try:
        return msgspec.json.decode(entry.args, type=kind)
    except msgspec.ValidationError:
        return None


DeskContext: Context[DeskState | None] = create_context(None)


def use_desk() -> DeskState:
    desk = use_context(DeskContext)
    assert desk is not None, "no DeskContext above this component"
    return desk


class Form:
    """A draft as a rendering uses it. ``typed(name)`` is a text field's ``on_change``; ``put`` is for choices."""

    def __init__(self, draft: Draft, render: Callable[[], None]) -> None:
        self.draft = draft
        self._render = render

    @property
    def dirty(self) -> bool:
        return self.draft.dirty

    @property
    def revision(self) -> int:
        return self.draft.revision

    def __getitem__(self, name: str) -> Any:
        return self.draft.values[name]

    def error(self, name: str) -> str:
        return self.draft.errors.get(name, "")

    def typed(self, name: str) -> Callable[[Any], None]:
        """Keeps what is typed. Renders only when the form becomes dirty or clean, or an error goes: never per key."""

        def change(value: Any) -> None:
            before = self.draft.dirty
            self.draft.values[name] = value
            mended = self.draft.errors.pop(name, None) is not None
            if mended or before != self.draft.dirty:
                self._render()

        return change

    def put(self, name: str, value: Any) -> None:
        self.draft.values[name] = value
        self.draft.errors.pop(name, None)
        self._render()

    def refuse(self, errors: Mapping[str, str]) -> None:
        """Show what is wrong, field by field."""
        self.draft.errors = dict(errors)
        self._render()

    def reset(self) -> None:
        """Back to what it started from."""
        self.draft.begin(self.draft.start)
        self.draft.errors = {}
        self.draft.revision += 1
        self._render()

    def saved(self) -> None:
        """What was typed is the start now."""
        self.draft.begin(self.draft.values)
        self.draft.errors = {}
        self._render()


def use_form(key: str, start: Mapping[str, Any]) -> Form:
    """The form ``key``, from ``start``. What is not being changed follows ``start``; what is typed survives both
    changes of the row behind it and leaving the screen by the browser's own buttons."""
    desk = use_desk()
    _count, set_count = use_state(0)
    draft = desk.drafts.get(key)
    if draft is None:
        draft = desk.drafts[key] = Draft(start)
    elif not draft.dirty and draft.start != start:
        draft.begin(start)
    elif draft.start != start:
        draft.follow(start)

    @use_effect(dependencies=[key])
    def on_screen() -> Callable[[], None]:
        desk.shown.append(key)
        return lambda: desk.shown.remove(key)

    return Form(draft, lambda: set_count(lambda count: count + 1))


def use_keys(handler: Callable[[str], None], *, on_top: bool = False) -> None:
    """Have ``handler`` called with the desk's keys (``Escape``, ``a``) that nothing else took; the latest wins.
    ``on_top``: before those of the screen, for what was opened within it."""
    desk = use_desk()
    listening = desk.keys_on_top if on_top else desk.keys

    @use_effect(dependencies=None)
    def listen() -> Callable[[], None]:
        listening.append(handler)

        def stop() -> None:
            if handler in listening:
                listening.remove(handler)

        return stop
