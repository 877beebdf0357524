"""The demo's organisations as drafts: head office, trade and shops."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from backend.demo.places import CITIES, DEALER_OF, GIVEN, STYLES, SURNAMES, TERRITORIES, TRADE, City, Street, Style
from offline.ids import derived_id
from offline.wire.commands import OrganisationSave
from offline.wire.kinds import PartnerStatus
from offline.wire.rows import Address

# The 154 mobile prefix is given to nobody in China: these numbers ring nowhere.
_PHONE = "154 0000 {:04d}"


@dataclass(frozen=True, slots=True)
class Partner:
    """An organisation with what only the demo needs. ``size`` scales what it orders, 0 = never orders."""

    draft: OrganisationSave
    size: float


def organisation_id(tenant_id: str, code: str) -> str:
    return derived_id(tenant_id, "organisation", code)


def head_office(tenant_id: str) -> OrganisationSave:
    return OrganisationSave(
        organisation=organisation_id(tenant_id, "HQ"),
        code="HQ",
        name={"zh": "渠道演示 总部", "en": "Qudao Demo Head Office"},
        type="distributor",
        parent=organisation_id(tenant_id, "HQ"),
        territory="华东一区",
        addresses=(_Place("HQ", CITIES[0], "静安区南京西路 1266 号", "王静", 0, (0.0, -0.02)).address(tenant_id),),
    )


def make_trade(tenant_id: str, lists: Mapping[str, str]) -> Iterator[Partner]:
    """Distributors and dealers; ``lists``: price list ids by code."""
    cities = {city.zh: city for city in CITIES}
    for number, (code, zh, en, type_, parent, city_name) in enumerate(TRADE):
        city = cities[city_name]
        line = f"{city.districts[0][0]}{city.streets[0].zh} {200 + number * 17} 号"
        contact = f"{SURNAMES[8 + number]}{GIVEN[number]}"
        draft = OrganisationSave(
            organisation=organisation_id(tenant_id, code),
            code=code,
            name={"zh": zh, "en": en},
            type="distributor" if type_ == "distributor" else "dealer",
            parent=organisation_id(tenant_id, parent),
            group="dealer",
            territory=city.territory,
            addresses=(_Place(code, city, line, contact, 10 + number, (0.01, 0.03)).address(tenant_id),),
            payment_days=45 if type_ == "distributor" else 30,
            credit_limit=Decimal(1_500_000 if type_ == "distributor" else 400_000),
            price_lists=(lists["G-DEALER"], lists["BASE"]),
        )
        yield Partner(draft, 14.0 if type_ == "distributor" else 7.0)


def make_shops(
    tenant_id: str,
    chance: random.Random,
    reps: Mapping[str, str],
    lists: Mapping[str, str],
    assortments: Mapping[str, str],
) -> Iterator[Partner]:
    """All shops. ``reps``: user ids by login without ``@``; ``lists`` and ``assortments`` ids by code."""
    number = 0
    taken: set[str] = set()
    for city in CITIES:
        for index in range(city.shops):
            number += 1
            style = STYLES[0] if number == 1 else _style(city, chance)
            street = city.streets[index % len(city.streets)]
            yield _shop(
                tenant_id,
                number,
                city=city,
                street=street,
                style=style,
                name=_shop_name(style, street, index, chance, taken),
                chance=chance,
                reps=reps,
                lists=lists,
                assortments=assortments,
            )


def _style(city: City, chance: random.Random) -> Style:
    """No village shops in the middle of Shanghai."""
    styles = [style for style in STYLES if city.zh != "上海" or style.group != "rural"]
    return chance.choices(styles, [style.weight for style in styles])[0]


def _shop_name(style: Style, street: Street, index: int, chance: random.Random, taken: set[str]) -> dict[str, str]:
    for _ in range(50):
        zh, en = chance.choice(style.names).split("|")
        if style.branch:
            zh, en = f"{zh}（{street.zh}店）", f"{en} ({street.en})"
        else:
            owner = f"{chance.choice(SURNAMES)}记" if chance.random() < 0.4 else street.zh.rstrip("路街道")
            zh, en = f"{owner}{zh}", f"{en}, {street.en}"
        if zh not in taken:
            break
    else:
        zh, en = f"{zh.rstrip('）')}{index + 1}{'）' if zh.endswith('）') else '号店'}", f"{en} {index + 1}"
    taken.add(zh)
    return {"zh": zh, "en": en}


def _shop(
    tenant_id: str,
    number: int,
    *,
    city: City,
    street: Street,
    style: Style,
    name: dict[str, str],
    chance: random.Random,
    reps: Mapping[str, str],
    lists: Mapping[str, str],
    assortments: Mapping[str, str],
) -> Partner:
    code = f"S{number:04d}"
    district, _ = city.districts[(number * 7) % len(city.districts)] if number > 1 else city.districts[0]
    contact = "陈美玲" if number == 1 else f"{chance.choice(SURNAMES)}{chance.choice(GIVEN)}"
    drift = (chance.gauss(0, 0.035), chance.gauss(0, 0.04))
    line = f"{district}{street.zh} {chance.randrange(8, 980)} 号"
    status, reason = _status(number, chance)
    direct = style.group in {"chain", "pharmacy"}
    dealers = DEALER_OF[city.zh]
    parent = "HQ" if direct else dealers[number % len(dealers)]
    credit = Decimal(chance.randrange(*style.credit, 1000)) if number > 1 else Decimal(80_000)
    draft = OrganisationSave(
        organisation=organisation_id(tenant_id, code),
        code=code,
        name=name,
        type="shop",
        parent=organisation_id(tenant_id, parent),
        status=status,
        blocked_reason=reason,
        group=style.group,
        territory=city.territory,
        rep=reps[TERRITORIES[city.territory]],
        addresses=tuple(_addresses(tenant_id, _Place(code, city, line, contact, 100 + number, drift), number)),
        payment_days=style.payment_days,
        credit_limit=credit,
        price_lists=tuple(lists[each] for each in _price_lists(number, style, name)),
        assortments=tuple(assortments[each] for each in _assortments(style)),
    )
    return Partner(draft, style.size * chance.lognormvariate(0, 0.35) if status == "active" else 0.0)


def _price_lists(number: int, style: Style, name: Mapping[str, str]) -> list[str]:
    """Codes, the one that counts first: contracts of one shop or one chain, those of its group, everybody's."""
    found = ["BASE"]
    if style.group in {"chain", "rural"}:
        found.insert(0, f"G-{style.group.upper()}")
    for brand, contract in (("好邻居", "CONTRACT-HL"), ("每日鲜", "CONTRACT-MR")):
        if name["zh"].startswith(brand):
            found.insert(0, contract)
    if 20 <= number <= 23:
        found.insert(0, f"K-{number}")
    return found


