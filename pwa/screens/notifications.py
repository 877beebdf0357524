"""Notifications: offered once there is something to hear about, switched in Me, with hours in which they wait.

The buttons that switch them carry ``data-push``: the page hears the press itself, because a browser asks for the
permission only inside one.
"""

from collections.abc import Callable

import msgspec
from reactpy import component, html, use_async_effect, use_effect, use_state
from reactpy.types import VdomDict

from offline.store import Unreachable
from pwa.components.basics import Button, Card, Child, Icon, Row
from pwa.components.fields import SegmentedFilter
from pwa.context import App
from pwa.hooks import use_app, use_engine_version

LONG = "20:00-09:00"
NONE = "none"
_CHOICES = (("", "brand"), (LONG, "long"), (NONE, "none"))


def use_push() -> str:
    """How notifications stand on this device; the component renders again when that changes."""
    app = use_app()
    shown, set_shown = use_state(lambda: app.push)

    @use_effect(dependencies=[])
    def follow() -> Callable[[], None]:
        set_shown(app.push)
        return app.listen(lambda: set_shown(app.push))

    return shown


@component
def NotificationsOffer() -> Child:
    """A card on the first screen, until it is answered: from the first order, notice or course on, and not before."""
    app = use_app()
    state = use_push()
    use_engine_version()
    answered, set_answered = use_state(app.push_answered)

    async def later(_event: object) -> None:
        set_answered(True)
        await app.answer_push()

    if answered or state not in {"off", "install"} or not _has_news(app):
        return html.span({"hidden": True})
    install = state == "install"
    about = "install" if install else "text" if app.may("order.place") else "staff"
    on = Button(app.t("notifications.offer_on"), kind="secondary", testid="push-on", data={"push": "on"}, key="on")
    label = app.t("notifications.offer_known" if install else "notifications.offer_later")
    return Card(
        html.div(
            {"className": "push-offer"},
            html.span({"className": "push-offer-icon", "aria-hidden": "true"}, Icon("bell-ring", size=24)),
            html.div(
                {"className": "push-offer-words"},
                html.h2({"className": "card-title"}, app.t("notifications.offer")),
                html.p({"className": "muted small"}, app.t(f"notifications.offer_{about}")),
            ),
        ),
        html.div(
            {"className": "button-row"},
            Button(label, later, kind="plain", testid="push-later", key="later"),
            None if install else on,
        ),
        class_name="push-card",
        testid="push-offer",
    )


def _has_news(app: App) -> bool:
    replica = app.engine.replica
    return bool(replica.orders(limit=1)) or any(True for kind in ("notice", "course") for _ in replica.all(kind))


@component
def NotificationsCard() -> Child:
    """In Me: how they stand, a switch, quiet hours."""
    app = use_app()
    state = use_push()
    if not state:
        return html.span({"hidden": True})
    switch: Child = None
    if state == "on":
        switch = _switch(app, "off", "secondary")
    elif state == "off":
        switch = _switch(app, "on", "primary")
    icon = Icon("bell-ring" if state == "on" else "bell-off", size=22)
    row = Row(
        app.t("notifications.title"),
        app.t(f"notifications.{state}"),
        leading=icon,
        trailing=switch,
        testid="notifications",
        data={"state": state},
    )
    return Card(row, QuietHours() if state == "on" else None, class_name="push-me", testid="notifications-card")


def _switch(app: App, to: str, kind: str) -> VdomDict:
    return Button(
        app.t(f"notifications.switch_{to}"),
        kind="primary" if kind == "primary" else "secondary",
        small=True,
        testid=f"push-{to}",
        data={"push": to},
        key=to,
    )


class _Settings(msgspec.Struct, frozen=True):
    quiet_hours: str
    brand_quiet_hours: str


@component
def QuietHours() -> Child:
    """The brand's, longer ones, none, or what was chosen elsewhere. They are the server's: it needs the network."""
    app = use_app()
    nothing: _Settings | None = None
    settings, set_settings = use_state(nothing)

    @use_async_effect(dependencies=[])
    async def ask() -> None:
        try:
            answer = await app.device.request("GET", "/api/push/settings")
        except Unreachable:
            return
        if answer.status == 200:
            set_settings(msgspec.json.decode(answer.body, type=_Settings))

    async def choose(hours: str) -> None:
        body = msgspec.json.encode({"quiet_hours": hours})
        try:
            answer = await app.device.request("PUT", "/api/push/settings", body)
        except Unreachable:
            app.toasts.show(app.t("notifications.quiet_failed"), tone="bad")
            return
        if answer.status == 204 and settings is not None:
            set_settings(msgspec.structs.replace(settings, quiet_hours=hours))

    if settings is None:
        return html.span({"hidden": True})
    options = [(hours, app.t(f"notifications.quiet_{name}")) for hours, name in _CHOICES]
    if settings.quiet_hours not in {hours for hours, _ in _CHOICES}:
        options.append((settings.quiet_hours, app.t("notifications.quiet_own")))
    now = settings.quiet_hours or settings.brand_quiet_hours
    label = app.t("notifications.quiet")
    hint = app.t("notifications.quiet_never") if now == NONE else app.t("notifications.quiet_hint", hours=_hours(now))
    return html.div(
        {"className": "field"},
        html.span({"className": "field-label"}, label),
        SegmentedFilter(options, settings.quiet_hours, choose, label=label, testid="quiet-hours"),
        html.p({"className": "field-note", "data-testid": "quiet-now"}, hint),
    )


def _hours(text: str) -> str:
    return text.replace("-", "–")
