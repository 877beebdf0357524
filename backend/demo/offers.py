"""The demo's assortments and promotions: every kind of promotion runs now; some are over, some not yet begun."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from backend.demo.catalogue import Good, category_id, product_id
from backend.demo.goods import KINDS
from offline.ids import derived_id
from offline.wire.commands import PromotionSave
from offline.wire.kinds import PromotionKind
from offline.wire.rows import Assortment, PromotionReward

ASSORTMENT_CODES = ("CVS", "PHARMACY", "RURAL", "FESTIVE", "CATERING")


def assortment_ids(tenant_id: str) -> Mapping[str, str]:
    return {code: derived_id(tenant_id, "assortment", code) for code in ASSORTMENT_CODES}


def make_assortments(tenant_id: str, goods: Sequence[Good], today: date) -> list[Assortment]:
    """What groups of shops may buy. Convenience shops get no pickled-cabbage noodles and nothing by the sack."""
    ids = assortment_ids(tenant_id)

    def categories(*codes: str) -> tuple[str, ...]:
        return tuple(category_id(tenant_id, code) for code in codes)

    def skus(wanted: Iterable[Good]) -> tuple[str, ...]:
        return tuple(good.draft.product for good in wanted)

    heavy = (
        good for good in goods if "10KG" in good.draft.sku or (good.line == "LT" and good.draft.sku.endswith("-SC"))
    )
    daily = [kind.code for kind in KINDS if kind.code not in {"pets", "hair", "coffee"}]
    return [
        Assortment(
            id=ids["CVS"],
            code="CVS",
            name={"zh": "连锁便利店授权", "en": "Convenience chains"},
            everything=True,
            excluded=skus(heavy),
            valid_from=today - timedelta(days=400),
        ),
        Assortment(
            id=ids["PHARMACY"],
            code="PHARMACY",
            name={"zh": "药房授权", "en": "Pharmacies"},
            categories=categories("water", "milk", "hair", "skin", "oral", "paper"),
            products=skus(good for good in goods if good.line in {"QE", "ZV"}),
        ),
        Assortment(
            id=ids["RURAL"],
            code="RURAL",
            name={"zh": "乡镇门店授权", "en": "Rural shops"},
            categories=categories(*daily),
        ),
        Assortment(
            id=ids["FESTIVE"],
            code="FESTIVE",
            name={"zh": "节庆礼盒季", "en": "Festive season"},
            categories=categories("coffee", "sweets"),
            valid_from=today - timedelta(days=90),
            valid_until=today - timedelta(days=20),
        ),
        Assortment(
            id=ids["CATERING"],
            code="CATERING",
            name={"zh": "餐饮授权", "en": "Catering"},
            categories=categories("water", "soda", "juice", "tea", "sauces", "staples", "ready", "kitchen", "paper"),
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The goods that promotions name, and the moment they run around."""

    tenant_id: str
    goods: Sequence[Good]
    now: datetime

    def sku(self, code: str) -> str:
        """Its product's id."""
        return product_id(self.tenant_id, code)

    def price(self, code: str) -> Decimal:
        return next(good.price for good in self.goods if good.draft.sku == code)

    def line(self, *prefixes: str) -> tuple[str, ...]:
        return tuple(good.draft.product for good in self.goods if good.line in prefixes)

    def promotion(
        self,
        code: str,
        name: tuple[str, str],
        kind: PromotionKind,
        reward: PromotionReward,
        *,
        valid: tuple[datetime, datetime] | None = None,
        products: tuple[str, ...] = (),
        categories: tuple[str, ...] = (),
        groups: tuple[str, ...] = (),
        priority: int = 0,
        exclusive: str = "",
        cap: int | None = None,
        active: bool = True,
    ) -> PromotionSave:
        """``name`` in Chinese and English; running now where ``valid`` does not say otherwise."""
        since, until = valid or (self.now - timedelta(days=12), self.now + timedelta(days=33))
        return PromotionSave(
            promotion=derived_id(self.tenant_id, "promotion", code),
            code=code,
            name={"zh": name[0], "en": name[1]},
            kind=kind,
            reward=reward,
            products=products,
            categories=tuple(category_id(self.tenant_id, each) for each in categories),
            groups=groups,
            valid_from=since,
            valid_until=until,
            priority=priority,
            exclusive_group=exclusive,
            cap=cap,
            active=active,
        )


def make_promotions(tenant_id: str, goods: Sequence[Good], now: datetime) -> list[PromotionSave]:
    """Promotions of every kind, valid now unless their names say otherwise."""
    shelf = _Shelf(tenant_id, goods, now)
    return [
        *_off_the_order(shelf),
        *_buy_and_get(shelf),
        *_bundle_and_gift(shelf),
        *_mix_and_match(shelf),
        *_for_some_or_not_now(shelf),
    ]


