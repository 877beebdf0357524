"""Today's route: whom to visit, in order, how far, and how it stands. A card of the tasks screen."""

from collections.abc import Callable
from typing import Any

from reactpy import component, html, use_async_effect, use_state
from reactpy.types import Component, VdomDict

from offline.wire.media import Position
from offline.wire.visits import Visit
from pwa.addresses import one_line
from pwa.components.basics import Badge, Button, Card, Child, Icon, Pieces, Progress, Row, calling
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.router import use_kept
from pwa.screens.visits import phrases
from pwa.visiting import LOCATED_KEY, map_link, metres_to, todays_visits, under_way

OPEN = frozenset({"planned", "under_way"})
FEW = 4  # stops that leave a phone's first screen room for other tasks


def visits_apply(app: App) -> bool:
    return app.may("visit.make")


def visits_open(app: App) -> int:
    return sum(visit.status in OPEN for visit in todays_visits(app))


def route_card() -> Component:
    return RouteCard(key="route")


@component
def RouteCard() -> VdomDict:
    app = use_app()
    use_engine_version()
    nowhere: Position | None = None
    here, set_here = use_state(nowhere)
    whole, set_whole, _ = use_kept("route")

    @use_async_effect(dependencies=[])
    async def look() -> None:
        if await app.settings.load(LOCATED_KEY):
            set_here(await app.position())

    async def locate() -> None:
        found = await app.position()
        set_here(found)
        if found is None:
            app.toasts.show(app.t("visit.nowhere"), tone="bad")
        else:
            await app.settings.save(LOCATED_KEY, b"1")

    visits = todays_visits(app)
    done = sum(visit.status == "done" for visit in visits)
    counted = [visit for visit in visits if visit.status != "cancelled"]
    share = done / len(counted) if counted else 0.0
    shown = list(enumerate(visits, 1))
    folds = len(shown) > FEW + 1
    if folds and not whole:
        shown = [(number, visit) for number, visit in shown if visit.status in OPEN][:FEW]
    return Card(
        html.div(
            {"className": "spread"},
            html.h2({"className": "card-title"}, app.t("visit.route")),
            html.span({"className": "muted small number"}, app.t("visit.done_of", done=done, all=len(counted)))
            if counted
            else None,
        ),
        Progress(share, label=app.t("visit.route")) if counted else None,
        html.div({"className": "stops"}, *(_stop(app, visit, number, here) for number, visit in shown))
        if visits
        else html.p({"className": "muted"}, app.t("visit.none_today")),
        _fold(app, len(visits), whole, set_whole) if folds else None,
        _tools(app, locate if here is None and visits else None),
        testid="visits-today",
    )


def _fold(app: App, count: int, whole: str, fold: Callable[[str], None]) -> VdomDict:
    label = app.t("visit.fewer_stops") if whole else app.t("visit.all_stops", count=count)
    icon = "chevron-up" if whole else "chevron-down"
    press = calling(fold, "" if whole else "yes")
    return Button(label, press, kind="plain", icon=icon, small=True, testid="all-stops", class_name="stops-fold")


def _tools(app: App, locate: Callable[[], Any] | None) -> VdomDict:
    add = Button(
        app.t("visit.add"), calling(app.router.navigate, "/visits/new"), kind="secondary", icon="plus", small=True,
        testid="visit-add",
    )  # fmt: skip
    near = (
        Button(app.t("visit.show_distance"), calling(locate), kind="plain", icon="map-pin", small=True, testid="locate")
        if locate is not None
        else None
    )
    return html.div({"className": "cluster stops-tools"}, add, near)


def _stop(app: App, visit: Visit, number: int, here: Position | None) -> VdomDict:
    organisation = app.organisation(visit.organisation)
    address = organisation.addresses[0] if organisation and organisation.addresses else None
    away = metres_to(app, organisation, here) if organisation and here else None
    facts = [
        phrases.metres(app, away) if away is not None else "",
        app.t("visit.unplanned") if not visit.planned else "",
        phrases.minutes_text(app, visit.minutes) if visit.minutes is not None else "",
    ]
    place = one_line(address) if address else visit.organisation_code
    row = Row(
        html.span({"dir": "auto"}, app.name(visit.organisation_name)),
        html.span(
            html.span({"className": "stop-place"}, place),
            html.span({"className": "number"}, Pieces(*facts)) if any(facts) else None,
        ),
        leading=_mark(app, visit, number),
        trailing=_badge(app, visit),
        on_press=calling(app.router.navigate, f"/visits/{visit.id}"),
        testid=f"visit-{visit.organisation_code}",
        data={"status": visit.status},
    )
    link = map_link(app, organisation) if organisation and visit.status in OPEN else ""
    return html.div({"className": f"stop stop-{visit.status}", "key": visit.id}, row, navigate_link(app, link))


def _badge(app: App, visit: Visit) -> Child:
    if visit.status in {"planned", "done"}:
        return None
    return Badge(phrases.status_text(app, visit), phrases.STATUS_TONES[visit.status])


def _mark(app: App, visit: Visit, number: int) -> VdomDict:
    if visit.status == "done":
        return html.span({"className": "stop-mark"}, Icon("check", size=16, label=phrases.status_text(app, visit)))
    return html.span({"className": "stop-mark number"}, str(number))


def navigate_link(app: App, link: str) -> Child:
    if not link:
        return None
    more = {
        "href": link, "target": "_blank", "rel": "noopener", "className": "icon-button icon-button-plain stop-way",
        "aria-label": app.t("visit.navigate"), "title": app.t("visit.navigate"), "data-testid": "navigate",
    }  # fmt: skip
    return html.a(more, Icon("navigation", size=20))


@component
def UnderWayBar() -> VdomDict:
    """On the first screen: the visit that goes on, a tap away."""
    app = use_app()
    use_engine_version()
    visit = under_way(app) if app.may("visit.make") else None
    if visit is None or visit.check_in is None:
        return html.div({"hidden": True})
    since = app.format.since(visit.check_in.local_at or visit.check_in.at, app.now())
    return html.button(
        {
            "type": "button", "className": "under-way", "data-testid": "under-way",
            "onClick": calling(app.router.navigate, f"/visits/{visit.id}"),
        },
        html.span({"className": "under-way-dot", "aria-hidden": "true"}),
        html.span(
            {"className": "under-way-text"},
            html.strong({"dir": "auto"}, app.name(visit.organisation_name)),
            html.span({"className": "small"}, app.t("visit.under_way_for", span=since)),
        ),
        Icon("chevron-right", size=18),
    )  # fmt: skip