def _status(number: int, chance: random.Random) -> tuple[PartnerStatus, str]:
    if number <= 12:
        return "active", ""
    drawn = chance.random()
    if drawn < 0.02:
        return "blocked", chance.choice(("账款逾期 60 天", "合同到期未续签", "法院冻结往来账户"))
    if drawn < 0.04:
        return "prospect", ""
    return ("exited", "") if drawn < 0.055 else ("active", "")


def _assortments(style: Style) -> tuple[str, ...]:
    by_group = {"chain": ("CVS",), "pharmacy": ("PHARMACY",), "rural": ("RURAL", "FESTIVE"), "catering": ("CATERING",)}
    return by_group.get(style.group, ())


@dataclass(frozen=True, slots=True)
class _Place:
    """``code`` names the organisation, ``drift`` is how far from the city's centre, in degrees."""

    code: str
    city: City
    line: str
    contact: str
    phone: int
    drift: tuple[float, float]

    def address(self, tenant_id: str) -> Address:
        return Address(
            id=derived_id(tenant_id, "address", self.code),
            line=self.line,
            city=self.city.zh,
            region=self.city.province,
            contact=self.contact,
            phone=_PHONE.format(self.phone),
            latitude=round(self.city.latitude + self.drift[0], 5),
            longitude=round(self.city.longitude + self.drift[1], 5),
        )


def _addresses(tenant_id: str, front: _Place, number: int) -> Iterator[Address]:
    yield front.address(tenant_id)
    if number % 9 == 1:
        back = (front.drift[0] + 0.002, front.drift[1] - 0.001)
        line, code = f"{front.line} 后门仓库", f"{front.code}/2"
        yield replace(front, code=code, line=line, phone=5000 + number, drift=back).address(tenant_id)
