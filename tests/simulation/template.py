"""The small world every run begins with, built once through real commands: a brand with a few products, prices and
stock, its people signed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import update

from backend.database import Sessions, snapshot, transaction
from backend.identity.models import UserSession
from backend.identity.service import Reach, announce_user, authenticate
from backend.partners import service as partners
from backend.sync.changes import BRAND, Changes
from backend.sync.commands import Handler, Principal
from backend.sync.push import Taker
from backend.sync.service import flush_changes
from offline.ids import derived_id
from offline.rules.permissions import ROLES
from offline.wire import commands as c
from offline.wire import rows
from offline.wire.commands import Command
from offline.wire.protocol import Mutation, Push
from offline.wire.ranges import AssortmentSave
from offline.wire.rows import PromotionReward, Tier
from tests.people import Brand, make_brand

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
PRODUCTS = 3
STOCK = 400
PRICE = Decimal("2.50")
GROUP = "corner shops"
PARENTS = {"DIST": "HQ", "DEAL": "DIST", "SHOP": "DEAL", "RIVAL": "HQ"}


@dataclass(slots=True)
class Template:
    """Ids of what is in the database, and tokens by login."""

    tenant_id: str = ""
    tokens: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    organisations: dict[str, str] = field(default_factory=dict)
    products: list[str] = field(default_factory=list)
    price_lists: list[str] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    promotions: list[str] = field(default_factory=list)


async def build(sessions: Sessions, read_sessions: Sessions, handlers: Mapping[str, Handler], reach: Reach) -> Template:
    async with transaction(sessions) as session:
        brand = await make_brand(session, "demo")
        # Seen far ahead: whether a session is stale must not depend on when the run began.
        far = datetime.now(UTC) + timedelta(days=3650)
        await session.execute(update(UserSession).values(seen_at=far, expires_at=far))
    await _announce(sessions, brand)
    template = Template(
        tenant_id=brand.tenant.id,
        tokens=dict(brand.tokens),
        users={login: user.id for login, user in brand.users.items()},
        organisations=dict(brand.organisations),
        products=[derived_id("simulation", "product", str(number)) for number in range(PRODUCTS)],
        price_lists=[derived_id("simulation", "list", code) for code in ("BASE", "SPECIAL")],
        ranges=[derived_id("simulation", "assortment", str(number)) for number in range(2)],
        promotions=[derived_id("simulation", "promotion", str(number)) for number in range(2)],
    )
    async with snapshot(read_sessions) as session:
        signed = await authenticate(session, brand.tokens["hq"], datetime.now(UTC), reach)
    assert signed is not None
    await push(Taker(sessions, handlers, lambda: START), signed.principal, _commands(template))
    return template


async def _announce(sessions: Sessions, brand: Brand) -> None:
    async with transaction(sessions) as session:
        changes = Changes()
        changes.put("brand", rows.Brand(id=brand.tenant.id, code="demo", name={"en": "Demo"}, currency="CNY"), BRAND)
        for user in brand.users.values():
            announce_user(changes, user, ROLES[user.role])
        found = await partners.organisations(session, brand.tenant.id, list(brand.organisations.values()))
        for organisation in found.values():
            partners.announce_organisation(changes, organisation)
        await flush_changes(session, brand.tenant.id, changes)


def _commands(template: Template) -> list[Command]:
    base, special = template.price_lists
    found: list[Command] = [
        c.PriceListSave(price_list=base, code="BASE", name={"en": "Base"}, kind="base", currency="CNY"),
        c.PriceListSave(price_list=special, code="SPECIAL", name={"en": "Special"}, kind="customer", currency="CNY"),
    ]
    for number, product in enumerate(template.products):
        found += [
            c.ProductSave(product=product, sku=f"P{number}", name={"en": f"Product {number}"}, unit={"en": "pc"}),
            c.PriceSave(price_list=base, product=product, tiers=(Tier(1, PRICE * (number + 1)),)),
            c.StockAdjust(movement=derived_id("movement", product), product=product, delta=STOCK),
        ]
    for code in ("DIST", "SHOP", "RIVAL"):
        found.append(save_organisation(template, code, rep=template.users["rep"] if code == "SHOP" else None))
    found += [save_promotion(template, 0), save_promotion(template, 1, ("SHOP",))]
    found += [save_range(template, number) for number in range(len(template.ranges))]
    return found


def save_range(template: Template, number: int, everything: bool = True) -> AssortmentSave:
    """An assortment of all goods, or of the first three."""
    return AssortmentSave(
        assortment=template.ranges[number],
        code=f"RANGE{number}",
        name={"en": f"Range {number}"},
        everything=everything,
        products=() if everything else tuple(template.products[:3]),
    )


def save_promotion(
    template: Template, number: int, codes: Sequence[str] = (), groups: tuple[str, ...] = ()
) -> c.PromotionSave:
    """One that counts for these organisations and groups only, or for everybody."""
    return c.PromotionSave(
        promotion=template.promotions[number],
        code=f"PROMO{number}",
        name={"en": f"Promotion {number}"},
        kind="threshold",
        reward=PromotionReward(percent=Decimal(5), quantity=100),
        organisations=tuple(template.organisations[code] for code in codes),
        groups=groups,
    )


def save_organisation(
    template: Template,
    code: str,
    rep: str | None,
    parent: str = "",
    group: str = "",
    lists: Sequence[str] = (),
) -> c.OrganisationSave:
    """All of an organisation; everybody buys by the base list, some by ``lists``."""
    kinds: dict[str, Any] = {"DIST": "distributor", "DEAL": "dealer", "SHOP": "shop", "RIVAL": "shop"}
    return c.OrganisationSave(
        organisation=template.organisations[code],
        code=code,
        name={"en": code},
        type=kinds[code],
        parent=template.organisations[parent or PARENTS[code]],
        rep=rep,
        group=group,
        price_lists=tuple(lists or template.price_lists[:1]),
    )


async def push(taker: Taker, principal: Principal, commands: Sequence[Command], batch: str = "command") -> None:
    """Everything is applied. ``batch``: a name of its own for each."""
    mutations = tuple(
        Mutation(
            id=derived_id(batch, str(number)),
            n=number,
            name=command.NAME,
            args=msgspec.Raw(msgspec.json.encode(command)),
        )
        for number, command in enumerate(commands)
    )
    result, _ = await taker.take(principal, Push(f"template {batch}", mutations))
    refused = [verdict for verdict in result.results if verdict.status != "applied"]
    assert not refused, refused
