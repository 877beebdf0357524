"""What head office wrote to the demo's partners lately: read, to be confirmed, drafted, withdrawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.identity.models import Tenant, User
from backend.notices import sending
from backend.notices.models import Notice, NoticeReader
from backend.notices.rows import announce_paper, announce_states
from backend.sync.changes import Changes
from offline.ids import derived_id
from offline.wire.notices import Audience

_PARTNERS = Audience(types=("distributor", "dealer", "shop"))
_TRADE_AND_REPS = Audience(
    types=("distributor", "dealer", "shop"), roles=("distributor", "dealer", "shop", "staff", "rep")
)


@dataclass(frozen=True, slots=True)
class _Plan:
    """``ago`` None: never sent. ``read`` and ``confirmed``: logins; everybody else's phone has it, unread."""

    key: str
    title: Mapping[str, str]
    text: Mapping[str, str]
    audience: Audience
    ago: timedelta | None
    due: timedelta | None = None
    urgent: bool = False
    pinned: bool = False
    read: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    withdrawn: str = ""


_ALL = ("shop", "staff", "dealer", "distributor", "rep", "zhaomin", "sunwei", "wuhao")
_PLANS = (
    _Plan(
        "prices",
        {"zh": "下月起执行新版价格政策，请确认", "en": "New price policy from next month: please confirm"},
        {
            "zh": "各位合作伙伴：\n\n自**下月 1 日**起，饮料类执行新版价格政策，要点如下：\n\n"
            "- 450ml 苏打水系列供货价上调 3%，合同客户按合同执行\n- 整箱满 96 瓶的阶梯价保持不变\n"
            "- 本月 28 日前提交的订单仍按现价结算\n\n请门店同步更换价签。有疑问请联系您的业务员。",
            "en": "Dear partners,\n\nfrom **the 1st of next month** a new price policy applies to drinks:\n\n"
            "- soda 450 ml goes up by 3 %; contract customers keep their contract\n"
            "- the tier from 96 bottles on stays as it is\n- orders up to the 28th are settled at today's prices\n\n"
            "Please change the labels on the shelf. Your rep will help with any question.",
        },
        _TRADE_AND_REPS,
        timedelta(hours=20),
        due=timedelta(days=3),
        read=("dealer", "zhaomin", "distributor"),
        confirmed=("dealer", "distributor"),
    ),
    _Plan(
        "new",
        {"zh": "新品上市：鲜果橙汁 1L 家庭装", "en": "New: fresh orange juice, 1 l family pack"},
        {
            "zh": "鲜果橙汁 1L 家庭装已到仓，**首月买 10 赠 1**。\n\n- 建议陈列：冷柜第二层，与苏打水并列\n"
            "- 保质期 9 个月，常温运输\n\n现在就可以[订货](/order)。",
            "en": "The 1 l family pack is in stock, **buy 10 get 1 free in the first month**.\n\n"
            "- Where to put it: second shelf of the fridge, beside the soda\n"
            "- Keeps for 9 months, no cooling on the way\n\nYou can [order it](/order) now.",
        },
        _PARTNERS,
        timedelta(days=2, hours=3),
        read=("dealer", "staff"),
    ),
    _Plan(
        "holiday",
        {"zh": "节假日发货安排", "en": "Deliveries over the holidays"},
        {
            "zh": "假期期间仓库**逢周一、周四发货**，其余日期订单顺延。\n\n"
            "急单请提前一天电话联系订单组：021-5555 0188。",
            "en": "Over the holidays the warehouse ships on **Mondays and Thursdays**; other days wait.\n\n"
            "For anything urgent call the order desk a day ahead: 021-5555 0188.",
        },
        _TRADE_AND_REPS,
        timedelta(days=6),
        pinned=True,
        read=_ALL,
    ),
    _Plan(
        "recall",
        {"zh": "苏打水 QS 批次下架自查", "en": "Soda, batch QS: check your shelves"},
        {
            "zh": "请各门店自查**批号 QS0612** 的苏打水，如有请立即下架并单独存放，等待业务员回收。\n\n"
            "该批次标签印刷有误，产品质量不受影响。",
            "en": "Please look for soda of **batch QS0612**, take it off the shelf and keep it apart until your rep "
            "collects it.\n\nThe labels are misprinted; there is nothing wrong with the drink.",
        },
        _TRADE_AND_REPS,
        timedelta(days=12),
        due=timedelta(days=2),
        urgent=True,
        read=_ALL,
        confirmed=_ALL,
    ),
    _Plan(
        "display",
        {"zh": "端架陈列费用标准（作废）", "en": "Allowance for end-cap displays (withdrawn)"},
        {"zh": "端架陈列每月补贴 300 元。", "en": "300 yuan a month for an end-cap display."},
        _PARTNERS,
        timedelta(days=16),
        read=("shop", "dealer"),
        withdrawn="标准有误，请以费用活动中的金额为准。",
    ),
    _Plan(
        "draft",
        {"zh": "四季度经销商大会邀请", "en": ""},
        {"zh": "诚邀各位经销商参加四季度经销商大会，议程和住宿安排待定。", "en": ""},
        Audience(types=("distributor", "dealer")),
        None,
    ),
)


