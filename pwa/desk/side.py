"""The desk's side bar: where one can go, what waits there, who is signed in and how sync stands.

A slice adds its ``Item`` to a group of ``GROUPS``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.engine import SyncStatus
from offline.wire.learning import CourseAttempt
from pwa.components.basics import Child, Icon, attributes, calling, classes
from pwa.components.frame import SyncBadge
from pwa.desk.claims.screen import waiting as claims_waiting
from pwa.desk.counts.screen import counts_waiting
from pwa.desk.notices.screen import unread_here
from pwa.desk.orders.tabs import counts
from pwa.desk.parts import link
from pwa.desk.state import DeskState, use_desk
from pwa.desk.visits.reading import proposals
from pwa.desk.words import Words
from pwa.hooks import use_engine_version, use_sync
from pwa.screens.me import SignOutQuestion


@dataclass(frozen=True)
class Item:
    """``name`` is the section of the path, ``/desk/<name>``, and its text ``desk.nav.<name>``; ``permission``: who
    sees it ("" = everybody at the desk); ``waiting``: how much waits there for a person."""

    name: str
    icon: str
    permission: str = ""
    waiting: Callable[[DeskState], int] | None = None


@dataclass(frozen=True)
class Group:
    """Its title is ``desk.nav.group.<name>``; without a name it has none."""

    name: str
    items: tuple[Item, ...]


def _orders_waiting(desk: DeskState) -> int:
    how_many = counts(desk.reads)
    return how_many["to_approve"] + how_many["over_credit"]


def _problems(desk: DeskState) -> int:
    return desk.app.engine.status.problems


def _attempts_aside(desk: DeskState) -> int:
    rows = desk.app.engine.replica.all("course_attempt")
    return sum(isinstance(row, CourseAttempt) and row.status == "set_aside" for row in rows)


GROUPS = (
    Group("", (Item("overview", "layout-dashboard", "order.see_all"),)),
    Group(
        "selling",
        (
            Item("orders", "clipboard-list", "order.see_all", _orders_waiting),
            Item("products", "package", "order.see_all"),
            Item("price-lists", "tag", "price.see"),
            Item("promotions", "ticket-percent", "order.see_all"),
            Item("stock", "warehouse", "stock.see"),
        ),
    ),
    Group(
        "money",
        (
            Item("claims", "receipt-text", "claim.review", claims_waiting),
            Item("funds", "hand-coins", "fund.manage"),
        ),
    ),
    Group(
        "partners",
        (
            Item("customers", "store", "order.see_all"),
            Item("counts", "clipboard-check", "count.decide", counts_waiting),
            Item("visits", "map-pin-check", "visit.see_all", lambda desk: len(proposals(desk))),
            Item("notices", "megaphone", "", unread_here),
            Item("courses", "graduation-cap", "course.results", _attempts_aside),
        ),
    ),
    # The last ones need no title: who looks for them knows them, and all of it is to fit without scrolling.
    Group(
        "",
        (
            Item("sync", "refresh-cw", "", _problems),
            Item("people", "users", "user.admin"),
            Item("jobs", "list-restart", "job.admin"),
        ),
    ),
)


@component
def SideBar(current: str) -> VdomDict:
    """Where one can go, with what waits there; the person and the state of sync at the bottom."""
    use_engine_version()
    use_sync(lambda status: status.problems)  # as the items count them
    desk = use_desk()
    words = desk.words()
    leaving, set_leaving = use_state(False)
    brand = desk.reads.brand
    return html.nav(
        {"className": "side", "aria-label": words("nav.label")},
        html.div(
            {"className": "side-brand"},
            html.span({"className": "side-mark", "aria-hidden": "true"}, "渠"),
            html.span({"className": "side-text side-name"}, words.name(brand.name) if brand else "Qudao"),
        ),
        html.div(
            {"className": "side-items"},
            *(_group(desk, words, group, current) for group in GROUPS),
        ),
        html.div(
            {"className": "side-foot"},
            html.div({"className": "side-state"}, LiveBadge(), _clock(desk, words)),
            _person(desk, words, current, lambda: set_leaving(True)),
        ),
        SignOutQuestion("sign_out", lambda: set_leaving(False)) if leaving else None,
    )


def _clock(desk: DeskState, words: Words) -> Child:
    """Whose times are shown, to who sits in another time zone."""
    zone = desk.elsewhere
    if not zone:
        return None
    note = words("clock.brand", zone=zone)
    return html.div(
        attributes("side-clock", "brand-clock", "clock", {"title": note}),
        Icon("clock", size=16),
        html.span({"className": "side-text"}, words("clock.zone", city=zone.rpartition("/")[2].replace("_", " "))),
    )


def _group(desk: DeskState, words: Words, group: Group, current: str) -> Child:
    shown = [item for item in group.items if not item.permission or desk.reads.may(item.permission)]
    if not shown:
        return None
    title = html.div({"className": "side-title side-text"}, words(f"nav.group.{group.name}")) if group.name else None
    items = (_item(desk, item, current=item.name == current) for item in shown)
    return html.div({"className": "side-group", "key": shown[0].name}, title, *items)


def _item(desk: DeskState, item: Item, *, current: bool) -> VdomDict:
    name, to = item.name, f"/desk/{item.name}" if item.name != "overview" else "/desk"
    count = item.waiting(desk) if item.waiting else 0
    label = desk.words()(f"nav.{name}")
    more: dict[str, Any] = {"key": name, "title": label}
    if current:
        more["aria-current"] = "page"
    badge = html.span({"className": "side-count number"}, str(count)) if count else None
    style = classes("side-item", current and "side-current")
    text = html.span({"className": "side-text"}, label)
    return link(desk, to, Icon(item.icon, size=20), text, badge, class_name=style, testid=f"nav-{name}", **more)


@component
def LiveBadge() -> VdomDict:
    """How sync stands, always in sight; a click opens what waits."""
    desk = use_desk()
    state, text, pending = use_sync(lambda status: (status.state, _badge_text(desk.words(), status), status.pending))
    return SyncBadge(state, text, pending, href="/desk/sync", on_press=lambda _event: desk.go("/desk/sync"))


def _badge_text(words: Words, status: SyncStatus) -> str:
    count = status.problems if status.state == "problem" else status.pending
    if status.needs:
        return words(f"sync.needs.{status.needs}")
    if status.progress is not None:
        return words("sync.badge.loading", percent=int(status.progress * 100))
    if status.state == "pending" and not count:
        return words("sync.badge.arriving" if status.arriving else "sync.badge.first")
    if status.state == "offline" and count:
        return words("sync.badge.offline_pending", count=count)
    return words(f"sync.badge.{status.state}", count=count)


def _person(desk: DeskState, words: Words, current: str, sign_out: Callable[[], None]) -> VdomDict:
    """Who is signed in, with the way to their account, and what they set for themselves."""
    app = desk.app

    async def speak(locale: str) -> None:
        # Another language mounts the desk anew; what is being typed would be gone.
        if desk.unsaved:
            app.toasts.show(words("unsaved.note"), icon="pencil")
        else:
            await app.choose_locale(locale)

    other = "en" if app.locale == "zh-CN" else "zh-CN"
    other_theme = "light" if app.dark else "dark"
    return html.div(
        {"className": "side-person"},
        _account(desk, words, on_it=current == "account"),
        html.div(
            {"className": "side-buttons"},
            _small("languages", words("person.language"), calling(speak, other), "desk-language"),
            _small(
                "sun" if app.dark else "moon",
                words(f"person.{other_theme}"),
                calling(app.choose_theme, other_theme),
                "desk-theme",
            ),
            _small("log-out", words("person.sign_out"), calling(sign_out), "desk-sign-out"),
        ),
    )


def _account(desk: DeskState, words: Words, *, on_it: bool) -> VdomDict:
    me = desk.reads.me
    return link(
        desk,
        "/desk/account",
        Icon("user-round", size=20, class_name="side-self"),
        html.span(
            {"className": "side-who side-text"},
            html.strong(me.name if me else ""),
            html.span({"className": "faint"}, words(f"role.{me.role}") if me else ""),
        ),
        class_name=classes("side-account", on_it and "side-current"),
        testid="desk-account-open",
        title=words("account.open"),
        **({"aria-current": "page"} if on_it else {}),
    )


def _small(icon: str, label: str, on_press: Callable[..., Any], testid: str) -> VdomDict:
    more = {"type": "button", "aria-label": label, "title": label, "onClick": on_press}
    return html.button(attributes("side-button", testid, label, more), Icon(icon, size=18))
