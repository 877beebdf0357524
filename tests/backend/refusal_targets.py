"""What the table of refusals aims at: for every command one that its people may give, made ready in a brand."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
from sqlalchemy import select

from backend.learning.models import Certificate
from offline.ids import new_id
from offline.wire.commands import (
    BrandConfigure,
    Command,
    MeLocale,
    OrderApprove,
    OrderCancel,
    OrderClose,
    OrderConfirmPrice,
    OrderCredit,
    OrderCut,
    OrderHold,
    OrderRelease,
    OrderResend,
    OrderShip,
    OrderSign,
    StockAdjust,
)
from offline.wire.counts import (
    CountAsk,
    CountConfigure,
    CountDecide,
    CountedLine,
    CountedPart,
    CountListSave,
    CountSubmit,
    PartnerStockMove,
)
from offline.wire.learning import (
    CertificateRevoke,
    CourseAttemptDecide,
    CoursePublish,
    CourseStudy,
    CourseTryGive,
    CourseWithdraw,
)
from offline.wire.media import MediaRef, ProductPicture
from offline.wire.ranges import (
    AssortmentAssign,
    AssortmentRemove,
    AssortmentSave,
    CategoryRemove,
    CategorySave,
    PriceListAssign,
)
from offline.wire.rows import PromotionReward
from offline.wire.visits import VisitAdd, VisitCancel, VisitExplain, VisitShopSave
from tests.claims.targets import CLAIM_TARGETS
from tests.learning.lessons import TEXT, WRONG, course, finish, published
from tests.notices import targets as notices
from tests.shop import Shop, price_list
from tests.visits import visiting

Target = Callable[[Shop], Awaitable[Command]]


async def _placed(shop: Shop, quantity: int = 1) -> str:
    return await shop.placed({"A": quantity})


async def targets_of(shop: Shop) -> dict[str, str]:
    """What paths of routes name, by their parameter: SHOP's order, the certificate of its staff."""
    return {"{order_id}": await _placed(shop), "{certificate_id}": await _certified(shop)}


async def _approved(shop: Shop) -> str:
    order = await _placed(shop)
    await shop.done("hq", OrderApprove(order=order))
    return order


async def _shipped(shop: Shop) -> str:
    order = await _approved(shop)
    await shop.done("hq", await _parcel(shop, order))
    return order


async def _parcel(shop: Shop, order: str) -> OrderShip:
    line = (await shop.order(order)).lines[0]
    return OrderShip(order=order, parcel=new_id(), lines={line.id: line.quantity})


async def place(shop: Shop) -> Command:
    return await shop.draft("SHOP", {"A": 1})


async def confirm_price(shop: Shop) -> Command:
    """An order that was quoted too long ago at a price that has changed since."""
    await shop.done("hq", shop.price_save("BASE", "B", (1, "4.50")))
    command = await shop.draft("SHOP", {"B": 2})
    shop.now += timedelta(seconds=1)
    await shop.done("hq", shop.price_save("BASE", "B", (1, "5.00")))
    shop.now += timedelta(seconds=1)
    await shop.done("shop", command)
    order = await shop.order(command.order)
    assert order.holds == ("price",)
    return OrderConfirmPrice(order=command.order, accept=True, total=order.totals.total)


async def approve(shop: Shop) -> Command:
    return OrderApprove(order=await _placed(shop))


async def cancel(shop: Shop) -> Command:
    return OrderCancel(order=await _placed(shop), reason="not needed")


async def hold(shop: Shop) -> Command:
    return OrderHold(order=await _placed(shop), reason="wait")


async def release(shop: Shop) -> Command:
    await shop.done("hq", held := await hold(shop))
    assert isinstance(held, OrderHold)
    return OrderRelease(order=held.order)


async def cut(shop: Shop) -> Command:
    order = await shop.order(await _placed(shop, 2))
    return OrderCut(order=order.id, keep={order.lines[0].id: 1}, total=Decimal("9.50"), reason="recalled")


async def ship(shop: Shop) -> Command:
    return await _parcel(shop, await _approved(shop))


async def sign(shop: Shop) -> Command:
    return OrderSign(order=await _shipped(shop))


async def _lacking(shop: Shop) -> tuple[str, str]:
    """An order and its parcel, of which all lacked."""
    order = await shop.order(await _shipped(shop))
    (parcel,) = order.parcels
    await shop.done("shop", OrderSign(order=order.id, parcel=parcel.id, lacking=dict(parcel.lines)))
    return order.id, parcel.id


async def resend(shop: Shop) -> Command:
    order, parcel = await _lacking(shop)
    return OrderResend(order=order, parcel=parcel)


