"""Market funds of the demo: two of them, activities in every state, claims with pictures that were drawn."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from PIL import Image, ImageDraw, ImageFilter, ImageFont
from sqlalchemy.ext.asyncio import AsyncSession

from backend.claims.commands import HANDLERS
from backend.claims.service import files_arrived
from backend.demo.album import COLOURS, Album, draw_display
from backend.demo.people import principal_of
from backend.identity.models import User
from backend.partners.service import organisations
from backend.sync.changes import Changes
from backend.sync.commands import Context
from offline.ids import derived_id, new_id
from offline.rules.approvals import Step
from offline.wire.activities import ActivityApply, ActivityDecide, ApprovalSave, Place
from offline.wire.claims import ClaimApprove, ClaimAsk, ClaimFile, ClaimSettle, ReceiptDecision, ReceiptDraft
from offline.wire.commands import Command
from offline.wire.funds import FundSave, FundTopUp
from offline.wire.media import MediaRef

SHOP, DEALER = "S0001", "J-SH1"
_STEPS = (Step(role="finance", limit=Decimal(3000)), Step(role="head_office"))
_BY_COMMAND = {handler.command: handler for handler in HANDLERS}


@dataclass(slots=True)
class Fair:
    """What the demo's people do with funds, one after the other. ``at``: days before now."""

    session: AsyncSession
    album: Album
    tenant_id: str
    people: Mapping[str, User]
    organisations: Mapping[str, str]
    now: datetime
    changes: Changes
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    def day(self, ago: int) -> date:
        return (self.now + timedelta(hours=8)).date() - timedelta(days=ago)

    async def give(self, login: str, ago: float, command: Command) -> None:
        user = self.people[login]
        sees_all = user.role in ("head_office", "finance")
        principal = principal_of(user, None if sees_all else {user.organisation_id})
        at = self.now - timedelta(days=ago)
        context = Context(self.session, principal, self.changes, at, at, at, new_id(), "demo", {})
        handler = _BY_COMMAND[type(command)]
        await handler.handle(context, command)
        if handler.finish is not None:
            await handler.finish(context)

    def id(self, *names: str) -> str:
        return derived_id(self.tenant_id, "claims", *names)

    async def activity(self, name: str, ago: int, *, decide: str = "", **said: Any) -> str:
        """Applied for ``ago`` days ago; ``decide``: approved or refused a day later, by as many as it takes."""
        login = said.pop("login", "shop")
        command = ActivityApply(activity=self.id("activity", name), **said)
        await self.give(login, ago, command)
        if decide == "refused":
            refusal = ActivityDecide(
                activity=command.activity, step=0, accept=False, reason="同档期已有两场，请改到下月。"
            )
            await self.give("finance", ago - 1, refusal)
        elif decide:
            await self.give("finance", ago - 0.5, ActivityDecide(activity=command.activity, step=0, accept=True))
            if command.amount > 3000:
                yes = ActivityDecide(activity=command.activity, step=1, accept=True)
                await self.give("hq", ago - 1, yes)
        return command.activity

    async def picture(
        self,
        name: str,
        sent: tuple[str, float],
        drawn: Image.Image,
        place: Place | None,
        *,
        written: float | None = None,
    ) -> MediaRef:
        """``sent`` by whom, how many days ago; ``written``: how many days ago it was by the file's own account."""
        login, ago = sent
        at = self.now - timedelta(days=ago)
        clock = self.now + timedelta(hours=8) - timedelta(days=written) if written is not None else None
        return await self.album.keep(name, self.people[login].id, at, drawn, place, clock=clock)

    async def claim(
        self,
        name: str,
        filed: tuple[str, int],
        activity: str,
        receipts: list[ReceiptDraft],
        *display: MediaRef,
    ) -> str:
        """``filed``: by whom, how many days ago."""
        login, ago = filed
        command = ClaimFile(claim=self.id("claim", name), activity=activity, receipts=tuple(receipts), display=display)
        await self.give(login, ago, command)
        await files_arrived(
            self.session, self.tenant_id, {ref.id for each in receipts for ref in each.pictures}, self.changes
        )
        return command.claim

    async def receipt(self, name: str, dated: tuple[str, int], seller: str, total: str) -> ReceiptDraft:
        login, ago = dated
        lines = [(f"ITEM {self.chance.randint(100, 999)}", Decimal(total) / 3) for _ in range(3)]
        drawn = draw_receipt(self.chance, self.day(ago), lines, Decimal(total))
        return ReceiptDraft(
            id=self.id("receipt", name),
            seller=seller,
            on=self.day(ago),
            total=Decimal(total),
            currency="CNY",
            pictures=(await self.picture(f"receipt {name}", (login, ago), drawn, None),),
        )


