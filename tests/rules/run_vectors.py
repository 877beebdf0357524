"""Runs the golden vectors in ``tests/vectors``: ``python -m tests.rules.run_vectors`` or ``run(folder)``.

Needs neither pytest nor a server, so that a phone's Python can run it too. A vector file is
``{"worlds": {name: world}, "vectors": [{"name", "rule", "world"?, "given", "expect"}]}``; a world named ``other`` may
build on one named ``base`` with ``"from": "base"``. ``expect`` is compared exactly; of an object only the keys
it names.
"""

import sys
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from offline.money import from_minor, quantise, to_minor
from offline.rules.allocation import allocate
from offline.rules.authorisation import Authorisation, is_authorised
from offline.rules.barcodes import gtins
from offline.rules.categories import place_fault
from offline.rules.credit import Document, available, exceeds_credit, exposure
from offline.rules.days import local_day
from offline.rules.drift import price_drift
from offline.rules.facts import Facts
from offline.rules.ordering import Wanted, quote
from offline.rules.passwords import password_fault
from offline.rules.permissions import ROLES, permissions_of
from offline.rules.pricing import resolve_price, tier_faults, tiers
from offline.rules.promotions import reward_faults
from offline.rules.quantities import check, round_up
from offline.rules.statuses import (
    TRANSITIONS,
    holds,
    holds_after_approval,
    may_move,
    moves,
    shipped_status,
    status_for_holds,
)
from offline.rules.taxes import tax_of
from offline.wire.commands import PlacedLine
from offline.wire.rows import OrderLine, Organisation, Product, PromotionReward, Tier
from tests.rules.books import COUNTING
from tests.rules.claims_vectors import CLAIMS_RULES
from tests.rules.cuts import CUTTING
from tests.rules.marked import MARKING
from tests.rules.notices import NOTICES
from tests.rules.visiting import VISITING
from tests.rules.worlds import NOON, facts_of

Given = dict[str, Any]
VECTORS = Path(__file__).parent.parent / "vectors"


def run(vectors_dir: Path | str = VECTORS) -> list[str]:
    """What failed, a line each: file, vector, where, expected and got. An empty folder is a failure too."""
    failures: list[str] = []
    count = 0
    for path in sorted(Path(vectors_dir).glob("*.json")):
        document = msgspec.json.decode(path.read_bytes())
        for vector in document["vectors"]:
            count += 1
            failures += [f"{path.name} / {vector['name']}: {each}" for each in _run_one(document, vector)]
    return failures if count else [f"no vectors in {vectors_dir}"]


def _run_one(document: Given, vector: Given) -> list[str]:
    given = vector.get("given", {})
    facts = facts_of(_world(document, vector["world"])) if "world" in vector else None
    try:
        found = _RULES[vector["rule"]](facts, given)
    except Exception as error:  # noqa: BLE001 - a vector that breaks a rule is a failure like any other
        return [f"raised {error!r}"]
    return list(_differences(vector["expect"], msgspec.json.decode(msgspec.json.encode(found)), ""))


def _world(document: Given, name: str | Given) -> Given:
    """A named world, or one written in place, laid over the one it is built ``from``, field by field."""
    world: Given = document["worlds"][name] if isinstance(name, str) else name
    if "from" not in world:
        return world
    base = _world(document, world["from"])
    merged = dict(base)
    for key, value in world.items():
        below = base.get(key)
        merged[key] = {**below, **value} if isinstance(value, dict) and isinstance(below, dict) else value
    return merged


def _differences(expected: Any, found: Any, where: str) -> list[str]:
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            line for key, value in expected.items() for line in _differences(value, found.get(key), f"{where}.{key}")
        ]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [
            line
            for index, value in enumerate(expected)
            for line in _differences(value, found[index], f"{where}[{index}]")
        ]
    same = expected == found and type(expected) is type(found)
    return [] if same else [f"{where or 'result'}: expected {expected!r}, got {found!r}"]


def _at(given: Given) -> datetime:
    return datetime.fromisoformat(given["at"]) if "at" in given else NOON


def _ladder(facts: Facts | None, given: Given) -> str:
    assert facts is not None
    found = tiers(facts, given["product"], _at(given))
    sourced = given.get("with_lists", False)
    return " ".join(
        f"{rung.unit_price}@{rung.quantity}" + (f"/{rung.source.price_list.code}" if sourced else "") for rung in found
    )


def _price(facts: Facts | None, given: Given) -> Any:
    assert facts is not None
    trace = resolve_price(facts, given["product"], given["quantity"], _at(given))
    return None if trace is None else {**msgspec.to_builtins(trace), "reason": trace.reason}


def _quote(facts: Facts | None, given: Given) -> Any:
    """``lines`` come back by line id, ``gifts`` as product x quantity by promotion."""
    assert facts is not None
    wanted = [Wanted(*line) for line in given["wanted"]]
    found = quote(facts, wanted, _at(given), given.get("order", ""))
    return {
        **msgspec.to_builtins(found),
        "lines": {line.id: msgspec.to_builtins(line) for line in found.lines},
        "gifts": [[gift.promotion, gift.product, gift.quantity] for gift in found.gifts],
        "gift_ids": [gift.id for gift in found.gifts],
        "promotions": {each.code: msgspec.to_builtins(each) for each in found.promotions},
        "applied": [each.code for each in found.promotions],
    }


