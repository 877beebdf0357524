"""The first screen, by what the person does: sells to shops, buys for one, or decides at head office."""

from datetime import datetime

from reactpy import component, html
from reactpy.types import Component, VdomDict

from pwa.components.basics import (
    Button,
    EmptyState,
    Pieces,
    calling,
)
from pwa.context import App
from pwa.hooks import use_app, use_engine_version, use_sync
from pwa.screens.arriving import Arriving
from pwa.screens.customers import buyer_of
from pwa.screens.home.desk import DeskHome
from pwa.screens.home.rep import RepHome
from pwa.screens.home.shop import ShopHome
from pwa.screens.learning.screen import CoursesToDo, open_courses
from pwa.screens.notices.cards import NoticesCard, UrgentNotices
from pwa.screens.notifications import NotificationsOffer
from pwa.screens.page import Page


@component
def HomeScreen() -> VdomDict:
    app = use_app()
    use_engine_version()
    now = app.format.local(app.server_now())
    me = app.me
    greeting = app.t(f"home.greeting.{part_of_day(now)}", name=me.name) if me else app.t("tab.home")
    place = app.organisation(me.organisation) if me else None
    today = app.t("home.date", day=app.format.day(now.date(), now), weekday=app.t(f"weekday.{now.isoweekday()}"))
    parts = [today, app.name(place.name) if place else (app.name(app.brand.name) if app.brand else "")]
    return Page(
        greeting,
        HomeBody(),
        subtitle=Pieces(*parts),
        large=True,
        testid="home-screen",
    )


def part_of_day(now: datetime) -> str:
    bounds = ((5, "night"), (12, "morning"), (14, "noon"), (18, "afternoon"), (24, "evening"))
    return next(name for hour, name in bounds if now.hour < hour)


@component
def HomeBody() -> Component | VdomDict:
    app = use_app()
    needs = use_sync(lambda status: status.needs)
    if app.me is None:
        return Arriving("card", 3) if needs == "" else _empty(app)
    return html.div({"className": "stack-12"}, UrgentNotices(key="urgent"), _by_role(app))


def _by_role(app: App) -> Component | VdomDict:
    own = buyer_of(app)
    if own is not None:
        return ShopHome(own)
    if app.may("order.approve"):
        return DeskHome()
    if app.may("order.place"):
        return RepHome()
    todo = CoursesToDo() if open_courses(app) else None
    nothing = _empty(app) if todo is None else None
    return html.div({"className": "stack-12"}, NoticesCard(), todo, NotificationsOffer(), nothing)


def _empty(app: App) -> VdomDict:
    role = app.t(f"role.{app.me.role}") if app.me else ""
    me = Button(app.t("tab.me"), calling(app.router.navigate, "/me"), kind="secondary", testid="to-me")
    return EmptyState("sprout", app.t("home.nothing"), app.t("home.nothing_hint", role=role), me)


# what needs a hand
