"""The desk: head office's screens from 1024 px. Side bar, the screen of the path, and what lies over them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from reactpy import component, html, use_effect, use_memo, use_state
from reactpy.types import VdomDict

from pwa.components.basics import Child
from pwa.components.overlays import Confirm
from pwa.desk.account import AccountScreen
from pwa.desk.claims.screen import ACTIVITIES, ClaimsScreen
from pwa.desk.counts.screen import CountsScreen
from pwa.desk.courses.screen import CoursesScreen
from pwa.desk.customers.screen import CustomersScreen
from pwa.desk.funds.screen import FundsScreen
from pwa.desk.imports.kinds import LISTS
from pwa.desk.imports.screen import ImportScreen
from pwa.desk.jobs import JobsScreen
from pwa.desk.notices.screen import NoticesScreen
from pwa.desk.orders.screen import OrdersScreen
from pwa.desk.overview import OverviewScreen
from pwa.desk.people.screen import PeopleScreen
from pwa.desk.price_lists.screen import PriceListsScreen
from pwa.desk.problems import ProblemsScreen
from pwa.desk.product_tabs import TABS
from pwa.desk.products.screen import ProductsScreen
from pwa.desk.promotions.screen import PromotionsScreen
from pwa.desk.ranges.screen import AssortmentsScreen
from pwa.desk.side import SideBar
from pwa.desk.state import DeskContext, DeskState, use_desk
from pwa.desk.stock import StockScreen
from pwa.desk.tree.screen import CategoriesScreen
from pwa.desk.visits.screen import VisitsScreen
from pwa.hooks import use_app, use_settings
from pwa.router import use_path

SCREENS = {
    "claims": ClaimsScreen,
    "funds": FundsScreen,
    "orders": OrdersScreen,
    "products": ProductsScreen,
    "categories": CategoriesScreen,
    "assortments": AssortmentsScreen,
    "price-lists": PriceListsScreen,
    "promotions": PromotionsScreen,
    "customers": CustomersScreen,
    "stock": StockScreen,
    "counts": CountsScreen,
    "notices": NoticesScreen,
    "jobs": JobsScreen,
    "imports": ImportScreen,
    "courses": CoursesScreen,
    "visits": VisitsScreen,
    "people": PeopleScreen,
    "account": AccountScreen,
}


@dataclass(frozen=True)
class Place:
    """``/desk/orders/018f...?tab=all`` taken apart."""

    section: str
    row_id: str
    query: Mapping[str, str]


def place_of(path: str) -> Place:
    """Any path: an order's, a claim's, an activity's, a notice's, the sync centre's or the person's own address from a
    phone leads to the same thing here, any other that is not the desk's to the overview."""
    parts = urlsplit(path)
    names = [unquote(name) for name in parts.path.split("/") if name]
    if names[:1] == ["desk"]:
        names = names[1:]
    elif names[:1] == ["me"]:
        names = ["account"]
    elif names[:1] == ["activities"]:
        return Place("claims", "".join(names[1:2]), {"filter": ACTIVITIES})
    elif names[:1] not in (["orders"], ["claims"], ["sync"], ["notices"]):
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
        if listening := desk.keys_on_top or desk.keys:
            listening[-1](key)

    def leave() -> None:
        set_asking("")
        desk.leave(asking)

    return html.div(
        {"className": "desk-root"},
        DeskContext(
            html.q_desk(
                {"className": "desk", "press": pressed, "config": {"unsaved": False}},
                html.a({"className": "skip-link", "href": "#desk-main"}, desk.words()("skip")),
                SideBar(_side(desk, place_of(path)), key="side"),
                Section(path, key="section"),
                LeaveQuestion(asking, leave, lambda: set_asking(""), key="leave"),
            ),
            value=desk,
        ),
    )


def _current(desk: DeskState, section: str) -> str:
    """Who trains has no orders to look over: their first screen is the courses."""
    return "courses" if section == "overview" and not desk.reads.may("order.see_all") else section


def _side(desk: DeskState, place: Place) -> str:
    """The item of the side bar that leads to a place."""
    if place.section == "imports":
        return place_of(LISTS.get(place.row_id, "/desk/products")).section
    section = _current(desk, place.section)
    return "products" if section in TABS else section


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
    if _current(desk, "overview") == "courses":
        return CoursesScreen("", {}, key="courses")
    return OverviewScreen(key="overview")
