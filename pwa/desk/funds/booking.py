"""More budget for a fund, or a share of it for a partner."""

from functools import partial
from typing import Any

from reactpy import component, use_memo, use_ref, use_state
from reactpy.types import VdomDict

from offline.money import quantise
from offline.rules.ledger import SHARED
from offline.store import Entry
from offline.wire.commands import Command
from offline.wire.funds import Fund, FundAllocate, FundTopUp
from pwa.components.basics import Button, Child, calling
from pwa.components.fields import NumberField, TextField, parse_number
from pwa.desk.editing import fresh_id
from pwa.desk.parts import block, columns, select
from pwa.desk.state import DeskState, Form, use_desk, use_form
from pwa.desk.words import Words


@component
def Booking(row: Fund, entry: Entry | None, refused: Command | None) -> VdomDict:
    """``refused``: a booking that the server did not take, the one of ``entry``; it is shown again as it was typed."""
    desk = use_desk()
    words = desk.words()
    form = use_form(f"fund-booking:{row.id}", _start(row, refused))
    count, set_count = use_state(0)
    entry_id = use_memo(fresh_id, dependencies=[count])
    booked = use_ref("")

    async def book() -> None:
        if booked.current == entry_id:
            return  # the second press of a double click
        command, errors = _command(words, row, form, entry_id)
        if command is None:
            form.refuse(errors)
            return
        booked.current = entry_id
        form.put("amount", "")
        form.put("reason", "")
        form.saved()
        set_count(lambda number: number + 1)
        await desk.save(command, entry, words("said.saved"))

    return block(
        words("funds.book"),
        *_what(desk, words, row, form),
        columns(*_fields(words, row, form, f"{form.revision}-{count}-{entry.id if entry is not None else ''}")),
        Button(words("funds.book_yes"), calling(book), kind="secondary", testid="book", key="book"),
        key="booking",
    )


def _start(row: Fund, refused: Command | None) -> dict[str, Any]:
    start = {"deed": "top_up", "amount": "", "reason": "", "organisation": row.organisations[0]}
    if isinstance(refused, FundTopUp | FundAllocate):
        start |= {"amount": f"{refused.amount:f}", "reason": refused.reason}
    if isinstance(refused, FundAllocate):
        start |= {"deed": "allocate", "organisation": refused.organisation}
    return start


def _what(desk: DeskState, words: Words, row: Fund, form: Form) -> tuple[Child, Child]:
    """The deed, and whose share it is: only a fund of several partners who do not share it has any."""
    if row.shared or len(row.organisations) == 1:
        return None, None
    deeds = [(deed, words(f"funds.{deed}")) for deed in ("top_up", "allocate")]
    deed = select(words("funds.deed"), deeds, form["deed"], partial(form.put, "deed"), key="deed")
    if form["deed"] != "allocate":
        return deed, None
    partners = [(each, partner_name(desk, words, each)) for each in row.organisations]
    partner = select(
        words("claims.partner"), partners, form["organisation"], partial(form.put, "organisation"),
        testid="book-organisation", key="organisation",
    )  # fmt: skip
    return deed, partner


def _fields(words: Words, row: Fund, form: Form, revision: str) -> tuple[VdomDict, VdomDict]:
    return (
        NumberField(
            words("funds.amount"), value=form["amount"], on_change=form.typed("amount"), decimals=True,
            error=form.error("amount"), before=words.symbol(row.currency), hint=words("funds.amount_hint"),
            revision=revision, testid="book-amount", key="amount",
        ),
        TextField(
            words("funds.reason"), value=form["reason"], on_change=form.typed("reason"), max_length=500,
            revision=revision, testid="book-reason", key="reason",
        ),
    )  # fmt: skip


def _command(words: Words, row: Fund, form: Form, entry_id: str) -> tuple[Command | None, dict[str, str]]:
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
