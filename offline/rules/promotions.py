"""Which promotions apply to an order, and what they give.

In this order, the greater ``priority`` first, then the code:

1. deals on units (bundle, mix_and_match, buy_x_get_y): a unit takes part in one deal;
2. threshold discounts and gifts. What they look at is what is to pay after 1, so they don't knock one another out;
   what a percentage takes off is what is left after the discounts before it.

Of promotions of one ``exclusive_group`` the one stays that is worth most to the customer in this very order, discounts
and gifts (at the customer's own price) counted, with all else applied; on equal worth the one that is first. A line
never costs less than nothing. Discounts are shared out to the cent (``allocation``).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import product as combinations
from math import prod

import msgspec

from offline.rules.basket import Basket, BasketLine, Outcome
from offline.rules.deals import UNIT_DEALS, outcome
from offline.rules.facts import Facts, category_line
from offline.wire.rows import Organisation, Product, Promotion, PromotionReward

MAX_AMOUNT = Decimal(10) ** 12
MAX_COMBINATIONS = 64


class Applied(msgspec.Struct, frozen=True):
    promotion: Promotion
    outcome: Outcome


class Promotions:
    """The promotions that count for one organisation at one time, by rank."""

    __slots__ = ("_by_product", "_facts", "_read", "ranked")

    def __init__(self, facts: Facts, at: datetime) -> None:
        self._facts = facts
        self.ranked = counting_promotions(facts, at)
        self._read = tuple(_read_once(row) for row in self.ranked)
        self._by_product: dict[str, tuple[int, ...]] = {}

    def of_product(self, product: Product) -> tuple[Promotion, ...]:
        """Those the product can take part in, to be shown beside it."""
        return tuple(self.ranked[index] for index in self._indexes(product))

    def eligible(self, products: Sequence[Product]) -> list[list[int]]:
        """For each ranked promotion the indexes of the lines (given by their products) it may count."""
        found: list[list[int]] = [[] for _ in self.ranked]
        for position, product in enumerate(products):
            for index in self._indexes(product):
                found[index].append(position)
        return found

    def _indexes(self, product: Product) -> tuple[int, ...]:
        known = self._by_product.get(product.id)
        if known is None:
            categories = category_line(self._facts, product)
            known = tuple(index for index, row in enumerate(self._read) if row.takes(product.id, categories))
            self._by_product[product.id] = known
        return known


class _Read:
    """What is worked out of a promotion once, whoever asks: a server prices for hundreds of organisations with it."""

    __slots__ = ("categories", "everything", "faults", "products", "promotion")

    def __init__(self, promotion: Promotion) -> None:
        self.promotion = promotion
        self.faults = reward_faults(promotion.kind, promotion.reward)
        items = promotion.reward.items if promotion.kind == "bundle" else ()
        self.products = frozenset((*promotion.products, *items))
        self.categories = frozenset(promotion.categories)
        self.everything = not (self.products or self.categories or promotion.kind == "bundle")

    def takes(self, product_id: str, categories: Sequence[str]) -> bool:
        return self.everything or product_id in self.products or not self.categories.isdisjoint(categories)


_MOST_READ = 1000
_read: dict[int, _Read] = {}


def _read_once(promotion: Promotion) -> _Read:
    """By identity: rows are frozen, and one that is kept here keeps its id."""
    known = _read.get(id(promotion))
    if known is None:
        if len(_read) >= _MOST_READ:
            _read.clear()
        known = _read[id(promotion)] = _Read(promotion)
    return known


def counting_promotions(facts: Facts, at: datetime) -> tuple[Promotion, ...]:
    """Active, sound, valid at ``at`` (``valid_from <= at < valid_until``) and meant for the organisation; by rank."""
    found = [
        row
        for row in facts.promotions
        if row.active and is_valid(row, at) and is_meant_for(row, facts.organisation) and not _read_once(row).faults
    ]
    return tuple(sorted(found, key=lambda row: (-row.priority, row.code, row.id)))


def is_valid(row: Promotion, at: datetime) -> bool:
    return (row.valid_from is None or row.valid_from <= at) and (row.valid_until is None or at < row.valid_until)


def is_meant_for(row: Promotion, organisation: Organisation) -> bool:
    """``organisations`` names it or a company above it, or ``groups`` its group; naming none means everybody."""
    if not row.organisations and not row.groups:
        return True
    if organisation.group and organisation.group in row.groups:
        return True
    return organisation.id in row.organisations or not set(organisation.ancestors).isdisjoint(row.organisations)


def apply_promotions(
    promotions: Sequence[Promotion],
    eligible: Sequence[Sequence[int]],
    lines: Sequence[BasketLine],
    currency: str,
    gift_worth: Callable[[str, int], int | None],
) -> list[Applied]:
    """What the ranked ``promotions`` give on ``lines`` (in canonical order), with the ``eligible`` line indexes of
    each. ``gift_worth(product, units)`` is in minor units, None for a product that cannot be given: it then isn't."""
    run = _Run(promotions, eligible, lines, currency, gift_worth)
    chosen = run.choose()
    return run.evaluate(chosen)