def _off_the_order(shelf: _Shelf) -> list[PromotionSave]:
    """Money off, or a percentage: the better of the two."""
    return [
        shelf.promotion(
            "MJ-2000",
            ("满 ¥2,000 立减 ¥60", "¥60 off from ¥2,000"),
            "threshold",
            PromotionReward(threshold=Decimal(2000), amount=Decimal(60)),
            exclusive="order",
        ),
        shelf.promotion(
            "MJ-5000",
            ("满 ¥5,000 享 96 折", "4% off from ¥5,000"),
            "threshold",
            PromotionReward(threshold=Decimal(5000), percent=Decimal(4)),
            exclusive="order",
        ),
    ]


def _buy_and_get(shelf: _Shelf) -> list[PromotionSave]:
    """One good free with enough of the same, or of another."""
    return [
        shelf.promotion(
            "GZ-10-1",
            ("鲜果橙汁 买 10 赠 1", "Orange juice: buy 10, get 1"),
            "buy_x_get_y",
            PromotionReward(buy=10, get=1),
            products=(shelf.sku("XG-1000-OR"),),
            priority=20,
            cap=6,
        ),
        shelf.promotion(
            "XS-24-2",
            ("洗手液 24 瓶送牙膏 2 支", "24 hand washes: 2 toothpastes free"),
            "buy_x_get_y",
            PromotionReward(buy=24, get=2, product=shelf.sku("BY-0120-MT")),
            products=shelf.line("JR"),
            priority=20,
            cap=4,
        ),
    ]


def _bundle_and_gift(shelf: _Shelf) -> list[PromotionSave]:
    """What is sold together, and what comes with a large order."""
    breakfast = {shelf.sku("MY-0250-WH"): 24, shelf.sku("MT-0100-WW"): 48}
    worth = shelf.price("MY-0250-WH") * 24 + shelf.price("MT-0100-WW") * 48
    return [
        shelf.promotion(
            "ZC-ZH",
            ("早餐组合：牛奶 24 + 饼干 48", "Breakfast bundle: 24 milk + 48 biscuits"),
            "bundle",
            PromotionReward(items=breakfast, bundle_price=(worth * Decimal("0.88")).quantize(Decimal(1))),
            priority=30,
            cap=3,
        ),
        shelf.promotion(
            "MZ-1500",
            ("满 ¥1,500 送抽纸 2 提", "2 tissue bundles free from ¥1,500"),
            "gift",
            PromotionReward(threshold=Decimal(1500), product=shelf.sku("YX-0006-OG"), get=2),
        ),
    ]


def _mix_and_match(shelf: _Shelf) -> list[PromotionSave]:
    """Any of a line, enough of it."""
    return [
        shelf.promotion(
            "CX-48",
            ("茶饮任选 48 瓶 92 折", "Any 48 teas: 8% off"),
            "mix_and_match",
            PromotionReward(quantity=48, percent=Decimal(8)),
            products=shelf.line("CX", "CW"),
            priority=10,
            cap=10,
        ),
        shelf.promotion(
            "SP-24",
            ("薯片任选 24 袋 ¥118", "Any 24 bags of crisps for ¥118"),
            "mix_and_match",
            PromotionReward(quantity=24, bundle_price=Decimal(118)),
            products=tuple(id_ for id_ in shelf.line("CS") if _is_small(shelf.goods, id_)),
            priority=10,
            cap=5,
        ),
    ]


def _for_some_or_not_now(shelf: _Shelf) -> list[PromotionSave]:
    """For one group of shops; over, yet to come, and switched off."""
    return [
        shelf.promotion(
            "XZ-JG",
            ("乡镇专享：坚果满 36 袋 95 折", "Rural shops: nuts 5% off from 36 bags"),
            "threshold",
            PromotionReward(quantity=36, percent=Decimal(5)),
            categories=("nuts",),
            groups=("rural",),
        ),
        shelf.promotion(
            "JX-LD",
            ("上月家清节 9 折", "Last month's cleaning fair: 10% off"),
            "threshold",
            PromotionReward(threshold=Decimal(800), percent=Decimal(10)),
            categories=("laundry", "kitchen"),
            valid=(shelf.now - timedelta(days=62), shelf.now - timedelta(days=32)),
        ),
        shelf.promotion(
            "ND-YR",
            ("年货节预热", "New year warm-up"),
            "threshold",
            PromotionReward(threshold=Decimal(3000), percent=Decimal(6)),
            valid=(shelf.now + timedelta(days=20), shelf.now + timedelta(days=70)),
            exclusive="order",
        ),
        shelf.promotion(
            "TEST-OFF",
            ("试用活动（已停用）", "Trial (switched off)"),
            "threshold",
            PromotionReward(quantity=10, percent=Decimal(50)),
            active=False,
        ),
    ]


def _is_small(goods: Sequence[Good], id_: str) -> bool:
    return any(good.draft.product == id_ and "-0070-" in good.draft.sku for good in goods)
