"""The fields of an edit form by name: label, value, fault and where to keep what is typed are the same for each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from reactpy.types import VdomDict

from pwa.components.fields import Checkbox, NumberField, TextField
from pwa.desk.parts import select
from pwa.desk.state import Form
from pwa.desk.words import Words


@dataclass(frozen=True)
class Fields:
    """``texts``: where the labels stand, ``<texts>.<name>``. ``testid``: how fields are found, ``<testid>-<name>``.
    ``redraws``: what else is shown hangs on what is typed, so leaving a field draws the form again; ``tell`` is called
    with each change."""

    words: Words
    form: Form
    texts: str
    testid: str = "field"
    redraws: bool = False
    tell: Callable[[], None] | None = None

    def text(self, name: str, *, max_length: int = 200, **more: Any) -> VdomDict:
        """``more`` as ``TextField`` takes it."""
        return TextField(self._label(name), max_length=max_length, **self._typed(name), **more)

    def names(self, name: str, *, required: bool = False, **more: Any) -> tuple[VdomDict, VdomDict]:
        """``<name>_zh`` and ``<name>_en``, the reader's own language first. As ``Reader.names`` has it, of what is
        ``required`` one is enough."""
        own, other = (f"{name}_{language}" for language in self.words.languages)
        asked = required and not str(self.form[other]).strip()
        return self.text(own, required=asked, **more), self.text(other, **more)

    def number(self, name: str, *, label: str = "", **more: Any) -> VdomDict:
        """``more`` as ``NumberField`` takes it."""
        return NumberField(label or self._label(name), **self._typed(name), **more)

    def choice(self, name: str, options: Sequence[tuple[str, str]], *, label: str = "") -> VdomDict:
        """``options``: (value, text) each."""
        return self.choice_of(name, options, partial(self.form.put, name), label=label)

    def choice_of(
        self, name: str, options: Sequence[tuple[str, str]], on_change: Callable[[str], Any], *, label: str = ""
    ) -> VdomDict:
        """As ``choice``, where more hangs on it than its own value."""
        return select(
            label or self._label(name),
            options,
            self.form[name],
            on_change,
            error=self.form.error(name),
            testid=f"{self.testid}-{name}",
            key=name,
        )

    def switch(self, name: str, *, label: str = "", disabled: bool = False) -> VdomDict:
        return Checkbox(
            label or self._label(name),
            bool(self.form[name]),
            partial(self.form.put, name),
            disabled=disabled,
            testid=f"{self.testid}-{name}",
            key=name,
        )

    def _change(self, name: str) -> Callable[[Any], None]:
        keep, tell = self.form.typed(name), self.tell
        if tell is None:
            return keep

        def change(value: Any) -> None:
            keep(value)
            tell()

        return change

    def _label(self, name: str) -> str:
        return self.words(f"{self.texts}.{name}")

    def _typed(self, name: str) -> dict[str, Any]:
        def left(_text: str) -> None:
            self.form.put(name, self.form[name])

        return {
            "value": self.form[name],
            "on_change": self._change(name),
            "on_commit": left if self.redraws else None,
            "error": self.form.error(name),
            "revision": self.form.revision,
            "testid": f"{self.testid}-{name}",
            "key": name,
        }
