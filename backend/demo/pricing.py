"""The demo's price lists: base, groups, contracts, single customers; running, over and yet to come."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from backend.demo.catalogue import Good
from offline.ids import derived_id
from offline.wire.commands import PriceListSave
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


@dataclass(frozen=True, slots=True)
class ListPlan:
    """A list and how its prices are made; ``picks`` says which goods stand in it. ``key`` is how the demo's other
    modules name it; ``draft.code`` is what people see."""

    key: str
    draft: PriceListSave
    tiers: TierRule
    picks: Callable[[Good, random.Random], bool]

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
    ends = now + timedelta(days=215)

    def plan(
        key: str,
        name: tuple[str, str],
        kind: str,
        tiers: TierRule,
        picks: Callable[[Good, random.Random], bool],
        *,
        code: str = "",
        priority: int = 0,
        valid: tuple[datetime | None, datetime | None] = (None, None),
    ) -> ListPlan:
        draft = PriceListSave(
            price_list=derived_id(tenant_id, "price_list", key),
            code=code or key,
            name={"zh": name[0], "en": name[1]},
            kind=kind,  # type: ignore[arg-type]
            currency="CNY",
            priority=priority,
            valid_from=valid[0],
            valid_until=valid[1],
        )
        return ListPlan(key, draft, tiers, picks)

    year = now.year
    beverages = {"water", "soda", "juice", "tea", "coffee", "energy"}
    fresh = {"milk", "yoghurt", "juice"}
    return [
        plan("BASE", ("标准价目表", "Standard price list"), "base", _base_tiers, lambda _good, _chance: True),
        plan("G-CHAIN", ("连锁客户价目表", "Chain customers"), "group", _chain_tiers, _share(0.6), priority=10),
        plan("G-RURAL", ("乡镇客户价目表", "Rural customers"), "group", _rural_tiers, _share(0.35), priority=10),
        plan("G-DEALER", ("经销商价目表", "Trade price list"), "group", _trade_tiers, _share(1.0), priority=10),
        plan(
            "CONTRACT-HL",
            ("好邻居年度合同", "Good Neighbour annual contract"),
            "contract",
            _contract_tiers,
            lambda good, chance: good.kind in beverages and chance.random() < 0.35,
            code=f"HL-{year}-018",
            priority=100,
            valid=(begun, ends),
        ),
        plan(
            "CONTRACT-MR",
            ("每日鲜年度合同", "Daily Fresh annual contract"),
            "contract",
            _contract_tiers,
            lambda good, chance: good.kind in fresh and chance.random() < 0.6,
            code=f"MR-{year}-021",
            priority=100,
            valid=(begun, ends),
        ),
        plan(
            "CONTRACT-OLD",
            ("好邻居上年度合同", "Good Neighbour, last year's contract"),
            "contract",
            _contract_tiers,
            lambda good, chance: good.kind in beverages and chance.random() < 0.3,
            code=f"HL-{year - 1}-011",
            priority=90,
            valid=(begun - timedelta(days=365), begun),
        ),
        plan(
            "BASE-NEXT",
            ("标准价目表（下期）", "Standard price list, next season"),
            "base",
            _next_tiers,
            _share(0.1),
            priority=5,
            valid=(now + timedelta(days=21), None),
        ),
        *(
            plan(
                f"K-{number}",
                (f"客户 S{number:04d} 专价", f"Prices for S{number:04d}"),
                "customer",
                _customer_tiers,
                _share(0.04),
                priority=50,
                valid=(begun, ends),
            )
            for number in range(20, 24)
        ),
    ]


def _share(part: float) -> Callable[[Good, random.Random], bool]:
    return lambda _good, chance: chance.random() < part


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
