"""Assortments and categories by command: who gets them, what may be ordered at once after, what is refused."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from backend.identity.models import AuditEntry
from backend.inputs import MAX_NAME
from offline.ids import new_id
from offline.rules.categories import MAX_DEPTH
from offline.wire import rows
from offline.wire.counts import CountListSave
from offline.wire.ranges import (
    MAX_PRODUCTS,
    AssortmentAssign,
    AssortmentRemove,
    AssortmentSave,
    CategoryRemove,
    CategorySave,
)
from offline.wire.rows import PromotionReward
from tests.shop import Shop


def assortment(shop: Shop, code: str = "CORE", /, *skus: str, **changes: Any) -> AssortmentSave:
    settings: dict[str, Any] = {
        "assortment": new_id(),
        "code": code,
        "name": {"zh": "核心", "en": "Core"},
        "products": tuple(shop.products[sku] for sku in skus),
    }
    return AssortmentSave(**(settings | changes))


def category(name: str = "Drinks", parent: str | None = None, **changes: Any) -> CategorySave:
    return CategorySave(**({"category": new_id(), "name": {"en": name}, "parent": parent} | changes))


async def sold(shop: Shop, code: str, *skus: str, **changes: Any) -> AssortmentSave:
    """An assortment that an organisation holds."""
    save = assortment(shop, f"ONLY-{code}", *skus, **changes)
    give = AssortmentAssign(assortment=save.assortment, give=(shop.organisation(code),))
    await shop.done("hq", save, give)
    return save


async def trail(shop: Shop, subject: str) -> list[tuple[str, dict[str, Any]]]:
    async with shop.sessions() as session:
        statement = select(AuditEntry.action, AuditEntry.detail).where(AuditEntry.subject == subject)
        return [(action, detail) for action, detail in await session.execute(statement.order_by(AuditEntry.id))]


async def test_what_is_given_bounds_what_may_be_ordered_from_the_next_order_on(shop: Shop) -> None:
    early = await shop.draft("SHOP", {"B": 1, "A": 1})
    save = await sold(shop, "SHOP", "A")
    row, scopes = await shop.feed("assortment", save.assortment, rows.Assortment)
    assert (row.products, row.code, row.name) == (save.products, save.code, save.name)
    assert scopes == {"desk", f"range:{save.assortment}"}
    assert f"range:{save.assortment}" in await shop.may_hold("shop")
    holder, _ = await shop.feed("organisation", shop.organisation("SHOP"), rows.Organisation)
    assert holder.assortments == (save.assortment,)
    # Taken before, sent after: refused with the line named.
    detail = await shop.refused("shop", early, "not_authorised")
    line = next(each.id for each in early.lines if each.product == shop.products["B"])
    assert (detail["lines"], detail["products"]) == ([line], ["B"])
    await shop.placed({"A": 1})
    # In the same push what was widened may be ordered.
    wider = msgspec.structs.replace(save, products=(*save.products, shop.products["B"]))
    await shop.done("hq", wider, await shop.draft("SHOP", {"B": 1}))
    row, scopes = await shop.feed("assortment", save.assortment, rows.Assortment)
    assert (row.products, scopes) == (wider.products, {"desk", f"range:{save.assortment}"})


async def test_an_assortment_that_ended_refuses_its_goods_with_the_lines_named(shop: Shop) -> None:
    last_day = date(2026, 7, 7)
    await sold(shop, "SHOP", "A", "B", valid_until=last_day)
    order = await shop.draft("SHOP", {"A": 1, "B": 2})
    # The last minute of the last day at the brand, then the next one.
    shop.now = datetime(2026, 7, 7, 15, 59, tzinfo=UTC)
    await shop.placed({"A": 1})
    shop.now += timedelta(minutes=1)
    detail = await shop.refused("shop", order, "not_authorised", at=shop.now - timedelta(hours=2))
    assert detail["lines"] == [line.id for line in order.lines]
    assert detail["codes"] == ["not_authorised"] * 2


async def test_what_is_taken_is_evicted_and_the_others_keep_it(shop: Shop) -> None:
    save = await sold(shop, "SHOP", "A")
    rival, own = shop.organisation("RIVAL"), shop.organisation("SHOP")
    scope = f"range:{save.assortment}"
    await shop.done("hq", AssortmentAssign(assortment=save.assortment, give=(rival, own)))
    assert [scope in await shop.may_hold(login) for login in ("shop", "rival")] == [True, True]
    await shop.done("hq", AssortmentAssign(assortment=save.assortment, take=(own, shop.organisation("DEAL"))))
    assert [scope in await shop.may_hold(login) for login in ("shop", "rival")] == [False, True]
    await shop.placed({"B": 1})
    came = [detail["after"].get("organisations") for _, detail in await trail(shop, save.assortment)]
    assert came == [None, [own], [rival], []]
    held = [detail["after"]["assortments"] for _, detail in await trail(shop, own)]
    assert held == [[save.assortment], []]


async def test_the_trail_tells_what_came_and_went_of_thousands(shop: Shop) -> None:
    save = assortment(shop, "CORE", "A", "B")
    await shop.done("hq", save)
    after = msgspec.structs.replace(save, products=(shop.products["B"], shop.products["C"]), name={"en": "Other"})
    await shop.done("hq", after)
    (_, made), (action, changed) = await trail(shop, save.assortment)
    assert made["after"]["products"] == list(save.products)
    assert action == "assortment.changed"
    assert changed["before"]["products"] == [shop.products["A"]]
    assert changed["after"]["products"] == [shop.products["C"]]
    assert changed["after"]["name"] == {"en": "Other"}


async def test_an_assortment_is_removed_once_nobody_holds_it(shop: Shop) -> None:
    save = await sold(shop, "SHOP", "A")
    remove = AssortmentRemove(assortment=save.assortment)
    assert await shop.refused("hq", remove, "assortment_held") == {"count": 1}
    take = AssortmentAssign(assortment=save.assortment, take=(shop.organisation("SHOP"),))
    await shop.done("hq", take, remove)
    row, scopes = await shop.feed("assortment", save.assortment, rows.Assortment)
    assert (row, scopes) == (None, set())
    assert [action for action, _ in await trail(shop, save.assortment)][-1] == "assortment.removed"
    await shop.refused("hq", remove, "assortment_unknown")
    await shop.refused("hq", take, "assortment_unknown")


async def test_what_an_assortment_is_refused_for(shop: Shop) -> None:
    await shop.done("hq", assortment(shop, "CORE"))
    assert await shop.refused("hq", assortment(shop, "CORE"), "code_taken") == {"value": "CORE"}
    twice = (shop.products["A"],) * 2
    for changes, code, field in (
        ({"products": (new_id(),)}, "product_unknown", None),
        ({"excluded": (new_id(),)}, "product_unknown", None),
        ({"categories": (new_id(),)}, "category_unknown", None),
        ({"name": {}}, "invalid", "name"),
        ({"name": {"zh": "长" * (MAX_NAME + 1)}}, "invalid", "name"),
        ({"products": twice}, "invalid", "products"),
        ({"valid_from": date(2026, 7, 2), "valid_until": date(2026, 7, 1)}, "invalid", "valid_until"),
        ({"valid_from": date(9001, 1, 1)}, "invalid", "valid_from"),
    ):
        detail = await shop.refused("hq", assortment(shop, "NEW", **changes), code)
        assert detail.get("field") == field, changes
    most = [(new_id(),) * (MAX_PRODUCTS // 2 + 1)] * 2
    detail = await shop.refused("hq", assortment(shop, "NEW", products=most[0], excluded=most[1]), "assortment_size")
    assert detail == {"limit": MAX_PRODUCTS}


async def test_whom_an_assortment_is_not_given_to(shop: Shop) -> None:
    save = assortment(shop)
    await shop.done("hq", save)
    shop_id = shop.organisation("SHOP")
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"give": (new_id(),)}, "organisation_unknown"),
        ({"give": (shop_id,), "take": (shop_id,)}, "invalid"),
        ({"give": (shop.organisation("HQ"),)}, "head_office_fixed"),
        ({"assortment": new_id(), "give": (shop_id,)}, "assortment_unknown"),
    )
    for changes, code in cases:
        await shop.refused("hq", AssortmentAssign(**{"assortment": save.assortment, **changes}), code)


async def test_a_category_is_made_renamed_and_moved_with_what_is_authorised_by_it(shop: Shop) -> None:
    drinks, snacks = category("Drinks"), category("Snacks")
    cola = category("Cola", drinks.category)
    await shop.done("hq", drinks, snacks, cola, shop.product_save("A", category=cola.category))
    row, scopes = await shop.feed("category", cola.category, rows.Category)
    assert (row, scopes) == (rows.Category(id=cola.category, name={"en": "Cola"}, parent=drinks.category), {"brand"})
    await sold(shop, "SHOP", categories=(drinks.category,))
    await shop.placed({"A": 1})
    order = await shop.draft("SHOP", {"A": 1})
    # Below another one it is not among the drinks any more.
    moved = msgspec.structs.replace(cola, parent=snacks.category, name={"en": "Colas"}, sort=7)
    await shop.done("hq", moved)
    await shop.refused("shop", order, "not_authorised")
    row, _ = await shop.feed("category", cola.category, rows.Category)
    assert (row.name, row.parent, row.sort) == ({"en": "Colas"}, snacks.category, 7)
    (_, detail) = (await trail(shop, cola.category))[-1]
    assert detail["before"] == {"name": {"en": "Cola"}, "parent": drinks.category, "sort": 0}


async def test_where_a_category_cannot_hang(shop: Shop) -> None:
    line = [category("1")]
    while len(line) < MAX_DEPTH:
        line.append(category(str(len(line) + 1), line[-1].category))
    await shop.done("hq", *line)
    await shop.refused("hq", msgspec.structs.replace(line[0], parent=line[2].category), "category_cycle")
    await shop.refused("hq", msgspec.structs.replace(line[0], parent=line[0].category), "category_cycle")
    await shop.refused("hq", category("A", new_id()), "category_unknown")
    assert await shop.refused("hq", category("A", line[-1].category), "category_depth") == {"limit": MAX_DEPTH}
    # With all that hangs below it.
    top, below = category("Top"), category("Below")
    await shop.done("hq", top, below, msgspec.structs.replace(below, parent=top.category))
    await shop.refused("hq", msgspec.structs.replace(top, parent=line[-2].category), "category_depth")
    await shop.done("hq", msgspec.structs.replace(top, parent=line[-3].category))


async def test_two_categories_of_one_parent_have_two_names(shop: Shop) -> None:
    drinks = category("Drinks")
    await shop.done("hq", drinks, category("Other", drinks.category))
    assert await shop.refused("hq", category("ＤＲＩＮＫＳ"), "category_name_taken") == {"value": "ＤＲＩＮＫＳ"}
    await shop.done("hq", category("Drinks", drinks.category), msgspec.structs.replace(drinks, sort=4))
    await shop.refused("hq", category(" "), "invalid")


async def test_what_was_in_a_category_goes_to_the_one_above(shop: Shop) -> None:
    drinks = category("Drinks")
    cola = category("Cola", drinks.category)
    light = category("Light", cola.category)
    await shop.done("hq", drinks, cola, light, shop.product_save("A", category=cola.category))
    await shop.done("hq", CategoryRemove(category=cola.category))
    row, _ = await shop.feed("category", cola.category, rows.Category)
    child, _ = await shop.feed("category", light.category, rows.Category)
    product, _ = await shop.feed("product", shop.products["A"], rows.Product)
    assert (row, child.parent, product.category) == (None, drinks.category, drinks.category)
    await shop.done("hq", CategoryRemove(category=drinks.category))
    child, _ = await shop.feed("category", light.category, rows.Category)
    product, _ = await shop.feed("product", shop.products["A"], rows.Product)
    assert (child.parent, product.category) == (None, None)
    await shop.refused("hq", CategoryRemove(category=drinks.category), "category_unknown")


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_category_that_something_names_stays(shop: Shop) -> None:
    drinks, snacks = category("Drinks"), category("Snacks")
    reward = PromotionReward(buy=5, get=1)
    offer = shop.promotion_save(kind="buy_x_get_y", reward=reward, categories=(drinks.category,))
    ranged = assortment(shop, categories=(drinks.category,))
    await shop.done("hq", drinks, snacks, offer, ranged)
    detail = await shop.refused("hq", CategoryRemove(category=drinks.category), "category_in_use")
    assert detail == {"promotions": 1, "assortments": 1}
    counted = CountListSave(count_list=new_id(), name={"en": "Cooler"}, categories=(snacks.category,))
    await shop.done("hq", counted)
    await shop.refused("hq", CategoryRemove(category=snacks.category), "category_counted")