async def make_notices(
    session: AsyncSession, tenant: Tenant, people: Mapping[str, User], now: datetime, changes: Changes
) -> int:
    """Through the same steps a worker takes. Returns how many."""
    await session.flush()
    for plan in _PLANS:
        row = _notice(tenant, people["hq"], plan, now)
        session.add(row)
        await session.flush()
        if plan.ago is not None:
            await _send(session, row, plan, people, changes)
        else:
            announce_paper(changes, row, {})
    return len(_PLANS)


def _notice(tenant: Tenant, author: User, plan: _Plan, now: datetime) -> Notice:
    at = now - (plan.ago or timedelta(hours=1))
    return Notice(
        tenant_id=tenant.id,
        id=derived_id(tenant.id, "notice", plan.key),
        status="draft" if plan.ago is None else "sending",
        title={language: text for language, text in plan.title.items() if text},
        text={language: text for language, text in plan.text.items() if text},
        audience=msgspec.to_builtins(plan.audience),
        files=[],
        confirm=plan.due is not None,
        due_at=_day_end(at + plan.due) if plan.due else None,
        urgent=plan.urgent,
        pinned=plan.pinned,
        joiners=False,
        revision=1,
        asked=1,
        author_id=author.id,
        author_name=author.name,
        created_at=at,
        changed_at=at,
        send_at=at if plan.ago is not None else None,
        note="",
        organisations=0,
        addressed=0,
        delivered=0,
        opened=0,
        confirmed=0,
    )


def _day_end(at: datetime) -> datetime:
    """Midnight at the brand, in UTC."""
    return at.replace(hour=16, minute=0, second=0, microsecond=0)


async def _send(session: AsyncSession, row: Notice, plan: _Plan, people: Mapping[str, User], changes: Changes) -> None:
    assert row.send_at is not None
    at = row.send_at
    await sending.begin(session, changes, row.tenant_id, row.id, at)
    while (await sending.tell_part(session, changes, row.tenant_id, row.id, at))[1]:
        pass
    statement = select(NoticeReader).where(NoticeReader.tenant_id == row.tenant_id, NoticeReader.notice_id == row.id)
    readers = list(await session.scalars(statement.order_by(NoticeReader.user_id)))
    read = {people[login].id for login in plan.read}
    confirmed = {people[login].id for login in plan.confirmed}
    for minutes, reader in enumerate(readers, 1):
        reader.delivered_at = at + timedelta(minutes=minutes)
        if reader.user_id in read | confirmed:
            reader.opened, reader.opened_at = 1, at + timedelta(minutes=17 * minutes)
        if reader.user_id in confirmed:
            reader.confirmed, reader.confirmed_at = 1, at + timedelta(minutes=17 * minutes + 2)
    announce_states(changes, readers)
    if plan.withdrawn:
        row.status, row.note, row.withdrawn_at = "withdrawn", plan.withdrawn, at + timedelta(hours=4)
    await sending.count(session, changes, row.tenant_id, row.id, at + timedelta(days=1))
