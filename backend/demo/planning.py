"""Who orders what and when in the demo: favourites, weekdays, seasons."""

import random
from bisect import bisect
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import accumulate

from backend.demo.catalogue import Good
from backend.demo.goods import KINDS
from backend.demo.partners import Partner
from backend.demo.places import TERRITORIES
from offline.ids import derived_id

_NOTES = ("", "", "", "", "", "", "请周五前送到", "送货前请电话联系", "走后门卸货", "发票随货", "麻烦配新日期的货 🙏")
_WEEKDAYS = (1.2, 1.15, 1.0, 1.1, 1.25, 0.55, 0.25)
_SUMMER = {"water", "soda", "juice", "tea", "energy", "yoghurt"}
_WINTER = {"noodles", "nuts", "sweets", "coffee", "ready", "sauces"}
_RUSH = 42
_BY_HAND = 3
APPROVAL_ABOVE = Decimal(30_000)
_HQ_ALLOWED = {
    "pharmacy": {"water", "milk", "hair", "skin", "oral", "paper"},
    "catering": {"water", "soda", "juice", "tea", "sauces", "staples", "ready", "kitchen", "paper"},
    "rural": {kind.code for kind in KINDS} - {"pets", "hair", "coffee", "sweets"},
}
_PLACED_BY = {"S0001": "shop", "J-SH1": "dealer", "D-EAST": "distributor"}
# The story's shop likes what the story shows.
_TOLD = ("QS-0450-LM", "MT-0200-WW", "XG-1000-OR", "QS-0450-OG", "MY-1000-WH", "CX-0450-GN")


@dataclass(slots=True)
class Plan:
    """An order to be. ``fate``: go, cancel, or wait (stays where it is first held); ``stale``: the phone showed old
    prices for too long; ``pace`` stretches the time between its steps; ``stops`` before this act; ``by_hand``: what the
    order desk does with it of itself, ``hold`` it before it is decided or ``cut`` a line once it is approved;
    ``above``: what its total has to pass, in the brand's currency. ``by`` is a login without ``@``."""

    order_id: str
    organisation_id: str
    address_id: str
    placed_at: datetime
    by: str
    wanted: tuple[tuple[str, int], ...]
    payment_days: int
    note: str = ""
    fate: str = "go"
    stale: bool = False
    pace: float = 1.0
    stops: str = ""
    by_hand: str = ""
    above: Decimal = Decimal(0)
    parcels: int = 1
    zero: Decimal = Decimal(0)


def plan_orders(
    tenant_id: str,
    goods: Sequence[Good],
    partners: Sequence[Partner],
    *,
    begun: datetime,
    now: datetime,
    chance: random.Random,
) -> list[Plan]:
    """All orders between ``begun`` and ``now``, by time."""
    shelf = _Shelf(tenant_id, goods)
    plans: list[Plan] = []
    for partner in partners:
        if partner.size <= 0:
            continue
        favourites = shelf.favourites(partner, chance)
        for number, at in enumerate(_times(partner, begun, now, chance)):
            wanted = _basket(partner, favourites, at, chance)
            plans.append(_plan(tenant_id, partner, number, at, wanted=wanted, chance=chance))
    active = [partner for partner in partners if partner.size > 0]
    for number, partner in enumerate(chance.sample(active, _RUSH)):
        # Enough for an order desk to do, whatever weekday it is today.
        at = now - timedelta(hours=chance.uniform(0.3, 44))
        wanted = _basket(partner, shelf.favourites(partner, chance), at, chance)
        plans.append(_plan(tenant_id, partner, 1000 + number, at.replace(microsecond=0), wanted=wanted, chance=chance))
    plans.append(_big(tenant_id, shelf, partners, now, chance))
    plans += _told(tenant_id, shelf, partners, now)
    plans.sort(key=lambda plan: (plan.placed_at, plan.order_id))
    _make_trouble(plans, shelf, partners, now, chance)
    return plans


