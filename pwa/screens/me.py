"""The person: language, looks, signing out without losing anything, installing, what this app is."""

from collections.abc import Callable
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from i18n.translate import LOCALES
from offline.store import Unreachable
from offline.wire.commands import MeLocale
from pwa.components.basics import Card, Child, ErrorBox, Icon, Pieces, Row, calling
from pwa.components.fields import SegmentedFilter
from pwa.components.overlays import Confirm
from pwa.components.updating import UpdateButton
from pwa.context import App
from pwa.hooks import use_app, use_engine_version, use_files, use_settings, use_sync
from pwa.pictures import CHOICES
from pwa.screens.account.password import PasswordSheet
from pwa.screens.notices.inbox import letters, unread_text
from pwa.screens.notifications import NotificationsCard
from pwa.screens.page import Page

LANGUAGES = {"zh-CN": "中文", "en": "English"}


@component
def MeScreen() -> VdomDict:
    app = use_app()
    use_engine_version()
    use_settings()
    asking, ask = use_state("")
    return Page(
        app.t("tab.me"),
        _person(app),
        _settings(app),
        _install(app),
        NotificationsCard(),
        Account(ask),
        _about(app),
        _over(asking, lambda: ask("")),
        large=True,
        testid="me-screen",
    )


def _over(asking: str, close: Callable[[], Any]) -> Child:
    if asking == "password":
        return PasswordSheet(close, key=asking)
    return SignOutQuestion(asking, close, key=asking) if asking else None


def _person(app: App) -> VdomDict:
    me = app.me
    organisation = app.organisation(me.organisation) if me else None
    role = app.t(f"role.{me.role}") if me else ""
    place = app.name(organisation.name) if organisation else (app.name(app.brand.name) if app.brand else "")
    name = me.name if me else "…"
    return Card(
        Row(
            html.span({"className": "person-name", "dir": "auto"}, name),
            Pieces(role, place, me.login if me else ""),
            leading=html.span({"className": "avatar", "aria-hidden": "true"}, name[:1]),
        ),
        testid="person",
    )


def _settings(app: App) -> VdomDict:
    async def speak(locale: str) -> None:
        await app.choose_locale(locale)
        if app.me is not None and app.me.locale != locale:
            await app.engine.submit(MeLocale(locale="en" if locale == "en" else "zh-CN"))
            app.sync_now()

    languages = [(locale, LANGUAGES[locale]) for locale in LOCALES]
    themes = [(theme, app.t(f"me.theme.{theme or 'system'}")) for theme in ("", "light", "dark")]
    sizes = [(size, app.t(f"me.text_size.{size or 'normal'}")) for size in ("", "large")]
    return Card(
        _choice(
            app.t("me.language"),
            SegmentedFilter(languages, app.locale, speak, label=app.t("me.language"), testid="language"),
        ),
        _choice(
            app.t("me.theme.title"),
            SegmentedFilter(themes, app.theme, app.choose_theme, label=app.t("me.theme.title"), testid="theme"),
        ),
        _choice(
            app.t("me.text_size.title"),
            SegmentedFilter(
                sizes, app.text_size, app.choose_text_size, label=app.t("me.text_size.title"), testid="text-size"
            ),
        ),
        _pictures(app) if app.may("order.place") or app.may("count.make") else None,
        class_name="form-card",
    )


def _pictures(app: App) -> VdomDict:
    choices = [(choice, app.t(f"me.pictures.{choice or 'auto'}")) for choice in CHOICES]
    chosen = app.pictures.choice
    title = app.t("me.pictures.title")
    return _choice(
        title,
        SegmentedFilter(choices, chosen, app.choose_pictures, label=title, testid="pictures"),
        hint=app.t(f"me.pictures.{chosen or 'auto'}_hint"),
    )


def _choice(label: str, control: VdomDict, *, hint: str = "") -> VdomDict:
    told = html.span({"className": "muted small"}, hint) if hint else None
    return html.div({"className": "field", "key": label}, html.span({"className": "field-label"}, label), control, told)


def _install(app: App) -> Child:
    """iPhones install by hand only; say how."""
    if app.device.install != "ios":
        return None
    return Card(
        Row(app.t("me.install"), app.t("me.install_ios"), leading=Icon("share", size=22)),
        testid="install-hint",
    )


@component
def Account(ask: Callable[[str], Any]) -> VdomDict:
    app = use_app()
    files = use_files()
    held = use_sync(lambda status: status.pending + status.problems) + files.waiting + files.refused

    def row(name: str, icon: str, press: Any, detail: str = "", *, area: str = "me") -> VdomDict:
        return Row(
            app.t(f"{area}.{name}"),
            detail or None,
            leading=Icon(icon, size=22),
            on_press=press,
            chevron=True,
            testid=name,
            key=name,
        )

    return Card(
        row(
            "sync_centre",
            "refresh-cw",
            calling(app.router.navigate, "/sync"),
            app.t("me.waiting", count=held) if held else "",
        ),
        row("notices", "mail", calling(app.router.navigate, "/notices"), unread_text(app)) if letters(app) else None,
        row("lock", "lock", calling(lock, app, held), app.t("me.lock_hint")),
        row("change_password", "key-round", calling(ask, "password"), app.t("account.password_hint"), area="account"),
        row(
            "devices",
            "monitor-smartphone",
            calling(app.router.navigate, "/me/devices"),
            app.t("account.devices_hint"),
            area="account",
        ),
        row("sign_out", "log-out", calling(ask, "sign_out")),
    )


def lock(app: App, held: int) -> None:
    """The page asks for this person's password again and says whose phone it is and what waits on it."""
    name = app.me.name if app.me else ""
    app.device.send({"type": "sign-in-again", "lock": {"name": name, "waiting": held}})


@component
def SignOutQuestion(deed: str, close: Callable[[], Any]) -> VdomDict:
    """Says what waits and that it stays, before anybody leaves."""
    app = use_app()
    files = use_files()
    held = use_sync(lambda status: status.pending + status.problems) + files.waiting + files.refused

    async def go() -> None:
        close()
        await app.drafts.settled()
        if deed == "everywhere" and not await end_all_sessions(app):
            app.toasts.show(app.t("me.everywhere_offline"), tone="bad")
            return
        app.device.send({"type": "sign-out"})

    key = "waiting" if held else "nothing"
    return Confirm(
        app.t(f"me.{deed}_title"),
        app.t(f"me.sign_out_{key}", count=held),
        confirm=app.t(f"me.{deed}_yes"),
        on_confirm=go,
        on_cancel=close,
        danger=bool(held),
        testid="sign-out-question",
    )


async def end_all_sessions(app: App) -> bool:
    """Ends every session of this person at the server; needs the network."""
    try:
        answer = await app.device.request("DELETE", "/api/sessions")
    except Unreachable:
        return False
    return answer.status in {200, 204, 401}


def _about(app: App) -> VdomDict:
    lines = [app.t("me.about_text")]
    if app.device.version:
        lines.append(app.t("me.version", version=app.device.version))
    update: Child = None
    if app.update_ready:
        update = ErrorBox(app.t("update.ready"), app.t("update.ready_hint"), UpdateButton(app), tone="info")
    return html.div(
        {"className": "about"}, update, *(html.p({"className": "muted small", "key": line}, line) for line in lines)
    )
