"""The demo's price lists: base, groups, contracts, single customers; running, over and yet to come."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from backend.demo.catalogue import Good
from offline.ids import derived_id
from offline.wire.commands import PriceListSave
from offline.wire.kinds import PriceListKind
from offline.wire.rows import Tier

# SKU -> list code -> its tiers, for the goods that the story is told with.
_TOLD: dict[tuple[str, str], str] = {
    ("G-CHAIN", "QS-0450-LM"): "8.50@1",
    ("CONTRACT-HL", "QS-0450-LM"): "8.10@48 7.80@96",
    ("G-CHAIN", "MT-0200-WW"): "5.90@1 5.40@48",
    ("G-CHAIN", "XG-1000-OR"): "11.20@1",
    ("G-CHAIN", "JR-0500-LV"): "9.40@1",
}
_CENT = Decimal("0.01")

TierRule = Callable[[Good, random.Random], tuple[Tier, ...]]
Picks = Callable[[Good, random.Random], bool]
Valid = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class ListPlan:
    """A list and how its prices are made; ``picks`` says which goods stand in it. ``key`` is how the demo's other
    modules name it; ``draft.code`` is what people see."""

    key: str
    draft: PriceListSave
    tiers: TierRule
    picks: Picks

    def prices(
        self, goods: Sequence[Good], chance: random.Random
    ) -> Iterator[tuple[tuple[str, str], tuple[Tier, ...]]]:
        """((list id, product id), tiers) for each good in the list."""
        for good in goods:
            told = _TOLD.get((self.key, good.draft.sku))
            if told is not None:
                yield (self.draft.price_list, good.draft.product), _read(told)
            elif self.picks(good, chance):
                yield (self.draft.price_list, good.draft.product), self.tiers(good, chance)


def plan_lists(tenant_id: str, now: datetime) -> list[ListPlan]:
    """Contract codes carry the year they began in, as contracts do."""
    begun = now - timedelta(days=150)
    valid = (begun, now + timedelta(days=215))
    return [
        *_standing(tenant_id),
        *_contracts(tenant_id, begun.year, valid, (begun - timedelta(days=365), begun)),
        _next_season(tenant_id, (now + timedelta(days=21), None)),
        *_single_customers(tenant_id, valid),
    ]


def _plan(
    tenant_id: str,
    key: str,
    name: tuple[str, str],
    kind: PriceListKind,
    *,
    tiers: TierRule,
    picks: Picks,
    code: str = "",
    priority: int = 0,
    valid: Valid = (None, None),
) -> ListPlan:
    """``name`` in Chinese and English; ``code`` where it isn't ``key``."""
    draft = PriceListSave(
        price_list=derived_id(tenant_id, "price_list", key),
        code=code or key,
        name={"zh": name[0], "en": name[1]},
        kind=kind,
        currency="CNY",
        priority=priority,
        valid_from=valid[0],
        valid_until=valid[1],
    )
    return ListPlan(key, draft, tiers, picks)


def _standing(tenant_id: str) -> list[ListPlan]:
    """The base and the groups', without an end."""
    name = ("标准价目表", "Standard price list")
    return [
        _plan(tenant_id, "BASE", name, "base", tiers=_base_tiers, picks=lambda _good, _chance: True),
        *(
            _plan(tenant_id, key, name, "group", tiers=tiers, picks=_share(part), priority=10)
            for key, name, tiers, part in (
                ("G-CHAIN", ("连锁客户价目表", "Chain customers"), _chain_tiers, 0.6),
                ("G-RURAL", ("乡镇客户价目表", "Rural customers"), _rural_tiers, 0.35),
                ("G-DEALER", ("经销商价目表", "Trade price list"), _trade_tiers, 1.0),
            )
        ),
    ]


def _contracts(tenant_id: str, year: int, running: Valid, over: Valid) -> list[ListPlan]:
    beverages = frozenset({"water", "soda", "juice", "tea", "coffee", "energy"})
    fresh = frozenset({"milk", "yoghurt", "juice"})
    neighbour = ("好邻居年度合同", "Good Neighbour annual contract")
    daily = ("每日鲜年度合同", "Daily Fresh annual contract")
    last = ("好邻居上年度合同", "Good Neighbour, last year's contract")
    return [
        _plan(
            tenant_id,
            key,
            name,
            "contract",
            tiers=_contract_tiers,
            picks=picks,
            code=code,
            priority=priority,
            valid=valid,
        )
        for key, name, picks, code, priority, valid in (
            ("CONTRACT-HL", neighbour, _share(0.35, beverages), f"HL-{year}-018", 100, running),
            ("CONTRACT-MR", daily, _share(0.6, fresh), f"MR-{year}-021", 100, running),
            ("CONTRACT-OLD", last, _share(0.3, beverages), f"HL-{year - 1}-011", 90, over),
        )
    ]


