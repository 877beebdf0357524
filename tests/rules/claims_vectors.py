"""How the vectors of claims are run: the ledger, the checks of evidence, approval in steps."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from offline.rules import approvals, evidence, ledger

Given = dict[str, Any]


def _ledger(given: Given) -> Any:
    """``entries``: [kind, purse, amount] in a row; what cannot be booked is told and left out."""
    balances: dict[ledger.Key, Decimal] = {}
    refused = []
    made = []
    for kind, purse, amount in given["entries"]:
        try:
            entry = ledger.entry(kind, purse, Decimal(amount), given.get("currency", "CNY"))
            balances = ledger.book(balances, entry)
            made.append(entry)
        except ledger.Overdrawn as error:
            refused.append([kind, error.account, str(error.left)])
        except ValueError:
            refused.append([kind, "not an entry"])
    assert ledger.totals(made) == balances
    return {
        "accounts": {f"{purse}/{account}": amount for (purse, account), amount in balances.items()},
        "sum": sum(balances.values(), Decimal(0)),
        "refused": refused,
        "balance": ledger.balance(balances, given.get("purse", "p")),
        "consumed": ledger.balance(balances, given.get("purse", "p")).consumed,
    }


def _check_claim(given: Given) -> Any:
    terms = {"starts_on": "2026-07-01", "ends_on": "2026-07-31", "left": "1000", "currency": "CNY"}
    found = evidence.check_claim(
        msgspec.convert(given.get("receipts", []), list[evidence.Receipt]),
        msgspec.convert(given.get("pictures", []), list[evidence.Picture]),
        msgspec.convert(terms | given.get("terms", {}), evidence.Terms),
        msgspec.convert(given.get("before", {}), evidence.Before),
    )
    return {
        "findings": [[each.check, each.level, each.subject] for each in found],
        "seen": [each.number for each in found if each.number],
        "details": [each.detail for each in found],
        "gravest": evidence.gravest(found),
    }


def _standing(given: Given) -> Any:
    chain = {name: given[name] for name in ("steps", "decided", "applicants") if name in given}
    approver = {"person": "p", "role": "rep"} | given.get("approver", {})
    return approvals.standing(
        msgspec.convert({"applicants": ["applicant"], **chain}, approvals.Chain),
        msgspec.convert(approver, approvals.Approver),
        msgspec.convert(given.get("deputies", []), list[approvals.Deputy]),
        datetime.fromisoformat(given.get("at", "2026-07-06T02:00:00+00:00")),
    )


def _needed(given: Given) -> int:
    steps = msgspec.convert(given["steps"], list[approvals.Step])
    same = given.get("same_currency", True)
    return len(approvals.needed_steps(steps, Decimal(given["amount"]), same_currency=same))


CLAIMS_RULES: dict[str, Callable[[Any, Given], Any]] = {
    "ledger": lambda _, given: _ledger(given),
    "entry_faults": lambda _, given: ledger.entry_faults(msgspec.convert(given["entry"], ledger.Entry)),
    "check_claim": lambda _, given: _check_claim(given),
    "exif_of": lambda _, given: [evidence.exif_of(*each) for each in given["told"]],
    "seller_key": lambda _, given: [evidence.seller_key(seller) for seller in given["sellers"]],
    "standing": lambda _, given: _standing(given),
    "needed_steps": lambda _, given: _needed(given),
    "step_faults": lambda _, given: approvals.step_faults(msgspec.convert(given["steps"], list[approvals.Step])),
}