async def credit(shop: Shop) -> Command:
    order, parcel = await _lacking(shop)
    return OrderCredit(order=order, parcel=parcel, total=Decimal("0.00"), reason="crushed")


async def close(shop: Shop) -> Command:
    return OrderClose(order=await _shipped(shop), reason="done")


async def save_product(shop: Shop) -> Command:
    return shop.product_save("A", status="withdrawn", name={"en": new_id()})


async def set_picture(shop: Shop) -> Command:
    picture = MediaRef(id=new_id(), sha256="0" * 64, size=9, content_type="image/webp", source="gallery")
    return ProductPicture(product=shop.products["A"], picture=picture)


async def save_price_list(shop: Shop) -> Command:
    return price_list(shop, "BASE", priority=9, name={"en": new_id()})


async def save_price(shop: Shop) -> Command:
    return shop.price_save("BASE", "C", (1, f"0.{datetime.now(UTC).microsecond + 1:06}"))


async def save_promotion(shop: Shop) -> Command:
    reward = PromotionReward(buy=5, get=1, product=shop.products["D"])
    return shop.promotion_save(kind="buy_x_get_y", reward=reward, products=(shop.products["A"],))


async def save_assortment(shop: Shop) -> AssortmentSave:
    id_ = new_id()
    return AssortmentSave(assortment=id_, code=id_, name={"en": "Core"}, products=(shop.products["A"],))


async def remove_assortment(shop: Shop) -> Command:
    await shop.done("hq", saved := await save_assortment(shop))
    return AssortmentRemove(assortment=saved.assortment)


async def assign_assortment(shop: Shop) -> Command:
    """One with everything, so that what is aimed at next can still be ordered."""
    saved = msgspec.structs.replace(await save_assortment(shop), everything=True)
    await shop.done("hq", saved)
    return AssortmentAssign(assortment=saved.assortment, give=(shop.organisation("SHOP"),))


async def assign_price_list(shop: Shop) -> Command:
    """To one that does not have it yet."""
    save = price_list(shop, new_id())
    await shop.done("hq", save)
    return PriceListAssign(price_list=save.price_list, give=(shop.organisation("RIVAL"),))


async def save_category(_shop: Shop) -> CategorySave:
    return CategorySave(category=new_id(), name={"en": new_id()})


async def remove_category(shop: Shop) -> Command:
    await shop.done("hq", saved := await save_category(shop))
    return CategoryRemove(category=saved.category)


async def save_organisation(shop: Shop) -> Command:
    return shop.organisation_save("SHOP", blocked_reason=new_id())


async def adjust_stock(shop: Shop) -> Command:
    return StockAdjust(movement=new_id(), product=shop.products["D"], delta=1, reason="found")


async def move_partner_stock(shop: Shop) -> Command:
    return PartnerStockMove(
        movement=new_id(), organisation=shop.organisation("SHOP"), product=shop.products["A"], kind="manual", delta=3
    )


async def ask_for_count(shop: Shop) -> Command:
    return CountAsk(count=new_id(), organisation=shop.organisation("SHOP"), products=(shop.products["A"],))


async def submit_count(shop: Shop) -> Command:
    line = CountedLine(product=shop.products["A"], parts=(CountedPart(packs={"": 5}),), observed=5)
    return CountSubmit(count=new_id(), organisation=shop.organisation("SHOP"), lines=(line,))


async def decide_count(shop: Shop) -> Command:
    command = await submit_count(shop)
    assert isinstance(command, CountSubmit)
    await shop.done("shop", command)
    return CountDecide(count=command.count, decision="again", reason="once more")


async def configure_counts(_shop: Shop) -> Command:
    return CountConfigure(units=datetime.now(UTC).microsecond)


async def save_count_list(_shop: Shop) -> Command:
    return CountListSave(count_list=new_id(), name={"en": "Cooler"}, sold=True)


async def set_locale(_shop: Shop) -> Command:
    return MeLocale(locale="zh-CN")


async def save_course(_shop: Shop) -> Command:
    return course("saved", title={"en": new_id()})


async def publish_course(shop: Shop) -> Command:
    await shop.done("trainer", saved := course(new_id(), title={"en": new_id()}))
    return CoursePublish(course=saved.course)


async def withdraw_course(shop: Shop) -> Command:
    return CourseWithdraw(course=await published(shop, new_id()))


async def study_course(shop: Shop) -> Command:
    return CourseStudy(course=await published(shop, new_id()), revision=1, cards=(TEXT,))


async def finish_course(shop: Shop) -> Command:
    return finish(await published(shop, new_id()))


