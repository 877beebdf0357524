"""The ledger of trade funds: double entry, every entry adds up to nothing in its fund's currency.

What a fund holds is spread over accounts. ``source`` and ``pot`` are the fund's own; the others exist once for each
*purse*: a partner the fund was allocated to, or ``""`` for the one purse of a shared pot.

    source     what the brand has put in, as a debt: never above nothing
    pot        put in, not allocated yet
    available  allocated, free to apply for
    reserved   held for activities that were applied for
    payable    claimed and approved: owed to the partner
    settled    credited or paid

So ``allocated = available + reserved + payable + settled`` and ``consumed = payable + settled``, which is the other
way to say ``available = allocated - reserved - consumed``. No account but ``source`` ever falls below nothing.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal, get_args

import msgspec

from offline.money import quantise

Account = Literal["source", "pot", "available", "reserved", "payable", "settled"]
EntryKind = Literal["fund", "allocate", "reserve", "release", "consume", "settle"]
ACCOUNTS: tuple[Account, ...] = get_args(Account)
SHARED = ""
"""The purse of a shared pot; also the purse of ``source`` and ``pot``."""
_FUND_ACCOUNTS = frozenset({"source", "pot"})
_ZERO = Decimal(0)
# Out of the first, into the second.
_MOVES: dict[EntryKind, tuple[Account, Account]] = {
    "fund": ("source", "pot"),
    "allocate": ("pot", "available"),
    "reserve": ("available", "reserved"),
    "release": ("reserved", "available"),
    "consume": ("reserved", "payable"),
    "settle": ("payable", "settled"),
}
_TAKEN_BACK = frozenset({"fund", "allocate"})
Key = tuple[str, Account]
Balances = Mapping[Key, Decimal]


class Posting(msgspec.Struct, frozen=True):
    """``amount`` is added to ``account`` of ``purse``."""

    account: Account
    purse: str
    amount: Decimal


class Entry(msgspec.Struct, frozen=True):
    """What happened once, in one currency."""

    kind: EntryKind
    currency: str
    postings: tuple[Posting, ...]


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What one purse comes to."""

    allocated: Decimal
    available: Decimal
    reserved: Decimal
    payable: Decimal
    settled: Decimal

    @property
    def consumed(self) -> Decimal:
        return self.payable + self.settled


class Overdrawn(Exception):
    """``account`` has only ``left``: nothing was booked."""

    def __init__(self, account: Account, left: Decimal) -> None:
        super().__init__(f"{account}: {left} left")
        self.account = account
        self.left = left


def entry(kind: EntryKind, purse: str, amount: Decimal, currency: str) -> Entry:
    """The entry that moves ``amount`` one step on. Budgets (``fund``, ``allocate``) may be taken back by an amount
    below nothing; else it is above. An amount of nothing, or of less than the minor unit, is a ``ValueError``."""
    if amount != quantise(amount, currency) or amount == 0 or (amount < 0 and kind not in _TAKEN_BACK):
        raise ValueError(f"{amount} {currency} cannot be booked as {kind}")
    out, into = _MOVES[kind]
    return Entry(
        kind, currency, (Posting(out, _owner(out, purse), -amount), Posting(into, _owner(into, purse), amount))
    )


def book(balances: Balances, made: Entry) -> dict[Key, Decimal]:
    """``balances`` after ``made``. Raises ``Overdrawn`` where an account would fall below nothing, or ``source``
    rise above it, and ``ValueError`` for an entry that does not add up."""
    if faults := entry_faults(made):
        raise ValueError(", ".join(faults))
    after = dict(balances)
    for posting in made.postings:
        key = posting.purse, posting.account
        after[key] = after.get(key, _ZERO) + posting.amount
    for posting in made.postings:
        key = posting.purse, posting.account
        if (after[key] > 0) if posting.account == "source" else (after[key] < 0):
            raise Overdrawn(posting.account, abs(balances.get(key, _ZERO)))
    return after


def entry_faults(made: Entry) -> list[str]:
    """Why an entry is none: ``unbalanced``, ``empty``, ``rounding`` (finer than the currency), ``purse`` (an account
    of the fund under a partner)."""
    faults = []
    if len(made.postings) < 2 or any(posting.amount == 0 for posting in made.postings):
        faults.append("empty")
    if sum((posting.amount for posting in made.postings), _ZERO) != 0:
        faults.append("unbalanced")
    if any(posting.amount != quantise(posting.amount, made.currency) for posting in made.postings):
        faults.append("rounding")
    if any(posting.account in _FUND_ACCOUNTS and posting.purse != SHARED for posting in made.postings):
        faults.append("purse")
    return faults


def totals(entries: Iterable[Entry]) -> dict[Key, Decimal]:
    """What the entries come to, account by account: the ledger summed from nothing."""
    found: dict[Key, Decimal] = {}
    for made in entries:
        for posting in made.postings:
            key = posting.purse, posting.account
            found[key] = found.get(key, _ZERO) + posting.amount
    return found


def balance(balances: Balances, purse: str) -> Balance:
    """Of one purse."""
    available, reserved, payable, settled = (
        balances.get((purse, account), _ZERO) for account in ("available", "reserved", "payable", "settled")
    )
    return Balance(
        allocated=available + reserved + payable + settled,
        available=available,
        reserved=reserved,
        payable=payable,
        settled=settled,
    )


def _owner(account: Account, purse: str) -> str:
    return SHARED if account in _FUND_ACCOUNTS else purse
