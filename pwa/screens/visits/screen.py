"""One visit: before it, while it goes on, and after."""

from collections.abc import Callable
from functools import partial
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import Component, VdomDict

from offline.wire.rows import Organisation
from offline.wire.visits import Visit, VisitMark
from pwa.addresses import one_line
from pwa.components.basics import Badge, Button, Card, Child, EmptyState, ErrorBox, Icon, Pieces, Row, calling
from pwa.components.lists import Facts
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.screens.page import Page
from pwa.screens.visits import phrases
from pwa.screens.visits.checking import CheckInBar, CheckOutBar, why_sheet
from pwa.screens.visits.items import ItemSheet, ListCard, open_or_go
from pwa.screens.visits.route import navigate_link
from pwa.screens.words import status_text, status_tone
from pwa.visiting import (
    awaited,
    find_visit,
    last_visit,
    map_link,
    orders_of,
    said,
    today,
    todays_visits,
    under_way,
)


@component
def VisitScreen(visit_id: str) -> VdomDict:
    app = use_app()
    use_engine_version()
    answering, open_item = use_state("")
    asking, ask = use_state("")
    visit = find_visit(app, visit_id)
    if visit is None:
        go = Button(app.t("tab.tasks"), calling(app.router.navigate, "/tasks"), kind="secondary")
        empty = EmptyState("map-pin-off", app.t("visit.gone"), app.t("visit.gone_hint"), go)
        return Page(app.t("visit.title"), empty, back="/tasks")
    organisation = app.organisation(visit.organisation)
    item = next((each for each in visit.items if each.id == answering), None)
    items = awaited(app, visit)
    other = under_way(app)

    def press(item_id: str) -> None:
        open_or_go(app, visit.id, item_id, open_item)

    return Page(
        app.name(visit.organisation_name) or app.t("visit.title"),
        html.div(
            {"className": "stack-12", "data-testid": f"visit-{visit.id}", "data-status": visit.status},
            _unexcused(app, visit, lambda: ask("explain")),
            _elsewhere(app, other) if other is not None and other.id != visit.id and visit.check_in is None else None,
            _where(app, visit, organisation),
            _last(app, visit) if visit.status in {"planned", "under_way"} else None,
            ListCard(app, visit, items, press) if items else None,
            _orders(app, visit),
            _times(app, visit) if visit.check_in or visit.check_out else None,
            _cancel(app, visit, lambda: ask("cancel")),
        ),
        ItemSheet(visit, item, lambda: open_item(""), key=item.id) if item is not None else None,
        why_sheet(app, asking, visit, lambda: ask("")) if asking else None,
        subtitle=visit.organisation_code,
        back="/tasks",
        actions=_actions(app, visit, organisation, press),
        testid="visit-screen",
    )


def _actions(
    app: App, visit: Visit, organisation: Organisation | None, open_item: Callable[[str], Any]
) -> Component | VdomDict | None:
    if visit.status == "under_way":
        return CheckOutBar(visit, open_item, key="out")
    if visit.status == "done":
        return _next_stop(app)
    if organisation is not None and visit.day == today(app):
        return CheckInBar(visit, organisation, key="in")
    return None


def _next_stop(app: App) -> VdomDict | None:
    following = next((each for each in todays_visits(app) if each.status in {"planned", "under_way"}), None)
    if following is None:
        return None
    label = app.t("visit.next", name=app.name(following.organisation_name))
    go = partial(app.router.navigate, f"/visits/{following.id}", replace=True)
    button = Button(label, calling(go), icon="arrow-right", wide=True, testid="next-stop")
    return html.div({"className": "check-bar"}, button)


def _unexcused(app: App, visit: Visit, explain: Callable[[], Any]) -> Child:
    if visit.check_in is None or visit.check_in.excused:
        return None
    button = Button(app.t("visit.explain"), calling(explain), small=True, testid="explain")
    return ErrorBox(app.t("visit.unexcused"), app.t("visit.unexcused_hint"), button, tone="warning", testid="unexcused")


def _elsewhere(app: App, other: Visit) -> VdomDict:
    go = Button(
        app.t("visit.go_there"), calling(app.router.navigate, f"/visits/{other.id}"), kind="secondary", small=True,
        testid="go-there",
    )  # fmt: skip
    text = app.t("visit.elsewhere", name=app.name(other.organisation_name))
    return ErrorBox(text, app.t("visit.elsewhere_hint"), go, tone="warning", testid="elsewhere")


