"""The app's root: which screen an address means, the bar at the bottom, notices above everything.

The runtime gives it the router, the toasts and the ``App`` as contexts (``pwa/browser/main.py``)."""

import inspect
from collections.abc import Callable
from typing import Any

from reactpy import component, html, use_effect, use_memo
from reactpy.types import Component, ContextProvider, VdomDict

from pwa.components.basics import Button, Child, calling
from pwa.components.frame import AppFrame, NoticeBar, Tab, TabBar
from pwa.components.labels import LABELS, LabelsContext
from pwa.components.overlays import ToastHost
from pwa.components.updating import UpdateButton
from pwa.context import App as Application
from pwa.desk.app import Desk
from pwa.hooks import use_app, use_at_desk, use_engine_version, use_settings, use_sync
from pwa.router import Route, resolve, use_path
from pwa.screens.account.devices import DevicesScreen
from pwa.screens.claims.activity import ActivityScreen
from pwa.screens.claims.applying import ApplyScreen
from pwa.screens.claims.claim import ClaimScreen
from pwa.screens.claims.filing import ClaimAmendScreen, ClaimFileScreen
from pwa.screens.claims.funds import FundsScreen
from pwa.screens.counts.screen import CountScreen, NewCount
from pwa.screens.customers import CustomerScreen, buyer_of
from pwa.screens.home.screen import HomeScreen
from pwa.screens.learning.course import CourseScreen
from pwa.screens.learning.player import PlayerScreen
from pwa.screens.learning.screen import LearnScreen, has_courses, open_courses
from pwa.screens.me import MeScreen
from pwa.screens.notices.courier import NoticeCourier
from pwa.screens.notices.screens import NoticeScreen, NoticesScreen
from pwa.screens.order_detail import OrderDetail
from pwa.screens.ordering.review import ReviewScreen
from pwa.screens.ordering.screen import OrderScreen
from pwa.screens.orders import OrdersScreen
from pwa.screens.pictures import PictureCourier
from pwa.screens.sync_centre import SyncCentre, clock_fault
from pwa.screens.tasks import TasksScreen, has_tasks, open_tasks
from pwa.screens.visits.adding import AddVisitScreen
from pwa.screens.visits.screen import VisitScreen
from pwa.visiting import under_way

Render = Callable[..., Component]


def _page(screen: Callable[..., Component], *keyed: str) -> Render:
    """Gives a screen the parameters it knows; what else stands in the query is none of its business. ``keyed`` names
    those whose change makes it another screen."""
    known = set(inspect.signature(screen).parameters)

    def render(**parameters: str) -> Component:
        given = {name: value for name, value in parameters.items() if name in known}
        name = "/".join((screen.__name__, *(given.get(each, "") for each in keyed)))
        return screen(**given, key=name)

    return render


ROUTES = [
    Route("/", _page(HomeScreen)),
    Route("/order", _page(CustomerScreen)),
    Route("/order/{organisation_id}", _page(OrderScreen, "organisation_id", "draft")),
    Route("/order/{organisation_id}/review", _page(ReviewScreen, "organisation_id", "draft")),
    Route("/orders", _page(OrdersScreen, "filter", "organisation")),
    Route("/orders/{order_id}", _page(OrderDetail, "order_id")),
    Route("/claims", _page(FundsScreen)),
    Route("/claims/apply/{allocation_id}", _page(ApplyScreen, "allocation_id")),
    Route("/claims/{claim_id}", _page(ClaimScreen, "claim_id")),
    Route("/claims/{claim_id}/amend", _page(ClaimAmendScreen, "claim_id")),
    Route("/activities/{activity_id}", _page(ActivityScreen, "activity_id")),
    Route("/activities/{activity_id}/claim", _page(ClaimFileScreen, "activity_id")),
    Route("/notices", _page(NoticesScreen, "filter")),
    Route("/notices/{notice_id}", _page(NoticeScreen, "notice_id")),
    Route("/counts/new", _page(NewCount, "organisation", "draft")),
    Route("/counts/{count_id}", _page(CountScreen, "count_id")),
    Route("/tasks", _page(TasksScreen)),
    Route("/learn", _page(LearnScreen)),
    Route("/learn/{course_id}", _page(CourseScreen, "course_id")),
    Route("/learn/{course_id}/take", _page(PlayerScreen, "course_id")),
    Route("/visits/new", _page(AddVisitScreen)),
    Route("/visits/{visit_id}", _page(VisitScreen, "visit_id")),
    Route("/sync", _page(SyncCentre)),
    Route("/me", _page(MeScreen)),
    Route("/me/devices", _page(DevicesScreen)),
]


