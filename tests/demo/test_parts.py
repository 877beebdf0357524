"""Parts of the demo that need no database."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from backend.catalog.products import check_product
from backend.demo.catalogue import all_looks, ean13, make_categories, make_goods
from backend.demo.flavours import FLAVOURS
from backend.demo.goods import BRANDS, KINDS, LINES
from backend.demo.offers import assortment_ids, make_assortments, make_promotions
from backend.demo.partners import Partner, make_shops, make_trade
from backend.demo.pictures import Look, draw_picture
from backend.demo.places import TERRITORIES
from backend.demo.planning import Plan, plan_orders
from backend.demo.pricing import plan_lists
from backend.demo.shapes import SHAPES
from backend.demo.sizes import FORMATS, SIZES, UNITS
from offline.rules.promotions import reward_faults
from offline.rules.quantities import check
from offline.wire.rows import Product

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
TENANT = "0192f0c0-0000-7000-8000-000000000001"


@pytest.mark.parametrize(("body", "whole"), [("400638133393", "4006381333931"), ("200000000000", "2000000000008")])
def test_check_digits(body: str, whole: str) -> None:
    assert ean13(body) == whole


def test_the_tables_fit_together() -> None:
    assert len({line.prefix for line in LINES}) == len(LINES)
    assert {line.kind for line in LINES} == {kind.code for kind in KINDS}
    for line in LINES:
        assert line.brand in BRANDS
        assert line.flavours in FLAVOURS
        assert FORMATS[line.sizes].shape in SHAPES
        assert all((size.unit or FORMATS[line.sizes].unit) in UNITS for size in SIZES[line.sizes])


def test_the_same_look_is_the_same_picture_and_another_is_not() -> None:
    look = Look("bottle", "Qingquan", "#2f80c3", "#e8c51f")
    assert draw_picture(look) == draw_picture(look)
    drawn = {draw_picture(each) for each in list(all_looks())[:40]}
    assert len(drawn) == 40


def make_all(now: datetime) -> tuple[list[str], list[Plan]]:
    chance = random.Random(1)
    goods = make_goods(TENANT, chance, dict.fromkeys(all_looks(), "/images/x.webp"))
    lists = {plan.key: plan.draft.price_list for plan in plan_lists(TENANT, now)}
    reps = dict.fromkeys(TERRITORIES.values(), TENANT)
    partners: list[Partner] = [
        *make_trade(TENANT, lists),
        *make_shops(TENANT, chance, reps, lists, assortment_ids(TENANT)),
    ]
    plans = plan_orders(TENANT, goods, partners, begun=now - timedelta(days=182), now=now, chance=random.Random(2))
    names = [good.draft.name["zh"] for good in goods] + [partner.draft.name["zh"] for partner in partners]
    return names, plans


def test_the_seed_makes_the_same_demo() -> None:
    assert make_all(NOW) == make_all(NOW)


@pytest.mark.parametrize("now", [NOW, datetime(2027, 2, 28, 23, 59, tzinfo=UTC), datetime(2028, 2, 29, 1, tzinfo=UTC)])
def test_orders_are_planned_for_any_day(now: datetime) -> None:
    _, plans = make_all(now)
    assert 2000 < len(plans) < 3200
    assert all(plan.placed_at < now for plan in plans)
    assert len({plan.order_id for plan in plans}) == len(plans)
    by_weekday = Counter(plan.placed_at.weekday() for plan in plans if plan.placed_at < now - timedelta(days=3))
    assert by_weekday[6] < by_weekday[0] / 2


@pytest.mark.parametrize("now", [NOW, datetime(2027, 1, 5, 2, tzinfo=UTC)])
def test_a_contract_is_called_by_the_year_it_began_in(now: datetime) -> None:
    contracts = [plan.draft for plan in plan_lists(TENANT, now) if plan.draft.code.startswith(("HL-", "MR-"))]
    assert len(contracts) == 3
    for draft in contracts:
        assert draft.valid_from is not None
        assert draft.code.split("-")[1] == str(draft.valid_from.year)


def test_what_is_planned_may_be_ordered() -> None:
    goods = make_goods(TENANT, random.Random(1), dict.fromkeys(all_looks(), "/images/x.webp"))
    for good in goods:
        check_product(good.draft)
    products = {
        good.draft.product: Product(
            id=good.draft.product,
            sku=good.draft.sku,
            name=good.draft.name,
            unit=good.draft.unit,
            minimum=good.draft.minimum,
            multiple=good.draft.multiple,
        )
        for good in goods
    }
    _, plans = make_all(NOW)
    troubled = 0
    for plan in plans:
        wrong = [id_ for id_, quantity in plan.wanted if not check(products[id_], quantity).ok]
        troubled += bool(wrong)
    assert troubled == 0


def test_promotions_and_assortments_are_sound() -> None:
    goods = make_goods(TENANT, random.Random(1), dict.fromkeys(all_looks(), "/images/x.webp"))
    for promotion in make_promotions(TENANT, goods, NOW):
        assert reward_faults(promotion.kind, promotion.reward) == ()
    categories = {row.id for row in make_categories(TENANT)}
    for assortment in make_assortments(TENANT, goods, NOW.date()):
        assert set(assortment.categories) <= categories
