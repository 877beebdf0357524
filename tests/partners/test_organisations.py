"""The tree of organisations: who stands where, what counts for whom, whose phones are told."""

import asyncio
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from backend.database import transaction
from backend.identity.models import Role, User
from backend.partners.saving import found_tenant, save_organisations
from backend.partners.service import organisations
from offline.ids import new_id
from offline.wire import rows
from offline.wire.commands import OrganisationSave
from offline.wire.ranges import PriceListAssign
from offline.wire.rows import Address, AssignedList
from tests.people import World
from tests.shop import ADDRESS, Shop, open_shop, price_list, writing


async def row_of(shop: Shop, code: str) -> rows.Organisation:
    row, scopes = await shop.feed("organisation", shop.organisation(code), rows.Organisation)
    assert scopes == {"desk", f"org:{shop.organisation(code)}"}
    assert isinstance(row, rows.Organisation)
    return row


async def test_an_organisation_is_saved_whole_and_found(shop: Shop) -> None:
    save = OrganisationSave(
        organisation=new_id(),
        code="S-100",
        name={"zh": "朝阳便利店", "en": "Chaoyang Store"},
        type="shop",
        parent=shop.organisation("DEAL"),
        group="gold",
        territory="北京",
        rep=shop.brand.users["rep"].id,
        addresses=(Address(id=ADDRESS, line="建国路1号", city="北京", contact="王芳", phone="010-8888"),),
        payment_days=30,
        credit_limit=Decimal(5000),
    )
    await shop.done("hq", save)
    row, scopes = await shop.feed("organisation", save.organisation, rows.Organisation)
    assert scopes == {"desk", f"org:{save.organisation}"}
    for word in ("朝阳便利店", "chaoyangbianlidian", "cybld", "chaoyang store", "s-100", "010-8888", "beijing", "wf"):
        assert word in row.search
    assert row.ancestors == tuple(shop.organisation(code) for code in ("DEAL", "DIST", "HQ"))
    assert (row.credit_limit, row.currency, row.addresses) == (Decimal("5000.00"), "CNY", save.addresses)
    assert row.applicable == (AssignedList(shop.lists["BASE"], 3),)


async def test_lists_count_from_the_nearest_up_and_follow_the_tree(shop: Shop) -> None:
    await shop.done("hq", price_list(shop, "NORTH", kind="group"))
    base, deal, north = (shop.lists[code] for code in ("BASE", "DEAL", "NORTH"))
    assert (await row_of(shop, "SHOP")).applicable == (AssignedList(deal, 0), AssignedList(base, 3))
    await shop.set_organisation("DIST", price_lists=(north, base))
    # Assigned twice, a list counts once, at its nearest.
    expected = (AssignedList(deal, 0), AssignedList(north, 2), AssignedList(base, 2))
    assert (await row_of(shop, "SHOP")).applicable == expected
    assert (await row_of(shop, "DIST")).applicable == (AssignedList(north, 0), AssignedList(base, 0))
    await shop.set_organisation("SHOP", parent=shop.organisation("HQ"))
    row = await row_of(shop, "SHOP")
    assert row.applicable == (AssignedList(deal, 0), AssignedList(base, 1))
    assert row.ancestors == (shop.organisation("HQ"),)


async def test_a_verdict_names_no_scope_that_head_office_does_not_hold(shop: Shop) -> None:
    """A price list for everybody changes every customer's row: thousands of numbers nobody waits for."""
    save = shop.organisation_save("DIST", price_lists=(shop.lists["BASE"],))
    verdict = await shop.give("hq", save)
    assert (verdict.status, set(verdict.seqs)) == ("applied", {"desk"})


async def test_a_moved_dealer_takes_those_below_along(shop: Shop) -> None:
    await shop.set_organisation("DEAL", parent=shop.organisation("HQ"))
    assert (await row_of(shop, "SHOP")).ancestors == (shop.organisation("DEAL"), shop.organisation("HQ"))


async def test_assortments_go_to_their_holders(shop: Shop) -> None:
    """And to nobody else, without another copy for each of them."""
    row_id = await shop.assort("SHOP", ["A"])
    _, scopes = await shop.feed("assortment", row_id, rows.Assortment)
    assert scopes == {"desk", f"range:{row_id}"}
    assert await shop.may_hold("shop") >= scopes - {"desk"}
    assert f"range:{row_id}" not in await shop.may_hold("rival")
    await shop.set_organisation("RIVAL", assortments=(row_id,))
    await shop.set_organisation("SHOP")
    assert f"range:{row_id}" not in await shop.may_hold("shop")
    assert f"range:{row_id}" in await shop.may_hold("rival")


async def test_a_new_price_list_counts_for_an_order_of_the_same_push(shop: Shop) -> None:
    command = await shop.draft("SHOP", {"A": 1})
    assert command.total == Decimal("9.50")
    await shop.done("hq", shop.organisation_save("SHOP", price_lists=()), command)
    order = await shop.order(command.order)
    assert (order.holds, order.totals.total) == (("price",), Decimal("10.00"))


