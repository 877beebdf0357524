"""Funds: opened, filled, allocated; what each partner sees of them."""

from decimal import Decimal

import msgspec

from offline.ids import derived_id, new_id
from offline.wire.funds import Allocation, Fund, FundAllocate, FundTopUp
from tests.claims.world import Funds


async def test_a_fund_for_one_partner_is_allocated_at_once(funds: Funds) -> None:
    fund = await funds.fund(budget="5000.50")
    assert await funds.balance(fund) == ("5000.50", "5000.50", "0.00", "0.00", "0.00")
    row, scopes = await funds.shop.feed("fund", fund, Fund)
    assert (row.budget, row.unallocated, row.available, scopes) == (
        Decimal("5000.50"), Decimal("0.00"), Decimal("5000.50"), {"desk"},
    )  # fmt: skip
    _, scopes = await funds.shop.feed(
        "allocation", derived_id("allocation", fund, funds.shop.organisation("SHOP")), Allocation
    )
    assert scopes == {"desk", f"org:{funds.shop.organisation('SHOP')}"}
    assert await funds.check_ledger() == ["fund", "allocate"]


async def test_a_fund_for_several_is_allocated_by_head_office(funds: Funds) -> None:
    fund = await funds.fund("SHOP", "DEAL", budget="1000")
    assert (await funds.balance(fund))[:2] == ("0.00", "0.00")
    shop = funds.shop
    give = FundAllocate(fund=fund, entry=new_id(), organisation=shop.organisation("DEAL"), amount=Decimal(700))
    await shop.done("finance", give)
    assert (await funds.balance(fund, "DEAL"))[:2] == ("700.00", "700.00")
    short = msgspec.structs.replace(give, entry=new_id(), organisation=shop.organisation("SHOP"), amount=Decimal(301))
    assert await shop.refused("finance", short, "fund_short") == {"left": "300.00"}
    await shop.refused("finance", give, "entry_exists")
    stranger = msgspec.structs.replace(short, organisation=shop.organisation("RIVAL"))
    await shop.refused("finance", stranger, "organisation_unknown")
    await shop.done("finance", msgspec.structs.replace(give, entry=new_id(), amount=Decimal(-200)))
    row, _ = await shop.feed("fund", fund, Fund)
    assert (row.unallocated, row.available) == (Decimal(500), Decimal(500))
    await funds.check_ledger()


async def test_a_shared_pot_is_everybodys(funds: Funds) -> None:
    fund = await funds.fund("SHOP", "RIVAL", shared=True, budget="1000")
    await funds.shop.done("shop", funds.apply(fund, "600"))
    refusal = funds.apply(fund, "500", "RIVAL")
    assert await funds.shop.refused("rival", refusal, "fund_short") == {"left": "400.00"}
    await funds.shop.done("rival", funds.apply(fund, "400", "RIVAL"))
    assert (await funds.balance(fund, ""))[1:3] == ("0.00", "1000.00")
    # Nobody has a part of it.
    give = FundAllocate(fund=fund, entry=new_id(), organisation=funds.shop.organisation("SHOP"), amount=Decimal(1))
    await funds.shop.refused("hq", give, "organisation_unknown")
    _, scopes = await funds.shop.feed("allocation", derived_id("allocation", fund, ""), Allocation)
    assert scopes == {"desk", *(f"org:{funds.shop.organisation(code)}" for code in ("SHOP", "RIVAL"))}
    await funds.check_ledger()


async def test_a_budget_is_cut_by_what_is_free(funds: Funds) -> None:
    fund = await funds.fund(budget="1000")
    await funds.shop.done("shop", funds.apply(fund, "800"))
    cut = FundTopUp(fund=fund, entry=new_id(), amount=Decimal(-201), reason="预算收回")
    assert await funds.shop.refused("hq", cut, "fund_short") == {"left": "200.00"}
    await funds.shop.done("hq", msgspec.structs.replace(cut, amount=Decimal(-200)))
    assert (await funds.balance(fund))[:3] == ("800.00", "0.00", "800.00")
    await funds.check_ledger()


async def test_what_a_fund_is_refused_for(funds: Funds) -> None:
    shop, save = funds.shop, funds.fund_save()
    await shop.refused("hq", msgspec.structs.replace(save, organisations=(new_id(),)), "organisation_unknown")
    assert await shop.refused("hq", msgspec.structs.replace(save, name={"zh": " "}), "invalid") == {"field": "name"}
    early = msgspec.structs.replace(save, valid_until=save.valid_from.replace(year=2000))
    assert await shop.refused("hq", early, "invalid") == {"field": "ends_on"}
    await shop.done("hq", save)
    await shop.refused("hq", msgspec.structs.replace(save, fund=new_id()), "code_taken")
    # While nothing is booked, all of it can be changed.
    await shop.done("hq", msgspec.structs.replace(save, currency="JPY", shared=True))
    assert (await funds.allocation(save.fund, "")).currency == "JPY"
    await shop.done("hq", save)
    assert await funds.allocation(save.fund, "") is None
    for amount in ("0", "0.001", "1e13", "NaN"):
        top_up = FundTopUp(fund=save.fund, entry=new_id(), amount=Decimal(amount))
        assert await shop.refused("hq", top_up, "invalid") == {"field": "amount"}
    await shop.done("hq", FundTopUp(fund=save.fund, entry=new_id(), amount=Decimal(10)))
    for field, value in (("currency", "JPY"), ("shared", True), ("organisations", (shop.organisation("DEAL"),))):
        changed = msgspec.structs.replace(save, **{field: value})
        assert await shop.refused("hq", changed, "fund_in_use") == {"field": field}
    await shop.refused("hq", FundTopUp(fund=new_id(), entry=new_id(), amount=Decimal(10)), "fund_unknown")


async def test_amounts_have_the_digits_of_their_currency(funds: Funds) -> None:
    fund = await funds.fund(budget="0", currency="JPY")
    half = FundTopUp(fund=fund, entry=new_id(), amount=Decimal("10.5"))
    assert await funds.shop.refused("hq", half, "invalid") == {"field": "amount"}
    await funds.shop.done("hq", FundTopUp(fund=fund, entry=new_id(), amount=Decimal(10)))
    assert (await funds.balance(fund))[0] == "10"


async def test_a_fund_that_is_full_takes_no_more(funds: Funds) -> None:
    """Each amount is possible, their sum is not: on PostgreSQL the phone was told of a fault of ours, for ever."""
    fund = await funds.fund(budget="1000000000000")
    shop = funds.shop
    for _ in range(89):
        await shop.done("hq", FundTopUp(fund=fund, entry=new_id(), amount=Decimal(10) ** 12))
    more = FundTopUp(fund=fund, entry=new_id(), amount=Decimal("0.01"))
    assert await shop.refused("hq", more, "invalid") == {"field": "amount"}
    assert (await funds.balance(fund))[0] == "90000000000000.00"
    await shop.done("hq", msgspec.structs.replace(more, amount=Decimal(-1)))
    await shop.done("hq", msgspec.structs.replace(more, entry=new_id()))
