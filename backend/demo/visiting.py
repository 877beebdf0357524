"""The demo's visits: lists and fences, a route a weekday for every rep, and what was done on them lately."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.demo.album import Album, draw_display
from backend.demo.partners import Partner
from backend.demo.people import principal_of
from backend.demo.places import TERRITORIES
from backend.identity.models import Tenant, User
from backend.sync.changes import Changes
from backend.sync.commands import Context
from backend.visits.service import Day, check_in, check_out, record, save_fence, save_route, save_template
from offline.ids import derived_id
from offline.rules.days import local_day
from offline.rules.routes import planned_visit
from offline.wire import visits as wire
from offline.wire.commands import OrganisationSave
from offline.wire.media import Position

_SEED = 20260716
_STOPS = 7
_DAYS_BACK = 10
_MOST_SHELVES = 4
_METRES = 1 / 111_195
"""Of latitude, in degrees."""
_REASONS = ("商场地下一层没有信号", "门店正在装修，在对面仓库见的老板", "定位漂移，人在店里", "老板约在旁边茶馆谈")
_TALKS = (
    "老板反映上周缺货，已答应优先补货", "想参加新品买赠，等总部发物料", "隔壁便利店在做第二件半价，建议我们也上活动",
    "冰柜位置要往门口挪，下次带陈列图", "账期想延到 45 天，已转财务", "临期品已下架，换了两箱新货",
)  # fmt: skip
_NOTES = ("下次带新品试饮", "", "", "周五回访陈列", "")


def _names(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


_CHOICES = (
    wire.Choice(id="none", name=_names("没有", "None")),
    wire.Choice(id="discount", name=_names("打折", "Discount")),
    wire.Choice(id="gift", name=_names("买赠", "Gift with purchase")),
    wire.Choice(id="tasting", name=_names("试饮试吃", "Tasting")),
)
SHOP_LIST = (
    wire.VisitItem(id="stock", kind="count", title=_names("盘点货架库存", "Count the shelf")),
    wire.VisitItem(
        id="shelf", kind="photo", title=_names("拍货架照片", "Photograph the shelf"),
        hint=_names("拍全主货架和冰柜，标签看得清", "The whole shelf and the fridge, labels readable"),
    ),
    wire.VisitItem(id="order", kind="order", title=_names("建议订货", "Propose an order")),
    wire.VisitItem(id="talk", kind="talk", title=_names("和老板沟通", "Talk to the owner"), required=True),
    wire.VisitItem(
        id="fridge", kind="question", title=_names("冰柜通电、陈列完整", "Fridge on and well stocked"), required=True
    ),
    wire.VisitItem(
        id="facings", kind="question", title=_names("主推品排面数", "Facings of the lead product"), answer="number",
        unit=_names("个", "facings"),
    ),
    wire.VisitItem(
        id="rival", kind="question", title=_names("竞品在做什么活动", "What competitors offer"), answer="choice",
        choices=_CHOICES,
    ),
)  # fmt: skip
DEALER_LIST = (
    wire.VisitItem(id="ledger", kind="question", title=_names("对账无误", "Accounts agree"), required=True),
    wire.VisitItem(id="stock", kind="count", title=_names("盘点仓库", "Count the warehouse")),
    wire.VisitItem(id="talk", kind="talk", title=_names("进货计划", "Plans for the month"), required=True),
)


async def make_visits(
    session: AsyncSession,
    tenant: Tenant,
    *,
    partners: Sequence[Partner],
    people: Mapping[str, User],
    now: datetime,
    changes: Changes,
    album: Album,
) -> int:
    """Everything through the handlers that take it from phones. Returns how many visits there are."""
    made = _Maker(session, tenant, people, now, changes, random.Random(_SEED), album)
    await made.rules()
    shops = {
        login: [each.draft for each in partners if each.draft.type == "shop" and each.draft.territory == territory
                and each.draft.status == "active"]
        for territory, login in TERRITORIES.items()
    }  # fmt: skip
    await made.routes(shops)
    await made.lately(shops)
    return made.count


class _Maker:
    def __init__(  # noqa: PLR0917  what every part of it needs
        self,
        session: AsyncSession,
        tenant: Tenant,
        people: Mapping[str, User],
        now: datetime,
        changes: Changes,
        chance: random.Random,
        album: Album,
    ) -> None:
        self.session, self.tenant, self.people = session, tenant, people
        self.now, self.changes, self.chance = now, changes, chance
        self.zone = ZoneInfo(tenant.time_zone)
        self.today = local_day(now, tenant.time_zone)
        # The demo's own day has a route and so has the next, on a Sunday too: who makes it in the evening looks at it
        # the day after.
        self.shown = {self.today.isoweekday(), (self.today + timedelta(days=1)).isoweekday()}
        self.weekdays = sorted({1, 2, 3, 4, 5} | self.shown)
        earlier = (self.today - timedelta(days=back) for back in range(1, 8))
        # Of some of the latest visits the shelves were photographed, for drawing takes time: on a Monday morning those
        # are Friday's.
        self.photographed_from = next(day for day in earlier if day.isoweekday() in self.weekdays)
        self.album = album
        self.count = self.photographed = 0

    def context(self, login: str, at: datetime, batch: dict[str, Any]) -> Context:
        user = self.people[login]
        principal = principal_of(user)
        return Context(self.session, principal, self.changes, at, at, at, "", "demo", batch)

    async def rules(self) -> None:
        head_office = self.context("hq", self.now - timedelta(days=60), {})
        await save_template(head_office, wire.VisitTemplateSave(type="shop", items=SHOP_LIST))
        await save_template(head_office, wire.VisitTemplateSave(type="dealer", items=DEALER_LIST))
        by_type: Any = {"dealer": wire.TypeFence(mode="warn", radius=500)}
        await save_fence(head_office, wire.VisitFenceSave(mode="block", radius=300, by_type=by_type))

    async def routes(self, shops: Mapping[str, Sequence[OrganisationSave]]) -> None:
        head_office = self.context("hq", self.now - timedelta(days=60), {})
        for login, drafts in shops.items():
            for number, weekday in enumerate(self.weekdays):
                stops = [each.organisation for each in drafts[1 + number * _STOPS : 1 + (number + 1) * _STOPS]]
                if login == "rep" and weekday in self.shown:
                    stops.insert(4, drafts[0].organisation)
                route = wire.VisitRouteSave(
                    route=derived_id(self.tenant.id, "visit_route", login, str(weekday)),
                    name=f"{drafts[0].territory} 周{'一二三四五六日'[weekday - 1]}",
                    rep=self.people[login].id,
                    stops=tuple(stops),
                    starts_on=self.today - timedelta(weeks=8),
                    weekdays=(weekday,),
                )
                await save_route(head_office, route)

    async def lately(self, shops: Mapping[str, Sequence[OrganisationSave]]) -> None:
        """The last days of the rep everybody signs in as, and the others' last two."""
        known = {draft.organisation: draft for drafts in shops.values() for draft in drafts}
        for back in range(_DAYS_BACK, -1, -1):
            day = self.today - timedelta(days=back)
            begun = datetime.combine(day, time(7, 30), self.zone)
            planning = Day(self.session, self.tenant.id, day, min(begun, self.now), self.changes)
            reps = ["rep"] if back > 1 else list(shops)
            await planning.plan({self.people[login].id for login in reps})
            for login in reps:
                await self._walk(login, day, known)
            await planning.close_earlier()

    async def _walk(self, login: str, day: date, known: Mapping[str, OrganisationSave]) -> None:
        at, batch = datetime.combine(day, time(9, 5), self.zone), dict[str, Any]()
        for number, (visit, draft) in enumerate(self._stops(login, day, known)):
            at += timedelta(minutes=self.chance.randrange(14, 40))
            minutes = self.chance.randrange(12, 42)
            last = day == self.today and number > 2
            if last or at + timedelta(minutes=minutes + 5) > self.now:
                self.count += 1
                continue
            self.count += 1
            if self.chance.random() < 0.07 and day != self.today:
                continue  # nobody went there
            await self._visit(login, visit, draft, at, minutes, batch)
            at += timedelta(minutes=minutes)

    def _stops(
        self, login: str, day: date, known: Mapping[str, OrganisationSave]
    ) -> Iterator[tuple[str, OrganisationSave]]:
        weekday = day.isoweekday()
        for number, each in enumerate(self.weekdays):
            if each == weekday:
                drafts = [draft for draft in known.values() if TERRITORIES[draft.territory] == login]
                stops = drafts[1 + number * _STOPS : 1 + (number + 1) * _STOPS]
                if login == "rep" and weekday in self.shown:
                    stops.insert(4, drafts[0])
                for draft in stops:
                    yield planned_visit(self.people[login].id, draft.organisation, day), draft

    async def _visit(  # noqa: PLR0917  one visit is all of these
        self, login: str, visit: str, draft: OrganisationSave, at: datetime, minutes: int, batch: dict[str, Any]
    ) -> None:
        named: dict[str, Any] = {"visit": visit, "organisation": draft.organisation}
        where, reason = self._where(draft, at)
        await check_in(self.context(login, at, batch), wire.VisitCheckIn(**named, position=where, reason=reason))
        later = at + timedelta(minutes=minutes - 2)
        context = self.context(login, later, batch)
        for answer in self._answers():
            await record(context, wire.VisitRecord(**named, **answer))
        if login == "rep" and self.photographed < _MOST_SHELVES and at.date() >= self.photographed_from:
            await self._photograph(context, draft, later, named)
        note = self.chance.choice(_NOTES)
        leaving = at + timedelta(minutes=minutes)
        left, _ = self._where(draft, leaving)
        if reason:
            left = where and msgspec.structs.replace(where, at=leaving - timedelta(seconds=4))
        end = self.context(login, leaving, batch)
        await check_out(end, wire.VisitCheckOut(**named, position=left, note=note))

    async def _photograph(
        self, context: Context, draft: OrganisationSave, at: datetime, named: Mapping[str, Any]
    ) -> None:
        shelf = draw_display(random.Random(100 + self.photographed))
        self.photographed += 1
        name = f"shelf {self.photographed}"
        ref = await self.album.keep(name, context.principal.user_id, at, shelf, draft.addresses[0])
        item = next(each for each in SHOP_LIST if each.id == "shelf")
        await record(context, wire.VisitRecord(**named, item=item, photos=(ref,)))

    def _where(self, draft: OrganisationSave, at: datetime) -> tuple[Position | None, str]:
        """At the shop, now and then elsewhere or nowhere, with a reason."""
        front, drawn = draft.addresses[0], self.chance.random()
        away = self.chance.uniform(420, 900) if drawn < 0.07 else self.chance.uniform(0, 60)
        accuracy = round(self.chance.uniform(6, 40), 1)
        if drawn > 0.97:
            return None, _REASONS[0]
        position = Position(
            latitude=round((front.latitude or 0) + away * _METRES, 6), longitude=front.longitude or 0,
            accuracy=accuracy, at=at - timedelta(seconds=4),
        )  # fmt: skip
        return position, self.chance.choice(_REASONS[1:]) if drawn < 0.07 else ""

    def _answers(self) -> Iterator[dict[str, Any]]:
        items = {item.id: item for item in SHOP_LIST}
        yield {"item": items["talk"], "text": self.chance.choice(_TALKS)}
        yield {"item": items["fridge"], "yes": self.chance.random() < 0.85}
        if self.chance.random() < 0.8:
            yield {"item": items["facings"], "number": Decimal(self.chance.randrange(2, 14))}
        if self.chance.random() < 0.7:
            yield {"item": items["rival"], "choice": self.chance.choice(_CHOICES).id}