async def test_a_list_assigned_before_an_order_in_one_push_counts_for_it(shop: Shop) -> None:
    """Its prices were not read when the push began."""
    await shop.done("hq", price_list(shop, "SPECIAL", kind="contract", priority=9))
    await shop.done("hq", shop.price_save("SPECIAL", "A", (1, "8.00")))
    command = await shop.draft("SHOP", {"A": 1})
    await shop.done("hq", shop.organisation_save("SHOP", price_lists=(shop.lists["SPECIAL"],)), command)
    order = await shop.order(command.order)
    assert (order.holds, order.totals.total) == (("price",), Decimal("8.00"))


async def test_a_tree_in_any_order_is_taken_at_once(shop: Shop) -> None:
    ids = {code: new_id() for code in ("D9", "S9", "K9")}
    made = {"K9": ("shop", "S9"), "S9": ("dealer", "D9"), "D9": ("distributor", "")}
    drafts = [
        shop.organisation_save(
            "RIVAL",
            organisation=ids[code],
            code=code,
            type=kind,
            parent=ids.get(parent, shop.organisation("HQ")),
        )
        for code, (kind, parent) in made.items()
    ]
    async with writing(shop) as (session, changes):
        await save_organisations(session, shop.tenant_id, drafts, shop.now, changes)
    async with shop.sessions() as session:
        found = await organisations(session, shop.tenant_id, {ids["K9"]})
    assert found[ids["K9"]].ancestors == [ids["S9"], ids["D9"], shop.organisation("HQ")]


@pytest.mark.parametrize(
    ("code", "changes", "answer", "detail"),
    [
        ("SHOP", {"code": "DEAL"}, "code_taken", {"value": "DEAL"}),
        ("SHOP", {"parent": "nobody"}, "parent_unknown", {"value": "SHOP"}),
        ("DIST", {"parent": "SHOP"}, "parent_cycle", {"value": "DIST"}),
        ("DEAL", {"parent": "DEAL"}, "parent_cycle", {"value": "DEAL"}),
        ("DEAL", {"parent": "RIVAL"}, "parent_type", {"value": "DEAL"}),
        ("DEAL", {"type": "shop"}, "parent_type", {"value": "DEAL"}),
        ("HQ", {"type": "distributor", "parent": "DIST"}, "head_office_fixed", {}),
        ("SHOP", {"price_lists": "unknown"}, "price_list_unknown", {"value": "SHOP"}),
        ("SHOP", {"assortments": "unknown"}, "assortment_unknown", {"value": "SHOP"}),
        ("SHOP", {"rep": new_id()}, "rep_unknown", {"value": "SHOP"}),
        ("SHOP", {"name": {}}, "invalid", {"field": "name"}),
        ("SHOP", {"credit_limit": Decimal(-1)}, "invalid", {"field": "credit_limit"}),
        ("SHOP", {"credit_limit": Decimal("NaN")}, "invalid", {"field": "credit_limit"}),
        (
            "SHOP",
            {"addresses": (Address(id="1", line=""), Address(id="1", line=""))},
            "invalid",
            {"field": "addresses"},
        ),
    ],
)
async def test_what_an_organisation_is_refused_for(
    shop: Shop, code: str, changes: dict[str, Any], answer: str, detail: dict[str, str]
) -> None:
    changes = dict(changes)
    if "parent" in changes:
        changes["parent"] = new_id() if changes["parent"] == "nobody" else shop.organisation(changes["parent"])
    for name in ("price_lists", "assortments"):
        if changes.get(name) == "unknown":
            changes[name] = (new_id(),)
    if code == "HQ":
        changes.setdefault("type", "distributor")
    assert await shop.refused("hq", shop.organisation_save(code, **changes), answer) == detail


async def test_a_rep_who_left_stays_until_another_is_named_and_is_not_named_again(shop: Shop) -> None:
    await shop.done("hq", shop.organisation_save("SHOP"))
    async with transaction(shop.sessions) as session:
        rep = await session.get_one(User, (shop.tenant_id, shop.brand.users["rep"].id))
        rep.active = False
    await shop.done("hq", shop.organisation_save("SHOP", territory="North"))
    await shop.done("hq", shop.organisation_save("SHOP", rep=None))
    await shop.refused("hq", shop.organisation_save("SHOP", rep=rep.id), "rep_unknown")


async def test_who_may_change_organisations(shop: Shop, world: World) -> None:
    save = shop.organisation_save("SHOP", territory="North")
    for login in shop.brand.users:
        if login not in {"hq", "finance"}:
            await shop.refused(login, save, "forbidden")
    await shop.done("finance", save)
    # In another tenant neither its lists nor its parent exist.
    other = await open_shop(shop.sessions, world, world.other)
    await other.refused("hq", save, "rep_unknown")
    save = msgspec.structs.replace(save, rep=None)
    await other.refused("hq", save, "price_list_unknown")
    elsewhere = msgspec.structs.replace(save, price_lists=(), code="S9")
    await other.refused("hq", elsewhere, "parent_unknown")


