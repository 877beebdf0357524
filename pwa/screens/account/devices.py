"""Where the person is signed in: each device in words, and a way to sign it out. The server knows, so this needs the
network."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any, Literal, NamedTuple

import msgspec
from reactpy import component, html, use_async_effect, use_state
from reactpy.types import VdomDict

from offline.store import Unreachable
from offline.wire.people import MOST_SESSIONS, SessionSummary
from pwa.components.basics import Badge, Button, Card, Child, EmptyState, ErrorBox, Icon, Row, Skeleton, calling
from pwa.components.overlays import Confirm
from pwa.context import App
from pwa.hooks import use_app
from pwa.screens.account.agents import Kind, agent_of
from pwa.screens.me import SignOutQuestion
from pwa.screens.page import Page

Trouble = Literal["", "away", "signed_out", "failed"]
ICONS: dict[Kind, str] = {
    "phone": "smartphone",
    "tablet": "tablet",
    "computer": "monitor",
    "program": "square-terminal",
}
# The server notes that a session is used once an hour.
_LATELY = timedelta(hours=1)


class SignedInDevice(NamedTuple):
    """``newest`` of the sessions that one browser opened: each time somebody unlocks it with a network is one."""

    newest: SessionSummary
    sessions: tuple[str, ...]
    here: bool


def devices_of(sessions: Iterable[SessionSummary]) -> tuple[SignedInDevice, ...]:
    """This one first, then by when they were last seen. Who names no device is one by each session."""
    by_device: dict[str, list[SessionSummary]] = {}
    for each in sorted(sessions, key=lambda each: (each.current, each.seen_at), reverse=True):
        by_device.setdefault(each.device or each.id, []).append(each)
    return tuple(
        SignedInDevice(held[0], tuple(each.id for each in held), held[0].current) for held in by_device.values()
    )


def device_name(app: App, agent_text: str) -> str:
    """``Android phone · Chrome``."""
    agent = agent_of(agent_text)
    if agent.kind == "program":
        return app.t("account.program", name=agent.program) if agent.program else app.t("account.unknown")
    system = app.t(f"account.system.{agent.system}") if agent.system else app.t("account.unknown")
    return f"{system} · {app.t(f'account.browser.{agent.browser}')}" if agent.browser else system


async def read_devices(app: App) -> tuple[tuple[SignedInDevice, ...] | None, Trouble]:
    """None, and why, where the server did not tell."""
    try:
        answer = await app.device.request("GET", "/api/sessions")
    except Unreachable:
        return None, "away"
    if answer.status != 200:
        return None, "signed_out" if answer.status == 401 else "failed"
    return devices_of(msgspec.json.decode(answer.body, type=tuple[SessionSummary, ...])), ""


async def end_device(app: App, device: SignedInDevice) -> Trouble:
    """Ends what it opened. What had ended already is no trouble."""
    for session_id in device.sessions:
        try:
            answer = await app.device.request("DELETE", f"/api/sessions/{session_id}")
        except Unreachable:
            return "away"
        if answer.status not in {204, 404}:
            return "signed_out" if answer.status == 401 else "failed"
    return ""


@component
def DevicesScreen() -> VdomDict:
    return Page(use_app().t("account.devices"), Devices(), back="/me", testid="devices-screen")


@component
def Devices(revision: int = 0) -> VdomDict:
    """The list with its states: on its way, nowhere to be had, and there; what goes wrong later keeps it. Another
    ``revision`` asks for it again."""
    app = use_app()
    unknown: tuple[SignedInDevice, ...] | None = None
    quiet: Trouble = ""
    nobody: SignedInDevice | str = ""
    devices, set_devices = use_state(unknown)
    trouble, set_trouble = use_state(quiet)
    asking, ask = use_state(nobody)
    leaving, set_leaving = use_state("")

    async def load() -> None:
        set_trouble("")
        found, why = await read_devices(app)
        set_trouble(why)
        if found is not None:
            set_devices(found)

    @use_async_effect(dependencies=[revision])
    async def first() -> None:
        await load()

    async def end(device: SignedInDevice) -> None:
        ask("")
        set_leaving(device.newest.id)
        why = await end_device(app, device)
        set_leaving("")
        if why:
            app.toasts.show(app.t(f"account.not_ended_{why}"), tone="bad", icon="circle-alert")
            return
        set_devices(lambda held: tuple(each for each in held or () if each.newest.id != device.newest.id))
        app.toasts.show(app.t("account.ended", device=device_name(app, device.newest.agent)), icon="check")

    if devices is None:
        shown = _without_list(app, trouble, load)
    else:
        rows = [_row(app, each, leaving, ask) for each in devices]
        shown = _list(app, rows, trouble, ask, load, ends=_ends_by_itself(app, devices))
    return html.div({"className": "account-devices"}, *shown, _question(asking, end, lambda: ask("")))


def _question(asking: SignedInDevice | str, end: Callable[[SignedInDevice], Any], close: Callable[[], Any]) -> Child:
    """A device, or what ``SignOutQuestion`` knows."""
    if isinstance(asking, SignedInDevice):
        return EndQuestion(asking, end, close, key=asking.newest.id)
    return SignOutQuestion(asking, close, key=f"leave-{asking}") if asking else None


def _without_list(app: App, trouble: Trouble, load: Callable[[], Any]) -> Sequence[Child]:
    if not trouble:
        return (Card(Skeleton("line", 6), key="bones"),)
    again = Button(app.t("account.again"), calling(load), kind="secondary", icon="refresh-cw", testid="devices-again")
    icon = "cloud-off" if trouble == "away" else "circle-alert"
    title, text = app.t(f"account.{trouble}"), app.t(f"account.{trouble}_text")
    return (EmptyState(icon, title, text, again, testid="devices-away"),)


def _list(
    app: App,
    rows: Sequence[VdomDict],
    trouble: Trouble,
    ask: Callable[[SignedInDevice | str], Any],
    load: Callable[[], Any],
    *,
    ends: str,
) -> Sequence[Child]:
    again = Button(app.t("account.again"), calling(load), kind="secondary", small=True, testid="devices-again")
    return (
        ErrorBox(app.t(f"account.{trouble}"), app.t(f"account.{trouble}_text"), again, tone="warning")
        if trouble
        else None,
        Card(*rows, testid="devices", key="devices"),
        html.p({"className": "muted small", "key": "hint"}, app.t("account.hint")),
        html.p({"className": "muted small", "key": "ends"}, ends) if ends else None,
        Button(
            app.t("me.sign_out_everywhere"),
            calling(ask, "everywhere"),
            kind="secondary",
            icon="monitor-smartphone",
            wide=True,
            testid="sign_out_everywhere",
            key="everywhere",
        ),
    )


def _ends_by_itself(app: App, devices: Sequence[SignedInDevice]) -> str:
    """After how many days without use: the server's say. Empty where it says none."""
    for newest in (device.newest for device in devices):
        if newest.expires_at is not None:
            return app.t("account.ends", count=(newest.expires_at - newest.seen_at).days, most=MOST_SESSIONS)
    return ""


