"""The texts of a sheet, kept until its deed is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reactpy import use_ref, use_state

from pwa.hooks import use_app
from pwa.jottings import Jottings

Put = Callable[[str, str], None]


@dataclass
class Jotted:
    """The texts by field (what was begun earlier, else what they start from), as they are now, also between two
    drawings. ``name`` is the sheet's, for one paper and one person's deed on it."""

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


def use_jotting(name: str, start: Mapping[str, str] | None = None) -> tuple[Mapping[str, str], Put, Callable[[], None]]:
    """The same for a sheet that is drawn again at each change: the texts, a function that changes one, one that lets go
    of them all. Whoever presses a button right after typing presses what was drawn before, so its deed reads the texts
    when it is done, not when it was drawn."""
    jotted = use_jotted(name, start)
    _count, draw = use_state(0)

    def put(field: str, text: str) -> None:
        jotted.put(field, text)
        draw(lambda count: count + 1)

    return jotted.values, put, jotted.drop
