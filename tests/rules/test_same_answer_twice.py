"""One rule, two places: what the server works out the phone works out too, byte for byte."""

import difflib
import json
import os

import pytest

from offline.rules.ordering import Pricer
from tests.rules import pyodide_runner, random_orders
from tests.rules.run_vectors import run

SEED = int(os.environ.get("QUDAO_ORDER_SEED", "20260601"))
ORDERS = int(os.environ.get("QUDAO_ORDER_COUNT", "10000"))

pytestmark = pytest.mark.skipif(
    bool(pyodide_runner.missing()), reason=f"NOT CHECKED ON A PHONE'S PYTHON, missing: {pyodide_runner.missing()}"
)


@pytest.fixture(scope="module")
def on_the_phone() -> list[list[str]]:
    """What its Python says of the vectors, of the random orders and of twenty others: started once for all of them."""
    vectors = "__import__('tests.rules.run_vectors', fromlist=['run']).run()"
    asked = f"[{vectors}, digests({SEED}, {ORDERS}), digests({SEED + 1}, 20), [__import__('sys').platform]]"
    told = pyodide_runner.evaluate("tests.rules.random_orders", f"__import__('json').dumps({asked})")
    found: list[list[str]] = json.loads(told)
    assert found.pop() == ["emscripten"]
    return found


def test_vectors_hold_on_the_phone(on_the_phone: list[list[str]]) -> None:
    assert on_the_phone[0] == list(run())


def test_random_orders_have_one_price(on_the_phone: list[list[str]]) -> None:
    here, there = random_orders.digests(SEED, ORDERS), on_the_phone[1]
    assert len(there) == len(here) == ORDERS
    assert len(set(here)) > ORDERS * 0.99, "the orders are not random"
    different = [number for number, pair in enumerate(zip(here, there, strict=True)) if pair[0] != pair[1]]
    if different:
        pytest.fail(f"{len(different)} of {ORDERS} differ, first {different[0]}:\n{_difference(different[0])}")


def test_reused_pricer_answers_like_a_fresh_one() -> None:
    """``digests`` keeps a ``Pricer`` while it holds; each order priced afresh must come out the same."""
    fresh = [random_orders.digest(Pricer(case.facts, case.at), case) for case in random_orders.cases(SEED, 2000)]
    assert fresh == random_orders.digests(SEED, 2000)


def test_a_difference_is_found(on_the_phone: list[list[str]]) -> None:
    there = on_the_phone[2]
    assert there != random_orders.digests(SEED, 20)
    assert there == random_orders.digests(SEED + 1, 20)


def _difference(number: int) -> str:
    expression = f"answer({SEED}, {number})"
    here = random_orders.answer(SEED, number)
    there = pyodide_runner.evaluate("tests.rules.random_orders", expression)
    lines = difflib.unified_diff(here.splitlines(), there.splitlines(), "server", "phone", lineterm="")
    return "\n".join(lines) or f"alike when priced by a fresh Pricer\n{json.dumps({'seed': SEED, 'order': number})}"
