"""Two people change the same thing at one moment: what phones hold in the end is what the database holds.

On PostgreSQL only; on SQLite one transaction writes after the other. The second begins when the first has done all but
its commit. So it waits for the first: before it reads what it changes, as it should, or when it is too late.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from backend.app import HANDLERS
from backend.catalog import models as catalog
from backend.catalog import pictures
from backend.catalog.rows import assortment_row, category_row, product_row, promotion_row
from backend.catalog.service import save_assortments, save_categories
from backend.claims.approving import ROUTE_ID
from backend.claims.models import ApprovalRoute
from backend.claims.rows import route_row
from backend.counts.models import CountList, CountSettings
from backend.counts.rows import list_row, settings_row
from backend.counts.shelving import shelve_finished_counts
from backend.database import Sessions, transaction
from backend.db import Base
from backend.identity.models import Tenant, User
from backend.identity.service import brand_row
from backend.identity.users import change_user, user_to_change
from backend.learning.models import Course
from backend.learning.service import announce_files
from backend.orders.service import import_orders
from backend.partners.models import Organisation
from backend.partners.service import organisation_row
from backend.sync.commands import Context
from backend.sync.service import flush_changes
from backend.visits.models import VisitFence, VisitShop, VisitTemplate
from backend.visits.rows import fence_row, shop_row, template_row
from offline.ids import new_id
from offline.rules.approvals import Step
from offline.rules.visiting import FENCE_ID, template_id
from offline.wire import rows
from offline.wire.activities import ApprovalSave
from offline.wire.commands import BrandConfigure, Command, MeLocale
from offline.wire.counts import CountConfigure, CountDecide, CountListSave
from offline.wire.learning import AuthoredCard, CoursePublish
from offline.wire.media import ProductPicture
from offline.wire.ranges import AssortmentAssign, AssortmentSave, CategoryRemove, CategorySave, PriceListAssign
from offline.wire.registry import ENTITIES
from offline.wire.rows import PromotionReward
from offline.wire.visits import VisitFenceSave, VisitShopSave
from tests.counts.taking import count, line, submit
from tests.learning.lessons import course, published, uid
from tests.orders.test_history import past
from tests.people import World
from tests.shop import Shop, open_shop, price_list
from tests.visits import visiting

Act = Callable[[Context], Awaitable[None]]
_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
pytestmark = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)


@pytest.fixture
async def shop(sessions: Sessions, world: World) -> Shop:
    return await open_shop(sessions, world)


def given(command: Command) -> Act:
    """A command, as a push runs it."""
    handler = next(each for each in HANDLERS if each.command is type(command))

    async def act(context: Context) -> None:
        if handler.prepare is not None:
            await handler.prepare(context, [command])
        await handler.handle(context, command)
        if handler.finish is not None:
            await handler.finish(context)

    return act


async def _nothing() -> None:
    pass


async def change(shop: Shop, login: str, act: Act, before_commit: Callable[[], Awaitable[None]] = _nothing) -> None:
    principal = await shop.principal(login)
    async with transaction(shop.sessions) as session:
        context = shop.context(session, principal)
        await act(context)
        await flush_changes(session, shop.tenant_id, context.changes, shop.now)
        await before_commit()


async def at_once(shop: Shop, first: Act, second: Act, *, by: tuple[str, str] = ("hq", "hq")) -> None:
    begun: list[asyncio.Task[None]] = []

    async def begin() -> None:
        begun.append(asyncio.create_task(change(shop, by[1], second)))
        async with asyncio.timeout(20), shop.sessions() as session:
            while not await session.scalar(_WAITING):
                assert not begun[0].done(), "the second waited for nothing"
                # A transaction sees who waits as it was when it first looked.
                await session.rollback()

    await change(shop, by[0], first, begin)
    await begun[0]


@dataclass(frozen=True, slots=True)
class Case:
    """``first`` and ``second`` change the row ``row_id`` of ``kind``, which phones hold as ``entity`` made by
    ``shown``; ``by``: whose commands they are."""

    first: Act
    second: Act
    entity: str
    row_id: str
    kind: type[Base]
    key: Any
    shown: Callable[[Any], rows.Row]
    by: tuple[str, str] = ("hq", "hq")


async def product(shop: Shop) -> Case:
    id_ = shop.products["A"]
    return Case(
        given(shop.product_save("A", name={"en": "Renamed"})),
        given(shop.product_save("A", status="withdrawn")),
        "product", id_, catalog.Product, (shop.tenant_id, id_), product_row,
    )  # fmt: skip


async def promotion(shop: Shop) -> Case:
    reward = PromotionReward(buy=5, get=1)
    kept = shop.promotion_save(kind="buy_x_get_y", reward=reward)
    await shop.done("hq", kept)
    same = {"kind": "buy_x_get_y", "reward": reward, "promotion": kept.promotion}
    return Case(
        given(shop.promotion_save(**same, priority=7)),
        given(shop.promotion_save(**same, active=False)),
        "promotion", kept.promotion, catalog.Promotion, (shop.tenant_id, kept.promotion), promotion_row,
    )  # fmt: skip


async def promotion_that_moves(shop: Shop) -> Case:
    """Whose phones hold it follows the groups: saving a partner puts it anew."""
    reward = PromotionReward(buy=5, get=1)
    kept = shop.promotion_save(kind="buy_x_get_y", reward=reward, groups=("vip",))
    await shop.done("hq", kept)
    changed = shop.promotion_save(
        kind="buy_x_get_y", reward=reward, groups=("vip",), promotion=kept.promotion, priority=7
    )
    return Case(
        given(changed),
        given(shop.organisation_save("RIVAL", group="vip")),
        "promotion", kept.promotion, catalog.Promotion, (shop.tenant_id, kept.promotion), promotion_row,
    )  # fmt: skip


def _categories(*drafts: rows.Category) -> Act:
    async def act(context: Context) -> None:
        await save_categories(context.session, context.principal.tenant_id, drafts, context.changes)

    return act


async def category(shop: Shop) -> Case:
    before = rows.Category(id=new_id(), name={"en": "Drinks"})
    await change(shop, "hq", _categories(before))
    return Case(
        _categories(rows.Category(id=before.id, name={"en": "Beverages"})),
        _categories(rows.Category(id=before.id, name={"en": "Drinks"}, sort=3)),
        "category", before.id, catalog.Category, (shop.tenant_id, before.id), category_row,
    )  # fmt: skip


def _assortment(row: rows.Assortment) -> Act:
    async def act(context: Context) -> None:
        await save_assortments(context.session, context.principal.tenant_id, [row], context.changes)

    return act


async def assortment(shop: Shop) -> Case:
    before = rows.Assortment(id=new_id(), code="S", name={"en": "Some"})
    await change(shop, "hq", _assortment(before))
    return Case(
        _assortment(rows.Assortment(id=before.id, code="S", name={"en": "Others"})),
        _assortment(rows.Assortment(id=before.id, code="S", name={"en": "Some"}, everything=True)),
        "assortment", before.id, catalog.Assortment, (shop.tenant_id, before.id), assortment_row,
    )  # fmt: skip


async def assortment_that_is_given(shop: Shop) -> Case:
    id_ = await shop.assort("SHOP", ["A"])
    return Case(
        _assortment(rows.Assortment(id=id_, code=id_, name={"en": "Others"})),
        given(shop.organisation_save("RIVAL", assortments=(id_,))),
        "assortment", id_, catalog.Assortment, (shop.tenant_id, id_), assortment_row,
    )  # fmt: skip


async def assortment_that_is_assigned(shop: Shop) -> Case:
    """By two people to two customers: its row must be with both."""
    save = AssortmentSave(assortment=new_id(), code="CORE", name={"en": "Core"})
    await shop.done("hq", save)
    wanted = [shop.organisation(code) for code in ("SHOP", "DEAL")]
    first, second = (given(AssortmentAssign(assortment=save.assortment, give=(each,))) for each in wanted)
    key = shop.tenant_id, shop.organisation("DEAL")
    return Case(first, second, "organisation", key[1], Organisation, key, organisation_row)


async def price_list_that_is_assigned(shop: Shop) -> Case:
    """To the head office, while a customer gets another one: what counts for the customer is both."""
    lists = [price_list(shop, code) for code in ("L1", "L2")]
    await shop.done("hq", *lists)
    office, rival = shop.organisation("HQ"), shop.organisation("RIVAL")
    return Case(
        given(PriceListAssign(price_list=lists[0].price_list, give=(office,))),
        given(PriceListAssign(price_list=lists[1].price_list, give=(rival,))),
        "organisation", rival, Organisation, (shop.tenant_id, rival), organisation_row,
    )  # fmt: skip


async def category_that_is_renamed(shop: Shop) -> Case:
    """While the one above it is removed."""
    top = CategorySave(category=new_id(), name={"en": "Top"})
    below = CategorySave(category=new_id(), name={"en": "Below"}, parent=top.category)
    await shop.done("hq", top, below)
    return Case(
        given(CategoryRemove(category=top.category)),
        given(CategorySave(category=below.category, name={"en": "Renamed"})),
        "category", below.category, catalog.Category, (shop.tenant_id, below.category), category_row,
    )  # fmt: skip


async def approval_steps(shop: Shop) -> Case:
    before = ApprovalSave(steps=(Step(),))
    await shop.done("hq", before)
    return Case(
        given(ApprovalSave(steps=(Step(same_person=True),))),
        given(before),
        "approval_route", ROUTE_ID, ApprovalRoute, (shop.tenant_id, ROUTE_ID), route_row,
    )  # fmt: skip


async def visit_list(shop: Shop) -> Case:
    before = visiting.template(shop, visiting.item("shelf"))
    await shop.done("hq", before)
    return Case(
        given(visiting.template(shop, visiting.item("till"))),
        given(before),
        "visit_template", template_id("shop"), VisitTemplate, (shop.tenant_id, "shop"), template_row,
    )  # fmt: skip


async def fence(shop: Shop) -> Case:
    await shop.done("hq", VisitFenceSave(mode="warn", radius=200))
    return Case(
        given(VisitFenceSave(mode="block", radius=200)),
        given(VisitFenceSave(mode="warn", radius=300)),
        "visit_fence", FENCE_ID, VisitFence, shop.tenant_id, fence_row,
    )  # fmt: skip


async def fence_of_a_shop(shop: Shop) -> Case:
    """A check-in proposes where a shop without a place may be."""
    id_ = shop.organisation("SHOP")
    await shop.done("hq", VisitShopSave(organisation=id_, mode="warn"))
    return Case(
        given(VisitShopSave(organisation=id_, mode="block")),
        given(visiting.check_in(shop)),
        "visit_shop", id_, VisitShop, (shop.tenant_id, id_), shop_row, ("hq", "rep"),
    )  # fmt: skip


async def tolerances(shop: Shop) -> Case:
    await shop.done("hq", CountConfigure(units=1))

    def shown(row: CountSettings) -> rows.Row:
        return settings_row(shop.tenant_id, row)

    return Case(
        given(CountConfigure(units=2)),
        given(CountConfigure(units=1, blind=True)),
        "count_settings", shop.tenant_id, CountSettings, shop.tenant_id, shown,
    )  # fmt: skip


async def count_list(shop: Shop) -> Case:
    id_, name = new_id(), {"en": "Front"}
    await shop.done("hq", CountListSave(count_list=id_, name=name, sold=True))
    return Case(
        given(CountListSave(count_list=id_, name={"en": "Back"}, sold=True)),
        given(CountListSave(count_list=id_, name=name, sold=True, active=False)),
        "count_list", id_, CountList, (shop.tenant_id, id_), list_row,
    )  # fmt: skip


async def order_rules(shop: Shop) -> Case:
    return Case(
        given(BrandConfigure(approval_above=None, price_grace_hours=72, price_hold_hours=48)),
        given(BrandConfigure(approval_above=None, price_grace_hours=24, price_hold_hours=72)),
        "brand", shop.tenant_id, Tenant, shop.tenant_id, brand_row,
    )  # fmt: skip


CASES = (
    order_rules,
    product,
    promotion,
    promotion_that_moves,
    category,
    assortment,
    assortment_that_is_given,
    assortment_that_is_assigned,
    price_list_that_is_assigned,
    category_that_is_renamed,
    approval_steps,
    visit_list,
    fence,
    fence_of_a_shop,
    tolerances,
    count_list,
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
async def test_phones_hold_what_the_database_does(shop: Shop, case: Callable[[Shop], Awaitable[Case]]) -> None:
    found = await case(shop)
    await at_once(shop, found.first, found.second, by=found.by)
    async with shop.sessions() as session:
        stored = found.shown(await session.get_one(found.kind, found.key))
    shown, _ = await shop.feed(found.entity, found.row_id, ENTITIES[found.entity])
    assert shown == stored


async def test_a_picture_that_comes_keeps_what_was_just_saved(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = visiting.picture()
    await shop.done("hq", ProductPicture(product=shop.products["A"], picture=picture))

    async def here(*_: object) -> bytes:
        return b"a picture"

    async def kept(*_: object) -> str:
        return "/images/a.webp"

    monkeypatch.setattr(pictures, "large_picture", here)
    monkeypatch.setattr(pictures, "smaller_webp", lambda content, _longest: content)
    monkeypatch.setattr(pictures, "store_public", kept)

    async def comes(context: Context) -> None:
        await pictures.show_pictures(context.session, shop.tenant_id, {picture.id}, context.changes)

    await at_once(shop, given(shop.product_save("A", name={"en": "Renamed"})), comes)
    row, _ = await shop.feed("product", shop.products["A"], rows.Product)
    assert (row.name, row.image) == ({"en": "Renamed"}, "/images/a.webp")


@pytest.mark.parametrize("promotion_first", [True, False])
async def test_a_promotion_reaches_who_comes_into_its_group(shop: Shop, promotion_first: bool) -> None:
    offer = shop.promotion_save(kind="buy_x_get_y", reward=PromotionReward(buy=5, get=1), groups=("vip",))
    acts = given(offer), given(shop.organisation_save("RIVAL", group="vip"))
    await at_once(shop, *(acts if promotion_first else reversed(acts)))
    assert f"promotion:{offer.promotion}" in await shop.may_hold("rival")


async def test_who_chooses_a_language_keeps_the_role_just_given(shop: Shop) -> None:
    user_id = shop.brand.users["desk"].id

    async def promote(context: Context) -> None:
        user = await user_to_change(context.session, context.principal, user_id)
        await change_user(context.session, context.changes, context.principal, user, {"role": "finance"})

    await at_once(shop, promote, given(MeLocale(locale="zh-CN")), by=("hq", "desk"))
    row, _ = await shop.feed("me", user_id, rows.Me)
    assert (row.role, row.locale) == ("finance", "zh-CN")
    async with shop.sessions() as session:
        user = await session.get_one(User, (shop.tenant_id, user_id))
    assert (user.role, user.locale) == ("finance", "zh-CN")


async def test_a_file_that_comes_does_not_bring_back_an_older_revision(shop: Shop) -> None:
    picture = visiting.picture()
    card = AuthoredCard(id=uid("card"), kind="picture", text={"zh": "货架"}, media=picture)
    course_id = await published(shop, cards=(card,))
    await shop.done("trainer", course(cards=(card,), title={"zh": "新标题"}))

    async def comes(context: Context) -> None:
        await announce_files(context.session, shop.tenant_id, {picture.id}, context.changes)

    await at_once(shop, given(CoursePublish(course=course_id)), comes, by=("trainer", "trainer"))
    async with shop.sessions() as session:
        stored = await session.get_one(Course, (shop.tenant_id, course_id))
    shown, _ = await shop.feed("course", course_id, ENTITIES["course"])
    assert (shown.revision, stored.revision) == (2, 2)


async def test_taking_over_past_orders_counts_what_is_just_ordered(shop: Shop) -> None:
    """Credit is worked out anew then, and must not be that of before the order that is about to be committed."""
    order = await shop.draft("SHOP", {"A": 10})

    async def take_over(context: Context) -> None:
        old = past(shop, number="536365")
        await import_orders(context.session, shop.tenant_id, [old], now=shop.now, changes=context.changes)

    await at_once(shop, given(order), take_over, by=("shop", "hq"))
    row, _ = await shop.feed("organisation", shop.organisation("SHOP"), rows.Organisation)
    assert row.credit_used == Decimal("90.00") == await shop.credit_used("SHOP")


async def test_a_count_that_is_asked_for_again_is_not_put_away(shop: Shop) -> None:
    """It was old and waited for nobody when the chore looked; by then head office has asked for it anew."""
    done = submit(shop, line(shop, "A", 3))
    await shop.done("shop", done)

    async def put_away(context: Context) -> None:
        await shelve_finished_counts(context.session, shop.tenant_id, shop.now + timedelta(days=181))

    again = CountDecide(count=done.count, decision="again", reason="after all")
    await at_once(shop, given(again), put_away)
    assert (await count(shop, done.count)).status == "recount_wanted"
