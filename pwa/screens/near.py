"""What is shown where a search has nothing: what is so called but for a slip of the finger, and said to be."""

from collections.abc import Callable
from typing import TypeVar

from reactpy import html
from reactpy.types import VdomDict

from pwa.context import App

T = TypeVar("T")


def found_or_near(search: Callable[..., list[T]], text: str) -> tuple[list[T], bool]:
    """What ``search(text)`` finds, else what ``search(text, near=True)`` does; whether that is near only."""
    found = search(text)
    if found or not text.strip():
        return found, False
    found = search(text, near=True)
    return found, bool(found)


def NearNote(app: App, text: str, *, near: bool) -> VdomDict | None:
    """Above what is only near to the ``text``."""
    if not near:
        return None
    look = {"className": "near-note muted", "role": "status", "data-testid": "near", "key": "near", "dir": "auto"}
    return html.p(look, app.t("search.near", text=text.strip()))
