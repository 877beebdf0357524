"""The desk: head office's screens from 1024 px. Side bar, the screen of the path, and what lies over them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from reactpy import component, html, use_effect, use_memo, use_state
from reactpy.types import VdomDict

from offline.engine import SyncStatus
from pwa.components.basics import Child, Icon, attributes, calling, classes
from pwa.components.frame import SyncBadge
from pwa.components.overlays import Confirm
from pwa.context import use_app, use_engine_version, use_settings, use_sync_status
from pwa.desk.customers.screen import CustomersScreen
from pwa.desk.orders.screen import OrdersScreen
from pwa.desk.orders.tabs import counts
from pwa.desk.overview import OverviewScreen
from pwa.desk.parts import link
from pwa.desk.price_lists.screen import PriceListsScreen
from pwa.desk.problems import ProblemsScreen
from pwa.desk.products.screen import ProductsScreen
from pwa.desk.promotions.screen import PromotionsScreen
from pwa.desk.state import DeskContext, DeskState, use_desk
from pwa.desk.stock import StockScreen
from pwa.desk.words import Words
from pwa.router import use_path
from pwa.screens.me import SignOutQuestion

SCREENS = {
    "orders": OrdersScreen,
    "products": ProductsScreen,
    "price-lists": PriceListsScreen,
    "promotions": PromotionsScreen,
    "customers": CustomersScreen,
    "stock": StockScreen,
}


@dataclass(frozen=True)
class Place:
    """``/desk/orders/018f...?tab=all`` taken apart."""

    section: str
    row_id: str
    query: Mapping[str, str]


def place_of(path: str) -> Place:
    """Any path: an order's or the sync centre's address from a phone leads to the same thing here, any other that is
    not the desk's to the overview."""
    parts = urlsplit(path)
    names = [unquote(name) for name in parts.path.split("/") if name]
    if names[:1] == ["desk"]:
        names = names[1:]
    elif names[:1] not in (["orders"], ["sync"]):
        names = []
    section, row_id, *_ = *names, "", ""
    return Place(section or "overview", row_id, dict(parse_qsl(parts.query)))


@component
def Desk() -> VdomDict:
    """Mounted from 1024 px for people who see all orders. Needs ``AppContext`` and ``RouterContext`` above it."""
    app = use_app()
    use_settings()
    path = use_path()
    desk = use_memo(lambda: DeskState(app), dependencies=[id(app.engine)])
    asking, set_asking = use_state("")
    desk.ask = set_asking

    def pressed(key: str) -> None:
        if desk.keys:
            desk.keys[-1](key)

    def leave() -> None:
        set_asking("")
        desk.leave(asking)

    return html.div(
        {"className": "desk-root"},
        DeskContext(
            html.q_desk(
                {"className": "desk", "press": pressed, "config": {"unsaved": False}},
                html.a({"className": "skip-link", "href": "#desk-main"}, desk.words()("skip")),
                SideBar(place_of(path).section, key="side"),
                Section(path, key="section"),
                LeaveQuestion(asking, leave, lambda: set_asking(""), key="leave"),
            ),
            value=desk,
        ),
    )


@component
def LeaveQuestion(path: str, on_leave: Any, on_stay: Any) -> Child:
    words = use_desk().words()
    if not path:
        return html.span({"hidden": True})
    return Confirm(
        words("unsaved.title"),
        words("unsaved.text"),
        confirm=words("unsaved.leave"),
        on_confirm=on_leave,
        on_cancel=on_stay,
        danger=True,
        testid="leave",
    )


@component
def Section(path: str) -> Any:
    """The screen of the path."""
    desk = use_desk()
    place = place_of(path)
    title = desk.words()(f"nav.{place.section if place.section in (*SCREENS, 'sync') else 'overview'}")

    @use_effect(dependencies=[title])
    def tell() -> None:
        desk.app.device.send({"type": "title", "text": f"{title} · Qudao"})

    if place.section in SCREENS:
        return SCREENS[place.section](place.row_id, place.query, key=place.section)
    if place.section == "sync":
        return ProblemsScreen(key="sync")
    return OverviewScreen(key="overview")


