"""Trade funds, what partners may use of them, and the ledger: commands and rows.

Amounts are in the fund's currency and have its digits. Days are the brand's calendar days.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from offline.rules.evidence import Role
from offline.rules.ledger import EntryKind
from offline.wire.commands import Code, Command, Currency, Id, Note, Seen
from offline.wire.rows import Names, Row


class FundSave(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Opens or changes a fund for some partners. ``shared``: they draw on one pot; else each on what is allocated to
    it. ``needs``: what a claim must show; ``claim_days``: how long after an activity it may be claimed."""

    NAME: ClassVar[str] = "fund.save"
    fund: Id
    code: Code
    name: Names
    organisations: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=500)]
    currency: Currency
    valid_from: date
    valid_until: date
    shared: bool = False
    needs: tuple[Role, ...] = ("receipt", "display")
    claim_days: Annotated[int, Meta(ge=0, le=365)] = 30
    status: Literal["open", "closed"] = "open"
    note: Note = ""
    seen: Seen = ""


class FundTopUp(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """More budget, or less (below nothing). With one purse it is allocated at once."""

    NAME: ClassVar[str] = "fund.top_up"
    fund: Id
    entry: Id
    amount: Decimal
    reason: Note = ""


class FundAllocate(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """From the pot to a partner, or back (below nothing)."""

    NAME: ClassVar[str] = "fund.allocate"
    fund: Id
    entry: Id
    organisation: Id
    amount: Decimal
    reason: Note = ""


COMMANDS: dict[str, type[Command]] = {command.NAME: command for command in (FundSave, FundTopUp, FundAllocate)}


class Fund(Row, frozen=True, kw_only=True, omit_defaults=True):
    """For head office: all of it. ``unallocated`` lies in the pot."""

    code: str
    name: Names
    organisations: tuple[str, ...]
    currency: str
    valid_from: date
    valid_until: date
    shared: bool = False
    needs: tuple[Role, ...] = ("receipt", "display")
    claim_days: int = 30
    status: Literal["open", "closed"] = "open"
    note: str = ""
    budget: Decimal
    unallocated: Decimal
    available: Decimal
    reserved: Decimal
    payable: Decimal
    settled: Decimal
    changed_at: datetime | None = None


class Allocation(Row, frozen=True, kw_only=True, omit_defaults=True):
    """What a partner may use of a fund. ``organisation`` "" = a shared pot, for all of ``organisations``."""

    fund: str
    organisation: str = ""
    organisations: tuple[str, ...] = ()
    code: str
    name: Names
    currency: str
    valid_from: date
    valid_until: date
    needs: tuple[Role, ...] = ("receipt", "display")
    claim_days: int = 30
    status: Literal["open", "closed"] = "open"
    allocated: Decimal
    available: Decimal
    reserved: Decimal
    payable: Decimal
    settled: Decimal


class LedgerEntry(Row, frozen=True, kw_only=True, omit_defaults=True):
    """``amount`` went one step on: see ``offline.rules.ledger``. ``number`` counts a fund's entries from 1."""

    fund: str
    number: int
    kind: EntryKind
    organisation: str = ""
    amount: Decimal
    currency: str
    at: datetime
    actor_name: str = ""
    reason: str = ""
    activity: str = ""
    claim: str = ""
    paper: str = ""
    reference: str = ""


ENTITIES: dict[str, type[Row]] = {
    "fund": Fund,
    "allocation": Allocation,
    "ledger_entry": LedgerEntry,
}