def _row(app: App, device: SignedInDevice, leaving: str, ask: Callable[[SignedInDevice | str], Any]) -> VdomDict:
    newest = device.newest
    end = Button(
        app.t("me.sign_out"),
        calling(ask, "sign_out" if device.here else device),
        kind="secondary",
        small=True,
        busy=leaving == newest.id,
        testid=f"end-{newest.id}",
    )
    name = device_name(app, newest.agent)
    title = html.span(
        {"className": "account-device"}, name, Badge(app.t("account.here"), "accent") if device.here else None
    )
    return Row(
        title,
        html.span(
            {"className": "account-facts"},
            html.span(_seen(app, device)),
            html.span({"dir": "ltr", "className": "number"}, newest.address) if newest.address else None,
        ),
        leading=Icon(ICONS[agent_of(newest.agent).kind], size=22),
        trailing=end,
        testid=f"device-{newest.id}",
        key=newest.id,
        data={"here": str(device.here).lower()},
    )


def _seen(app: App, device: SignedInDevice) -> str:
    if device.here:
        return app.t("account.now")
    if app.now() - device.newest.seen_at < _LATELY:
        return app.t("account.lately")
    return app.t("account.seen", ago=app.format.ago(device.newest.seen_at, app.now()))


@component
def EndQuestion(
    device: SignedInDevice, on_yes: Callable[[SignedInDevice], Any], on_close: Callable[[], Any]
) -> VdomDict:
    app = use_app()
    return Confirm(
        app.t("account.end_title", device=device_name(app, device.newest.agent)),
        app.t("account.end_text"),
        confirm=app.t("account.end_yes"),
        on_confirm=lambda: on_yes(device),
        on_cancel=on_close,
        testid="end-question",
    )
