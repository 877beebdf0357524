"""Changing one's own password: the server's deed, and the lock of this phone follows it. What is typed here is kept
nowhere, no longer than the sheet is open."""

from collections.abc import Callable, Mapping
from math import ceil
from typing import Any, Literal

import msgspec
from reactpy import component, html, use_ref, use_state
from reactpy.types import VdomDict

from offline.rules.passwords import LONGEST, SHORTEST, password_fault
from offline.store import Response, Unreachable
from pwa.components.basics import Button, ErrorBox, calling
from pwa.components.fields import TextField
from pwa.components.overlays import Sheet
from pwa.context import App
from pwa.hooks import use_app

Field = Literal["current", "new", ""]
Fault = tuple[Field, str]
"""The field it stands at, "" for none of them, and what is wrong, in words."""


class _Problem(msgspec.Struct, frozen=True):
    code: str = ""


class _Typed:
    """What stands in the fields. ``unanswered``: the pair that was sent when no answer came back."""

    def __init__(self) -> None:
        self.current = self.new = ""
        self.unanswered = ("", "")


@component
def PasswordSheet(on_close: Callable[[], Any], on_changed: Callable[[], Any] = lambda: None) -> VdomDict:
    app = use_app()
    typed = use_ref(_Typed()).current
    fine: Fault = ("", "")
    fault, set_fault = use_state(fine)
    busy, set_busy = use_state(False)

    async def change() -> None:
        found = _fault_before(app, typed)
        if found is None:
            set_busy(True)
            found = await _changed(app, typed)
            set_busy(False)
        if found is not None:
            set_fault(found)
            return
        app.toasts.show(app.t("account.changed"), icon="check")
        on_close()
        on_changed()

    where, words = fault
    return Sheet(
        app.t("account.change_password"),
        html.p({"className": "sheet-text"}, app.t("account.password_text")),
        _field(app, typed, "current", words if where == "current" else ""),
        _field(app, typed, "new", words if where == "new" else ""),
        ErrorBox(words, tone="warning", testid="password-trouble") if words and not where else None,
        on_close=on_close,
        testid="password-sheet",
        actions=Button(app.t("account.password_yes"), calling(change), wide=True, busy=busy, testid="password-yes"),
    )


def _field(app: App, typed: _Typed, name: Literal["current", "new"], error: str) -> VdomDict:
    def keep(text: str) -> None:
        setattr(typed, name, text)

    return TextField(
        app.t(f"account.{name}"),
        kind="password",
        on_change=keep,
        hint=app.t("account.rule", count=SHORTEST) if name == "new" else "",
        error=error,
        max_length=LONGEST,
        autocomplete=f"{name}-password",
        onward=True,
        reveal=True,
        testid=f"{name}-password",
        key=name,
    )


def _fault_before(app: App, typed: _Typed) -> Fault | None:
    """What can be told without the server."""
    if not typed.current:
        return "current", app.t("account.empty")
    if password_fault(typed.new, app.me.login if app.me else ""):
        return "new", app.t("account.rule", count=SHORTEST)
    return ("new", app.t("account.same")) if typed.new == typed.current else None


async def _changed(app: App, typed: _Typed) -> Fault | None:
    """None once the server took it, and this phone's lock was told."""
    pair = (typed.current, typed.new)
    app.device.send({"type": "prepare-lock", "password": typed.new})
    try:
        answer = await _ask(app, *pair)
        if typed.unanswered == pair and _code(answer) == "wrong_password":
            # The request whose answer was lost may have done it: then the new one is the current one by now.
            answer = await _ask(app, typed.new, typed.new)
    except Unreachable:
        typed.unanswered = pair
        return "", app.t("account.unanswered")
    if answer.status != 204:
        return _fault_after(app, answer)
    app.device.send({"type": "change-lock"})
    return None


async def _ask(app: App, current: str, new: str) -> Response:
    body = msgspec.json.encode({"current": current, "new": new})
    return await app.device.request("POST", "/api/session/password", body)


def _code(answer: Response) -> str:
    try:
        return msgspec.json.decode(answer.body, type=_Problem).code
    except msgspec.DecodeError:
        return ""


def _fault_after(app: App, answer: Response) -> Fault:
    code = _code(answer)
    if code == "wrong_password":
        return "current", app.t("account.wrong")
    if code == "password_rule":
        return "new", app.t("account.rule", count=SHORTEST)
    if code == "password_guessable":
        return "new", app.t("error.password_guessable")
    if answer.status == 429:
        return "", app.t("account.throttled", count=_minutes(answer.headers))
    return "", app.t("account.signed_out_text" if answer.status == 401 else "account.failed_text")


def _minutes(headers: Mapping[str, str]) -> int:
    """Until the server listens again."""
    seconds = headers.get("retry-after", "")
    return max(1, ceil(int(seconds) / 60)) if seconds.isdecimal() else 15
