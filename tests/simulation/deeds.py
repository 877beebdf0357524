"""What people do: commands that fit what their phone shows, and some that will be refused."""

from decimal import Decimal
from random import Random

from offline.engine import Engine
from offline.ids import new_id
from offline.rules.cutting import cut
from offline.wire import commands as c
from offline.wire import counts
from offline.wire.commands import Command
from offline.wire.ranges import AssortmentAssign
from offline.wire.rows import Order, Organisation, Price, Product, Tier
from tests.simulation.template import GROUP, PARENTS, Template, save_organisation, save_promotion, save_range

Deed = list[tuple[Command, tuple[str, ...]]]


def deed(rng: Random, template: Template, engine: Engine, user: str) -> Deed:
    """Commands of one act, with the ids they depend on among the waiting."""
    acts = [change_locale, place_order, place_order, place_order, place_order, cancel_order]
    if rng.random() < 0.5:
        acts += [count_shelf, count_shelf, count_shelf, sell]
    if user == "hq":
        acts += [
            approve_order,
            decide_order,
            decide_order,
            move_shop,
            move_shop,
            save_product,
            save_price,
            save_promotion_for,
            save_or_assign_range,
        ]
    if user == "hq" or rng.random() < 0.1:
        acts += [adjust_stock, adjust_stock, adjust_stock]
    commands: list[Command] = []
    for _ in range(4):
        commands = commands or rng.choice(acts)(rng, template, engine)
    waiting = [entry.id for entry in engine.entries()]
    found: Deed = []
    for command in commands:
        after = tuple(rng.sample(waiting, 1)) if waiting and rng.random() < 0.15 else ()
        found.append((command, after))
    return found


def change_locale(rng: Random, _template: Template, _engine: Engine) -> list[Command]:
    return [c.MeLocale(locale=rng.choice(("zh-CN", "en")))]


def adjust_stock(rng: Random, template: Template, _engine: Engine) -> list[Command]:
    """Not everybody may; and nobody may take more than there is."""
    delta = rng.choice((1, 5, -3, -5000))
    count = rng.choice((1, 1, 3))
    return [c.StockAdjust(movement=new_id(), product=rng.choice(template.products), delta=delta) for _ in range(count)]


def save_product(rng: Random, template: Template, _engine: Engine) -> list[Command]:
    number = rng.randrange(len(template.products))
    name = {"en": f"Product {number} v{rng.randrange(1000)}"}
    return [c.ProductSave(product=template.products[number], sku=f"P{number}", name=name, unit={"en": "pc"})]


def save_price(rng: Random, template: Template, _engine: Engine) -> list[Command]:
    """Some are taken out."""
    tiers = (Tier(1, Decimal(rng.randrange(100, 400)) / 100),) if rng.random() < 0.7 else ()
    product, price_list = rng.choice(template.products), rng.choice(template.price_lists)
    return [c.PriceSave(price_list=price_list, product=product, tiers=tiers)]


def move_shop(rng: Random, template: Template, _engine: Engine) -> list[Command]:
    """A shop changes hands, place, group or price list: it leaves or enters the rep's scopes, and rows meant for some
    organisations only leave or enter its own."""
    code = rng.choice(("SHOP", "RIVAL"))
    return [
        save_organisation(
            template,
            code,
            rep=template.users["rep"] if rng.random() < 0.5 else None,
            parent=rng.choice((PARENTS[code], "DIST")),
            group=rng.choice(("", GROUP)),
            lists=rng.choice((template.price_lists, template.price_lists[:1])),
        )
    ]


def save_promotion_for(rng: Random, template: Template, _engine: Engine) -> list[Command]:
    """For everybody, some organisations with all below them, or a group."""
    codes = rng.choice(((), ("SHOP",), ("RIVAL",), ("DIST",)))
    groups = (GROUP,) if rng.random() < 0.3 else ()
    return [save_promotion(template, rng.randrange(len(template.promotions)), codes, groups)]


def save_or_assign_range(rng: Random, template: Template, _engine: Engine) -> list[Command]:
    """What two customers may buy: all goods, mostly. Who holds what changes more often."""
    number = rng.randrange(len(template.ranges))
    if rng.random() < 0.3:
        return [save_range(template, number, rng.random() < 0.7)]
    customers = [template.organisations[code] for code in ("SHOP", "RIVAL")]
    rng.shuffle(customers)
    given = rng.randrange(3)
    return [
        AssortmentAssign(
            assortment=template.ranges[number], give=tuple(customers[:given]), take=tuple(customers[given:])
        )
    ]


