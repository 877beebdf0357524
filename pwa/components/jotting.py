"""The texts of a sheet, kept until its deed is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reactpy import use_ref, use_state

from pwa.hooks import use_app
from pwa.jottings import Jottings

Put = Callable[[str, str], None]


def use_jotting(name: str, start: Mapping[str, str] | None = None) -> tuple[dict[str, str], Put, Callable[[], None]]:
    """The texts by field (``start`` where nothing was typed yet), a function that changes one, one that lets go of
    them all. ``name`` is the sheet's, for one paper and one person's deed on it."""
    app = use_app()
    values, set_values = use_state(lambda: {**(start or {}), **app.jottings.values(name)})

    def put(field: str, text: str) -> None:
        set_values(lambda old: {**old, field: text})
        app.jottings.keep(name, **{field: text})

    return values, put, lambda: app.jottings.drop(name)


@dataclass
class Jotted:
    """The same for a sheet that is not drawn again at each key: what stands in it now, also between two drawings."""

    name: str
    values: dict[str, str]
    jottings: Jottings

    def __getitem__(self, field: str) -> str:
        return self.values.get(field, "")

    def put(self, field: str, text: str) -> None:
        self.values[field] = text
        self.jottings.keep(self.name, **{field: text})

    def drop(self) -> None:
        self.jottings.drop(self.name)


def use_jotted(name: str, start: Mapping[str, str] | None = None) -> Jotted:
    app = use_app()
    held: Jotted | None = None
    ref = use_ref(held)
    if ref.current is None or ref.current.name != name:
        ref.current = Jotted(name, {**(start or {}), **app.jottings.values(name)}, app.jottings)
    return ref.current
