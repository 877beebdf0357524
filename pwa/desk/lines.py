"""A field of a form that has several lines: packs, addresses, tiers, steps."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from pwa.desk.state import Form

T = TypeVar("T")


class Lines(Generic[T]):
    """The lines of ``form[name]``, a tuple, and what is done to them. A form is not drawn at each key, so what was
    drawn may be older than what was typed: lines are changed as they are by then."""

    def __init__(self, form: Form, name: str) -> None:
        self.form = form
        self.name = name

    @property
    def now(self) -> tuple[T, ...]:
        found: tuple[T, ...] = self.form[self.name]
        return found

    def typed(self, place: int, change: Callable[[T, Any], T]) -> Callable[[Any], None]:
        """A text field's ``on_change``: ``change(line, text)`` is the line at ``place`` with it."""
        keep = self.form.typed(self.name)
        return lambda text: keep(self._with(place, lambda line: change(line, text)))

    def put(self, place: int, change: Callable[[T], T]) -> None:
        """A choice in the line at ``place``."""
        self.form.put(self.name, self._with(place, change))

    def add(self, line: T) -> None:
        self.form.put(self.name, (*self.now, line))

    def remove(self, place: int) -> None:
        """What stood below moves up, so the fields are written anew."""
        self.form.draft.revision += 1
        self.form.put(self.name, (*self.now[:place], *self.now[place + 1 :]))

    def move(self, place: int, to: int) -> None:
        lines = list(self.now)
        lines.insert(to, lines.pop(place))
        self.form.put(self.name, tuple(lines))

    def _with(self, place: int, change: Callable[[T], T]) -> tuple[T, ...]:
        return tuple(change(line) if at == place else line for at, line in enumerate(self.now))


def with_part(part: int) -> Callable[[tuple[str, ...], Any], tuple[str, ...]]:
    """For ``Lines.typed``, of lines that are tuples of texts."""
    return lambda line, text: (*line[:part], text, *line[part + 1 :])