def screen_of(app: Application, path: str) -> Component:
    """The screen of an address; the home screen for one that means nothing. Who buys for one shop has nothing to
    choose: "order" is the shop's own order."""
    found = resolve(ROUTES, path)
    if found is None:
        return HomeScreen(key="HomeScreen")
    route, parameters = found
    own = buyer_of(app) if route.pattern == "/order" else None
    if own is not None:
        parameters = {**parameters, "organisation_id": own}
        route = next(each for each in ROUTES if each.pattern == "/order/{organisation_id}")
    rendered: Component = route.render(**parameters)
    return rendered


def current_tab(path: str) -> str:
    if path.startswith("/order"):
        return "order"
    if path.startswith(("/tasks", "/visits", "/counts")):
        return "tasks"
    if path.startswith("/learn"):
        return "learn"
    return "me" if path.startswith(("/me", "/sync")) else "home"


@component
def App() -> ContextProvider[Any]:
    app = use_app()
    use_settings()

    @use_effect(dependencies=[])
    def resume() -> None:
        """An app that was killed on a visit comes back into it."""
        visit = under_way(app) if app.router.path == "/" and not app.wide else None
        if visit is not None:
            app.router.navigate(f"/visits/{visit.id}")

    return LabelsContext(Shell(), value=LABELS.get(app.locale, LABELS["en"]))


@component
def Shell() -> VdomDict:
    app = use_app()
    locale, _theme, size, *_others = use_settings()
    path = use_path()
    at_desk = use_at_desk()

    @use_effect(dependencies=[locale, at_desk])
    def name_page() -> None:
        if not at_desk:  # the desk names its own screens
            app.device.send({"type": "title", "text": app.t("app.name")})

    about = {"className": f"text-{size or 'normal'}", "lang": locale}
    if at_desk:
        return html.div(about, Notice(), Desk(key=locale), ToastHost(), NoticeCourier())
    frame = AppFrame(
        Tabs(app, path),
        html.div({"key": locale}, screen_of(app, path)),
        ToastHost(),
        NoticeCourier(),
        PictureCourier(),
        notice=Notice(),
    )
    return html.div(about, frame)


@component
def Tabs(app: Application, path: str) -> Component:
    """Only the tabs that lead somewhere for this person."""
    problems = use_sync(lambda status: status.problems)
    version = use_engine_version()
    # Counted when rows changed, not at each step of a round.
    lessons = use_memo(lambda: open_courses(app), dependencies=[version])
    tabs = [Tab("home", app.t("tab.home"), "house", "/")]
    if app.may("order.place") or app.may("order.see_all") or app.may("order.approve"):
        tabs.append(Tab("order", app.t("tab.order"), "shopping-cart", "/order"))
    if has_tasks(app):
        tabs.append(Tab("tasks", app.t("tab.tasks"), "clipboard-check", "/tasks", open_tasks(app)))
    if has_courses(app):
        tabs.append(Tab("learn", app.t("tab.learn"), "graduation-cap", "/learn", lessons))
    tabs.append(Tab("me", app.t("tab.me"), "user-round", "/me", problems))
    return TabBar(tabs, current_tab(path), brand=app.t("app.name"))


@component
def Notice() -> VdomDict | None:
    """One bar above everything: signed out, too old, no room left, a clock that is wrong, or a new version."""
    app = use_app()
    needs, clock = use_sync(lambda status: (status.needs, clock_fault(app)))
    use_settings()

    def bar(text: str, action: Child, tone: str, icon: str) -> VdomDict:
        return NoticeBar(text, action, tone=tone, icon=icon, testid="notice")

    def button(label: str, press: Callable[[Any], Any]) -> VdomDict:
        return Button(label, press, kind="plain", small=True, testid="notice-action")

    update = UpdateButton(app, kind="plain", testid="notice-action")
    see = button(app.t("notice.see"), calling(app.router.navigate, "/sync"))
    if needs == "sign_in":
        again = button(app.t("sync.sign_in"), calling(app.device.send, {"type": "sign-in-again"}))
        return bar(app.t("notice.signed_out"), again, "warning", "log-in")
    if needs == "update":
        return bar(app.t("notice.too_old"), update, "warning", "circle-arrow-up")
    if app.room:
        return bar(app.t(f"notice.{app.room}_room"), see, "warning", "triangle-alert")
    if clock:
        return bar(app.t("notice.clock", span=clock), see, "warning", "clock-alert")
    if app.update_ready:
        return bar(app.t("update.ready"), update, "info", "sparkles")
    return html.div()
