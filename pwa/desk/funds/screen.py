"""Funds at the desk: what each has, its ledger, more budget and shares for partners."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from reactpy import component, html
from reactpy.types import VdomDict

from offline.wire.funds import Allocation, Fund, FundSave, LedgerEntry
from pwa.components.basics import Badge, Button, Child, attributes, calling
from pwa.components.lists import Column, Table
from pwa.desk.funds.approvals import ApprovalsPanel
from pwa.desk.funds.booking import Booking, partner_name
from pwa.desk.funds.form import FundForm
from pwa.desk.listing import NEW, Listing, new_button, not_found, search, use_listing
from pwa.desk.parts import Nothing, address_of, block, export_link, link, more_note, page, pair, panel, refusal
from pwa.desk.reading import matches
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words
from pwa.hooks import use_engine_version
from pwa.screens.claims import parts

APPROVALS = "approvals"
_ENTRIES = 60
_PURSES = 50


@component
def FundsScreen(fund_id: str, query: Mapping[str, str]) -> VdomDict:
    """``/desk/funds/new``, ``/desk/funds/approvals`` and ``/desk/funds/<id>``, with ``?edit=1`` to change it."""
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    listing = use_listing("funds", fund_id, query)
    text = listing.text
    rows = sorted(parts.rows_of(desk.app, Fund, "fund"), key=lambda each: (each.status != "open", each.code))
    shown = [row for row in rows if matches(text, f"{row.code} {' '.join(row.name.values())}".casefold())]

    return page(
        words("nav.funds"),
        Table(
            _columns(words, shown),
            shown,
            key=lambda row: row.id,
            on_open=listing.open,
            selected=fund_id,
            caption=words("nav.funds"),
            testid="funds-table",
            row_testid=lambda row: f"fund-{row.code}",
        )
        if shown
        else not_found(words, text)
        if rows
        else Nothing("hand-coins", words("funds.none"), words("funds.none_text"), key="empty"),
        tools=(
            search(words("funds.search"), text, listing.look_for),
            export_link(desk, "ledger"),
            Button(
                words("funds.approvals"),
                calling(listing.to, APPROVALS),
                kind="secondary",
                testid="approvals-open",
                key="approvals",
            )
            if desk.reads.may("fund.manage")
            else None,
            new_button(listing, words("funds.new"), "fund.manage", testid="fund-new"),
        ),
        panel=_panel(listing, editing=query.get("edit") == "1") if fund_id else None,
        testid="desk-funds",
    )


def _panel(listing: Listing, *, editing: bool) -> Any:
    desk, fund_id = listing.desk, listing.row_id
    if fund_id == APPROVALS:
        return ApprovalsPanel(listing.close, key=APPROVALS)
    row = desk.app.engine.replica.typed(Fund, "fund", fund_id)
    if fund_id == NEW or editing or (row is None and desk.refused("fund", fund_id, FundSave.NAME)):
        return FundForm(fund_id, listing.close, listing.made, key=f"form-{fund_id}")
    return FundPanel(fund_id, listing.close, key=fund_id)


def _columns(words: Words, rows: Sequence[Fund]) -> list[Column]:
    """Of several funds in one currency it is said what they come to."""
    currencies = {row.currency for row in rows}
    adds_up = len(rows) > 1 and len(currencies) == 1

    def money(name: str, amount: Callable[[Fund], Decimal], *, minor: bool = False) -> Column:
        total = words.money(sum(map(amount, rows), Decimal(0)), *currencies) if adds_up else None
        title = words(f"funds.{name}")
        return Column(title, lambda row: words.money(amount(row), row.currency), numeric=True, minor=minor, total=total)

    def name(row: Fund) -> VdomDict:
        closed = Badge(words("funds.closed"), "neutral") if row.status != "open" else None
        return html.span(
            {"className": "cluster"},
            html.strong(words.name(row.name)),
            html.span({"className": "faint"}, row.code),
            closed,
        )

    return [
        Column(words("funds.fund"), name, total=words("funds.together") if adds_up else None),
        Column(words("funds.until"), lambda row: words.format.day(row.valid_until, words.now), minor=True),
        money("budget", lambda row: row.budget),
        money("available", lambda row: row.available + row.unallocated),
        money("reserved", lambda row: row.reserved),
        money("payable", lambda row: row.payable),
        money("settled", lambda row: row.settled, minor=True),
    ]


@component
def FundPanel(fund_id: str, on_close: Callable[[], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    row = desk.app.engine.replica.typed(Fund, "fund", fund_id)
    if row is None:
        return panel(words("funds.gone"), on_close=on_close, testid="fund-panel")
    entries = sorted(
        (each for each in parts.rows_of(desk.app, LedgerEntry, "ledger_entry") if each.fund == row.id),
        key=lambda each: each.number,
        reverse=True,
    )
    refused = desk.refused("fund", row.id, "fund.top_up", "fund.allocate")
    may = desk.reads.may("fund.manage")
    edit = Button(
        words("funds.edit"),
        lambda _event: desk.go(f"/desk/funds/{row.id}?edit=1"),
        kind="secondary",
        class_name="panel-main",
        testid="fund-edit",
    )
    period = (words.format.day(day, words.now) for day in (row.valid_from, row.valid_until))
    return panel(
        words.name(row.name),
        *(refusal(desk, entry, retry=False) for entry, _command in refused),
        _balance(words, row),
        Booking(row, *next(iter(refused), (None, None)), key=f"booking-{row.id}")
        if may and row.status == "open"
        else None,
        _shares(desk, words, row),
        _ledger(desk, words, row, entries),
        on_close=on_close,
        over=html.span({"className": "number"}, row.code),
        subtitle=" – ".join(period),
        actions=html.div({"className": "panel-buttons"}, edit) if may else None,
        key=row.id,
        testid="fund-panel",
        wide=True,
    )


def _balance(words: Words, row: Fund) -> VdomDict:
    """The parts of the budget; they add up to it."""
    shown = [
        ("unallocated", row.unallocated),
        ("available", row.available),
        ("reserved", row.reserved),
        ("payable", row.payable),
        ("settled", row.settled),
    ]
    if row.shared or len(row.organisations) == 1:
        shown = shown[1:]
    return block(
        "",
        *(
            pair(words(f"funds.{name}"), words.money(amount, row.currency), testid=f"sum-{name}")
            for name, amount in shown
        ),
        html.div({"className": "block-rule"}),
        pair(words("funds.budget"), words.money(row.budget, row.currency), strong=True, testid="sum-budget"),
        key="balance",
        testid="fund-balance",
    )


def _shares(desk: DeskState, words: Words, row: Fund) -> Child:
    """What each partner has."""
    purses = [each for each in parts.rows_of(desk.app, Allocation, "allocation") if each.fund == row.id]
    if len(row.organisations) == 1 and not row.shared:
        # All of it is this partner's at once: the pot behind it is empty.
        purses = [each for each in purses if each.organisation or each.allocated]
    if not purses:
        return None
    purses.sort(key=lambda each: (-each.allocated, each.id))
    lines = (
        html.div(
            attributes("share", f"share-{each.organisation or 'shared'}", each.id),
            html.strong({"dir": "auto"}, partner_name(desk, words, each.organisation)),
            parts.BalanceBar(desk.app, each),
        )
        for each in purses[:_PURSES]
    )
    return block(words("funds.shares"), *lines, more_note(words, len(purses), _PURSES), key="shares")


def _ledger(desk: DeskState, words: Words, row: Fund, entries: list[LedgerEntry]) -> Child:
    if not entries:
        return None

    lines = (_entry(desk, words, row, each) for each in entries[:_ENTRIES])
    rest = len(entries) - _ENTRIES
    more = html.p({"className": "block-note"}, words("funds.more", count=rest)) if rest > 0 else None
    listed = html.ol({"className": "fund-ledger"}, *lines)
    return block(words("funds.ledger"), listed, more, key="ledger", testid="ledger")


def _entry(desk: DeskState, words: Words, row: Fund, each: LedgerEntry) -> VdomDict:
    """Two lines: a table of it is wider than what it stands in. Its paper leads to the claim, where there is one."""
    paper: Child = each.reference or each.paper or each.reason or None
    if each.claim and paper:
        paper = link(desk, address_of("claims", each.claim), paper, class_name="fund-entry-paper")
    whose = partner_name(desk, words, each.organisation) if len(row.organisations) > 1 and each.organisation else None
    back = "−" if each.kind == "release" else ""
    return html.li(
        {"className": "fund-entry", "key": each.id},
        html.span({"className": "faint number"}, str(each.number)),
        html.strong(words(f"funds.kind_{each.kind}")),
        html.strong({"className": "number"}, back + words.money(each.amount, each.currency)),
        html.span(
            {"className": "fund-entry-about faint"},
            html.span(words.soon(each.at)),
            *(html.span({"dir": "auto"}, part) for part in (paper, whose, each.actor_name) if part),
        ),
    )