async def decide_attempt(shop: Shop) -> Command:
    course_id = await published(shop, new_id(), attempts=1)
    await shop.done("staff", finish(course_id), second := finish(course_id))
    return CourseAttemptDecide(attempt=second.attempt, counts=True)


async def give_try(shop: Shop) -> Command:
    course_id = await published(shop, new_id(), attempts=1)
    await shop.done("staff", finish(course_id, WRONG))
    return CourseTryGive(extra=new_id(), course=course_id, person=shop.brand.users["staff"].id)


async def revoke_certificate(shop: Shop) -> Command:
    return CertificateRevoke(certificate=await _certified(shop), reason="copied")


async def _certified(shop: Shop) -> str:
    """A certificate of the staff."""
    await shop.done("staff", finish(await published(shop, new_id())))
    async with shop.sessions() as session:
        statement = select(Certificate.id).where(Certificate.tenant_id == shop.tenant_id)
        return (await session.scalars(statement.order_by(Certificate.id.desc()))).first() or ""


async def check_in(shop: Shop) -> Command:
    return visiting.check_in(shop, new_id(), day=None)


async def record_on_visit(shop: Shop) -> Command:
    return visiting.record(shop, visiting.item("talk", "talk"), new_id(), day=None, text="met the owner")


async def check_out(shop: Shop) -> Command:
    return visiting.check_out(shop, new_id(), day=None)


async def explain(shop: Shop) -> Command:
    await shop.done("rep", visiting.check_in(shop, day=None))
    return VisitExplain(visit=visiting.planned(shop), reason=new_id())


async def add_visit(shop: Shop) -> Command:
    return VisitAdd(visit=new_id(), organisation=shop.organisation("SHOP"), day=shop.now.date())


async def call_off(shop: Shop) -> Command:
    visit, day = new_id(), shop.now.date()
    await shop.done("rep", VisitAdd(visit=visit, organisation=shop.organisation("SHOP"), day=day))
    return VisitCancel(visit=visit, organisation=shop.organisation("SHOP"), day=day, reason="closed")


async def save_route(shop: Shop) -> Command:
    return visiting.route(shop)


async def save_visit_list(shop: Shop) -> Command:
    return visiting.template(shop, visiting.item(new_id()))


async def save_fence(shop: Shop) -> Command:
    shop.counter += 1
    return visiting.fence("warn", radius=100 + shop.counter)


async def configure_brand(shop: Shop) -> Command:
    shop.counter += 1
    return BrandConfigure(approval_above=None, price_grace_hours=72, price_hold_hours=72 + shop.counter)


async def save_visit_shop(shop: Shop) -> Command:
    shop.counter += 1
    return VisitShopSave(organisation=shop.organisation("SHOP"), radius=100 + shop.counter)


TARGETS: Mapping[str, Target] = {
    **CLAIM_TARGETS,
    "order.place": place,
    "order.confirm_price": confirm_price,
    "order.approve": approve,
    "order.cancel": cancel,
    "order.hold": hold,
    "order.release": release,
    "order.cut": cut,
    "order.ship": ship,
    "order.sign": sign,
    "order.resend": resend,
    "order.credit": credit,
    "order.close": close,
    "product.save": save_product,
    "product.picture": set_picture,
    "price_list.save": save_price_list,
    "price.save": save_price,
    "promotion.save": save_promotion,
    "assortment.save": save_assortment,
    "assortment.remove": remove_assortment,
    "assortment.assign": assign_assortment,
    "price_list.assign": assign_price_list,
    "category.save": save_category,
    "category.remove": remove_category,
    "organisation.save": save_organisation,
    "stock.adjust": adjust_stock,
    "brand.configure": configure_brand,
    "partner_stock.move": move_partner_stock,
    "count.ask": ask_for_count,
    "count.submit": submit_count,
    "count.decide": decide_count,
    "count.configure": configure_counts,
    "count_list.save": save_count_list,
    "me.locale": set_locale,
    "course.save": save_course,
    "course.publish": publish_course,
    "course.withdraw": withdraw_course,
    "course.study": study_course,
    "course.finish": finish_course,
    "course.decide": decide_attempt,
    "course.give_try": give_try,
    "certificate.revoke": revoke_certificate,
    "visit.check_in": check_in,
    "visit.record": record_on_visit,
    "visit.check_out": check_out,
    "visit.explain": explain,
    "visit.add": add_visit,
    "visit.cancel": call_off,
    "visit_route.save": save_route,
    "visit_template.save": save_visit_list,
    "visit_fence.save": save_fence,
    "visit_shop.save": save_visit_shop,
    **notices.TARGETS,
}
