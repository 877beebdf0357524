"""How long the price of an order of 50 lines takes, on the server's Python and on a phone's (Pyodide under Node).

Every line has tiers from several lists, and ten promotions compete for the order, two groups of them exclusive.
``python -m tests.bench.bench_pricing`` prints the figures.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from offline.rules.facts import Facts
from offline.rules.ordering import Pricer, Wanted, quote
from tests.rules import pyodide_runner
from tests.rules.worlds import NOON, Document, facts_of

LINES = 50
ROUNDS = 40


def measure() -> dict[str, dict[str, Any]]:
    """Medians in milliseconds. ``fresh``: nothing known yet, as the server prices an order. ``again``: one quantity
    changed, as a tap on the phone does."""
    server = timings()
    phone: dict[str, float] = json.loads(pyodide_runner.evaluate("tests.bench.bench_pricing", "json.dumps(timings())"))
    return {
        f"pricing.{name}.{where}": {"value": round(took, 3), "unit": "ms"}
        for where, figures in (("server", server), ("phone", phone))
        for name, took in figures.items()
    }


def timings() -> dict[str, float]:
    """Milliseconds by name, on the Python this runs in."""
    facts = _facts()
    wanted = [Wanted(f"line-{number}", f"p{number}", 12 + number) for number in range(LINES)]
    pricer = Pricer(facts, NOON)
    first = pricer.quote(wanted)
    assert len(first.lines) == LINES
    assert len(first.promotions) >= 5
    assert len({line.price_list for line in first.lines}) >= 3
    changed = [Wanted(wanted[0].line_id, wanted[0].product, 13), *wanted[1:]]
    return {
        "50_lines_fresh": _median(lambda: quote(facts, wanted, NOON)),
        "50_lines_again": _median(lambda: pricer.quote(changed)),
    }


def _median(run: Callable[[], object]) -> float:
    took: list[float] = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        took.append((time.perf_counter() - start) * 1000)
    return statistics.median(took[ROUNDS // 4 :])


def _facts() -> Facts:
    products = [f"p{number}" for number in range(LINES)]
    lists: list[Document] = [
        {"id": "contract", "kind": "contract", "priority": 5},
        {"id": "customer", "kind": "customer", "priority": 4},
        {"id": "group", "kind": "group"},
        {"id": "base", "kind": "base"},
    ]
    return facts_of(
        {
            "organisation": {"ancestors": ["dealer", "hq"], "group": "key"},
            "products": [{"id": id_, "category": f"c{n % 5}", "tax_rate": "0.13"} for n, id_ in enumerate(products)],
            "categories": [{"id": f"c{n}", "parent": "all"} for n in range(5)] + [{"id": "all"}],
            "price_lists": lists,
            "prices": {
                "contract": {id_: _tiers(n, 7) for n, id_ in enumerate(products) if n % 4 == 0},
                "customer": {id_: _tiers(n, 8) for n, id_ in enumerate(products) if n % 3 == 0},
                "group": {id_: _tiers(n, 9) for n, id_ in enumerate(products) if n % 2 == 0},
                "base": {id_: _tiers(n, 10) for n, id_ in enumerate(products)},
            },
            "promotions": _promotions(products),
        }
    )


def _tiers(number: int, level: int) -> str:
    price = Decimal(level * (100 + number)) / 100
    return " ".join(f"{price * (100 - 4 * step) / 100}@{1 + step * (6 + level)}" for step in range(5))


def _promotions(products: list[str]) -> list[Document]:
    return [
        {"id": "half", "kind": "threshold", "reward": {"percent": "3", "threshold": "2000"}},
        {"id": "capped", "kind": "threshold", "reward": {"percent": "8"}, "categories": ["c1"], "cap": 40},
        {"id": "ten and one", "kind": "buy_x_get_y", "reward": {"buy": 10, "get": 1}, "categories": ["c2"]},
        {"id": "pair", "kind": "bundle", "reward": {"items": {"p0": 2, "p3": 1}, "bundle_price": "15"}},
        {"id": "any six", "kind": "mix_and_match", "reward": {"quantity": 6, "percent": "10"}, "categories": ["c3"]},
        {"id": "opener", "kind": "gift", "reward": {"product": "p9", "get": 2, "threshold": "500"}},
        {
            "id": "june",
            "kind": "threshold",
            "reward": {"amount": "90", "threshold": "1500"},
            "exclusive_group": "month",
        },
        {
            "id": "juni",
            "kind": "threshold",
            "reward": {"percent": "2", "threshold": "1500"},
            "exclusive_group": "month",
        },
        {
            "id": "any five",
            "kind": "mix_and_match",
            "reward": {"quantity": 5, "bundle_price": "40"},
            "products": products[20:30],
            "exclusive_group": "mix",
        },
        {
            "id": "any four",
            "kind": "mix_and_match",
            "reward": {"quantity": 4, "bundle_price": "33"},
            "products": products[20:30],
            "exclusive_group": "mix",
        },
    ]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(), indent=1) + "\n")
