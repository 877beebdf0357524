"""Where the person is in the app. Python owns the path; the page only mirrors it in its history, so that
Android's back button, deep links and reload work."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from reactpy import component, create_context, event, html, use_context, use_effect, use_ref, use_state
from reactpy.types import Context, VdomDict

Send = Callable[[dict[str, Any]], None]


class Router:
    """``path`` is the whole local address, query included: ``/orders/018f...?tab=timeline``. ``kept`` are the texts of
    this step of the history (what a list was searched for): they are there again when the person comes back to it."""

    def __init__(
        self, path: str = "/", send: Send = lambda _message: None, kept: Mapping[str, str] | None = None
    ) -> None:
        self.path = path
        self.kept = dict(kept or {})
        self.step = 0  # of the history, as this app went
        self._send = send
        self._listeners: list[Callable[[str], None]] = []

    def navigate(self, path: str, *, replace: bool = False, finished: str = "") -> None:
        """Go to ``path``: a new history entry, or the current one with ``replace``; with ``finished`` in place of all
        latest entries at that address and below it, whose work is done: back leads to what was before them."""
        if path == self.path:
            return
        stays = replace and urlsplit(path).path == urlsplit(self.path).path
        self.path = path
        over = {"finished": finished} if finished else {}
        self._send({"type": "navigate", "path": path, "replace": replace or bool(finished), **over})
        if not stays:
            self._enter({})
        elif self.kept:
            self._keep()
        self._tell()

    def _enter(self, kept: Mapping[str, str]) -> None:
        self.step += 1
        self.kept = dict(kept)

    def keep(self, name: str, text: str, step: int) -> None:
        """Have ``text`` again under this name when the person comes back to this step. A field tells its last text also
        when its screen has just gone: the next one has nothing to do with that."""
        if step == self.step and self.kept.get(name) != text:
            self.kept = {**self.kept, name: text}
            self._keep()

    def _keep(self) -> None:
        self._send({"type": "keep", "path": self.path, "kept": self.kept})

    def back(self, fallback: str = "/") -> None:
        """As the back button does; ``fallback`` when the app was opened right here."""
        self._send({"type": "back", "fallback": fallback})

    def popped(self, path: str, kept: Mapping[str, str] | None = None) -> None:
        """The page went back or forward to ``path``, where ``kept`` was kept."""
        if path != self.path:
            self.path = path
            self._enter(kept or {})
            self._tell()

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call ``listener(path)`` on each change; returns what stops that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener(self.path)


RouterContext: Context[Router | None] = create_context(None)


def use_router() -> Router:
    router = use_context(RouterContext)
    assert router is not None, "no RouterContext above this component"
    return router


def use_path() -> str:
    """The current path; the component renders again when it changes."""
    router = use_router()
    path, set_path = use_state(router.path)

    @use_effect(dependencies=[])
    def follow() -> Callable[[], None]:
        set_path(router.path)
        return router.listen(set_path)

    return path


def use_kept(name: str, start: str = "") -> tuple[str, Callable[[str], None], str]:
    """A text that belongs to the screen as it stands in the history: there again when the person comes back to it.
    The text, what sets it, and what it began with, for a field that owns its text."""
    router = use_router()
    begun = use_ref(router.kept.get(name, start)).current
    text, set_text = use_state(begun)
    step = router.step

    def change(changed: str) -> None:
        router.keep(name, changed, step)
        set_text(changed)

    return text, change, begun


@dataclass(frozen=True)
class Route:
    """``pattern`` like ``/orders/{order_id}``. ``render`` gets the parameters and the query as keywords."""

    pattern: str
    render: Callable[..., Any]

    def match(self, path: str) -> dict[str, str] | None:
        parts = urlsplit(path)
        expression = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.pattern))
        found = re.fullmatch(expression + "/?", parts.path)
        if found is None:
            return None
        return {**dict(parse_qsl(parts.query)), **{name: unquote(text) for name, text in found.groupdict().items()}}


def resolve(routes: list[Route], path: str) -> tuple[Route, dict[str, str]] | None:
    """The first route that fits, with its parameters."""
    for route in routes:
        parameters = route.match(path)
        if parameters is not None:
            return route, parameters
    return None


@component
def Link(to: str, *children: Any, class_name: str = "", testid: str = "", replace: bool = False) -> VdomDict:
    """An anchor that stays in the app. ``to`` is a real address, so that "copy link" works."""
    router = use_router()

    @event(prevent_default=True)
    def follow(_event: Any) -> None:
        router.navigate(to, replace=replace)

    attributes: dict[str, Any] = {"href": to, "className": class_name, "onClick": follow}
    if testid:
        attributes["data-testid"] = testid
    return html.a(attributes, *children)
