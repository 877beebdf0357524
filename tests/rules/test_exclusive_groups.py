"""Exclusive groups past what is weighed together: then one group after the other, still each its best."""

from decimal import Decimal

from offline.rules.ordering import Wanted, quote
from offline.rules.promotions import MAX_COMBINATIONS
from tests.rules.worlds import NOON, Document, facts_of

GROUPS = 9


def test_many_groups_are_chosen_one_by_one() -> None:
    assert 2**GROUPS > MAX_COMBINATIONS
    promotions: list[Document] = [
        {
            "id": f"{number}-{off}",
            "kind": "threshold",
            "reward": {"amount": str(off)},
            "products": [f"p{number}"],
            "exclusive_group": f"g{number}",
        }
        for number in range(GROUPS)
        for off in (1, 3, 2)
    ]
    products = [f"p{number}" for number in range(GROUPS)]
    facts = facts_of(
        {
            "products": products,
            "price_lists": [{"id": "BASE"}],
            "prices": {"BASE": dict.fromkeys(products, "10@1")},
            "promotions": promotions,
        }
    )
    found = quote(facts, [Wanted(product, product, 1) for product in products], NOON)
    assert {each.id for each in found.promotions} == {f"{number}-3" for number in range(GROUPS)}
    assert found.totals.discount == Decimal(3 * GROUPS)