_ITEMS = (
    ("overview", "layout-dashboard", "/desk", ""),
    ("orders", "clipboard-list", "/desk/orders", "order.see_all"),
    ("products", "package", "/desk/products", ""),
    ("price-lists", "tag", "/desk/price-lists", "price.see"),
    ("promotions", "ticket-percent", "/desk/promotions", ""),
    ("customers", "store", "/desk/customers", "organisation.see"),
    ("stock", "warehouse", "/desk/stock", "stock.see"),
    ("sync", "refresh-cw", "/desk/sync", ""),
)


@component
def SideBar(current: str) -> VdomDict:
    """Where one can go, with what waits there; the person and the state of sync at the bottom."""
    use_engine_version()
    status = use_sync_status()
    desk = use_desk()
    words = desk.words()
    leaving, set_leaving = use_state(False)
    how_many = counts(desk.reads)
    waiting = {"orders": how_many["to_approve"] + how_many["over_credit"], "sync": status.problems}
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
            *(
                _item(desk, name, icon, to, current=name == current, count=waiting.get(name, 0))
                for name, icon, to, permission in _ITEMS
                if not permission or desk.reads.may(permission)
            ),
        ),
        html.div(
            {"className": "side-foot"},
            _sync_badge(desk, words, status),
            _person(desk, words, lambda: set_leaving(True)),
        ),
        SignOutQuestion("sign_out", lambda: set_leaving(False)) if leaving else None,
    )


def _item(desk: DeskState, name: str, icon: str, to: str, *, current: bool, count: int) -> VdomDict:
    label = desk.words()(f"nav.{name}")
    more: dict[str, Any] = {"key": name, "title": label}
    if current:
        more["aria-current"] = "page"
    badge = html.span({"className": "side-count number"}, str(count)) if count else None
    style = classes("side-item", current and "side-current")
    text = html.span({"className": "side-text"}, label)
    return link(desk, to, Icon(icon, size=20), text, badge, class_name=style, testid=f"nav-{name}", **more)


def _sync_badge(desk: DeskState, words: Words, status: SyncStatus) -> VdomDict:
    count = status.problems if status.state == "problem" else status.pending
    if status.needs:
        text = words(f"sync.needs.{status.needs}")
    elif status.progress is not None:
        text = words("sync.badge.loading", percent=int(status.progress * 100))
    elif status.state == "pending" and not count:
        text = words("sync.badge.first")
    elif status.state == "offline" and count:
        text = words("sync.badge.offline_pending", count=count)
    else:
        text = words(f"sync.badge.{status.state}", count=count)
    return SyncBadge(
        status.state, text, status.pending, href="/desk/sync", on_press=lambda _event: desk.go("/desk/sync")
    )


def _person(desk: DeskState, words: Words, sign_out: Callable[[], None]) -> VdomDict:
    me = desk.reads.me
    app = desk.app

    async def speak(locale: str) -> None:
        # Another language mounts the desk anew; what is being typed would be gone.
        if desk.unsaved:
            desk.app.toasts.show(words("unsaved.note"), icon="pencil")
        else:
            await app.choose_locale(locale)

    other = "en" if app.locale == "zh-CN" else "zh-CN"
    dark = "light" if app.theme == "dark" else "dark"
    buttons = (
        ("languages", words("person.language"), calling(speak, other), "desk-language"),
        ("moon" if dark == "dark" else "sun", words(f"person.{dark}"), calling(app.choose_theme, dark), "desk-theme"),
        ("log-out", words("person.sign_out"), calling(sign_out), "desk-sign-out"),
    )
    return html.div(
        {"className": "side-person"},
        html.div(
            {"className": "side-who side-text"},
            html.strong(me.name if me else ""),
            html.span({"className": "faint"}, words(f"role.{me.role}") if me else ""),
        ),
        html.div(
            {"className": "side-buttons"},
            *(
                html.button(
                    attributes(
                        "side-button",
                        testid,
                        label,
                        {"type": "button", "aria-label": label, "title": label, "onClick": press},
                    ),
                    Icon(icon, size=18),
                )
                for icon, label, press, testid in buttons
            ),
        ),
    )