class _Shelf:
    """What may be bought, weighed by how it sells."""

    def __init__(self, tenant_id: str, goods: Sequence[Good]) -> None:
        self.tenant_id = tenant_id
        self.by_sku = {good.draft.sku: good for good in goods}
        self.prices = {good.draft.product: good.price for good in goods}
        self._by_group: dict[str, tuple[list[Good], list[float]]] = {}
        self._goods = [good for good in goods if good.popularity > 0]

    def favourites(self, partner: Partner, chance: random.Random) -> list[Good]:
        """Some dozens that this partner keeps coming back to."""
        goods, weights = self._allowed(partner.draft.group)
        wanted = min(len(goods), int(18 + 22 * min(partner.size, 4.0)))
        told = _TOLD if partner.draft.code == "S0001" else ()
        found = dict.fromkeys(sku for sku in told)
        while len(found) < wanted:
            found.setdefault(goods[bisect(weights, chance.random() * weights[-1])].draft.sku)
        return [self.by_sku[sku] for sku in found]

    def _allowed(self, group: str) -> tuple[list[Good], list[float]]:
        known = self._by_group.get(group)
        if known is None:
            goods = [good for good in self._goods if _may_buy(group, good)]
            known = goods, list(accumulate(good.popularity for good in goods))
            self._by_group[group] = known
        return known


def _may_buy(group: str, good: Good) -> bool:
    """No more than the assortments in ``offers`` allow."""
    kinds: Collection[str] | None = _HQ_ALLOWED.get(group)
    if kinds is not None:
        return good.kind in kinds
    if group == "chain":
        return "10KG" not in good.draft.sku and not (good.line == "LT" and good.draft.sku.endswith("-SC"))
    return True


def _times(partner: Partner, begun: datetime, now: datetime, chance: random.Random) -> Iterator[datetime]:
    """Moments of ordering: more on Mondays and Fridays, few on Sundays, in opening hours (UTC+8)."""
    trade = partner.draft.type != "shop"
    gap = (
        7.0 if trade or partner.draft.code == "S0001" else chance.uniform(15, 34) / (0.7 + 0.3 * min(partner.size, 2.0))
    )
    day = begun + timedelta(days=chance.uniform(0, gap))
    while day < now:
        if chance.random() < _WEEKDAYS[day.weekday()]:
            opening = datetime.combine(day.date(), time(0, 40), day.tzinfo)
            at = opening + timedelta(minutes=chance.triangular(0, 600, 150))
            if at < now - timedelta(minutes=3):
                yield at.replace(microsecond=0)
        day += timedelta(days=max(1.0, chance.gauss(gap, gap * 0.3)))


def _basket(
    partner: Partner, favourites: Sequence[Good], at: datetime, chance: random.Random
) -> tuple[tuple[str, int], ...]:
    lines = max(2, int(chance.gauss(4.5 + 1.6 * min(partner.size, 4.0), 2.0)))
    weights = [1 / (place + 3) * _season(good, at) for place, good in enumerate(favourites)]
    picked = dict.fromkeys(good.draft.sku for good in chance.choices(favourites, weights, k=lines))
    by_sku = {good.draft.sku: good for good in favourites}
    return tuple((by_sku[sku].draft.product, _quantity(by_sku[sku], partner.size, chance)) for sku in picked)


def _season(good: Good, at: datetime) -> float:
    if good.kind in _SUMMER:
        return 1.7 if 5 <= at.month <= 9 else 0.8
    if good.kind in _WINTER:
        return 1.5 if at.month in {11, 12, 1, 2} else 0.9
    return 1.0


def _quantity(good: Good, size: float, chance: random.Random) -> int:
    """In whole steps of the order rule: about two cases for a corner shop, less of what is dear."""
    draft = good.draft
    units = chance.lognormvariate(0, 0.5) * 1.6 * size * max(good.case, 1)
    if good.price > 20:
        units /= float(good.price) / 20
    steps = max(1, round(units / draft.multiple))
    return max(draft.minimum, steps * draft.multiple)


def _plan(
    tenant_id: str,
    partner: Partner,
    number: int,
    at: datetime,
    *,
    wanted: tuple[tuple[str, int], ...],
    chance: random.Random,
) -> Plan:
    draft = partner.draft
    rep = TERRITORIES[draft.territory] if draft.rep else "desk"
    by = _PLACED_BY.get(draft.code) or (rep if chance.random() < 0.8 else "desk")
    return Plan(
        order_id=derived_id(tenant_id, "order", draft.code, str(number)),
        organisation_id=draft.organisation,
        address_id=draft.addresses[0].id,
        placed_at=at,
        by=by,
        wanted=wanted,
        payment_days=draft.payment_days,
        note=chance.choice(_NOTES),
        fate="cancel" if chance.random() < 0.02 else "go",
        pace=chance.uniform(0.4, 1.7),
        parcels=2 if chance.random() < 0.15 else 1,
    )


