"""What there is to do today: a card for each kind of work that this person has.

A slice adds its ``Section`` to ``SECTIONS``, in the order they are shown.
"""

from reactpy import component, html
from reactpy.types import VdomDict

from pwa.components.basics import Child, EmptyState
from pwa.context import App
from pwa.hooks import use_app, use_engine_version
from pwa.screens.claims.tasks import CLAIM_SECTIONS
from pwa.screens.counts.tasks import CountsCard, makes_counts, open_counts
from pwa.screens.notices.cards import NOTICE_SECTIONS
from pwa.screens.page import Page
from pwa.screens.sections import Section
from pwa.screens.visits.route import route_card, visits_apply, visits_open

SECTIONS: tuple[Section, ...] = (
    Section(visits_apply, visits_open, route_card),
    Section(makes_counts, open_counts, CountsCard),
    *CLAIM_SECTIONS,
    *NOTICE_SECTIONS,
)


def has_tasks(app: App) -> bool:
    return any(section.applies(app) for section in SECTIONS)


def open_tasks(app: App) -> int:
    return sum(section.open(app) for section in SECTIONS if section.applies(app))


@component
def TasksScreen() -> VdomDict:
    app = use_app()
    use_engine_version()
    mine = [(place, section) for place, section in enumerate(SECTIONS) if section.applies(app)]
    mine.sort(key=lambda each: not each[1].open(app))  # what waits comes before what has nothing
    cards: list[Child] = [html.div({"key": str(place)}, section.card()) for place, section in mine]
    nothing = EmptyState("party-popper", app.t("tasks.none"), app.t("tasks.none_hint"))
    return Page(app.t("tab.tasks"), *(cards or [nothing]), large=True, testid="tasks-screen")