def _quantity(_facts: Facts | None, given: Given) -> Any:
    product = Product(
        id="p", sku="p", name={}, unit={}, minimum=given.get("minimum", 1), multiple=given.get("multiple", 1)
    )
    found = check(product, given["quantity"])
    return {**msgspec.to_builtins(found), "round_up": round_up(product, given["quantity"])}


def _money(_facts: Facts | None, given: Given) -> Any:
    amount, currency = Decimal(given["amount"]), given["currency"]
    minor = to_minor(amount, currency)
    return {"quantised": quantise(amount, currency), "minor": minor, "back": from_minor(minor, currency)}


def _tax(_facts: Facts | None, given: Given) -> Decimal:
    return tax_of(Decimal(given["net"]), Decimal(given["rate"]), given["currency"], included=given["included"])


def _allocate(_facts: Facts | None, given: Given) -> list[int]:
    return allocate(given["total"], given["weights"], given.get("bounds", [given["total"]] * len(given["weights"])))


def _credit(_facts: Facts | None, given: Given) -> Any:
    full = [{"kind": "order", **row} for row in given["documents"]]
    owed = exposure(msgspec.convert(full, list[Document]))
    customer: Given = {"id": "o", "code": "o", "name": {}, "type": "shop", "credit_limit": given.get("limit")}
    organisation = msgspec.convert({**customer, "credit_used": str(owed)}, Organisation)
    asked = Decimal(given.get("total", "0"))
    return {
        "exposure": owed,
        "available": available(organisation),
        "exceeds": exceeds_credit(organisation, asked),
    }


def _holds(facts: Facts | None, given: Given) -> Any:
    assert facts is not None
    drifted = given.get("price_drifted", False)
    found = holds(facts.brand, facts.organisation, Decimal(given["total"]), price_drifted=drifted)
    left = holds_after_approval(found)
    return {
        "holds": found,
        "status": status_for_holds(found),
        "after_approval": left,
    }


def _move(_facts: Facts | None, given: Given) -> Any:
    status, to = given["status"], given["to"]
    return {"may": may_move(status, to), "needs": TRANSITIONS.get((status, to))}


def _shipped(_facts: Facts | None, given: Given) -> str:
    rows = [
        {"id": str(n), "product": "p", "sku": "p", "name": {}, "unit_price": "1", "net": "1"} | line
        for n, line in enumerate(given["lines"])
    ]
    return shipped_status(msgspec.convert(rows, list[OrderLine]))


def _drift(facts: Facts | None, given: Given) -> Any:
    """``placed``: [line id, product, quantity, shown unit price, shown net] as a phone sends it."""
    assert facts is not None
    placed = [
        PlacedLine(id=a, product=b, quantity=c, unit_price=Decimal(d), net=Decimal(e))
        for a, b, c, d, e in given["placed"]
    ]
    found = quote(facts, [Wanted(line.id, line.product, line.quantity) for line in placed], _at(given))
    return price_drift(placed, found.lines)


def _authorised(facts: Facts | None, given: Given) -> dict[str, bool]:
    """Asked one by one; asked of all at once it must be the same."""
    assert facts is not None
    found = {id_: is_authorised(facts, product, _at(given)) for id_, product in facts.products.items()}
    goods = [(product.id, product.category) for product in facts.products.values()]
    among = Authorisation(facts, _at(given)).among(goods)
    assert among == {id_ for id_, allowed in found.items() if allowed}, among
    return found


_RULES: dict[str, Callable[[Facts | None, Given], Any]] = {
    **CLAIMS_RULES,
    **CUTTING,
    "password_fault": lambda _facts, given: password_fault(given["password"], given["login"]),
    "ladder": _ladder,
    "price": _price,
    "quote": _quote,
    "quantity": _quantity,
    "money": _money,
    "tax": _tax,
    "allocate": _allocate,
    "credit": _credit,
    "holds": _holds,
    "move": _move,
    "moves": lambda _, given: moves(given["status"], permissions_of(given["role"])),
    "shipped": _shipped,
    "drift": _drift,
    "authorised": _authorised,
    "category_place": lambda _, given: place_fault(given["parents"], given["category"], given.get("parent")),
    "gtins": lambda _, given: gtins(given["code"]),
    "day": lambda _, given: local_day(_at(given), given["time_zone"]),
    "may": lambda _, given: [role for role, names in ROLES.items() if given["permission"] in names],
    "tier_faults": lambda _, given: tier_faults([Tier(int(q), Decimal(p)) for q, p in given["tiers"]]),
    "reward_faults": lambda _, given: reward_faults(given["kind"], msgspec.convert(given["reward"], PromotionReward)),
    **MARKING,
    **VISITING,
    **NOTICES,
    **COUNTING,
}

if __name__ == "__main__":
    problems = run()
    sys.stdout.write("\n".join([*problems, f"{len(problems)} failed", ""]))
    sys.exit(1 if problems else 0)