def _where(app: App, visit: Visit, organisation: Organisation | None) -> VdomDict:
    address = organisation.addresses[0] if organisation and organisation.addresses else None
    contact = " ".join(part for part in (address.contact, address.phone) if part) if address else ""
    call = (
        html.a(
            {"className": "icon-button icon-button-plain", "href": f"tel:{address.phone}", "data-testid": "call",
             "aria-label": app.t("home.call"), "title": app.t("home.call")},
            Icon("phone", size=20),
        )
        if address and address.phone
        else None
    )  # fmt: skip
    badge = Badge(phrases.status_text(app, visit), phrases.STATUS_TONES[visit.status], testid="visit-status")
    facts = [app.format.near_day(visit.day, app.server_now()), "" if visit.planned else app.t("visit.unplanned")]
    return Card(
        html.div(
            {"className": "spread"},
            html.span({"className": "muted small"}, Pieces(*facts)),
            badge,
        ),
        html.div(
            {"className": "visit-where"},
            html.div(
                {"className": "visit-place"},
                html.span({"dir": "auto"}, one_line(address) if address else app.t("visit.no_address")),
                html.span({"className": "muted small", "dir": "auto"}, contact) if contact else None,
            ),
            call,
            navigate_link(app, map_link(app, organisation) if organisation else ""),
        ),
        html.p({"className": "timeline-reason", "dir": "auto"}, visit.cancelled_for) if visit.cancelled_for else None,
    )


def _last(app: App, visit: Visit) -> Child:
    """What the person wrote down here last time."""
    last = last_visit(app, visit)
    if last is None:
        return None
    return Card(
        html.h2({"className": "card-title"}, app.t("visit.last", day=app.format.day(last.day, app.now()))),
        html.p({"className": "note-text", "dir": "auto"}, said(last)),
        testid="last-visit",
    )


def _times(app: App, visit: Visit) -> VdomDict:
    facts: list[tuple[str, Child]] = []
    if visit.check_in is not None:
        facts.append((app.t("visit.checked_in_at"), _moment(app, visit.check_in)))
    if visit.check_out is not None:
        facts.append((app.t("visit.checked_out_at"), phrases.moment_text(app, visit.check_out)))
    if visit.minutes is not None:
        facts.append((app.t("visit.duration"), phrases.minutes_text(app, visit.minutes)))
    elif visit.check_in is not None and visit.status == "under_way":
        since = visit.check_in.local_at or visit.check_in.at
        facts.append((app.t("visit.so_far"), app.format.since(since, app.now())))
    notes = [(app.t("visit.reason"), visit.check_in.reason if visit.check_in else "")]
    notes += [(app.t("visit.left_reason"), visit.left_open), (app.t("visit.note"), visit.note)]
    facts += [(name, html.span({"dir": "auto", "className": "note-text"}, text)) for name, text in notes if text]
    return Card(Facts(facts, number=True), testid="visit-times")


def _moment(app: App, mark: VisitMark) -> VdomDict:
    verdict = Badge(
        app.t(f"visit.verdict.{mark.verdict}"), phrases.verdict_tone(mark), testid="verdict",
        data={"verdict": mark.verdict},
    )  # fmt: skip
    where = phrases.place_text(app, mark)
    return html.span(
        {"className": "visit-mark"},
        html.span(phrases.moment_text(app, mark)),
        verdict,
        html.span({"className": "muted small"}, where) if where else None,
    )


def _orders(app: App, visit: Visit) -> Child:
    orders = orders_of(app, visit)
    if not orders:
        return None
    rows = (
        Row(
            order.number or app.t("order.no_number"),
            app.money(order.totals.total, order.currency),
            trailing=Badge(status_text(app, order), status_tone(order)),
            on_press=calling(app.router.navigate, f"/orders/{order.id}"),
            chevron=True,
            testid=f"visit-order-{order.id}",
            key=order.id,
        )
        for order in orders
    )
    return Card(html.h2({"className": "card-title"}, app.t("visit.orders")), *rows, testid="visit-orders")


def _cancel(app: App, visit: Visit, press: Callable[[], Any]) -> Child:
    if visit.status != "planned":
        return None
    return Button(app.t("visit.cancel"), calling(press), kind="plain", wide=True, testid="cancel-visit")