def _next_season(tenant_id: str, valid: Valid) -> ListPlan:
    name = ("标准价目表（下期）", "Standard price list, next season")
    return _plan(tenant_id, "BASE-NEXT", name, "base", tiers=_next_tiers, picks=_share(0.1), priority=5, valid=valid)


def _single_customers(tenant_id: str, valid: Valid) -> list[ListPlan]:
    return [
        _plan(
            tenant_id,
            f"K-{number}",
            (f"客户 S{number:04d} 专价", f"Prices for S{number:04d}"),
            "customer",
            tiers=_customer_tiers,
            picks=_share(0.04),
            priority=50,
            valid=valid,
        )
        for number in range(20, 24)
    ]


def _share(part: float, kinds: frozenset[str] | None = None) -> Picks:
    """About ``part`` (0 to 1) of the goods, or of those of ``kinds``: chance is asked for these alone."""
    return lambda good, chance: (kinds is None or good.kind in kinds) and chance.random() < part


def _times(price: Decimal, factor: float) -> Decimal:
    return max((price * Decimal(str(factor))).quantize(_CENT, rounding=ROUND_HALF_UP), _CENT)


def _base_tiers(good: Good, chance: random.Random) -> tuple[Tier, ...]:
    first = Tier(1, good.price.quantize(_CENT))
    if good.draft.sku in {sku for _, sku in _TOLD} or good.case == 1 or chance.random() < 0.62:
        return (first,)
    return first, Tier(good.case * 4, _times(good.price, 0.97))


def _chain_tiers(good: Good, chance: random.Random) -> tuple[Tier, ...]:
    rate = chance.uniform(0.93, 0.96)
    return Tier(1, _times(good.price, rate)), Tier(good.case * 4, _times(good.price, rate - 0.04))


def _rural_tiers(good: Good, chance: random.Random) -> tuple[Tier, ...]:
    return (Tier(1, _times(good.price, chance.uniform(0.95, 0.98))),)


def _trade_tiers(good: Good, chance: random.Random) -> tuple[Tier, ...]:
    rate = chance.uniform(0.80, 0.84)
    return (
        Tier(1, _times(good.price, rate)),
        Tier(good.case * 10, _times(good.price, rate - 0.03)),
        Tier(good.case * 40, _times(good.price, rate - 0.05)),
    )


def _contract_tiers(good: Good, chance: random.Random) -> tuple[Tier, ...]:
    rate = chance.uniform(0.89, 0.92)
    return Tier(good.case * 4, _times(good.price, rate)), Tier(good.case * 8, _times(good.price, rate - 0.03))


def _customer_tiers(good: Good, chance: random.Random) -> tuple[Tier, ...]:
    return (Tier(1, _times(good.price, chance.uniform(0.88, 0.94))),)


def _next_tiers(good: Good, chance: random.Random) -> tuple[Tier, ...]:
    return (Tier(1, _times(good.price, chance.uniform(1.02, 1.06))),)


def _read(text: str) -> tuple[Tier, ...]:
    """``8.10@48 7.80@96``."""
    pairs = (each.split("@") for each in text.split())
    return tuple(Tier(int(quantity), Decimal(price)) for price, quantity in pairs)


_REVISED = ("G-CHAIN", "G-RURAL", "CONTRACT-HL", "BASE")
_MOVES = (0.97, 0.98, 1.02, 1.03)

Prices = dict[tuple[str, str], tuple[Tier, ...]]


def revised_prices(plans: Sequence[ListPlan], prices: Prices, goods: Sequence[Good], seed: int) -> Prices:
    """A handful of prices of the running lists moved a little, as happens every few weeks. What the story tells
    stays."""
    chance = random.Random(seed)
    told = {good.draft.product for good in goods if good.draft.sku in {sku for _, sku in _TOLD}}
    found: Prices = {}
    for plan in plans:
        if plan.key not in _REVISED:
            continue
        keys = [key for key in prices if key[0] == plan.draft.price_list and key[1] not in told]
        for key in chance.sample(keys, min(9, len(keys))):
            move = chance.choice(_MOVES)
            found[key] = tuple(Tier(tier.quantity, _times(tier.unit_price, move)) for tier in prices[key])
    return found
