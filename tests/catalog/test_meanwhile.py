"""Two people change one row at once: the second is told, and nothing of the first one's is lost without a word."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from offline.ids import new_id
from offline.rules.seen import NOTHING, differing, print_of
from offline.wire import rows
from offline.wire.commands import Command, PriceSave, ProductSave
from offline.wire.ranges import AssortmentSave, CategorySave
from offline.wire.registry import ENTITIES
from offline.wire.rows import PromotionReward, Tier
from tests.shop import Shop, price_list

PROMOTION, ASSORTMENT, CATEGORY = new_id(), new_id(), new_id()
OFFER = PromotionReward(percent=Decimal("5.50"), quantity=2)

# What saves a row, its entity, how a command names it, and a change each of two people makes.
Case = tuple[Callable[[Shop], Command], str, str, dict[str, Any], dict[str, Any]]
CASES: tuple[Case, ...] = (
    (lambda shop: shop.product_save("A"), "product", "product", {"brand": "他"}, {"minimum": 6}),
    (lambda shop: price_list(shop, "DEAL"), "price_list", "price_list", {"priority": 3}, {"priority": 4}),
    (
        lambda shop: msgspec.structs.replace(
            shop.promotion_save(kind="threshold", reward=OFFER), promotion=PROMOTION
        ),
        "promotion", "promotion", {"priority": 3}, {"cap": 4},
    ),
    (
        lambda shop: shop.organisation_save("SHOP"),
        "organisation", "organisation", {"credit_limit": Decimal("80000.00")}, {"territory": "华东"},
    ),
    (
        lambda shop: AssortmentSave(
            assortment=ASSORTMENT, code="CORE", name={"zh": "核心"}, products=(shop.products["A"],),
            valid_until=date(2026, 12, 31),
        ),
        "assortment", "assortment", {"everything": True}, {"code": "MORE"},
    ),
    (
        lambda _shop: CategorySave(category=CATEGORY, name={"zh": "饮料"}, sort=10),
        "category", "category", {"sort": 20}, {"name": {"zh": "饮品"}},
    ),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[1])
async def test_who_comes_second_is_told_and_changes_nothing(shop: Shop, case: Case) -> None:
    make, entity, names, first, second = case
    save = make(shop)
    kind, row_kind = type(save), ENTITIES[entity]
    await shop.done("hq", save)
    row_id = getattr(save, names)
    row, _ = await shop.feed(entity, row_id, row_kind)
    assert not any(differing(row, save)), "what a phone forecasts is what the server made"
    seen = print_of(row, kind)
    theirs = msgspec.structs.replace(save, **first, seen=seen)
    await shop.done("hq", theirs)
    await shop.refused("hq", msgspec.structs.replace(save, **second, seen=seen), "changed_meanwhile")
    held, _ = await shop.feed(entity, row_id, row_kind)
    assert not any(differing(held, theirs))
    # The same once more takes nothing back; who has seen it may.
    await shop.done("hq", theirs)
    await shop.done("hq", msgspec.structs.replace(save, **second, seen=print_of(held, kind)))


async def test_a_form_leaves_the_picture_alone(shop: Shop) -> None:
    save = shop.product_save("A", image="b" * 40)
    await shop.done("hq", save)
    row, _ = await shop.feed("product", save.product, rows.Product)
    stale = msgspec.structs.replace(save, image="a" * 40, brand="他", seen=print_of(row, ProductSave))
    await shop.done("hq", stale)
    row, _ = await shop.feed("product", save.product, rows.Product)
    assert (row.brand, row.image) == ("他", "b" * 40)


async def test_two_prices_for_one_product_at_once(shop: Shop) -> None:
    before = msgspec.structs.replace(shop.price_save("DEAL", "D"), seen=NOTHING)
    await shop.done("hq", msgspec.structs.replace(before, tiers=(Tier(1, Decimal("0.30")),)))
    await shop.refused("hq", msgspec.structs.replace(before, tiers=(Tier(1, Decimal("0.20")),)), "changed_meanwhile")


def test_a_print_knows_equal_values() -> None:
    """Whatever language or database wrote them."""
    fields: dict[str, Any] = {"id": new_id(), "price_list": new_id(), "product": new_id()}
    one, other = (rows.Price(**fields, tiers=(Tier(1, Decimal(text)),)) for text in ("8.1", "8.100"))
    assert print_of(one, PriceSave) == print_of(other, PriceSave) != print_of(None, PriceSave)
