"""Products, categories, assortments, promotions: saved, found, fed to the right phones, refused."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from backend.catalog.service import save_categories
from backend.database import transaction
from backend.search import pinyin_of, search_text
from backend.sync.models import SyncCounter
from offline.ids import new_id
from offline.wire import rows
from offline.wire.commands import PromotionSave
from offline.wire.rows import Pack, PromotionReward
from tests.people import World
from tests.shop import Shop, open_shop, writing


def test_search_text_has_pinyin_and_initials() -> None:
    assert pinyin_of("干花梨")[:2] == ("ganhuali", "ghl")
    assert pinyin_of("Pear") == ()
    found = search_text(["重庆小面 500ｇ", "Chongqing Noodles"], "SKU-１", "6901234567892")
    assert found == "重庆小面 500g chongqingxiaomian cqxm chongqing noodles sku-1 6901234567892"


def test_a_character_with_two_readings_is_found_by_either() -> None:
    assert {"chaoyang", "cy", "zhaoyang", "zy"} <= set(search_text(["朝阳"]).split())
    assert {"chaoyangbianlidian", "cybld"} <= set(search_text(["朝阳便利店"]).split())
    many = search_text(["朝" * 100])
    assert len(many.split()) <= 2 * 4 + 1


async def test_a_product_is_saved_whole_and_found(shop: Shop) -> None:
    category = rows.Category(id=new_id(), name={"zh": "水果"})
    async with writing(shop) as (session, changes):
        await save_categories(session, shop.tenant_id, [category], changes)
    save = shop.product_save(
        "E",
        name={"zh": "干花梨", "en": "Dried pear"},
        category=category.id,
        brand="Qudao",
        spec={"zh": "500克"},
        packs=(Pack("case", {"en": "case"}, 12, "6909999999999"),),
        barcodes=("6901234567892",),
        minimum=12,
        multiple=6,
        image="a" * 40,
        sort=3,
    )
    await shop.done("hq", save)
    row, scopes = await shop.feed("product", save.product, rows.Product)
    for word in ("干花梨", "ganhuali", "ghl", "dried pear", "6901234567892", "6909999999999", "e"):
        assert word in row.search
    assert scopes == {"brand"}
    assert (row.minimum, row.multiple, row.packs, row.category) == (12, 6, save.packs, category.id)
    assert row.tax_rate == Decimal("0.13")


async def test_a_product_may_be_ordered_from_its_day_on(shop: Shop) -> None:
    early = await shop.draft("SHOP", {"A": 1})
    await shop.done("hq", shop.product_save("A", available_from=date(2026, 7, 7)))
    row, _ = await shop.feed("product", shop.products["A"], rows.Product)
    assert row.available_from == date(2026, 7, 7)
    await shop.refused("shop", early, "not_available")
    # Midnight at the brand.
    shop.now = datetime(2026, 7, 6, 16, tzinfo=UTC)
    await shop.placed({"A": 1})
    await shop.done("hq", shop.product_save("A"))
    row, _ = await shop.feed("product", shop.products["A"], rows.Product)
    assert row.available_from is None


async def test_a_withdrawal_has_its_time_and_can_be_taken_back(shop: Shop) -> None:
    await shop.done("hq", shop.product_save("A", status="withdrawn"))
    withdrawn_at = shop.now
    shop.now += timedelta(hours=1)
    await shop.done("hq", shop.product_save("A", status="withdrawn", sort=5))
    row, _ = await shop.feed("product", shop.products["A"], rows.Product)
    assert (row.status, row.withdrawn_at) == ("withdrawn", withdrawn_at)
    await shop.done("hq", shop.product_save("A"))
    row, _ = await shop.feed("product", shop.products["A"], rows.Product)
    assert (row.status, row.withdrawn_at) == ("active", None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": {}}, "name"),
        ({"name": {"en": "x" * 201}}, "name"),
        ({"name": {"e": "x"}}, "name"),
        ({"tax_rate": Decimal("1.01")}, "tax_rate"),
        ({"tax_rate": Decimal("NaN")}, "tax_rate"),
        ({"packs": (Pack("case", {}, 0),)}, "packs"),
        ({"packs": (Pack("case", {}, 2), Pack("case", {}, 3))}, "packs"),
        ({"image": "x" * 201}, "image"),
        ({"sort": 2**31}, "sort"),
    ],
)
async def test_products_that_are_no_products(shop: Shop, changes: dict[str, Any], field: str) -> None:
    assert await shop.refused("hq", shop.product_save("A", **changes), "invalid") == {"field": field}


async def test_what_a_product_is_refused_for(shop: Shop) -> None:
    assert await shop.refused("hq", shop.product_save("B", sku="A"), "sku_taken") == {"value": "A"}
    await shop.refused("hq", shop.product_save("A", category=new_id()), "category_unknown")
    for login in shop.brand.users:
        if login != "hq":
            await shop.refused(login, shop.product_save("A", sort=9), "forbidden")


async def test_two_products_of_one_push_cannot_share_a_sku(shop: Shop) -> None:
    commands = [shop.product_save("E"), shop.product_save("F", sku="E")]
    verdicts = await shop.push("hq", commands)
    assert [verdict.code for verdict in verdicts] == ["", "sku_taken"]


async def test_a_promotion_for_all_goes_to_all(shop: Shop) -> None:
    save = threshold(shop)
    await shop.done("hq", save)
    row, scopes = await shop.feed("promotion", save.promotion, rows.Promotion)
    assert (row.reward, scopes) == (save.reward, {"brand"})


async def test_a_promotion_for_some_is_one_row_that_they_and_those_below_may_hold(shop: Shop) -> None:
    save = threshold(shop, organisations=(shop.organisation("DIST"),))
    await shop.done("hq", save)
    _, scopes = await shop.feed("promotion", save.promotion, rows.Promotion)
    assert scopes == {"desk", f"promotion:{save.promotion}"}
    assert await holders(shop, save) == {"distributor", "dealer", "shop", "rep"}
    # It follows the tree: the shop moves away.
    await shop.set_organisation("SHOP", parent=shop.organisation("HQ"))
    assert await holders(shop, save) == {"distributor", "dealer"}
    # Meant for others it is theirs, and opened to everybody it leaves the desk for the brand.
    await shop.done("hq", msgspec.structs.replace(save, organisations=(shop.organisation("RIVAL"),)))
    assert await holders(shop, save) == {"rival"}
    await shop.done("hq", msgspec.structs.replace(save, organisations=()))
    _, scopes = await shop.feed("promotion", save.promotion, rows.Promotion)
    assert (scopes, await holders(shop, save)) == ({"brand"}, set())


async def test_a_promotion_for_a_group_follows_its_members(shop: Shop) -> None:
    save = threshold(shop, groups=("gold",))
    await shop.done("hq", save)
    assert await holders(shop, save) == set()
    await shop.set_organisation("RIVAL", group="gold")
    assert await holders(shop, save) == {"rival"}
    await shop.set_organisation("RIVAL", group="silver")
    assert await holders(shop, save) == set()


async def test_a_group_by_the_name_of_a_customer_is_not_that_customer(shop: Shop) -> None:
    save = threshold(shop, groups=(shop.organisation("RIVAL"),))
    await shop.done("hq", save)
    assert await holders(shop, save) == set()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_whom_a_promotion_stays_with_waits_for_nobody_who_moves(shop: Shop) -> None:
    """There may be thousands of them, and orders of each lock its counter."""
    save = threshold(shop, groups=("gold",))
    await shop.done("hq", save)
    await shop.set_organisation("SHOP", group="gold")
    async with transaction(shop.sessions) as session:
        busy = (SyncCounter.tenant_id == shop.tenant_id, SyncCounter.scope == f"org:{shop.organisation('SHOP')}")
        await session.execute(select(SyncCounter.seq).where(*busy).with_for_update())
        assert (await shop.set_organisation("RIVAL", group="gold")).status == "applied"
        wider = msgspec.structs.replace(save, groups=("gold", "silver"))
        assert (await shop.push("hq", [wider]))[0].status == "applied"
    assert await holders(shop, save) == {"rival", "shop", "rep", "dealer", "distributor"}


async def test_a_promotion_changed_and_a_customer_moved_in_one_push(shop: Shop) -> None:
    save, moved = threshold(shop, groups=("gold",)), shop.organisation_save("RIVAL", group="gold")
    assert [each.status for each in await shop.push("hq", [save, moved])] == ["applied"] * 2
    assert await holders(shop, save) == {"rival"}
    away, closed = shop.organisation_save("RIVAL", group=""), msgspec.structs.replace(save, active=False)
    assert [each.status for each in await shop.push("hq", [moved, away, closed])] == ["applied"] * 3
    row, _ = await shop.feed("promotion", save.promotion, rows.Promotion)
    assert (row.active, await holders(shop, save)) == (False, set())


async def test_what_a_promotion_is_refused_for(shop: Shop, world: World) -> None:
    await shop.done("hq", threshold(shop))
    assert await shop.refused("hq", threshold(shop), "code_taken") == {"value": "P1"}
    other = await open_shop(shop.sessions, world, world.other)
    for changes, code in (
        ({"products": (new_id(),)}, "product_unknown"),
        ({"products": (other.products["A"],)}, "product_unknown"),
        ({"categories": (new_id(),)}, "category_unknown"),
        ({"organisations": (other.organisation("SHOP"),)}, "organisation_unknown"),
        ({"cap": 0}, "invalid"),
        ({"valid_from": shop.now, "valid_until": shop.now}, "invalid"),
    ):
        await shop.refused("hq", threshold(shop, code="P2", **changes), code)
    reward = PromotionReward(percent=Decimal(101), buy=3)
    detail = await shop.refused("hq", threshold(shop, code="P2", reward=reward), "promotion_reward")
    assert detail == {"faults": ["buy:not_allowed", "percent:range"]}
    for login in shop.brand.users:
        if login != "hq":
            await shop.refused(login, threshold(shop, code="P2"), "forbidden")


def threshold(shop: Shop, **changes: Any) -> PromotionSave:
    reward = PromotionReward(percent=Decimal(10), quantity=5)
    return shop.promotion_save(**({"kind": "threshold", "reward": reward} | changes))


async def holders(shop: Shop, save: PromotionSave) -> set[str]:
    """Whose phones may hold the promotion's own scope, of all that may sign in."""
    scope = f"promotion:{save.promotion}"
    return {login for login in shop.brand.users if scope in await shop.may_hold(login)}
