"""A promotion in plain words: what a customer must do, what it gives, for whom, until when."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from offline.wire.rows import Promotion, PromotionReward
from pwa.desk.reading import Reads
from pwa.desk.words import Words

MOST_NAMED = 3


def summary(promotion: Promotion, words: Words, reads: Reads) -> str:
    """One or two sentences: "Buy 10, get 1 free (the same product)." """
    return _KINDS[promotion.kind](promotion.reward, _goods(promotion, words, reads), words, reads)


def conditions(promotion: Promotion, words: Words, reads: Reads) -> tuple[str, ...]:
    """What bounds it, one short text each: for whom, until when, how often, together with what."""
    found = [_audience(promotion, words, reads)]
    if promotion.valid_from is not None and promotion.valid_from > words.now:
        found.append(words("promotion.starts", day=words.day(promotion.valid_from)))
    if promotion.valid_until is not None:
        key = "ended" if promotion.valid_until <= words.now else "ends"
        found.append(words(f"promotion.{key}", day=words.last_day(promotion.valid_until)))
    if promotion.cap is not None:
        unit = "sets" if promotion.kind in ("buy_x_get_y", "bundle", "mix_and_match") else "units"
        found.append(words(f"promotion.cap_{unit}", count=promotion.cap))
    if rivals := _rivals(promotion, reads):
        names = [words.name(row.name) for row in rivals[:MOST_NAMED]]
        found.append(words("promotion.exclusive", others=_listed(names, len(rivals) - len(names), words)))
    return tuple(found)


def state(promotion: Promotion, words: Words) -> str:
    """``off``, ``planned``, ``ended`` or ``running``."""
    if not promotion.active:
        return "off"
    if promotion.valid_from is not None and promotion.valid_from > words.now:
        return "planned"
    if promotion.valid_until is not None and promotion.valid_until <= words.now:
        return "ended"
    return "running"


def _threshold(reward: PromotionReward, goods: str, words: Words, _reads: Reads) -> str:
    return words("promotion.say_threshold", when=_reach(reward, goods, words), off=_off(reward, words))


def _buy_x_get_y(reward: PromotionReward, goods: str, words: Words, reads: Reads) -> str:
    buy, get = reward.buy or 0, reward.get or 0
    if reward.product is None:
        return words("promotion.say_same", goods=goods, buy=buy, get=get)
    return words("promotion.say_other", goods=goods, buy=buy, get=get, gift=_product(reward.product, words, reads))


def _bundle(reward: PromotionReward, _goods_text: str, words: Words, reads: Reads) -> str:
    items = [words("promotion.item", name=_product(id_, words, reads), count=n) for id_, n in reward.items.items()]
    price = words.money(reward.bundle_price or Decimal(0))
    return words("promotion.say_bundle", items=words("promotion.plus").join(items), price=price)


def _gift(reward: PromotionReward, goods: str, words: Words, reads: Reads) -> str:
    gift = _product(reward.product, words, reads) if reward.product else words("promotion.no_product")
    return words("promotion.say_gift", when=_reach(reward, goods, words), count=reward.get or 0, gift=gift)


def _mix_and_match(reward: PromotionReward, goods: str, words: Words, _reads: Reads) -> str:
    count = reward.quantity or 0
    if reward.bundle_price is not None:
        return words("promotion.say_mix_price", goods=goods, count=count, price=words.money(reward.bundle_price))
    return words("promotion.say_mix_off", goods=goods, count=count, off=_off(reward, words))


_KINDS: Mapping[str, Callable[[PromotionReward, str, Words, Reads], str]] = {
    "threshold": _threshold,
    "buy_x_get_y": _buy_x_get_y,
    "bundle": _bundle,
    "gift": _gift,
    "mix_and_match": _mix_and_match,
}


def _reach(reward: PromotionReward, goods: str, words: Words) -> str:
    if reward.threshold is not None and reward.quantity is not None:
        amount = words.money(reward.threshold)
        return words("promotion.reach_both", goods=goods, amount=amount, count=reward.quantity)
    if reward.threshold is not None:
        return words("promotion.reach_amount", goods=goods, amount=words.money(reward.threshold))
    if reward.quantity is not None:
        return words("promotion.reach_units", goods=goods, count=reward.quantity)
    return words("promotion.reach_any", goods=goods)


def _off(reward: PromotionReward, words: Words) -> str:
    if reward.percent is not None:
        return words("promotion.percent_off", percent=words.number(reward.percent.normalize() + 0))
    return words("promotion.amount_off", amount=words.money(reward.amount or Decimal(0)))


def _goods(promotion: Promotion, words: Words, reads: Reads) -> str:
    if not promotion.products and not promotion.categories:
        return words("promotion.all_goods")
    names = [_product(id_, words, reads) for id_ in promotion.products[:MOST_NAMED]]
    rest = len(promotion.products) - len(names)
    categories = {row.id: row.name for row in reads.categories}
    names += [words.name(categories.get(id_, {})) for id_ in promotion.categories]
    return _listed(names, rest, words)


def _audience(promotion: Promotion, words: Words, reads: Reads) -> str:
    if not promotion.organisations and not promotion.groups:
        return words("promotion.everybody")
    named = [reads.organisation(id_) for id_ in promotion.organisations[:MOST_NAMED]]
    names = [words.name(row.name) for row in named if row is not None]
    names += map(words.group, promotion.groups)
    return words("promotion.for", who=_listed(names, len(promotion.organisations) - len(named), words))


def _rivals(promotion: Promotion, reads: Reads) -> list[Promotion]:
    """Those of which the customer gets one only."""
    group = promotion.exclusive_group
    return [row for row in reads.promotions if group and row.exclusive_group == group and row.id != promotion.id]


def _listed(names: Sequence[str], rest: int, words: Words) -> str:
    text = words("list_comma").join(name for name in names if name)
    return words("and_more", names=text, count=rest) if rest > 0 else text


def _product(product_id: str, words: Words, reads: Reads) -> str:
    product = reads.product(product_id)
    return words.name(product.name) if product else words("promotion.no_product")
