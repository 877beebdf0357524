"""A brand of the size the sync benches use: 10,000 products with prices in tiers, 500 shops of one rep, promotions.
Rows and orders follow the workload the peers are measured with, so that bytes can be compared; orders and their lines
have the ids our phones make (UUIDv7), as long as the peers' random ones."""

import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from backend.catalog.promoting import save_promotions
from backend.catalog.service import PriceBook, save_products
from backend.database import Sessions, make_engine, make_sessions, transaction
from backend.identity.service import announce_user
from backend.migrations import running
from backend.partners.saving import found_tenant, save_organisations
from backend.settings import load_settings
from backend.stock.service import set_levels
from backend.sync.changes import Changes
from backend.sync.service import flush_changes
from offline.ids import derived_id, new_id
from offline.rules.facts import Facts
from offline.rules.ordering import Pricer, Wanted
from offline.rules.permissions import ROLES
from offline.wire import commands as c
from offline.wire import rows
from tests.people import Brand, make_brand

PRODUCTS, SHOPS, ORDERS, LINES, CHANGED = 10_000, 500, 2_000, 5, 100
NOW = datetime.now(UTC)
BEFORE = NOW - timedelta(days=1)
CATEGORIES = ("beverages", "snacks", "home care", "personal care", "dairy", "frozen", "tobacco", "stationery")
BRANDS = ("Alba", "Norte", "Kirana", "Sol", "Maison", "Borealis", "Tamarind", "Cumbre", "Delta", "Verde")
SIZES = ("250ml", "500ml", "1l", "2l", "6-pack", "12-pack")


def row_id(kind: str, index: int) -> str:
    """Stable and random, as in the peers' workload."""
    return str(uuid.UUID(int=random.Random(f"{kind}:{index}").getrandbits(128), version=4))


def product(index: int, sort: int = 0) -> c.ProductSave:
    rng = random.Random(f"cat{index}")
    name = f"{rng.choice(BRANDS)} {rng.choice(CATEGORIES)} item {index} {rng.choice(SIZES)}"
    return c.ProductSave(
        product=row_id("cat", index),
        sku=f"SKU-{index:06d}",
        name={"en": name},
        unit={"en": rng.choice(("pc", "case", "kg"))},
        category=None,
        brand=rng.choice(BRANDS),
        barcodes=(str(rng.randint(10**12, 10**13 - 1)),),
        tax_rate=rng.choice((Decimal("0.13"), Decimal("0.09"), Decimal(0))),
        image=f"media/{row_id('img', index)}.webp",
        sort=sort,
    )


def tiers(index: int) -> tuple[rows.Tier, ...]:
    price = Decimal(random.Random(f"price{index}").randint(90, 99_900)) / 100
    return (rows.Tier(1, price), rows.Tier(24, (price * Decimal("0.95")).quantize(Decimal("0.01"))))


@dataclass(slots=True)
class World:
    """What a phone of the rep knows, and what its orders will be."""

    brand: Brand
    price_list: str = field(default_factory=lambda: derived_id("bench", "list"))
    shops: list[rows.Organisation] = field(default_factory=list)
    promotions: list[rows.Promotion] = field(default_factory=list)

    @property
    def token(self) -> str:
        return self.brand.tokens["rep"]

    def orders(self, count: int) -> list[c.OrderPlace]:
        """Orders of 5 lines, priced as the phone does: with tiers and promotions."""
        products = {row_id("cat", index): _product_row(index) for index in range(PRODUCTS)}
        list_row = rows.PriceList(
            id=self.price_list, code="BASE", name={"en": "Base"}, kind="base", currency="CNY", revision=1
        )
        prices = {
            (self.price_list, row_id("cat", index)): rows.Price(
                id=f"{index}", price_list=self.price_list, product=row_id("cat", index), tiers=tiers(index)
            )
            for index in range(PRODUCTS)
        }
        brand = rows.Brand(id=self.brand.tenant.id, code="demo", name={}, currency="CNY")
        found = []
        for index in range(count):
            rng = random.Random(f"ord{index}")
            shop = self.shops[rng.randrange(SHOPS)]
            facts = Facts(brand, shop, products, {self.price_list: list_row}, prices, self.promotions)
            found.append(_order(facts, rng))
        return found


def _product_row(index: int) -> rows.Product:
    saved = product(index)
    return rows.Product(
        id=saved.product, sku=saved.sku, name=saved.name, unit=saved.unit, tax_rate=saved.tax_rate, brand=saved.brand
    )


