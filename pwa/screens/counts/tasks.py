"""Counts among the tasks: those asked for, those to be counted a second time, those begun."""

from reactpy import component, html
from reactpy.types import VdomDict

from offline.wire.counts import Count
from pwa.components.basics import Badge, Button, Card, Child, Icon, Pieces, Row, calling
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.screens.counts.taking import place_name, to_count, waiting_counts
from pwa.screens.customers import buyer_of
from pwa.tallies import Tally


def makes_counts(app: App) -> bool:
    return app.may("count.make")


def open_counts(app: App) -> int:
    return len(waiting_counts(app))


@component
def CountsCard() -> VdomDict:
    app = use_app()
    use_engine_version()
    waiting = waiting_counts(app)
    asked = {row.id for row in waiting}
    begun = [tally for tally in app.tallies.all() if tally.id not in asked]
    rows: list[Child] = [*(_waiting(app, row) for row in waiting), *(_begun(app, tally) for tally in begun)]
    mine = buyer_of(app)
    start = Button(
        app.t("count.start"),
        calling(app.router.navigate, f"/counts/new?organisation={mine}" if mine else "/counts/new"),
        kind="secondary",
        icon="clipboard-list",
        wide=True,
        testid="count-start",
    )
    nothing = html.p({"className": "count-none"}, app.t("count.no_tasks"))
    return Card(
        html.h2({"className": "card-title"}, app.t("count.title")), *(rows or [nothing]), start, testid="counts-card"
    )


def _waiting(app: App, count: Count) -> VdomDict:
    due = app.t("count.due", day=app.format.day(count.due_on, app.now())) if count.due_on else ""
    second = count.status == "recount_wanted"
    tally = app.tallies.find(count.id)
    many = app.t("count.products", count=len(to_count(app, count)))
    if tally is not None and tally.lines:
        many = app.t("count.begun_of", done=app.format.number(len(tally.lines)), all=many)
    # Who counts the own shop need not read its name.
    partner = app.organisation(count.organisation)
    title = place_name(app, partner) if partner else app.name(count.organisation_name)
    note = count.note
    if count.organisation == buyer_of(app):
        title, note = note or app.t("count.second" if second else "count.title"), ""
    return Row(
        html.span({"dir": "auto"}, title),
        Pieces(many, due, note),
        trailing=Badge(app.t(f"count.status.{count.status}"), "warning" if second else "info"),
        on_press=calling(app.router.navigate, f"/counts/{count.id}"),
        chevron=True,
        testid=f"count-task-{count.id}",
        key=count.id,
    )


def _begun(app: App, tally: Tally) -> VdomDict:
    partner = app.organisation(tally.organisation)
    return Row(
        place_name(app, partner),
        app.t("count.begun", count=len(tally.lines)),
        leading=Icon("pencil"),
        on_press=calling(app.router.navigate, f"/counts/new?draft={tally.id}"),
        chevron=True,
        testid=f"count-draft-{tally.id}",
        key=tally.id,
    )
