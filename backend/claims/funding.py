"""Funds: opened, filled, allocated."""

from datetime import date
from decimal import Decimal

from backend.claims import queries
from backend.claims.models import Fund, FundPurse
from backend.claims.rows import fund_row
from backend.claims.sitting import Actor, Booking, Sitting, actor_of, allocation_id, sitting_of
from backend.identity.service import audit_change, refuse_overtaken
from backend.inputs import check_day, check_distinct, check_names, check_text
from backend.partners import service as partners
from backend.sync.commands import Context, Refused
from offline.money import quantise
from offline.rules import ledger
from offline.wire.funds import FundAllocate, FundSave, FundTopUp

MAX_AMOUNT = Decimal(10) ** 12
# So that no account leaves what a database column holds.
MAX_BUDGET = 90 * MAX_AMOUNT


def check_money(field: str, amount: Decimal, currency: str, *, below: bool = False) -> None:
    """Above nothing (``below``: or under it) and no finer than the currency. Refuses with ``invalid`` {field}."""
    sound = amount.is_finite() and 0 < abs(amount) <= MAX_AMOUNT and (below or amount > 0)
    if not sound or amount != quantise(amount, currency):
        raise Refused("invalid", field=field)


def check_days(since: date, until: date) -> None:
    """Refuses with ``invalid`` {field} unless these days are of our age and in order."""
    check_day("starts_on", since)
    check_day("ends_on", until)
    if until < since:
        raise Refused("invalid", field="ends_on")


async def save_fund(context: Context, command: FundSave) -> None:
    """Refuses with ``invalid`` {field}, ``organisation_unknown``, ``code_taken`` {value}, ``fund_in_use`` {field}:
    what cannot be changed any more once something was booked, ``changed_meanwhile``."""
    sitting = await sitting_of(context)
    await sitting.hold(funds={command.fund})
    fund = sitting.funds[command.fund]
    before = fund_row(fund, _purses(sitting, fund)) if fund is not None else None
    await refuse_overtaken(context, before, command)
    await _check_save(context, command, fund)
    if fund is None:
        fund = Fund(
            tenant_id=sitting.tenant_id,
            id=command.fund,
            source=Decimal(0),
            pot=Decimal(0),
            entries=0,
            created_at=context.now,
        )
        context.session.add(fund)
        sitting.funds[fund.id] = fund
    fund.code, fund.name, fund.organisations = command.code, dict(command.name), list(command.organisations)
    fund.shared, fund.currency = command.shared, command.currency
    fund.valid_from, fund.valid_until = command.valid_from, command.valid_until
    fund.needs, fund.claim_days, fund.status = list(command.needs), command.claim_days, command.status
    fund.note, fund.changed_at = command.note, context.now
    sitting.touch("fund", fund.id, context.command_id)
    await _open_purses(context, sitting, fund)
    for purse in _purses(sitting, fund):
        sitting.touch("purse", f"{fund.id}/{purse.organisation_id}", context.command_id)
    after = fund_row(fund, _purses(sitting, fund))
    audit_change(context.session, context.principal, "fund", before, after, at=context.now)


async def _open_purses(context: Context, sitting: Sitting, fund: Fund) -> None:
    """One for each partner, or one for all; of a fund that nothing is booked in, those of before are gone."""
    wanted = {ledger.SHARED} if fund.shared else set(fund.organisations)
    for purse in _purses(sitting, fund):
        if purse.organisation_id not in wanted:
            await context.session.delete(purse)
            del sitting.purses[fund.id, purse.organisation_id]
            context.changes.delete("allocation", allocation_id(fund.id, purse.organisation_id))
    for organisation_id in sorted(wanted):
        sitting.purse(fund, organisation_id)


async def _check_save(context: Context, command: FundSave, fund: Fund | None) -> None:
    session, tenant_id = context.session, context.principal.tenant_id
    check_names("name", command.name)
    check_text("code", command.code, command.note)
    check_distinct("organisations", command.organisations)
    check_distinct("needs", command.needs)
    check_days(command.valid_from, command.valid_until)
    known = await partners.existing_ids(session, tenant_id, command.organisations)
    if len(known) < len(command.organisations):
        raise Refused("organisation_unknown")
    if await queries.fund_by_code(session, tenant_id, command.code) not in (None, command.fund):
        raise Refused("code_taken", value=command.code)
    if fund is not None and fund.entries:
        for field in ("currency", "shared"):
            if getattr(fund, field) != getattr(command, field):
                raise Refused("fund_in_use", field=field)
        if not set(fund.organisations) <= set(command.organisations):
            raise Refused("fund_in_use", field="organisations")


def _purses(sitting: Sitting, fund: Fund) -> list[FundPurse]:
    return [purse for (fund_id, _), purse in sitting.purses.items() if fund_id == fund.id]


def only_purse(fund: Fund) -> str | None:
    """The purse all of the budget is for; None where head office allocates."""
    if fund.shared:
        return ledger.SHARED
    return fund.organisations[0] if len(fund.organisations) == 1 else None


async def top_up_fund(context: Context, command: FundTopUp) -> None:
    """Refuses with ``fund_unknown``, ``entry_exists``, ``invalid`` {field}: more than a fund holds, too; ``fund_short``
    {left}: cut by more than is free."""
    sitting, fund = await _fund(context, command.fund, command.entry)
    check_text("reason", command.reason)
    check_money("amount", command.amount, fund.currency, below=True)
    # The source is a debt: what was put in, below nothing.
    if command.amount > 0 and command.amount - fund.source > MAX_BUDGET:
        raise Refused("invalid", field="amount")
    put_in = Booking("fund", ledger.SHARED, command.amount, reason=command.reason, entry_id=command.entry)
    bookings = [put_in]
    purse = only_purse(fund)
    if purse is not None:
        allocated = Booking("allocate", purse, command.amount, reason=command.reason)
        bookings = [put_in, allocated] if command.amount > 0 else [allocated, put_in]
    _book(sitting, fund, bookings, actor_of(context))


async def allocate_fund(context: Context, command: FundAllocate) -> None:
    """Refuses with ``fund_unknown``, ``entry_exists``, ``organisation_unknown``: not of the fund, ``invalid`` {field},
    ``fund_short`` {left}."""
    sitting, fund = await _fund(context, command.fund, command.entry)
    check_text("reason", command.reason)
    check_money("amount", command.amount, fund.currency, below=True)
    if fund.shared or command.organisation not in fund.organisations:
        raise Refused("organisation_unknown")
    booking = Booking("allocate", command.organisation, command.amount, reason=command.reason, entry_id=command.entry)
    _book(sitting, fund, [booking], actor_of(context))


async def _fund(context: Context, fund_id: str, entry_id: str) -> tuple[Sitting, Fund]:
    sitting = await sitting_of(context)
    await sitting.hold(funds={fund_id})
    fund = sitting.funds[fund_id]
    if fund is None:
        raise Refused("fund_unknown")
    if await queries.entry_exists(context.session, sitting.tenant_id, entry_id):
        raise Refused("entry_exists")
    return sitting, fund


def _book(sitting: Sitting, fund: Fund, bookings: list[Booking], actor: Actor) -> None:
    try:
        sitting.check(fund, *bookings)
    except ledger.Overdrawn as error:
        raise Refused("fund_short", left=str(quantise(error.left, fund.currency))) from None
    for booking in bookings:
        sitting.book(fund, booking, actor)
    fund.changed_at = sitting.now
