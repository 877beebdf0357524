"""Counts at partners: what waits for a second count, what was off, and what head office makes of it."""

from collections.abc import Mapping

from reactpy import component
from reactpy.types import VdomDict

from offline.wire.counts import Count
from pwa.components.basics import Badge, Button, Child, Kind, Tone, calling
from pwa.desk.counts.asking import AskPanel
from pwa.desk.counts.panel import CountPanel, place_name, reviewed
from pwa.desk.counts.setup import SetupPanel
from pwa.desk.grid import Field, Look, listed
from pwa.desk.listing import Listing, filter_chips, use_listing
from pwa.desk.parts import Nothing, page
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words
from pwa.hooks import use_engine_version

FILTERS = ("open", "settled", "all")
SETUP, ASK = "setup", "ask"
_OPEN = ("wanted", "recount_wanted", "queued")
TONES: dict[str, Tone] = {"wanted": "info", "recount_wanted": "warning", "settled": "accent"}


def counts_waiting(desk: DeskState) -> int:
    """How many somebody must look at: too far off, not counted again yet."""
    return sum(row.status == "recount_wanted" for row in _counts(desk))


def _counts(desk: DeskState) -> list[Count]:
    def make() -> list[Count]:
        found = [row for row in desk.app.engine.replica.all("count") if isinstance(row, Count)]
        return sorted(found, key=lambda row: (row.changed_at is not None, row.changed_at, row.id), reverse=True)

    return desk.reads.kept("counts", make)


@component
def CountsScreen(count_id: str, query: Mapping[str, str]) -> VdomDict:
    """``query["filter"]``: ``settled`` or ``all``; ``count_id`` "setup" opens how the brand counts, "ask" the form that
    asks for one."""
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    listing = use_listing("counts", count_id, query, {"filter": "open"})
    chosen = listing["filter"]
    rows = [row for row in _counts(desk) if chosen == "all" or (row.status in _OPEN) == (chosen == "open")]

    filters = {name: words(f"counts.filter_{name}") for name in FILTERS}
    nothing = Nothing("clipboard-check", words("counts.none"), words("counts.none_text"), key="empty")
    return page(
        words("counts.title"),
        filter_chips(listing, "filter", filters, {"open": counts_waiting(desk)}, label=words("counts.filters")),
        listed(_look(words, listing), rows, nothing, chosen),
        tools=_tools(words, listing),
        panel=_panel(listing, query.get("at", "")) if count_id else None,
        testid="desk-counts",
    )


def _panel(listing: Listing, at: str) -> Child:
    """``at``: where a count is asked for, if the way to the form knew."""
    if listing.row_id == SETUP:
        return SetupPanel(listing.close, key="setup")
    if listing.row_id == ASK:
        return AskPanel(listing.close, at, key="ask")
    return CountPanel(listing.row_id, listing.close, key=f"panel-{listing.row_id}")


def _tools(words: Words, listing: Listing) -> tuple[Child, ...]:
    """The two panels that are about no count."""
    shown: tuple[tuple[str, str, Kind, str, str], ...] = (
        (SETUP, "count.setup", "secondary", "settings-2", words("counts.setup")),
        (ASK, "count.decide", "primary", "clipboard-list", words("counts.ask")),
    )
    return tuple(
        Button(text, calling(listing.to, name), kind=kind, icon=icon, testid=f"counts-{name}", key=name)
        for name, permission, kind, icon, text in shown
        if listing.desk.reads.may(permission)
    )


def _look(words: Words, listing: Listing) -> Look:
    desk, narrow = listing.desk, bool(listing.row_id)

    def off(row: Count) -> str:
        """Lines that were not as expected, and of how many; a dash where nobody has counted yet."""
        lines = reviewed(desk, row)
        if all(line.observed is None for line in lines):
            return f"– / {words.number(len(lines))}"
        wrong = sum(1 for line in lines if line.expected is not None and line.observed not in (None, line.expected))
        return f"{words.number(wrong)} / {words.number(len(lines))}"

    def who(row: Count) -> str:
        """The last who counted or decided; who asked for it did not count."""
        return next((event.actor_name for event in reversed(row.events) if event.kind != "asked"), "")

    fields = (
        Field(words("counts.partner"), lambda row: place_name(desk, row), "minmax(140px, 2fr)"),
        Field(
            words("counts.status"),
            lambda row: Badge(words(f"counts.status_{row.status}"), TONES.get(row.status, "neutral")),
            "116px",
        ),
        Field(words("counts.off"), off, "92px", numeric=True),
        Field(words("counts.who"), who, "minmax(84px, 1fr)", minor=narrow),
        Field(
            words("counts.changed"),
            lambda row: words.when(row.changed_at) if row.changed_at else "",
            "minmax(110px, 0.8fr)",
            minor=narrow,
            rank=lambda row: row.changed_at,
        ),
    )
    return Look(
        fields,
        key=lambda row: row.id,
        label=words("counts.title"),
        on_open=listing.open,
        selected=listing.row_id,
        row_testid=lambda row: f"count-{row.id}",
        testid="counts-grid",
    )