def draw_receipt(chance: random.Random, day: date, lines: list[tuple[str, Decimal]], total: Decimal) -> Image.Image:
    """A till slip on a table, a little askew; no two shops print theirs alike."""
    wide, high = chance.randint(420, 640), chance.randint(700, 980)
    paper = Image.new("RGB", (wide, high), "#fbfaf5")
    pen = ImageDraw.Draw(paper)
    large, small = ImageFont.load_default(40), ImageFont.load_default(26)
    if chance.random() < 0.6:
        pen.rectangle((0, 0, wide, chance.randint(60, 180)), chance.choice(COLOURS))
    top, left = chance.randint(190, 260), chance.randint(30, 90)
    pen.text((left, top), f"No. {chance.randint(10**7, 10**8)}", "#333", large)
    pen.text((left, top + 60), day.isoformat(), "#333", small)
    for place, (text, amount) in enumerate(lines):
        down = top + 120 + place * chance.randint(44, 74)
        pen.text((left, down), text, "#333", small)
        pen.text((wide - 150, down), f"{amount:.2f}", "#333", small)
    pen.text((left, high - 170), f"TOTAL  {total:.2f}", "#111", large)
    for place in range(chance.randint(20, 40)):
        pen.rectangle((left + place * 9, high - 100, left + place * 9 + chance.randint(2, 6), high - 40), "#222")
    ground = chance.choice(("#7a6248", "#8d8f92", "#4d5a52"))
    table = Image.new("RGB", (900, 1200), ground)
    pen = ImageDraw.Draw(table)
    for _ in range(chance.randint(1, 4)):
        x, y = chance.randint(-100, 800), chance.randint(-100, 1100)
        pen.ellipse((x, y, x + chance.randint(120, 420), y + chance.randint(120, 420)), chance.choice(COLOURS))
    askew = paper.rotate(chance.uniform(-14, 14), expand=True, fillcolor=ground)
    table.paste(askew, (chance.randint(20, 220), chance.randint(20, 200)))
    return table.filter(ImageFilter.GaussianBlur(0.6))


async def _place_of(fair: Fair, organisation_id: str) -> Place:
    found = (await organisations(fair.session, fair.tenant_id, {organisation_id}))[organisation_id]
    address = found.addresses[0]
    return Place(
        organisation=organisation_id,
        name=address["line"],
        latitude=address.get("latitude"),
        longitude=address.get("longitude"),
    )


async def make_claims(fair: Fair, sharers: list[str]) -> int:
    """``sharers``: the shops of the shared pot. Returns how many activities."""
    shop, dealer = fair.organisations[SHOP], fair.organisations[DEALER]
    own, shared = fair.id("fund", "dealer"), fair.id("fund", "shared")
    year = fair.day(0).year
    terms: dict[str, Any] = {
        "currency": "CNY", "valid_from": date(year - 1, 7, 1), "valid_until": date(year + 1, 3, 31),
    }  # fmt: skip
    names = {"zh": "经销商市场基金", "en": "Dealer market fund"}
    await fair.give("hq", 120, FundSave(fund=own, code="MF-JSH1", name=names, organisations=(dealer,), **terms))
    names = {"zh": "门店陈列基金", "en": "Shop display fund"}
    many = tuple(dict.fromkeys((shop, *sharers)))
    pot = FundSave(fund=shared, code="DISPLAY", name=names, organisations=many, shared=True, **terms)
    await fair.give("hq", 120, pot)
    await fair.give("hq", 120, ApprovalSave(steps=_STEPS))
    for fund, amount in ((own, 60_000), (shared, 30_000)):
        top_up = FundTopUp(fund=fund, entry=new_id(), amount=Decimal(amount), reason="年度预算")
        await fair.give("hq", 119, top_up)
    place = await _place_of(fair, shop)
    count = await _shop(fair, shared, shop, place) + await _dealer(fair, own, dealer)
    await fair.session.flush()
    return count


