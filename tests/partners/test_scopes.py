"""What each person's phone may hold."""

from dataclasses import replace

import pytest

from backend.catalog import scopes as catalog_scopes
from backend.identity.queries import Holder
from backend.partners import scopes as partners_scopes
from backend.partners.service import reach
from backend.stock import scopes as stock_scopes
from backend.visits import scopes as visits_scopes
from offline.wire.rows import PromotionReward
from tests.people import World
from tests.shop import Shop, open_shop

DEALERS = "org:DEAL org:SHOP range:DEAL range:SHOP promotion:SHOPS list:BASE list:DEAL"
EVERYTHING = "brand stock desk list:BASE list:DEAL"


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        ("hq", EVERYTHING),
        ("desk", EVERYTHING),
        ("finance", EVERYTHING),
        ("trainer", "brand"),
        ("staff", "brand stock"),
        ("rep", "brand stock org:SHOP range:SHOP promotion:SHOPS list:BASE list:DEAL"),
        ("shop", "brand stock org:SHOP range:SHOP promotion:SHOPS list:BASE list:DEAL"),
        ("rival", "brand stock org:RIVAL range:RIVAL list:BASE"),
        ("dealer", f"brand stock {DEALERS}"),
        (
            "distributor",
            f"brand stock org:DIST {DEALERS}",
        ),
    ],
)
async def test_scopes(shop: Shop, world: World, login: str, expected: str) -> None:
    await open_shop(shop.sessions, world, world.other)
    ranges = {await shop.assort(code, ["A"]): code for code in ("SHOP", "DEAL", "RIVAL")}
    offer = shop.promotion_save(
        kind="buy_x_get_y", reward=PromotionReward(buy=5, get=1), organisations=(shop.organisation("DEAL"),)
    )
    await shop.done("hq", offer)
    principal = await shop.principal(login)
    found: list[str] = []
    async with shop.sessions() as session:
        catalogue = (catalog_scopes.brand_of, catalog_scopes.assigned_of)
        for scopes_of in (*catalogue, stock_scopes.scopes_of, partners_scopes.scopes_of):
            found += await scopes_of(session, principal)
    names = {id_: code for code, id_ in (*shop.brand.organisations.items(), *shop.lists.items())}
    names |= ranges | {offer.promotion: "SHOPS"}
    assert len(found) == len(set(found))
    assert {
        f"{kind}{colon}{names.get(rest, rest)}" for kind, colon, rest in (each.partition(":") for each in found)
    } == set(expected.split())


async def test_a_rep_sees_who_is_assigned_from_the_next_request_on(shop: Shop) -> None:
    await shop.set_organisation("RIVAL", rep=shop.brand.users["rep"].id)
    await shop.set_organisation("SHOP", rep=None)
    assert (await shop.principal("rep")).organisations == frozenset({shop.organisation("RIVAL")})


async def test_staff_see_their_own_organisation_and_nothing_below_it(shop: Shop) -> None:
    async with shop.sessions() as session:
        person = Holder(shop.tenant_id, shop.brand.users["staff"].id, "Staff", shop.organisation("DEAL"), "staff")
        own, below = frozenset({shop.organisation("DEAL")}), frozenset({shop.organisation("SHOP")})
        assert await reach(session, person) == own
        assert await reach(session, person._replace(role="dealer")) == own | below


async def test_where_people_were_is_for_who_sees_the_whole_brand(shop: Shop) -> None:
    """A right that a role was given does not widen what its people see."""
    dealer = await shop.principal("dealer")
    dealer = replace(dealer, permissions=dealer.permissions | {"visit.see_all"})
    async with shop.sessions() as session:
        assert await visits_scopes.scopes_of(session, dealer) == ["visit_rules"]
        assert "visits" in await visits_scopes.scopes_of(session, replace(dealer, organisations=None))
