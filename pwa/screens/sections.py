"""A kind of work on the tasks screen."""

from collections.abc import Callable
from dataclasses import dataclass

from reactpy.types import Component

from pwa.context import App


@dataclass(frozen=True)
class Section:
    """``applies``: whether this person ever has such work; ``open``: how much of it waits; ``card`` shows it, and
    comes with its own "nothing to do"."""

    applies: Callable[[App], bool]
    open: Callable[[App], int]
    card: Callable[[], Component]
