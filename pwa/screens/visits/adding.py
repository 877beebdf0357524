"""A visit nobody planned: choose the customer."""

from functools import partial

from reactpy import component, html
from reactpy.types import VdomDict

from offline.ids import new_id
from offline.wire.rows import Organisation
from offline.wire.visits import VisitAdd
from pwa.components.basics import Card, Icon, Pieces, Row, calling
from pwa.components.fields import SearchField
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.router import use_kept
from pwa.screens.customers import Nobody
from pwa.screens.near import NearNote, found_or_near
from pwa.screens.page import Page
from pwa.visiting import today, todays_visits

MOST = 30


@component
def AddVisitScreen() -> VdomDict:
    app = use_app()
    use_engine_version()
    text, set_text, begun = use_kept("search")
    search = partial(app.engine.replica.search_organisations, limit=MOST, customers=True)
    shown, near = found_or_near(search, text)
    rows = Card(*(_customer(app, row) for row in shown), testid="visit-customers")
    return Page(
        app.t("visit.add"),
        html.div(
            {"className": "stack"},
            SearchField(app.t("customer.search"), value=begun, on_change=set_text, testid="visit-search"),
            NearNote(app, text, near=near),
            rows if shown else Nobody(text),
        ),
        back="/tasks",
        testid="visit-new",
    )


def _customer(app: App, organisation: Organisation) -> VdomDict:
    city = next((address.city for address in organisation.addresses if address.city), "")
    return Row(
        html.span({"dir": "auto"}, app.name(organisation.name)),
        Pieces(organisation.code, city),
        leading=Icon("store", size=22),
        on_press=calling(add_visit, app, organisation),
        chevron=True,
        testid=f"visit-at-{organisation.code}",
        key=organisation.id,
    )


async def add_visit(app: App, organisation: Organisation) -> None:
    """Opens the one that is open there today already, else adds one."""
    waiting = (each for each in todays_visits(app) if each.organisation == organisation.id)
    visit = next((each.id for each in waiting if each.status in {"planned", "under_way"}), "")
    if not visit:
        visit = new_id()
        await app.engine.submit(VisitAdd(visit=visit, organisation=organisation.id, day=today(app)))
        app.sync_now()
    app.router.navigate(f"/visits/{visit}", replace=True)
