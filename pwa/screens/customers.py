"""Whom the order is for: search by name, code, pinyin or city; unfinished orders first."""

from reactpy import component, html, use_memo
from reactpy.types import Component, VdomDict

from offline.wire.rows import Organisation
from pwa.components.basics import Badge, Card, EmptyState, Icon, Pieces, Row, calling
from pwa.components.fields import SearchField, SegmentedFilter
from pwa.components.lists import WindowedList
from pwa.context import App
from pwa.drafts import OrderDraft
from pwa.hooks import never_synced, use_app, use_engine_version, use_sync
from pwa.router import use_kept
from pwa.screens import words
from pwa.screens.arriving import Arriving
from pwa.screens.near import NearNote
from pwa.screens.page import Page

CHUNK = 40


@component
def CustomerScreen() -> VdomDict:
    app = use_app()
    return Page(
        app.t("tab.order"),
        OrderTabs(app, "new"),
        CustomerPicker(),
        large=True,
        testid="customers-screen",
    )


def OrderTabs(app: App, current: str) -> VdomDict:
    """Between taking an order and the orders there are."""
    paths = {"new": "/order", "list": "/orders"}
    options = [(name, app.t(f"order.tabs.{name}")) for name in paths]

    def choose(name: str) -> None:
        app.router.navigate(paths[name], replace=True)

    return SegmentedFilter(options, current, choose, label=app.t("tab.order"), testid="ordering-tabs")


@component
def CustomerPicker() -> VdomDict:
    app = use_app()
    version = use_engine_version()
    text, set_text, begun = use_kept("search")
    found = use_memo(lambda: Customers(app, text), dependencies=[text, version])
    drafts = [] if text.strip() else app.drafts.all()

    def row(index: int) -> VdomDict:
        organisation = found.organisation(index)
        name = organisation.id if organisation else f"none-{index}"
        inner = CustomerRow(app, organisation) if organisation else None
        return html.div({"className": "windowed-row customer-slot", "key": name}, inner)

    return html.div(
        {"className": "stack"},
        SearchField(app.t("customer.search"), value=begun, on_change=set_text, testid="customer-search"),
        DraftsCard(app, drafts) if drafts else None,
        NearNote(app, text, near=found.near),
        WindowedList(found.count, row, label=app.t("customer.title"), class_name="card-list", reset=text)
        if found.count
        else Nobody(text),
    )


class Customers:
    """The organisations of one search that buy, read by chunks; where there is none, those nearly so called."""

    def __init__(self, app: App, text: str) -> None:
        self._replica = app.engine.replica
        self._text = text
        self._chunks: dict[int, list[Organisation]] = {}
        self.count = self._replica.count_organisations(text, customers=True)
        self.near = False
        if not self.count and text.strip():
            self.count = self._replica.count_organisations(text, customers=True, near=True)
            self.near = self.count > 0

    def organisation(self, index: int) -> Organisation | None:
        number, place = divmod(index, CHUNK)
        if number not in self._chunks:
            self._chunks[number] = self._replica.search_organisations(
                self._text, CHUNK, number * CHUNK, customers=True, near=self.near
            )
        chunk = self._chunks[number]
        return chunk[place] if place < len(chunk) else None


def CustomerRow(app: App, organisation: Organisation) -> VdomDict:
    """A blocked customer stays in sight with the reason; a tap still shows its prices."""
    blocked = words.blocked_text(app, organisation.status, organisation.blocked_reason)
    city = next((address.city for address in organisation.addresses if address.city), "")
    last = (
        app.t("customer.last_order", ago=app.format.ago(organisation.last_order_at, app.now()))
        if organisation.last_order_at
        else app.t("customer.never_ordered")
    )
    detail = Pieces(organisation.code, city, blocked or last)
    badge = Badge(app.t("customer.blocked"), "bad") if organisation.status != "active" else None
    return Row(
        app.name(organisation.name),
        detail,
        leading=Icon("store", size=22),
        trailing=badge,
        on_press=calling(app.router.navigate, f"/order/{organisation.id}"),
        chevron=True,
        testid=f"customer-{organisation.code}",
        data={"status": organisation.status},
        class_name="customer-row",
    )


def DraftsCard(app: App, drafts: list[OrderDraft]) -> VdomDict:
    return Card(
        html.h2({"className": "card-title"}, app.t("draft.title")),
        *(DraftRow(app, draft) for draft in drafts[:5]),
        testid="drafts",
    )


def DraftRow(app: App, draft: OrderDraft) -> VdomDict:
    organisation = app.organisation(draft.organisation)
    name = app.name(organisation.name) if organisation else app.t("customer.unknown")
    parts = [app.t("draft.lines", count=len(draft.lines))]
    if draft.changed_at is not None:
        parts.append(app.format.ago(draft.changed_at, app.now()))
    return Row(
        name,
        Pieces(*parts),
        leading=Icon("file-pen-line", size=22),
        trailing=Badge(app.t("draft.mending"), "warning") if draft.mends else None,
        on_press=calling(app.router.navigate, f"/order/{draft.organisation}?draft={draft.id}"),
        chevron=True,
        testid=f"draft-{draft.id}",
        key=draft.id,
    )


@component
def Nobody(text: str) -> Component | VdomDict:
    """In place of customers: none that is so called, none on this phone yet, or none at all."""
    app = use_app()
    arriving = use_sync(never_synced)
    if arriving and not text.strip():
        return Arriving("line", 5)
    if text.strip():
        return EmptyState("search-x", app.t("customer.none_found"), app.t("customer.none_found_hint"))
    hint = "customer.none_hint_office" if app.may("organisation.edit") else "customer.none_hint"
    return EmptyState("store", app.t("customer.none"), app.t(hint), testid="no-customers")


def buyer_of(app: App) -> str | None:
    """The organisation a person orders for when there is no choice: a shop's own."""
    me = app.me
    if me is None or not app.may("order.place"):
        return None
    own = app.organisation(me.organisation)
    return own.id if own is not None and own.type == "shop" else None