def _order(facts: Facts, rng: random.Random) -> c.OrderPlace:
    order_id = new_id()
    chosen = rng.sample(range(PRODUCTS), LINES)
    wanted = [Wanted(new_id(), row_id("cat", number), rng.randint(1, 48)) for number in chosen]
    quote = Pricer(facts, NOW).quote(wanted, order_id)
    assert not quote.problems
    return c.OrderPlace(
        order=order_id,
        organisation=facts.organisation.id,
        lines=tuple(
            c.PlacedLine(
                id=line.id, product=line.product, quantity=line.quantity, unit_price=line.unit_price, net=line.net
            )
            for line in quote.lines
        ),
        currency="CNY",
        total=quote.totals.total,
        price_lists=quote.price_lists,
    )


async def build(url: str) -> World:
    """Make the world in an empty database at ``url`` (as ``QUDAO_DATABASE_URL`` takes it)."""
    url = load_settings({"QUDAO_DATABASE_URL": url}).database_url
    await running.upgrade(url)
    engine = make_engine(url)
    try:
        return await _fill(make_sessions(engine))
    finally:
        await engine.dispose()


async def _fill(sessions: Sessions) -> World:
    async with transaction(sessions) as session:
        world = World(await make_brand(session, "demo"))
        tenant_id, changes = world.brand.tenant.id, Changes()
        for user in world.brand.users.values():
            announce_user(changes, user, ROLES[user.role])
        await save_products(session, tenant_id, [product(index) for index in range(PRODUCTS)], BEFORE, changes)
        stock = {row_id("cat", index): 1_000_000 for index in range(PRODUCTS)}
        await set_levels(session, tenant_id, stock, now=BEFORE, changes=changes)
        book = PriceBook(session, tenant_id, BEFORE, changes)
        await book.save_list(
            c.PriceListSave(price_list=world.price_list, code="BASE", name={"en": "Base"}, kind="base", currency="CNY")
        )
        prices = {(world.price_list, row_id("cat", index)): list(tiers(index)) for index in range(PRODUCTS)}
        await book.save_prices(prices)
        deals = _deals()
        await save_promotions(session, tenant_id, deals, BEFORE, changes)
        world.promotions = [rows.Promotion(id=deal.promotion, **_fields(deal)) for deal in deals]
        head = world.brand.organisations["HQ"]
        await found_tenant(session, tenant_id, _organisation(world, head, "HQ", ""), "CNY", now=BEFORE, changes=changes)
        shops = [_organisation(world, row_id("shop", index), f"S{index:05d}", head) for index in range(SHOPS)]
        await save_organisations(session, tenant_id, shops, BEFORE, changes)
        await flush_changes(session, tenant_id, changes)
        ids = {shop.organisation for shop in shops}
        world.shops = [
            msgspec.json.decode(msgspec.json.encode(put.row), type=rows.Organisation)
            for (entity, _), put in changes.puts.items()
            if entity == "organisation" and put.row.id in ids
        ]
    return world


def _organisation(world: World, organisation: str, code: str, parent: str) -> c.OrganisationSave:
    return c.OrganisationSave(
        organisation=organisation,
        code=code,
        name={"en": f"Shop {code}"},
        type="shop" if parent else "distributor",
        parent=parent or organisation,
        rep=world.brand.users["rep"].id if parent else None,
        price_lists=() if parent else (world.price_list,),
    )


def _deals() -> list[c.PromotionSave]:
    """One of each common kind, on a part of the catalogue each."""
    some = tuple(row_id("cat", index) for index in range(0, PRODUCTS, 40))
    gift = row_id("cat", 7)
    return [
        _deal("T1", "threshold", rows.PromotionReward(percent=Decimal(3), threshold=Decimal(5000)), ()),
        _deal("B1", "buy_x_get_y", rows.PromotionReward(buy=10, get=1), some),
        _deal("G1", "gift", rows.PromotionReward(product=gift, get=1, threshold=Decimal(20_000)), ()),
    ]


def _deal(code: str, kind: Any, reward: rows.PromotionReward, products: tuple[str, ...]) -> c.PromotionSave:
    return c.PromotionSave(
        promotion=derived_id("bench", code), code=code, name={"en": code}, kind=kind, reward=reward, products=products
    )


def _fields(command: c.PromotionSave) -> dict[str, Any]:
    fields = msgspec.structs.asdict(command)
    del fields["promotion"], fields["seen"]
    return fields
