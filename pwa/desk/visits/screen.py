"""Visits at the desk: a day by rep, one visit in full, and where routes, lists and fences are kept."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from reactpy import component, html
from reactpy.types import VdomDict

from offline.wire.visits import Visit
from pwa.components.basics import Badge, Child, IconButton, calling
from pwa.components.fields import SegmentedFilter
from pwa.components.lists import Column, Table
from pwa.desk.listing import Listing, new_button, use_listing
from pwa.desk.parts import Nothing, export_link, page
from pwa.desk.state import DeskState, use_desk
from pwa.desk.visits.detail import VisitPanel
from pwa.desk.visits.fences import FencesTab, ShopPanel
from pwa.desk.visits.lists import ListsTab
from pwa.desk.visits.reading import is_outside, proposals, reps, visits_on
from pwa.desk.visits.routes import RoutePanel, RoutesTab
from pwa.desk.words import Words
from pwa.hooks import use_engine_version
from pwa.screens.visits import phrases
from pwa.visiting import today

TABS = ("day", "routes", "lists", "fences")


@component
def VisitsScreen(row_id: str, query: Mapping[str, str]) -> VdomDict:
    """``query``: ``tab``, and the ``day`` of the first of them."""
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    this_day = today(desk.app)
    day = _day(query.get("day", ""), this_day)
    usual = {"tab": TABS[0], "day": this_day.isoformat()}
    listing = use_listing("visits", row_id, query, usual, found={"day": day.isoformat()})
    return page(
        words("visits.title"),
        _tab(listing, day),
        tools=(
            SegmentedFilter(
                _tabs(desk, words),
                listing["tab"],
                lambda name: listing.to(tab=name),
                label=words("visits.title"),
                testid="visits-tab",
            ),
            _day_tools(words, listing, day) if listing["tab"] == "day" else None,
            export_link(desk, "visits") if listing["tab"] == "day" else None,
            new_button(listing, words("visits.new_route"), testid="route-new") if listing["tab"] == "routes" else None,
        ),
        panel=_panel(listing) if row_id else None,
        testid="desk-visits",
    )


def _tabs(desk: DeskState, words: Words) -> list[tuple[str, str]]:
    """(name, text). Who plans no visits sees how they went."""
    if not desk.reads.may("visit.plan"):
        return [(TABS[0], words(f"visits.tab_{TABS[0]}"))]
    texts = {name: words(f"visits.tab_{name}") for name in TABS}
    if waiting := len(proposals(desk)):
        texts["fences"] = words("visits.tab_fences_waiting", count=waiting)
    return list(texts.items())


def _day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


def _panel(listing: Listing) -> Child:
    tab, row_id = listing["tab"], listing.row_id
    if tab == "routes":
        return RoutePanel(row_id, listing.close, listing.made, key=f"route-{row_id}")
    if tab == "fences":
        return ShopPanel(row_id, listing.close, key=f"shop-{row_id}")
    return VisitPanel(row_id, listing.close, key=f"visit-{row_id}") if tab == "day" else None


def _tab(listing: Listing, day: date) -> Child:
    tab, row_id = listing["tab"], listing.row_id
    if tab == "routes":
        return RoutesTab(row_id, listing.to, key="routes")
    if tab == "lists":
        return ListsTab(key="lists")
    if tab == "fences":
        return FencesTab(row_id, listing.to, key="fences")
    return _day_by_rep(listing.desk, day, row_id, listing.to)


def _day_tools(words: Words, listing: Listing, day: date) -> VdomDict:
    def step(days: int) -> None:
        shown = date.fromisoformat(listing.by_now()["day"])
        listing.to(day=(shown + timedelta(days=days)).isoformat())

    return html.div(
        {"className": "day-tools", "key": "day"},
        IconButton("chevron-left", words("visits.day_before"), calling(step, -1), testid="day-before"),
        html.strong({"className": "number"}, words.format.near_day(day, words.now)),
        IconButton("chevron-right", words("visits.day_after"), calling(step, 1), testid="day-after"),
    )


def _day_by_rep(desk: DeskState, day: date, row_id: str, on_open: Callable[[str], Any]) -> Child:
    words = desk.words()
    found = visits_on(desk, day)
    if not found:
        return Nothing("map-pin-off", words("visits.none"), words("visits.none_text"), key="empty")
    names = reps(desk)
    order = sorted(found, key=lambda rep: names.get(rep, ""))
    return html.div(
        {"className": "visit-days", "key": "days"},
        *(_rep(desk, names.get(rep, ""), found[rep], row_id, on_open) for rep in order),
    )


def _rep(desk: DeskState, name: str, rows: list[Visit], row_id: str, on_open: Callable[[str], Any]) -> VdomDict:
    words = desk.words()
    counts = {
        "planned": sum(row.status != "cancelled" for row in rows),
        "done": sum(row.status == "done" for row in rows),
        "outside": sum(map(is_outside, rows)),
        "unexcused": sum(row.check_in is not None and not row.check_in.excused for row in rows),
    }
    facts = [
        html.span({"key": key, "className": "warn" if key in {"outside", "unexcused"} else ""},
                  words(f"visits.count_{key}", count=count))
        for key, count in counts.items()
        if count or key in {"planned", "done"}
    ]  # fmt: skip
    return html.section(
        {"className": "visit-rep", "key": rows[0].rep, "data-testid": f"rep-{rows[0].rep}"},
        html.header(
            {"className": "visit-rep-head"},
            html.h2(name or words("visits.nameless")),
            html.div({"className": "number"}, *facts),
        ),
        Table(
            _columns(desk), rows, key=lambda row: row.id, on_open=lambda row: on_open(row.id), selected=row_id,
            caption=name, row_testid=lambda row: f"visit-{row.organisation_code}",
            row_data=lambda row: {"status": row.status, "verdict": row.check_in.verdict if row.check_in else ""},
        ),
    )  # fmt: skip


def _columns(desk: DeskState) -> list[Column]:
    app, words = desk.app, desk.words()

    def shop(row: Visit) -> Child:
        return html.span(
            html.span({"dir": "auto"}, words.name(row.organisation_name)),
            html.span({"className": "faint number visit-code"}, row.organisation_code),
        )

    def status(row: Visit) -> Child:
        return Badge(phrases.status_text(app, row), phrases.STATUS_TONES[row.status])

    def where(row: Visit) -> Child:
        mark = row.check_in
        if mark is None:
            return ""
        badge = Badge(app.t(f"visit.verdict.{mark.verdict}"), phrases.verdict_tone(mark))
        away = phrases.metres(app, mark.distance) if mark.distance is not None else ""
        return html.span({"className": "visit-mark-desk number"}, badge, away)

    def reason(row: Visit) -> str:
        if row.check_in is not None and not row.check_in.excused:
            return words("visits.no_reason")
        return row.cancelled_for or (row.check_in.reason if row.check_in else "")

    def began(row: Visit) -> str:
        return words.format.time(row.check_in.local_at or row.check_in.at) if row.check_in else ""

    def took(row: Visit) -> str:
        return phrases.minutes_text(app, row.minutes) if row.minutes is not None else ""

    return [
        Column(words("visits.shop"), shop, width="28%"),
        Column(words("visits.status"), status, width="12%"),
        Column(words("visits.check_in"), began, numeric=True, width="9%"),
        Column(words("visits.where"), where, width="21%"),
        Column(words("visits.took"), took, numeric=True, width="11%"),
        Column(words("visits.reason"), reason),
    ]