def _big(tenant_id: str, shelf: _Shelf, partners: Sequence[Partner], now: datetime, chance: random.Random) -> Plan:
    """Today's, and too big to go without approval: of a customer who may owe that much, whatever weekday it is."""
    partner = chance.choice([partner for partner in partners if partner.size > 0 and _is_rich(partner)])
    at = (now - timedelta(hours=chance.uniform(0.5, 9))).replace(microsecond=0)
    wanted = _basket(partner, shelf.favourites(partner, chance), at, chance)
    plan = _plan(tenant_id, partner, 2000, at, wanted=wanted, chance=chance)
    plan.fate, plan.above = "wait", APPROVAL_ABOVE
    return plan


def _is_rich(partner: Partner) -> bool:
    limit = partner.draft.credit_limit
    return limit is not None and limit > 4 * APPROVAL_ABOVE


def _told(tenant_id: str, shelf: _Shelf, partners: Sequence[Partner], now: datetime) -> Iterator[Plan]:
    """The story's shop has a parcel on its way, and an order that was approved this morning."""
    shop = next(partner for partner in partners if partner.draft.code == "S0001")
    baskets = (
        (2.6, "sign", 1, ("QS-0450-LM", "MT-0200-WW", "XG-1000-OR", "CX-0450-GN", "MX-1000-WH")),
        (1.9, "second", 2, ("QS-0450-OG", "QS-0450-PC", "MY-1000-WH", "ZC-0250-LA")),
        (0.8, "ship", 1, ("QS-0450-LM", "XG-1000-OR", "CS-0070-OG")),
    )
    for days, stops, parcels, skus in baskets:
        goods = [shelf.by_sku[sku] for sku in skus]
        yield Plan(
            order_id=derived_id(tenant_id, "order", "S0001", stops),
            organisation_id=shop.draft.organisation,
            address_id=shop.draft.addresses[0].id,
            placed_at=(now - timedelta(days=days)).replace(microsecond=0),
            by="shop",
            wanted=tuple((good.draft.product, max(good.draft.minimum, good.case * 2)) for good in goods),
            payment_days=shop.draft.payment_days,
            pace=0.2,
            stops=stops,
            parcels=parcels,
        )


def _make_trouble(
    plans: list[Plan], shelf: _Shelf, partners: Sequence[Partner], now: datetime, chance: random.Random
) -> None:
    """What an order desk finds on its table: some orders of the last two days past their credit, some with prices of
    last season, some that it stopped itself or shortened."""
    recent = [
        plan for plan in plans if plan.placed_at > now - timedelta(days=2.5) and plan.fate == "go" and not plan.stops
    ]
    chance.shuffle(recent)
    for plan in recent[:2]:
        plan.stale, plan.fate = True, "wait"
    limits = {partner.draft.organisation: partner.draft.credit_limit for partner in partners}
    for plan, limit in _near_their_limits(recent[2:], limits, shelf.prices)[:3]:
        # Stocking up for the season, beyond what the customer may owe.
        plan.fate, plan.above = "wait", limit
    waiting = [plan for plan in recent[2:] if plan.fate == "go"]
    for plan in waiting[:9]:
        plan.stops = "decide"
    _by_hand([plan for plan in waiting[9:] if plan.placed_at < now - timedelta(hours=8)])


def _by_hand(plans: Sequence[Plan]) -> None:
    """Those a rep took come first: both sides see what became of them."""
    chosen = sorted(plans, key=lambda plan: plan.by == "desk")[: 2 * _BY_HAND]
    for place, plan in enumerate(chosen):
        plan.pace = 0.1
        plan.by_hand = "hold" if place % 2 else "cut"
        plan.stops = "ship" if plan.by_hand == "cut" and place else ""


def _near_their_limits(
    plans: Sequence[Plan], limits: Mapping[str, Decimal | None], prices: Mapping[str, Decimal]
) -> list[tuple[Plan, Decimal]]:
    """Each order of a customer who has a credit limit, with it; those that come nearest to it first: they look
    likeliest when they are lifted over it."""
    found = []
    for plan in plans:
        limit = limits.get(plan.organisation_id)
        if limit:
            worth = sum((prices[product] * quantity for product, quantity in plan.wanted), Decimal(0))
            found.append((worth / limit, plan, limit))
    return [(plan, limit) for _, plan, limit in sorted(found, key=lambda each: -each[0])]
