"""The demo's counts: how the brand counts, a list, the story's shop counted twice, one count too far off, one asked
for. Partners' stock itself is there: it came with the parcels they signed for."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog.service import catalogue_of
from backend.counts.service import ask_for_count, configure_counts, save_count_list, submit_count
from backend.demo.partners import Partner
from backend.demo.people import principal_of
from backend.identity.models import Tenant, User
from backend.partners.service import reach
from backend.stock.service import Cause, partner_books, partner_stock_of
from backend.sync.changes import Changes
from backend.sync.commands import Context
from offline.ids import derived_id
from offline.rules.counting import base_units, factors
from offline.wire import counts as wire
from offline.wire.rows import Product

_STORY = "S0001"
_MOST = 14
"""Products of a count."""


async def make_counts(
    session: AsyncSession,
    tenant: Tenant,
    *,
    partners: Sequence[Partner],
    people: Mapping[str, User],
    now: datetime,
    changes: Changes,
) -> int:
    """Through the handlers that take them from phones. Returns how many counts there are."""
    made = _Maker(session, tenant, people, now, changes)
    await made.rules()
    shop = next(each.draft.organisation for each in partners if each.draft.code == _STORY)
    return await made.story(shop)


class _Maker:
    def __init__(
        self, session: AsyncSession, tenant: Tenant, people: Mapping[str, User], now: datetime, changes: Changes
    ) -> None:
        self.session, self.tenant, self.people = session, tenant, people
        self.now, self.changes = now, changes

    async def context(self, login: str, at: datetime) -> Context:
        user = self.people[login]
        principal = principal_of(user, await reach(self.session, user))
        return Context(self.session, principal, self.changes, at, at, at, "", "demo", {})

    async def rules(self) -> None:
        head_office = await self.context("hq", self.now - timedelta(days=60))
        await configure_counts(head_office, wire.CountConfigure(units=3, percent=Decimal(5)))
        shelf = wire.CountListSave(
            count_list=derived_id(self.tenant.id, "count_list", "shelf"),
            name={"zh": "门店货架盘点", "en": "Shelf count"},
            sold=True,
            types=("shop",),
        )
        await save_count_list(head_office, shelf)

    async def story(self, shop: str) -> int:
        """Counted by the owner two weeks ago; sold from since; counted by the rep yesterday, one product far off; and
        head office wants the best sellers counted once more."""
        stock = await partner_stock_of(self.session, self.tenant.id, shop)
        products = await self._products([each.product for each in stock])
        # Fresh goods are counted by lot, in a count of their own.
        held = [each for each in stock if each.product in products and not products[each.product].lot_tracked][:_MOST]
        if not held:
            return 0
        opened = self.now - timedelta(days=14)
        start = {each.product: max(each.on_hand * 2 // 5, 6) for each in held}
        await self._submit("shop", shop, name="opening", at=opened, products=products, seen=start)
        await self._sell(shop, start)
        left = {each.product: each.on_hand for each in await partner_stock_of(self.session, self.tenant.id, shop)}
        seen = {product: max(left[product] - number % 3, 0) for number, product in enumerate(start)}
        far = next(iter(seen))
        seen[far] = max(left[far] - 11, 0) if left[far] > 12 else left[far] + 11
        yesterday = self.now - timedelta(hours=20)
        await self._submit("rep", shop, name="yesterday", at=yesterday, products=products, seen=seen)
        await self._ask(shop, list(start)[:6])
        return 3

    async def _products(self, ids: Sequence[str]) -> dict[str, Product]:
        catalogue = await catalogue_of(await self.context("hq", self.now))
        await catalogue.load_products(self.session, ids)
        return {id_: row for id_ in ids if (row := catalogue.products.get(id_)) is not None}

    async def _submit(
        self,
        login: str,
        shop: str,
        *,
        name: str,
        at: datetime,
        products: Mapping[str, Product],
        seen: Mapping[str, int],
    ) -> None:
        lines = tuple(self._line(products[id_], count, at) for id_, count in seen.items())
        count_id = derived_id(self.tenant.id, "count", name)
        command = wire.CountSubmit(count=count_id, organisation=shop, lines=lines)
        await submit_count(await self.context(login, at), command)

    def _line(self, product: Product, count: int, at: datetime) -> wire.CountedLine:
        packs: dict[str, int] = {}
        rest = count
        for code, size in factors(product).items():
            packs[code], rest = divmod(rest, size)
        packs = {code: number for code, number in packs.items() if number} or {"": 0}
        part = wire.CountedPart(packs=packs)
        return wire.CountedLine(
            product=product.id, parts=(part,), observed=base_units(product, packs), base_seq=1, counted_at=at
        )

    async def _sell(self, shop: str, start: Mapping[str, int]) -> None:
        """A few of each over the two weeks, as a till would tell it."""
        for day in (10, 6, 2):
            at = self.now - timedelta(days=day)
            books = await partner_books(self.session, self.tenant.id, shop, start, at)
            for number, (product, count) in enumerate(start.items()):
                sold = min(count // 5, 2 + number % 4)
                if sold:
                    await books[product].move(-sold, at, Cause("sale", actor_id=self.people["shop"].id))
                    await books[product].announce(self.changes)

    async def _ask(self, shop: str, products: Sequence[str]) -> None:
        ask = wire.CountAsk(
            count=derived_id(self.tenant.id, "count", "asked"),
            organisation=shop,
            products=tuple(products),
            due_on=(self.now + timedelta(days=3)).date(),
            blind=True,
            note="月底重点商品盘点",
        )
        await ask_for_count(await self.context("hq", self.now - timedelta(hours=4)), ask)
