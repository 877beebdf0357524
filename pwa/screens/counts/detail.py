"""A count as it stands: what was counted, what the book said, what is waited for."""

from reactpy import component, html
from reactpy.types import VdomDict

from offline.wire.counts import Count, CountEvent, CountLine
from offline.wire.rows import Product
from pwa.components.basics import Badge, Card, Child, Pieces, Row, Tone
from pwa.components.lists import Moment, Timeline
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.screens import words
from pwa.screens.counts.taking import lots_text, place_name, units_text
from pwa.screens.page import Page

TONES: dict[str, Tone] = {"wanted": "info", "recount_wanted": "warning", "settled": "accent", "queued": "neutral"}


@component
def CountDetail(count_id: str) -> VdomDict | None:
    app = use_app()
    use_engine_version()
    count = app.engine.replica.typed(Count, "count", count_id)
    if count is None:
        return None
    partner = app.organisation(count.organisation)
    waits: Child = None
    if count.status == "recount_wanted":
        waits = html.p({"className": "count-waits", "data-testid": "count-waits"}, app.t("count.second_by_other"))
    return Page(
        app.name(count.organisation_name) if partner is None else place_name(app, partner),
        html.div(
            {"className": "stack"},
            Card(
                html.div({"className": "count-head"}, StatusBadge(app, count), html.span(count.note)),
                waits,
                testid="count-state",
            ),
            Card(*(_line(app, line) for line in count.lines), testid="count-lines"),
            Card(Timeline([_moment(app, event) for event in count.events])) if count.events else None,
        ),
        subtitle=Pieces(count.organisation_code, app.t("count.title")),
        back="/tasks",
        testid="count-detail",
    )


def StatusBadge(app: App, count: Count) -> VdomDict:
    return Badge(app.t(f"count.status.{count.status}"), TONES.get(count.status, "neutral"), testid="count-status")


def _line(app: App, line: CountLine) -> VdomDict:
    product = app.engine.replica.typed(Product, "product", line.product)
    name = app.name(product.name) if product else line.product
    details = [product.sku if product else ""]
    trailing: Child = html.span({"className": "count-open"}, app.t(f"count.line.{line.state}"))
    if line.observed is not None:
        if product is not None and line.parts:
            details += [units_text(app, product, line.parts), *lots_text(app, product, line.parts)]
        if line.expected is not None:
            details.append(app.t("count.against", expected=app.format.number(line.expected)))
        if line.later:
            details.append(
                app.t("count.since", later=signed(app, line.later), now=app.format.number(line.on_hand or 0))
            )
        total = words.units(app, product, line.observed) if product else app.format.number(line.observed)
        off = line.observed - line.expected if line.expected is not None else 0
        trailing = html.span(
            {"className": "count-figures"},
            html.strong({"className": "number"}, total),
            Badge(signed(app, off), "warning" if line.state == "recount" else "neutral") if off else None,
        )
    return Row(
        name,
        Pieces(*details),
        trailing=trailing,
        testid=f"count-line-{product.sku if product else ''}",
        key=line.product,
    )


def signed(app: App, number: int) -> str:
    """With its sign, so that what is missing is never taken for what there is."""
    sign = "+" if number > 0 else "−" if number < 0 else ""
    return f"{sign}{app.format.number(abs(number))}"


def _moment(app: App, event: CountEvent) -> Moment:
    title = app.t(f"count.event.{event.kind}", count=event.lines)
    detail = Pieces(event.actor_name, app.format.moment(event.at, app.now()), event.reason)
    return Moment(title, detail, tone="warning" if event.kind in {"again", "late"} else "accent")
