"""Funds at the desk: what each has, its ledger, more budget and shares for partners."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from reactpy import component, html, use_memo, use_ref, use_state
from reactpy.types import VdomDict

from offline.money import quantise
from offline.rules.ledger import SHARED
from offline.wire.commands import Command
from offline.wire.funds import Allocation, Fund, FundAllocate, FundSave, FundTopUp, LedgerEntry
from pwa.components.basics import Badge, Button, Child, attributes, calling
from pwa.components.fields import NumberField, TextField, parse_number
from pwa.components.lists import Column, Table
from pwa.desk.editing import fresh_id
from pwa.desk.funds.approvals import ApprovalsPanel
from pwa.desk.funds.form import FundForm
from pwa.desk.listing import NEW, Listing, new_button, search, use_listing
from pwa.desk.parts import Nothing, block, columns, export_link, page, pair, panel, refusal, select
from pwa.desk.reading import matches
from pwa.desk.state import DeskState, Form, use_desk, use_form
from pwa.desk.words import Words
from pwa.hooks import use_engine_version
from pwa.screens.claims import parts

APPROVALS = "approvals"
_ENTRIES = 60


@component
def FundsScreen(fund_id: str, query: Mapping[str, str]) -> VdomDict:
    """``/desk/funds/new``, ``/desk/funds/approvals`` and ``/desk/funds/<id>``, with ``?edit=1`` to change it."""
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    text, set_text = use_state("")
    rows = sorted(parts.rows_of(desk.app, Fund, "fund"), key=lambda each: (each.status != "open", each.code))
    shown = [row for row in rows if matches(text, f"{row.code} {' '.join(row.name.values())}".casefold())]

    listing = use_listing("funds", fund_id, query)
    return page(
        words("nav.funds"),
        Table(
            _columns(words),
            shown,
            key=lambda row: row.id,
            on_open=listing.open,
            selected=fund_id,
            caption=words("nav.funds"),
            testid="funds-table",
            row_testid=lambda row: f"fund-{row.code}",
        )
        if shown
        else Nothing("hand-coins", words("funds.none"), words("funds.none_text"), key="empty"),
        tools=(
            search(words("funds.search"), text, set_text),
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


def _columns(words: Words) -> list[Column]:
    def money(amount: Decimal, row: Fund) -> str:
        return words.money(amount, row.currency)

    def name(row: Fund) -> VdomDict:
        closed = Badge(words("funds.closed"), "neutral") if row.status != "open" else None
        return html.span(
            {"className": "cluster"},
            html.strong(words.name(row.name)),
            html.span({"className": "faint"}, row.code),
            closed,
        )

    return [
        Column(words("funds.fund"), name),
        Column(words("funds.until"), lambda row: words.format.day(row.valid_until, words.now), minor=True),
        Column(words("funds.budget"), lambda row: money(row.budget, row), numeric=True),
        Column(words("funds.available"), lambda row: money(row.available + row.unallocated, row), numeric=True),
        Column(words("funds.reserved"), lambda row: money(row.reserved, row), numeric=True),
        Column(words("funds.payable"), lambda row: money(row.payable, row), numeric=True),
        Column(words("funds.settled"), lambda row: money(row.settled, row), numeric=True, minor=True),
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
        Booking(row, key=f"booking-{row.id}") if may and row.status == "open" else None,
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


@component
def Booking(row: Fund) -> VdomDict:
    """More budget, or a share for a partner."""
    desk = use_desk()
    words = desk.words()
    several = not row.shared and len(row.organisations) > 1
    start = {"deed": "top_up", "amount": "", "reason": "", "organisation": row.organisations[0]}
    form = use_form(f"fund-booking:{row.id}", start)
    count, set_count = use_state(0)
    entry_id = use_memo(fresh_id, dependencies=[count])
    booked = use_ref("")

    async def book() -> None:
        if booked.current == entry_id:
            return  # the second press of a double click
        command, errors = _booking(words, row, form, entry_id)
        if command is None:
            form.refuse(errors)
            return
        booked.current = entry_id
        form.put("amount", "")
        form.put("reason", "")
        form.saved()
        set_count(lambda number: number + 1)
        await desk.submit(command, said=words("said.saved"))

    deeds = [("top_up", words("funds.top_up"))] + ([("allocate", words("funds.allocate"))] if several else [])
    allocating = several and form["deed"] == "allocate"
    return block(
        words("funds.book"),
        select(words("funds.deed"), deeds, form["deed"], lambda value: form.put("deed", value), key="deed")
        if several
        else None,
        select(
            words("claims.partner"),
            [(each, partner_name(desk, words, each)) for each in row.organisations],
            form["organisation"],
            lambda value: form.put("organisation", value),
            testid="book-organisation",
            key="organisation",
        )
        if allocating
        else None,
        columns(
            NumberField(
                words("funds.amount"), value=form["amount"], on_change=form.typed("amount"), decimals=True,
                error=form.error("amount"), before=words.symbol(row.currency), hint=words("funds.amount_hint"),
                revision=f"{form.revision}-{count}", testid="book-amount", key="amount",
            ),
            TextField(
                words("funds.reason"), value=form["reason"], on_change=form.typed("reason"), max_length=500,
                revision=f"{form.revision}-{count}", testid="book-reason", key="reason",
            ),
        ),
        Button(words("funds.book_yes"), calling(book), kind="secondary", testid="book", key="book"),
        key="booking",
    )  # fmt: skip


def _booking(words: Words, row: Fund, form: Form, entry_id: str) -> tuple[Command | None, dict[str, str]]:
    amount = parse_number(str(form["amount"]))
    if amount is None or amount == 0 or amount != quantise(amount, row.currency):
        return None, {"amount": words("funds.wrong_amount")}
    amount = quantise(amount, row.currency)
    reason = str(form["reason"]).strip()
    if form["deed"] == "allocate":
        organisation = str(form["organisation"])
        return FundAllocate(fund=row.id, entry=entry_id, organisation=organisation, amount=amount, reason=reason), {}
    return FundTopUp(fund=row.id, entry=entry_id, amount=amount, reason=reason), {}


def partner_name(desk: DeskState, words: Words, organisation_id: str) -> str:
    if organisation_id == SHARED:
        return words("funds.shared_pot")
    found = desk.app.organisation(organisation_id)
    return words.name(found.name) if found else "—"


def _shares(desk: DeskState, words: Words, row: Fund) -> Child:
    """What each partner has."""
    purses = [each for each in parts.rows_of(desk.app, Allocation, "allocation") if each.fund == row.id]
    if not purses:
        return None
    purses.sort(key=lambda each: (-each.allocated, each.id))
    lines = (
        html.div(
            attributes("share", f"share-{each.organisation or 'shared'}", each.id),
            html.strong({"dir": "auto"}, partner_name(desk, words, each.organisation)),
            parts.BalanceBar(desk.app, each),
        )
        for each in purses[:50]
    )
    return block(words("funds.shares"), *lines, key="shares")


def _ledger(desk: DeskState, words: Words, row: Fund, entries: list[LedgerEntry]) -> Child:
    if not entries:
        return None

    def amount(each: LedgerEntry) -> str:
        back = each.kind == "release"
        return ("−" if back else "") + words.money(each.amount, each.currency)

    table = Table(
        [
            Column("#", lambda each: str(each.number), numeric=True, width="2.5rem"),
            Column(words("funds.when"), lambda each: words.soon(each.at)),
            Column(words("funds.kind"), lambda each: words(f"funds.kind_{each.kind}")),
            Column(words("funds.paper"), lambda each: each.reference or each.paper or each.reason),
            Column(words("funds.amount"), amount, numeric=True),
        ],
        entries[:_ENTRIES],
        key=lambda each: each.id,
        caption=words("funds.ledger"),
        testid="ledger",
    )
    rest = len(entries) - _ENTRIES
    more = html.p({"className": "block-note"}, words("funds.more", count=rest)) if rest > 0 else None
    return block(words("funds.ledger"), table, more, key="ledger")
