"""Makes the demo: two brands with all they need, in one transaction, through the services everybody else uses.

All of it follows from a seed and the day it is made on. Pictures go to the object store first: they are named by
their content, so that a demo that failed half-way leaves nothing that counts.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalog.promoting import save_promotions
from backend.catalog.service import PriceBook, save_assortments, save_categories, save_products
from backend.database import Sessions, transaction
from backend.demo.album import Album
from backend.demo.catalogue import Good, all_looks, make_categories, make_goods
from backend.demo.claiming import Fair, make_claims
from backend.demo.counting import make_counts
from backend.demo.history import make_history
from backend.demo.learning import draw_lessons, make_courses
from backend.demo.notices import make_notices
from backend.demo.offers import assortment_ids, make_assortments, make_promotions
from backend.demo.other import make_other
from backend.demo.partners import Partner, head_office, make_shops, make_trade
from backend.demo.people import DEMO, make_people, user_id
from backend.demo.pictures import Look, draw_picture
from backend.demo.planning import APPROVAL_ABOVE
from backend.demo.pricing import ListPlan, Prices, plan_lists, revised_prices
from backend.demo.stocking import open_stock, settle_stock
from backend.demo.visiting import make_visits
from backend.identity import queries as identity
from backend.identity.models import Tenant
from backend.identity.service import brand_of
from backend.identity.users import create_tenant
from backend.media_routes import store_picture
from backend.partners.saving import found_tenant, save_organisations
from backend.sync.changes import BRAND, Changes
from backend.sync.service import flush_changes
from media.storage import Storage

SEED = 20260714
HISTORY = timedelta(days=182)
_AT_ONCE = 16
_REVISIONS = 6

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """What there is now, for the command's last line."""

    counts: Mapping[str, int]


async def make_demo(sessions: Sessions, storage: Storage, now: datetime, say: Say = lambda _line: None) -> Made | None:
    """Both brands, or None when there is a tenant ``demo`` already."""
    async with transaction(sessions) as session:
        if await identity.tenant_by_code(session, "demo") is not None:
            return None
    images = await _pictures(storage)
    lessons = await draw_lessons(storage)
    say(f"{len(images) + len(lessons)} pictures")
    async with transaction(sessions) as session:
        if await identity.tenant_by_code(session, "demo") is not None:
            return None
        counts = await _make_brand(session, images, lessons, now, say, storage=storage)
        await make_other(session, images, now)
        return Made(counts)


async def _pictures(storage: Storage) -> dict[Look, str]:
    """The path of every look's picture. Drawing is work in C that lets other threads run."""
    limit = asyncio.Semaphore(_AT_ONCE)

    async def one(look: Look) -> tuple[Look, str]:
        async with limit:
            return look, await store_picture(storage, await asyncio.to_thread(draw_picture, look))

    return dict(await asyncio.gather(*map(one, all_looks())))


async def _make_brand(
    session: AsyncSession,
    images: Mapping[Look, str],
    lessons: Mapping[str, str],
    now: datetime,
    say: Say,
    *,
    storage: Storage,
) -> Mapping[str, int]:
    chance = random.Random(SEED)
    begun = datetime.combine((now - HISTORY).date(), time(0, 30), UTC)
    changes = Changes()
    tenant = await create_tenant(session, "demo", {"zh": "渠道演示", "en": "Qudao Demo"}, **_settings())
    changes.put("brand", await brand_of(session, tenant.id), BRAND)
    goods = make_goods(tenant.id, chance, images)
    await save_categories(session, tenant.id, make_categories(tenant.id), changes)
    await save_products(session, tenant.id, [good.draft for good in goods], begun, changes)
    plans = plan_lists(tenant.id, now)
    prices = await _price(session, tenant, plans, goods, begun=begun, changes=changes)
    await save_assortments(session, tenant.id, make_assortments(tenant.id, goods, now.date()), changes)
    partners = await _found(session, tenant, plans, begun, changes)
    by_code = {partner.draft.code: partner.draft.organisation for partner in partners}
    headquarters = head_office(tenant.id).organisation
    people = await make_people(session, changes, tenant, DEMO, by_code | {"HQ": headquarters})
    await save_promotions(session, tenant.id, make_promotions(tenant.id, goods, now), now, changes)
    say(f"{len(goods)} products, {len(partners)} partners")
    await open_stock(session, tenant.id, goods, begun, changes)
    orders = await make_history(
        session, tenant, goods=goods, partners=partners, people=people, begun=begun, now=now, changes=changes
    )
    say(f"{orders} orders")
    latest = revised_prices(plans, prices, goods, SEED)
    await PriceBook(session, tenant.id, now - timedelta(minutes=1), changes).save_prices(latest)
    await settle_stock(session, tenant.id, goods, now, changes)
    album = Album(session, storage, tenant.id)
    visits = await make_visits(session, tenant, partners=partners, people=people, now=now, changes=changes, album=album)
    say(f"{visits} visits")
    await make_notices(session, tenant, people, now, changes)
    counts = await make_counts(session, tenant, partners=partners, people=people, now=now, changes=changes)
    say(f"{counts} counts")
    courses = await make_courses(session, tenant.id, pictures=lessons, people=people, now=now, changes=changes)
    say(f"{courses} courses")
    fair = Fair(session, album, tenant.id, people, by_code | {"HQ": headquarters}, now, changes)
    await make_claims(fair, [each.draft.organisation for each in partners if each.draft.type == "shop"][:6])
    await flush_changes(session, tenant.id, changes)
    return {"products": len(goods), "partners": len(partners), "orders": orders, "people": len(people)}


def _settings() -> dict[str, Any]:
    return {
        "currency": "CNY",
        "prices_include_tax": True,
        "approval_above": APPROVAL_ABOVE,
        "time_zone": "Asia/Shanghai",
    }


async def _price(
    session: AsyncSession,
    tenant: Tenant,
    plans: list[ListPlan],
    goods: list[Good],
    *,
    begun: datetime,
    changes: Changes,
) -> Prices:
    """All lists with their prices, and the revisions they have been through before the first order."""
    chance = random.Random(SEED + 1)
    first = begun - timedelta(days=40 * _REVISIONS + 1)
    book = PriceBook(session, tenant.id, first, changes)
    for plan in plans:
        await book.save_list(plan.draft)
    prices = {key: tiers for plan in plans for key, tiers in plan.prices(goods, chance)}
    await book.save_prices(prices)
    for number in range(_REVISIONS):
        moved = revised_prices(plans, prices, goods, SEED + number)
        later = first + timedelta(days=40 * (number + 1))
        await PriceBook(session, tenant.id, later, changes).save_prices(moved)
        prices |= moved
    return prices


async def _found(
    session: AsyncSession, tenant: Tenant, plans: list[ListPlan], begun: datetime, changes: Changes
) -> list[Partner]:
    """Head office first, then the trade and the shops as one tree."""
    lists = {plan.key: plan.draft.price_list for plan in plans}
    reps = {person.login: user_id(tenant.id, person.login) for person in DEMO}
    await found_tenant(session, tenant.id, head_office(tenant.id), tenant.currency, now=begun, changes=changes)
    chance = random.Random(SEED + 2)
    shops = make_shops(tenant.id, chance, reps, lists, assortment_ids(tenant.id))
    partners = [*make_trade(tenant.id, lists), *shops]
    await save_organisations(session, tenant.id, [partner.draft for partner in partners], begun, changes)
    return partners