async def test_blocking_keeps_its_reason_only_while_blocked(shop: Shop) -> None:
    await shop.set_organisation("SHOP", status="blocked", blocked_reason="Unpaid")
    assert (await row_of(shop, "SHOP")).blocked_reason == "Unpaid"
    await shop.set_organisation("SHOP", blocked_reason="Unpaid")
    row = await row_of(shop, "SHOP")
    assert (row.status, row.blocked_reason) == ("active", "")


async def test_head_office_lists_reach_everybody(shop: Shop) -> None:
    await shop.done("hq", price_list(shop, "NEW"))
    draft = shop.organisation_save("HQ", type="distributor", price_lists=(shop.lists["BASE"], shop.lists["NEW"]))
    async with writing(shop) as (session, changes):
        await found_tenant(session, shop.tenant_id, draft, "CNY", now=shop.now, changes=changes)
    for code, distance in (("HQ", 0), ("RIVAL", 1), ("SHOP", 3)):
        assert AssignedList(shop.lists["NEW"], distance) in (await row_of(shop, code)).applicable
    assert (await row_of(shop, "HQ")).type == "head_office"


async def test_who_does_not_see_all_changes_only_what_is_below(shop: Shop) -> None:
    """A brand may let its distributors keep their own shops."""
    async with transaction(shop.sessions) as session:
        role = await session.scalar(select(Role).where(Role.tenant_id == shop.tenant_id, Role.name == "distributor"))
        assert role is not None
        role.permissions = [*role.permissions, "organisation.edit"]
    await shop.done("distributor", shop.organisation_save("SHOP", territory="East"))
    added = shop.organisation_save("SHOP", organisation=new_id(), code="S2", rep=None)
    await shop.done("distributor", added)
    assert (await shop.principal("distributor")).sees(added.organisation)
    await shop.refused("distributor", shop.organisation_save("RIVAL"), "organisation_unknown")
    await shop.refused("distributor", shop.organisation_save("DIST", territory="East"), "organisation_unknown")
    taken_over = shop.organisation_save("RIVAL", parent=shop.organisation("DIST"))
    await shop.refused("distributor", taken_over, "organisation_unknown")
    away = shop.organisation_save("SHOP", parent=shop.organisation("HQ"))
    await shop.refused("distributor", away, "organisation_unknown")
    below_itself = shop.organisation_save("DIST", parent=shop.organisation("DEAL"))
    await shop.refused("distributor", below_itself, "forbidden")


async def test_two_moves_at_once_make_no_circle(shop: Shop) -> None:
    await shop.done("hq", shop.organisation_save("RIVAL", type="dealer"))
    one = shop.organisation_save("RIVAL", type="dealer", parent=shop.organisation("DEAL"))
    two = shop.organisation_save("DIST", parent=shop.organisation("RIVAL"))
    answers = await asyncio.gather(shop.push("hq", [one], device="one"), shop.push("finance", [two], device="two"))
    codes = sorted(verdict.code for verdicts in answers for verdict in verdicts)
    assert codes == ["", "parent_cycle"]


async def test_a_price_list_of_the_head_office_counts_for_everybody(shop: Shop) -> None:
    """Given and taken by a command of its own: nobody saves the head office at a desk."""
    office, rival = shop.organisation("HQ"), shop.organisation("RIVAL")
    await shop.done("hq", save := price_list(shop, "SUMMER"))
    give = PriceListAssign(price_list=save.price_list, give=(office,))
    await shop.done("hq", give)
    row, _ = await shop.feed("organisation", rival, rows.Organisation)
    assert AssignedList(save.price_list, 1) in row.applicable
    assert save.price_list not in row.price_lists
    await shop.done("hq", PriceListAssign(price_list=save.price_list, give=(rival,), take=(office,)))
    row, _ = await shop.feed("organisation", rival, rows.Organisation)
    assert (AssignedList(save.price_list, 0) in row.applicable, row.price_lists) == (True, (save.price_list,))
    row, _ = await shop.feed("organisation", shop.organisation("SHOP"), rows.Organisation)
    assert save.price_list not in {each.price_list for each in row.applicable}
    await shop.refused("hq", PriceListAssign(price_list=new_id(), give=(rival,)), "price_list_unknown")
    await shop.refused("hq", PriceListAssign(price_list=save.price_list, give=(new_id(),)), "organisation_unknown")
    await shop.refused("hq", PriceListAssign(price_list=save.price_list, give=(rival,), take=(rival,)), "invalid")
    for login in shop.brand.users:
        if login != "hq":
            await shop.refused(login, give, "forbidden")