def place_order(rng: Random, template: Template, engine: Engine) -> list[Command]:
    organisations = engine.replica.search_organisations()
    if not organisations:
        return []
    organisation = rng.choice(organisations)
    lines = []
    for product_id in rng.sample(template.products, rng.randint(1, 2)):
        if product := engine.replica.one("product", product_id):
            lines.append(_line(rng, engine, product_id))
            assert isinstance(product, Product)
    if not lines:
        return []
    total = sum((line.net for line in lines), Decimal(0))
    order = new_id()
    place = c.OrderPlace(
        order=order, organisation=organisation.id, lines=tuple(lines), currency="CNY", total=total, shortage="backorder"
    )
    return [place, c.OrderCancel(order=order, reason="changed my mind")] if rng.random() < 0.1 else [place]


def _line(rng: Random, engine: Engine, product_id: str) -> c.PlacedLine:
    prices = engine.replica.prices_of(product_id)
    price = prices[0].tiers[0].unit_price if prices and isinstance(prices[0], Price) else Decimal(1)
    quantity = rng.choice((1, 7, 150))
    net = (price * quantity).quantize(Decimal("0.01"))
    return c.PlacedLine(id=new_id(), product=product_id, quantity=quantity, unit_price=price, net=net)


def _some_order(rng: Random, engine: Engine) -> Order | None:
    orders = engine.replica.orders(limit=5)
    return rng.choice(orders) if orders else None


def cancel_order(rng: Random, _template: Template, engine: Engine) -> list[Command]:
    order = _some_order(rng, engine)
    return [c.OrderCancel(order=order.id, reason="no")] if order else []


def approve_order(rng: Random, _template: Template, engine: Engine) -> list[Command]:
    order = _some_order(rng, engine)
    return [c.OrderApprove(order=order.id, reason="fine")] if order else []


def decide_order(rng: Random, _template: Template, engine: Engine) -> list[Command]:
    """Stopped, let go on, or lines of it cut; as the desk shows it, which may be old."""
    order = _some_order(rng, engine)
    if order is None or not order.lines:
        return []
    if rng.random() < 0.5:
        return [c.OrderRelease(order=order.id) if order.held else c.OrderHold(order=order.id, reason="wait")]
    line = rng.choice(order.lines)
    keep = {line.id: rng.randrange(line.quantity + 1)}
    return [c.OrderCut(order=order.id, keep=keep, total=cut(order, keep, included=True).totals.total, reason="short")]


def count_shelf(rng: Random, template: Template, engine: Engine) -> list[Command]:
    """A count of one's own, or of one that waits for a second; by the person who counted first it is refused."""
    partner = _some_partner(rng, engine)
    if partner is None:
        return []
    waiting = [row for row in engine.replica.all("count") if isinstance(row, counts.Count) and row.status != "settled"]
    count, partner_id = new_id(), partner.id
    if waiting and rng.random() < 0.6:
        count, partner_id = (found := rng.choice(waiting)).id, found.organisation
    held = engine.replica.partner_stock(partner_id)
    lines = []
    for product in rng.sample(template.products, rng.randint(1, 2)):
        observed = rng.choice((0, 3, 40))
        part = counts.CountedPart(packs={"": observed})
        base = held[product].seq if product in held else 0
        at = engine.now()
        lines.append(
            counts.CountedLine(product=product, parts=(part,), observed=observed, base_seq=base, counted_at=at)
        )
    return [counts.CountSubmit(count=count, organisation=partner_id, lines=tuple(lines))]


def sell(rng: Random, template: Template, engine: Engine) -> list[Command]:
    """What left a partner's shelf; not everybody may say so."""
    partner = _some_partner(rng, engine)
    if partner is None:
        return []
    product, delta = rng.choice(template.products), -rng.choice((1, 4))
    sale = counts.PartnerStockMove(
        movement=new_id(), organisation=partner.id, product=product, kind="sale", delta=delta
    )
    return [sale]


def _some_partner(rng: Random, engine: Engine) -> Organisation | None:
    """Mostly the same one, so that counts of one shelf meet."""
    found = [row for row in engine.replica.search_organisations() if row.type != "head_office"]
    shops = [row for row in found if row.code == "SHOP"]
    return rng.choice(shops if shops and rng.random() < 0.8 else found) if found else None
