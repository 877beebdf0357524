"""What was typed into a form and not submitted yet: kept on the phone at every change, so that a kill loses nothing."""

import asyncio
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from reactpy import Ref, use_async_effect, use_ref, use_state

from offline.store import KeyValueStore
from pwa.hooks import use_app

D = TypeVar("D", bound=msgspec.Struct)


class Keeper:
    """Writes the newest state of one draft behind, one write at a time. ``keep(None)`` forgets it."""

    def __init__(self, store: KeyValueStore, key: str) -> None:
        self._store, self._key = store, key
        self._next: list[bytes | None] = []
        self._writing: asyncio.Task[None] | None = None

    async def load(self) -> bytes | None:
        return await self._store.load(self._key)

    def keep(self, content: bytes | None) -> None:
        self._next = [content]
        if self._writing is None or self._writing.done():
            self._writing = asyncio.ensure_future(self._write())

    async def _write(self) -> None:
        while self._next:
            await self._store.save(self._key, self._next.pop())


def use_draft(
    name: str, kind: type[D], fresh: Callable[[], D]
) -> tuple[D | None, Callable[[D], None], Callable[[], None]]:
    """The draft ``name`` of this person (None until it is read), a function that keeps a change, one that forgets it.
    One that cannot be read (a newer app wrote it) is started anew."""
    app = use_app()
    keeper = use_ref(Keeper(app.settings, f"form.{app.engine.user}.{name}")).current
    nothing: D | None = None
    draft, set_draft = use_state(nothing)

    @use_async_effect(dependencies=[name])
    async def load() -> None:
        raw = await keeper.load()
        try:
            found = msgspec.json.decode(raw, type=kind) if raw else fresh()
        except msgspec.DecodeError:
            found = fresh()
        set_draft(found)

    def keep(changed: D) -> None:
        keeper.keep(msgspec.json.encode(changed))

    return draft, keep, lambda: keeper.keep(None)


@dataclass(frozen=True)
class Typing(Generic[D]):
    """A form while it is typed into. Typing changes ``now`` and not what is ``shown``: a screen that is drawn again at
    every letter is slow on a phone. ``errors``: what is wrong, by field."""

    shown: D
    errors: Mapping[str, str]
    typed: Ref[D]
    keep: Callable[[D], None]
    show: Callable[[D], None]
    blame: Callable[[Mapping[str, str]], None]

    @property
    def now(self) -> D:
        return self.typed.current

    def put(self, draw: bool = False, **changes: Any) -> None:
        """``draw`` where it is not a field of text, which shows itself what was typed."""
        self.typed.current = msgspec.structs.replace(self.now, **changes)
        self.keep(self.now)
        if draw:
            self.show(self.now)

    def judge(self, errors: Mapping[str, str]) -> None:
        """Shows the form with what is wrong with it."""
        self.show(self.now)
        self.blame(errors)

    def forgive(self, names: Set[str]) -> bool:
        """These fields are being mended; whether something was wrong with one."""
        wrong = names & self.errors.keys()
        if wrong:
            self.blame({name: text for name, text in self.errors.items() if name not in wrong})
        return bool(wrong)


def use_typing(start: D, keep: Callable[[D], None]) -> Typing[D]:
    """``keep`` as ``use_draft`` gives it."""
    shown, show = use_state(start)
    nothing: Mapping[str, str] = {}
    errors, blame = use_state(nothing)
    return Typing(shown, errors, use_ref(start), keep, show, blame)