class _Run:
    def __init__(
        self,
        promotions: Sequence[Promotion],
        eligible: Sequence[Sequence[int]],
        lines: Sequence[BasketLine],
        currency: str,
        gift_worth: Callable[[str, int], int | None],
    ) -> None:
        self.promotions = promotions
        costs = [line.unit_price > 0 for line in lines]
        self.eligible = [[index for index in indexes if costs[index]] for indexes in eligible]
        self.lines = lines
        self.currency = currency
        self.gift_worth = gift_worth
        self.order = sorted(range(len(promotions)), key=lambda index: promotions[index].kind not in UNIT_DEALS)

    def evaluate(self, chosen: Iterable[int]) -> list[Applied]:
        """Apply the promotions with these indexes, deals on units first."""
        wanted = set(chosen)
        basket = Basket(self.lines, self.currency, self.can_give)
        applied: list[Applied] = []
        measured = False
        for index in self.order:
            promotion = self.promotions[index]
            if index not in wanted:
                continue
            if not measured and promotion.kind not in UNIT_DEALS:
                basket.measure()
                measured = True
            found = outcome(promotion, self.eligible[index], basket)
            if found is not None:
                basket.apply(found)
                applied.append(Applied(promotion, found))
        return applied

    def can_give(self, product: str) -> bool:
        return self.gift_worth(product, 1) is not None

    def worth(self, applied: Iterable[Applied]) -> int:
        total = 0
        for each in applied:
            total += each.outcome.amount
            total += sum(self.gift_worth(product, units) or 0 for product, units in each.outcome.gifts)
        return total

    def choose(self) -> list[int]:
        """The promotions to apply: all without a group, and of each group its best member for this order.

        Who gives nothing alone gives nothing beside others (they only use up units and lower what is to pay), so
        mostly one member is left. Several groups are weighed together; only past MAX_COMBINATIONS one by one.
        """
        always: list[int] = []
        groups: dict[str, list[int]] = {}
        for index, promotion in enumerate(self.promotions):
            if promotion.exclusive_group:
                groups.setdefault(promotion.exclusive_group, []).append(index)
            else:
                always.append(index)
        contested: list[list[int]] = []
        for members in groups.values():
            giving = members if len(members) == 1 else [index for index in members if self.evaluate([index])]
            if len(giving) > 1:
                contested.append(giving)
            else:
                always += giving
        if prod(map(len, contested)) <= MAX_COMBINATIONS:
            return always + self._best(always, contested)
        for members in contested:
            always += self._best(always, [members])
        return always

    def _best(self, always: Sequence[int], contested: Sequence[Sequence[int]]) -> list[int]:
        if not contested:
            return []
        best: list[int] = []
        most = -1
        for choice in combinations(*contested):
            worth = self.worth(self.evaluate([*always, *choice]))
            if worth > most:
                best, most = list(choice), worth
        return best


_AMOUNTS = ("percent", "amount", "threshold", "bundle_price")
_COUNTS = ("quantity", "buy", "get")
_ALLOWED = {
    "threshold": {"percent", "amount", "threshold", "quantity"},
    "buy_x_get_y": {"buy", "get", "product"},
    "bundle": {"items", "bundle_price"},
    "gift": {"product", "get", "threshold", "quantity"},
    "mix_and_match": {"quantity", "bundle_price", "percent"},
}
_NEEDED = {
    "threshold": set[str](),
    "buy_x_get_y": {"buy", "get"},
    "bundle": {"items", "bundle_price"},
    "gift": {"product", "get"},
    "mix_and_match": {"quantity"},
}
_ONE_OF = {"threshold": ("percent", "amount"), "mix_and_match": ("bundle_price", "percent")}


def reward_faults(kind: str, reward: PromotionReward) -> tuple[str, ...]:
    """What is wrong with a promotion's reward, as ``field:problem``: ``missing``, ``not_allowed`` for its kind, or
    ``range`` (amounts 0 to 1e12, percent above 0 to 100, counts from 1). A promotion with faults never applies."""
    names = (*_AMOUNTS, *_COUNTS, "product", "items")
    given = {name for name in names if getattr(reward, name) not in (None, {})}
    faults = [f"{name}:not_allowed" for name in names if name in given - _ALLOWED[kind]]
    faults += [f"{name}:missing" for name in names if name in _NEEDED[kind] - given]
    if kind in _ONE_OF and len(given.intersection(_ONE_OF[kind])) != 1:
        faults.append(f"{_ONE_OF[kind][0]}:missing")
    for name in _AMOUNTS:
        amount: Decimal | None = getattr(reward, name)
        if amount is not None and not (amount.is_finite() and 0 <= amount <= MAX_AMOUNT):
            faults.append(f"{name}:range")
    if reward.percent is not None and not ("percent:range" in faults or 0 < reward.percent <= 100):
        faults.append("percent:range")
    counts = [(name, getattr(reward, name)) for name in _COUNTS] + [("items", n) for n in reward.items.values()]
    faults += [f"{name}:range" for name, count in counts if count is not None and count < 1]
    return tuple(faults)
