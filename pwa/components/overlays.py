"""What lies over the screen: bottom sheets, questions, and toasts that offer to undo."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reactpy import component, create_context, html, use_async_effect, use_context, use_effect, use_state
from reactpy.types import Context, VdomDict

from pwa.components.basics import Button, Child, Icon, IconButton, calling
from pwa.components.labels import use_labels


def Sheet(
    title: str,
    *children: Child,
    on_close: Callable[[], Any],
    subtitle: str = "",
    actions: Child = None,
    testid: str = "",
    key: Any = None,
) -> VdomDict:
    """A sheet from the bottom edge (a centred dialogue from 1024 px). Render it to open it, leave it out to close.

    ``on_close()`` is called on Esc, Android's back button, a tap beside it and its own close button; take it out
    of the tree then. Focus stays inside and goes back to where it was. ``actions`` stick to its lower edge.
    """
    return html.q_sheet(
        {"key": key or f"sheet-{testid or title}", "close": calling(on_close)},
        html.dialog(
            {"className": "sheet", "aria-label": title, **({"data-testid": testid} if testid else {})},
            # Those below lie behind it, out of sight and of what is read out.
            ToastHost("sheet-toast"),
            html.div(
                {"className": "sheet-head"},
                html.div(
                    {"className": "sheet-titles"},
                    html.h2({"className": "sheet-title"}, title),
                    html.p({"className": "sheet-subtitle"}, subtitle) if subtitle else None,
                ),
                IconButton("x", use_labels()["close"], calling(on_close), class_name="sheet-close"),
            ),
            html.div({"className": "sheet-body"}, *children),
            html.div({"className": "sheet-actions"}, actions) if actions is not None else None,
        ),
    )


def Confirm(
    title: str,
    text: str,
    *,
    confirm: str,
    on_confirm: Callable[[], Any],
    on_cancel: Callable[[], Any],
    danger: bool = False,
    testid: str = "confirm",
) -> VdomDict:
    """A question with two answers. ``confirm`` names the deed ("Throw the order away"), not "OK"."""
    words = use_labels()
    # Beside "Cancel the count", "Cancel" would mean either.
    back = words["back"] if words["cancel"] in confirm else words["cancel"]
    return Sheet(
        title,
        html.p({"className": "sheet-text"}, text),
        on_close=on_cancel,
        testid=testid,
        actions=html.div(
            {"className": "button-stack"},
            Button(
                confirm,
                calling(on_confirm),
                kind="danger" if danger else "primary",
                wide=True,
                testid=f"{testid}-yes",
            ),
            Button(back, calling(on_cancel), kind="plain", wide=True, testid=f"{testid}-no"),
        ),
    )


@dataclass(frozen=True)
class Toast:
    text: str
    undo: Callable[[], Any] | None = None
    undo_label: str = ""
    icon: str = ""
    tone: str = "neutral"
    seconds: float = 5.0


# A toast or none, or what makes it of the one on screen.
Shown = Toast | None | Callable[[Toast | None], Toast | None]


class Toasts:
    """Says something short at the lower edge, one at a time: ``use_toasts().show("Line removed", undo=put_back)``."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Shown], None]] = []

    def show(
        self,
        text: str,
        *,
        undo: Callable[[], Any] | None = None,
        undo_label: str = "",
        icon: str = "",
        tone: str = "neutral",
        seconds: float = 5.0,
    ) -> None:
        """The newest replaces the one on screen. ``undo`` adds a button and 3 more seconds."""
        self.say(Toast(text, undo, undo_label, icon, tone, seconds + (3 if undo else 0)))

    def say(self, toast: Toast) -> None:
        """One that may be replaced later."""
        self._tell(toast)

    def replace(self, old: Toast, text: str, *, icon: str = "", tone: str = "neutral", seconds: float = 3.0) -> None:
        """What ``old`` says holds no longer: if it is still there, this stands in its place."""
        new = Toast(text, icon=icon, tone=tone, seconds=seconds)
        self._tell(lambda shown: new if shown is old else shown)

    def _tell(self, shown: Shown) -> None:
        for listener in list(self._listeners):
            listener(shown)

    def listen(self, listener: Callable[[Shown], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)


ToastsContext: Context[Toasts] = create_context(Toasts())


def use_toasts() -> Toasts:
    """Put ``ToastsContext(..., value=Toasts())`` at the top of the app and ``ToastHost()`` inside it."""
    return use_context(ToastsContext)


@component
def ToastHost(testid: str = "toast") -> VdomDict:
    """Where toasts appear: over the screen, and in each sheet over that. A live region, so that they are read out."""
    toasts = use_toasts()
    labels = use_labels()
    nothing: Toast | None = None
    current, set_toast = use_state(nothing)

    @use_effect(dependencies=[])
    def listen() -> Callable[[], None]:
        return toasts.listen(set_toast)

    @use_async_effect(dependencies=[id(current)])
    async def expire() -> None:
        if current is not None:
            await asyncio.sleep(current.seconds)
            set_toast(lambda shown: None if shown is current else shown)

    async def undo(_event: Any) -> None:
        if current is not None and current.undo is not None:
            await calling(current.undo)()
        set_toast(None)

    inner: list[Child] = []
    if current is not None:
        inner.append(
            html.div(
                {
                    "className": f"toast toast-{current.tone}",
                    "data-testid": testid,
                    "key": str(id(current)),
                },
                Icon(current.icon) if current.icon else None,
                html.span({"className": "toast-text"}, current.text),
                Button(current.undo_label or labels["undo"], undo, kind="plain", small=True, testid=f"{testid}-undo")
                if current.undo
                else None,
            )
        )
    return html.div({"className": "toasts", "role": "status", "aria-live": "polite"}, *inner)
