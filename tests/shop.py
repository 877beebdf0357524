"""A brand with goods to sell, and people who give commands through the real push pipeline."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.app import HANDLERS, SCOPES
from backend.catalog.models import PriceList
from backend.catalog.service import PriceBook, catalogue_of, save_assortments, save_products
from backend.database import Sessions, transaction
from backend.db import Base
from backend.identity.service import authenticate, brand_of
from backend.orders.sitting import facts_of
from backend.partners.models import Organisation
from backend.partners.saving import found_tenant, save_organisations
from backend.partners.service import organisation_row, reach
from backend.stock.service import set_levels
from backend.sync.changes import Changes
from backend.sync.commands import Context, Detail, Handler, Principal
from backend.sync.push import Taker
from backend.sync.service import flush_changes
from offline.ids import new_id
from offline.rules.ordering import Quote, Wanted, quote
from offline.wire import rows
from offline.wire.commands import (
    Command,
    OrderPlace,
    OrganisationSave,
    PlacedLine,
    PriceListSave,
    PriceSave,
    ProductSave,
    PromotionSave,
)
from offline.wire.protocol import Mutation, Push, Verdict
from offline.wire.rows import Address, PromotionReward, Tier
from tests.content import content
from tests.people import ORGANISATIONS, Brand, World

ADDRESS = "0192f0c0-0000-7000-8000-00000000adde"


@dataclass(slots=True)
class Shop:
    """``products`` ids by SKU, ``lists`` ids by code. ``now`` is the server's time, moved by hand."""

    sessions: Sessions
    brand: Brand
    products: dict[str, str] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    now: datetime = datetime(2026, 7, 6, 2, 0, tzinfo=UTC)
    counter: int = 0
    # Of the person "shop": an upload that has not begun, a picture in a paper of SHOP, a session beside the token's.
    # Made where they are needed.
    upload: str = ""
    media: str = ""
    device: str = ""

    @property
    def tenant_id(self) -> str:
        return self.brand.tenant.id

    def organisation(self, code: str) -> str:
        return self.brand.organisations[code]

    async def principal(self, login: str) -> Principal:
        async with self.sessions() as session:
            signed = await authenticate(session, self.brand.tokens[login], datetime.now(UTC), reach)
        assert signed is not None
        return signed.principal

    async def push(
        self,
        login: str,
        commands: Sequence[Command],
        *,
        at: datetime | None = None,
        device: str = "",
        handlers: Sequence[Handler] = HANDLERS,
        one_by_one: bool = False,
    ) -> list[Verdict]:
        """One push; ``at`` is when the person did it."""
        mutations = []
        for command in commands:
            self.counter += 1
            args = msgspec.Raw(msgspec.json.encode(command))
            mutations.append(Mutation(new_id(), self.counter, command.NAME, args, local_at=at or self.now))
        taker = Taker(self.sessions, {each.command.NAME: each for each in handlers}, lambda: self.now)
        push = Push(device=device or f"phone-of-{login}", mutations=tuple(mutations))
        result, _ = await taker.take(await self.principal(login), push, one_by_one=one_by_one)
        return list(result.results)

    async def give(self, login: str, command: Command, *, at: datetime | None = None) -> Verdict:
        (verdict,) = await self.push(login, [command], at=at)
        return verdict

    async def done(self, login: str, *commands: Command, at: datetime | None = None) -> None:
        """Commands that must be applied."""
        for verdict in await self.push(login, commands, at=at):
            assert (verdict.status, verdict.code, verdict.detail) == ("applied", "", {})

    async def refused(self, login: str, command: Command, code: str, *, at: datetime | None = None) -> Detail:
        """The detail of a command that must be refused with ``code`` and change nothing, in either way of taking a
        push."""
        before = await checksums(self.sessions)
        details = []
        for one_by_one in (False, True):
            (verdict,) = await self.push(login, [command], at=at, one_by_one=one_by_one)
            assert (verdict.status, verdict.code) == ("rejected", code), verdict
            details.append(verdict.detail)
        assert await checksums(self.sessions) == before
        assert details[0] == details[1]
        return details[0]

    async def quote(self, code: str, wanted: Mapping[str, int], order: str, lines: Sequence[str]) -> Quote:
        """What a phone of the organisation shows for SKU -> quantity."""
        principal = await self.principal("hq")
        async with self.sessions() as session:
            organisation = await session.get(Organisation, (self.tenant_id, self.organisation(code)))
            assert organisation is not None
            view = organisation_row(organisation)
            context = self.context(session, principal)
            catalogue = await catalogue_of(context)
            await catalogue.load_small(session)
            products = {self.products[sku] for sku in wanted} | catalogue.gifts
            await catalogue.load_products(session, products)
            pairs = [(each.price_list, product) for each in view.applicable for product in products]
            await catalogue.load_prices(session, pairs)
            facts = facts_of(await brand_of(session, self.tenant_id), view, catalogue)
        items = zip(lines, wanted.items(), strict=True)
        return quote(facts, [Wanted(line, self.products[sku], count) for line, (sku, count) in items], self.now, order)

    async def draft(self, code: str, wanted: Mapping[str, int], **more: Any) -> OrderPlace:
        """An order as a phone would send it, at the prices it shows now."""
        order, lines = new_id(), [new_id() for _ in wanted]
        found = await self.quote(code, wanted, order, lines)
        priced = {line.id: line for line in found.lines}
        placed = []
        for line, (sku, count) in zip(lines, wanted.items(), strict=True):
            shown = priced.get(line)
            unit, net = (shown.unit_price, shown.net) if shown else (Decimal(0), Decimal(0))
            placed.append(PlacedLine(id=line, product=self.products[sku], quantity=count, unit_price=unit, net=net))
        settings: dict[str, Any] = {
            "order": order,
            "organisation": self.organisation(code),
            "lines": tuple(placed),
            "currency": "CNY",
            "total": found.totals.total,
            "price_lists": found.price_lists,
        }
        return OrderPlace(**(settings | more))

    async def placed(self, wanted: Mapping[str, int], login: str = "shop", code: str = "SHOP", **more: Any) -> str:
        """An order's id that was applied."""
        command = await self.draft(code, wanted, **more)
        await self.done(login, command)
        return command.order

    def context(self, session: AsyncSession, principal: Principal) -> Context:
        return Context(session, principal, Changes(), self.now, self.now, self.now, new_id(), "test", {})

    async def feed(self, entity: str, row_id: str, kind: type[Any]) -> tuple[Any, set[str]]:
        """A row as phones get it and the scopes that hold it; (None, ...) when it is gone."""
        table: Table = Base.metadata.tables["sync_rows"]
        async with self.sessions() as session:
            found = (
                await session.execute(
                    select(table.c.scope, table.c.doc).where(
                        table.c.tenant_id == self.tenant_id, table.c.entity == entity, table.c.id == row_id
                    )
                )
            ).all()
        live = {scope: doc for scope, doc in found if doc is not None}
        docs = set(live.values())
        assert len(docs) <= 1
        return (msgspec.json.decode(docs.pop(), type=kind) if docs else None), set(live)

    async def may_hold(self, login: str) -> set[str]:
        """The scopes that the person's phone may have."""
        principal = await self.principal(login)
        async with self.sessions() as session:
            return {scope for scopes_of in SCOPES for scope in await scopes_of(session, principal)}

    async def order(self, order_id: str) -> rows.Order:
        row, scopes = await self.feed("order", order_id, rows.Order)
        assert isinstance(row, rows.Order)
        assert scopes == {"desk", f"org:{row.organisation}"}
        return row

    async def credit_used(self, code: str) -> Decimal:
        async with self.sessions() as session:
            row = await session.get(Organisation, (self.tenant_id, self.organisation(code)))
        assert row is not None
        return row.credit_used

    async def available(self, sku: str) -> int:
        row, _ = await self.feed("stock", self.products[sku], rows.StockLevel)
        return 0 if row is None else int(row.available)

    async def set_organisation(self, code: str, /, **changes: Any) -> Verdict:
        return await self.give("hq", self.organisation_save(code, **changes))

    async def give_away(self) -> None:
        """From 10 of A on, a fifth as many of D for nothing."""
        reward = PromotionReward(buy=5, get=1, product=self.products["D"])
        await self.done("hq", self.promotion_save(kind="buy_x_get_y", reward=reward, products=(self.products["A"],)))

    async def discount(self, percent: str) -> None:
        """Off everything."""
        reward = PromotionReward(percent=Decimal(percent), quantity=1)
        await self.done("hq", self.promotion_save(kind="threshold", reward=reward))

    def promotion_save(self, **changes: Any) -> PromotionSave:
        settings: dict[str, Any] = {"promotion": new_id(), "code": "P1", "name": {"zh": "促销", "en": "Offer"}}
        return PromotionSave(**(settings | changes))

    def price_save(self, list_code: str, sku: str, *tiers: tuple[int, str]) -> PriceSave:
        return PriceSave(
            price_list=self.lists[list_code],
            product=self.products[sku],
            tiers=tuple(Tier(quantity, Decimal(price)) for quantity, price in tiers),
        )

    async def assort(self, code: str, skus: Sequence[str]) -> str:
        """Only these products for an organisation."""
        row = rows.Assortment(id=new_id(), name={"en": "Some"}, products=tuple(self.products[sku] for sku in skus))
        async with writing(self) as (session, changes):
            await save_assortments(session, self.tenant_id, [row], changes)
        assert (await self.set_organisation(code, assortments=(row.id,))).status == "applied"
        return row.id

    def organisation_save(self, code: str, /, **changes: Any) -> OrganisationSave:
        """The command that saves an organisation of the test world as it was made, but for ``changes``."""
        kind, parent, looked_after = ORGANISATIONS[code]
        settings: dict[str, Any] = {
            "organisation": self.organisation(code),
            "code": code,
            "name": {"zh": code, "en": code},
            "type": kind,
            "parent": self.organisation(parent or "HQ"),
            "rep": self.brand.users["rep"].id if looked_after else None,
            "price_lists": (self.lists["DEAL"],) if code == "SHOP" else (),
            "addresses": (Address(id=ADDRESS, line="1 Long Road", city="上海", phone="021-5555"),),
        }
        return OrganisationSave(**(settings | changes))

    def product_save(self, sku: str, /, **changes: Any) -> ProductSave:
        settings: dict[str, Any] = {
            "product": self.products.setdefault(sku, new_id()),
            "sku": sku,
            "name": {"zh": f"商品{sku}", "en": f"Product {sku}"},
            "unit": {"zh": "件", "en": "piece"},
            "tax_rate": Decimal("0.13"),
        }
        return ProductSave(**(settings | changes))


