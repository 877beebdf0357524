"""One visit at the desk: when and how far, what was answered, with its pictures and papers."""

from collections.abc import Callable
from typing import Any

from reactpy import component, html
from reactpy.types import VdomDict

from offline.wire.visits import Visit, VisitItem, VisitMark, VisitResult
from pwa.components.basics import Badge, Child, ErrorBox
from pwa.components.lists import Moment, Timeline
from pwa.components.media import Photo
from pwa.desk.parts import block, link, pair, panel
from pwa.desk.state import DeskState, use_desk
from pwa.desk.visits.reading import visits_on
from pwa.screens.visits import phrases
from pwa.visiting import today


@component
def VisitPanel(visit_id: str, on_close: Callable[[], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    visit = desk.reads.replica.typed(Visit, "visit", visit_id)
    if visit is None:
        due = (row for rows in visits_on(desk, today(desk.app)).values() for row in rows)
        visit = next((row for row in due if row.id == visit_id), None)
    if visit is None:
        return panel(words("visits.gone"), on_close=on_close, testid="visit-panel")
    app = desk.app
    unexcused = visit.check_in is not None and not visit.check_in.excused
    return panel(
        words.name(visit.organisation_name),
        ErrorBox(words("visits.no_reason"), words("visits.no_reason_text"), testid="unexcused") if unexcused else None,
        block(
            words("visits.times"),
            _mark(desk, words("visits.check_in"), visit.check_in),
            _mark(desk, words("visits.check_out"), visit.check_out),
            pair(words("visits.took"), phrases.minutes_text(app, visit.minutes)) if visit.minutes is not None else None,
            *_notes(desk, visit),
            key="times",
        ),
        _answers(desk, visit),
        _papers(desk, visit),
        block(words("visits.events"), Timeline(_events(desk, visit)), key="events"),
        on_close=on_close,
        over=html.span({"className": "number"}, f"{visit.organisation_code} · {visit.rep_name}"),
        subtitle=Badge(phrases.status_text(app, visit), phrases.STATUS_TONES[visit.status], testid="visit-status"),
        key=visit_id,
        testid="visit-panel",
    )


def _mark(desk: DeskState, label: str, mark: VisitMark | None) -> Child:
    if mark is None:
        return None
    app, words = desk.app, desk.words()
    badge = Badge(app.t(f"visit.verdict.{mark.verdict}"), phrases.verdict_tone(mark), data={"verdict": mark.verdict})
    where = phrases.place_text(app, mark)
    said = html.span({"className": "visit-mark"}, words.when(mark.local_at or mark.at), badge)
    return html.div(
        {"key": label}, pair(label, said), html.p({"className": "block-note number"}, where) if where else None
    )


def _notes(desk: DeskState, visit: Visit) -> list[Child]:
    words = desk.words()
    found = (
        ("reason", visit.check_in.reason if visit.check_in else ""),
        ("cancelled_for", visit.cancelled_for),
        ("left_open", visit.left_open),
        ("note", visit.note),
    )
    return [
        html.div(
            {"key": name, "className": "visit-note"},
            html.span({"className": "pair-label"}, words(f"visits.{name}")),
            html.p({"dir": "auto", "className": "note-text", "data-testid": f"visit-{name}"}, text),
        )
        for name, text in found
        if text
    ]


def _answers(desk: DeskState, visit: Visit) -> Child:
    """The list as it was, and what was answered to questions that are no longer on it."""
    items = {item.id: item for item in visit.items} | {
        id_: result.item for id_, result in visit.results.items() if id_ not in {item.id for item in visit.items}
    }
    if not items:
        return None
    lines = (_answer(desk, visit, item, visit.results.get(item.id)) for item in items.values())
    return block(desk.words()("visits.answers"), *lines, key="answers", testid="visit-answers")


def _answer(desk: DeskState, visit: Visit, item: VisitItem, result: VisitResult | None) -> VdomDict:
    app, words = desk.app, desk.words()
    said = phrases.answer_text(app, item, result)
    papers = {"order": visit.orders, "count": visit.counts}.get(item.kind, ())
    if not said and papers:
        said = words("visits.papers", count=len(papers))
    photos = [Photo(photo.id, "320", label=words.name(item.title)) for photo in (result.photos if result else ())]
    return html.div(
        {"key": item.id, "className": "visit-answer"},
        html.span({"className": "pair-label"}, words.name(item.title)),
        html.span({"dir": "auto"}, said or words("visits.unanswered")),
        html.div({"className": "visit-photos-desk"}, *photos) if photos else None,
    )


def _papers(desk: DeskState, visit: Visit) -> Child:
    words = desk.words()
    orders = [order for order in map(desk.reads.order, visit.orders) if order is not None]
    if not orders:
        return None
    lines = (
        pair(
            link(desk, f"/desk/orders/{order.id}?tab=all", order.number or words("visits.no_number")),
            words.money(order.totals.total, order.currency),
        )
        for order in orders
    )
    return block(words("visits.orders"), *lines, key="orders", testid="visit-orders")


def _events(desk: DeskState, visit: Visit) -> list[Moment]:
    words = desk.words()
    names = {item.id: words.name(item.title) for item in visit.items}
    found = []
    for event in visit.events:
        data = event.data
        said = data.get("note") or data.get("reason") or data.get("said", "")
        about = names.get(data.get("item", ""), "")
        parts = (event.actor_name, words.format.moment(event.local_at or event.at, words.now), about, said)
        known = words(f"visits.event_{event.kind}")
        title = known if known != f"desk.visits.event_{event.kind}" else event.kind
        found.append(Moment(title, " · ".join(part for part in parts if part)))
    return found