async def _shop(fair: Fair, fund: str, shop: str, place: Place) -> int:
    about: dict[str, Any] = {"fund": fund, "organisation": shop, "place": place}

    def days(since: int, until: int) -> dict[str, Any]:
        return {"starts_on": fair.day(since), "ends_on": fair.day(until)}

    done = await fair.activity(
        "done", 70, decide="yes", kind="display", title="中秋堆头陈列", amount=Decimal(1800), **days(65, 50), **about
    )
    shot = await fair.picture("done display", ("shop", 60), draw_display(random.Random(3)), place)
    paper = await fair.receipt("done", ("shop", 62), "华彩广告制作有限公司", "1680.00")
    claim = await fair.claim("done", ("shop", 58), done, [paper], shot)
    part = {paper.id: ReceiptDecision(amount=Decimal("1500.00"), reason="喷绘按标准核减 180 元")}
    await fair.give("finance", 55, ClaimApprove(claim=claim, receipts=part))
    settled = ClaimSettle(
        claim=claim, settlement=new_id(), kind="credit_note", reference="CN-0182", amount=Decimal("1500.00"),
        settled_on=fair.day(50),
    )  # fmt: skip
    await fair.give("finance", 50, settled)
    review = await fair.activity(
        "review", 24, decide="yes", kind="display", title="端架陈列一个月", amount=Decimal(2400), **days(20, 2), **about
    )
    # Nearly the picture of the autumn: the same shelf, a little cropped.
    again = draw_display(random.Random(3)).crop((14, 10, 1188, 892))
    shots = [
        await fair.picture("review display", ("shop", 6), again, place),
        await fair.picture("review display 2", ("shop", 6), draw_display(random.Random(8)), None, written=48),
    ]
    papers = [
        await fair.receipt("review", ("shop", 18), "美陈道具厂", "1260.00"),
        await fair.receipt("review 2", ("shop", 30), "城西打印店", "340.00"),
    ]
    await fair.claim("review", ("shop", 1), review, papers, *shots)
    await fair.activity(
        "no", 14, decide="refused", kind="event", title="会员日抽奖", amount=Decimal(2000), **days(4, 3), **about
    )
    await fair.activity(
        "now", 9, decide="yes", kind="tasting", title="周末试饮", amount=Decimal(900), **days(5, -9), **about
    )
    await fair.activity(
        "open", 1, kind="promotion", title="新品买赠海报", amount=Decimal(1200), shows="海报 20 张，跳跳卡 40 个",
        **days(-6, -20), **about,
    )  # fmt: skip
    return 5


async def _dealer(fair: Fair, fund: str, dealer: str) -> int:
    about: dict[str, Any] = {"fund": fund, "organisation": dealer, "login": "dealer"}
    more = await fair.activity(
        "dealer more", 40, decide="yes", kind="advertising", title="社区电梯广告", amount=Decimal(8600),
        starts_on=fair.day(36), ends_on=fair.day(6), **about,
    )  # fmt: skip
    await fair.activity(
        "dealer now", 12, decide="yes", kind="display", title="二批仓门头翻新", amount=Decimal(5200),
        starts_on=fair.day(8), ends_on=fair.day(-20), **about,
    )  # fmt: skip
    paper = await fair.receipt("dealer", ("dealer", 20), "楼宇传媒（上海）有限公司", "8600.00")
    shot = await fair.picture("dealer display", ("dealer", 12), draw_display(random.Random(21)), None)
    claim = await fair.claim("dealer more", ("dealer", 4), more, [paper], shot)
    await fair.give("finance", 2, ClaimAsk(claim=claim, question="请补一张能看到楼栋门牌的照片，并附投放合同首页。"))
    await fair.activity(
        "dealer open", 1, kind="event", title="终端客户答谢会", amount=Decimal(12000), starts_on=fair.day(-12),
        ends_on=fair.day(-12), shows="40 家终端，含场地与餐饮", **about,
    )  # fmt: skip
    return 3