GOODS = {"A": "10.00", "B": "4.50", "C": "99.99", "D": "0.35"}


@asynccontextmanager
async def writing(shop: Shop) -> AsyncIterator[tuple[AsyncSession, Changes]]:
    """A transaction of a service, with its feed."""
    changes = Changes()
    async with transaction(shop.sessions) as session:
        yield session, changes
        await flush_changes(session, shop.tenant_id, changes)


async def open_shop(sessions: Sessions, world: World, brand: Brand | None = None) -> Shop:
    """Products A to D with 100 of each in stock, a base list for everybody, a contract for SHOP with a tier."""
    shop = Shop(sessions, brand or world.demo)
    async with writing(shop) as (session, changes):
        tenant_id, now = shop.tenant_id, shop.now - timedelta(days=30)
        await save_products(session, tenant_id, [shop.product_save(sku) for sku in GOODS], now, changes)
        await set_levels(session, tenant_id, dict.fromkeys(shop.products.values(), 100), now=now, changes=changes)
        book = PriceBook(session, tenant_id, now, changes)
        shop.lists = {"BASE": new_id(), "DEAL": new_id()}
        for code, kind in (("BASE", "base"), ("DEAL", "contract")):
            await book.save_list(price_list(shop, code, kind=kind))
        prices = {(shop.lists["BASE"], shop.products[sku]): [Tier(1, Decimal(price))] for sku, price in GOODS.items()}
        deal = [Tier(1, Decimal("9.50")), Tier(10, Decimal("9.00"))]
        await book.save_prices({**prices, (shop.lists["DEAL"], shop.products["A"]): deal})
        head_office = shop.organisation_save("HQ", type="distributor", price_lists=(shop.lists["BASE"],))
        await found_tenant(session, tenant_id, head_office, "CNY", now=now, changes=changes)
        drafts = [shop.organisation_save(code) for code in ORGANISATIONS if code != "HQ"]
        await save_organisations(session, tenant_id, drafts, now, changes)
    return shop


def price_list(shop: Shop, code: str, /, **changes: Any) -> PriceListSave:
    settings: dict[str, Any] = {
        "price_list": shop.lists.setdefault(code, new_id()),
        "code": code,
        "name": {"zh": code, "en": code},
        "kind": "base",
        "currency": "CNY",
    }
    return PriceListSave(**(settings | changes))


async def revision_of(shop: Shop, code: str) -> int:
    async with shop.sessions() as session:
        row = await session.get(PriceList, (shop.tenant_id, shop.lists[code]))
    assert row is not None
    return row.revision


# A refusal leaves its receipt, and nothing else.
_NOT_COMPARED = {"leases", "sync_receipts", "user_sessions"}


async def checksums(sessions: Sessions) -> dict[str, str]:
    """Of every table's content: two equal ones mean that nothing was changed."""
    return await content(sessions, without=_NOT_COMPARED)
