"""Phrases that several screens say about rows: statuses, packs, stock, prices, promotions."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from offline.rules.pricing import PriceTrace
from offline.rules.quotes import Problem
from offline.wire.commands import MAX_QUANTITY, OrderPlace
from offline.wire.rows import Order, Product, Promotion, StockLevel
from pwa.components.basics import Tone
from pwa.context import App, error_text

STATUS_TONES: Mapping[str, Tone] = {
    "queued": "warning",
    "submitted": "info",
    "on_hold": "warning",
    "approved": "accent",
    "partly_shipped": "accent",
    "shipped": "accent",
    "cancelled": "neutral",
    "closed": "neutral",
    "signed": "neutral",
}
DOT = " · "  # between facts in a line
OPEN_STATUSES = ("queued", "submitted", "on_hold", "approved", "partly_shipped", "shipped")


def status_text(app: App, order: Order) -> str:
    """One word or two; a held order says why, and one that the server has says so before its row is here."""
    if order.status == "queued" and is_delivered(app, order.id):
        return app.t("status.delivered")
    if order.status == "on_hold" and order.held:
        return app.t("hold.held")
    if order.status == "on_hold" and order.holds:
        return app.t(f"hold.{order.holds[0]}")
    return app.t(f"status.{order.status}")


def is_delivered(app: App, order_id: str) -> bool:
    """Whether the server took an order whose row has not come back yet."""
    return any(
        entry.state == "applied" and entry.name == OrderPlace.NAME and order_id.encode() in entry.args
        for entry in app.engine.entries()
    )


def status_tone(order: Order) -> Tone:
    if order.status == "on_hold" and "price" in order.holds and not order.held:
        return "info"
    return STATUS_TONES.get(order.status, "neutral")


def joined(*parts: str) -> str:
    """Facts in one line, which may break between them and nowhere else."""
    # A phrase may tell two facts.
    facts = (fact for part in parts for fact in part.split(DOT))
    return DOT.join(fact.replace(" ", "\u00a0") for fact in facts if fact)


def is_for_everything(promotion: Promotion) -> bool:
    """An offer on the whole order says nothing about one product."""
    return not (promotion.products or promotion.categories or promotion.reward.items)


def order_title(app: App, order: Order) -> str:
    """Its number, or that it has none yet."""
    return order.number or app.t("order.no_number")


def units(app: App, product: Product, quantity: int) -> str:
    """``48 瓶``, ``48 bottles``."""
    return counted(app, app.name(product.unit), quantity)


def counted(app: App, unit: str, quantity: int) -> str:
    """So many of a unit or a pack, as its name is given."""
    if unit[:1].isdecimal():  # a pack that says what it holds: "5 × 12 瓶/箱"
        return f"{app.format.number(quantity)} × {unit}"
    named = plural(unit) if app.locale == "en" and quantity != 1 else unit
    return app.t("product.units", count=app.format.number(quantity), unit=named)


def plural(unit: str) -> str:
    """An English unit's regular plural; abbreviations (kg, ml, pcs) and names in other scripts have none."""
    if len(unit) <= 3 or not unit.isascii() or not unit.isalpha() or unit.endswith("s"):
        return (
            f"{unit}es"
            if unit in {"box", "bus"}
            else f"{unit}s"
            if unit in {"bag", "bar", "can", "cup", "jar", "jug", "keg", "pot", "set", "tin", "tub"}
            else unit
        )
    if unit.endswith(("x", "z", "ch", "sh")):
        return f"{unit}es"
    return f"{unit[:-1]}ies" if unit.endswith("y") and unit[-2] not in "aeiou" else f"{unit}s"


def pack_text(app: App, product: Product) -> str:
    """``12 瓶/箱``; the unit alone for what comes singly."""
    pack = max(product.packs, key=lambda pack: pack.factor, default=None)
    if pack is None or pack.factor <= 1:
        return app.name(product.unit)
    factor, name = app.format.number(pack.factor), app.name(pack.name)
    if factor in name:  # "12 瓶/箱" says it all
        return name
    return app.t("product.pack", factor=factor, unit=app.name(product.unit), pack=name)


def rule_text(app: App, product: Product) -> str:
    """The minimum, where there is one worth saying."""
    if product.minimum > 1:
        return app.t("product.minimum", count=app.format.number(product.minimum))
    if product.multiple > 1:
        return app.t("product.multiple", count=app.format.number(product.multiple))
    return ""


def stock_text(app: App, stock: StockLevel | None) -> str:
    """How much there is and as of when; for what is sold out, when more comes."""
    now = app.now()
    if stock is None:
        return app.t("product.stock.unknown")
    if stock.available > 0:
        same_day = app.format.local(stock.as_of).date() == app.format.local(now).date()
        at = app.format.time(stock.as_of) if same_day else app.format.day(stock.as_of, now)
        return app.t("product.stock.available", count=app.format.number(stock.available), at=at)
    if stock.expected_at is not None and stock.expected_at >= app.format.local(now).date():
        return app.t("product.stock.expected", day=app.format.near_day(stock.expected_at, now))
    return app.t("product.stock.out")


def missing(stock: StockLevel | None, quantity: int) -> int:
    """By how much a quantity exceeds the stock, as far as this phone knows it."""
    return max(0, quantity - max(stock.available, 0)) if stock is not None else 0


def shortage_text(app: App, stock: StockLevel | None, quantity: int, choice: str) -> str:
    """What becomes of a line that is more than there is: ``现货 13，缺 35 到货补发``; "" when there is enough."""
    short = missing(stock, quantity)
    if stock is None or not short or quantity > MAX_QUANTITY:
        return ""
    available = app.format.number(max(stock.available, 0))
    return app.t(f"shortage.short.{choice}", available=available, missing=app.format.number(short))


def reason_text(app: App, trace: PriceTrace) -> str:
    """Why this price, in a word: ``合同价``, ``满 48 合同价``."""
    kind = app.t(f"price.kind.{trace.kind}")
    if trace.tier_quantity > 1:
        return app.t("price.from", count=app.format.number(trace.tier_quantity), kind=kind)
    return kind


def next_break_text(app: App, product: Product, trace: PriceTrace, quantity: int, currency: str) -> str:
    """What it takes to the next lower price; "" at the lowest."""
    if trace.next_quantity is None or trace.next_unit_price is None:
        return ""
    price = app.format.price(trace.next_unit_price, currency)
    if quantity <= 0:
        return app.t("price.break_at", count=app.format.number(trace.next_quantity), price=price)
    missing = units(app, product, trace.next_quantity - quantity)
    return app.t("price.break_missing", missing=missing, price=price)


def promotion_text(app: App, promotion: Promotion) -> str:
    """What a promotion gives, short: ``买 10 赠 1``; its own name where that says it better."""
    reward = promotion.reward
    if promotion.kind == "buy_x_get_y" and reward.product is None:
        return app.t("promotion.buy_get", buy=reward.buy or 0, get=reward.get or 0)
    return app.name(promotion.name)


def problem_text(app: App, problem: Problem) -> str:
    """What keeps a line or an order from being taken, and what would do instead."""
    detail: dict[str, Any] = dict(problem.detail)
    if problem.code == "quantity_rule":
        allowed = [app.format.number(int(detail[name])) for name in ("lower", "upper") if name in detail]
        return app.t(
            "error.quantity_rule" if allowed else "error.quantity_none", allowed=app.t("list.or").join(allowed)
        )
    if problem.code == "not_available" and "from" in detail:
        return app.t("error.not_available", day=app.format.day(date.fromisoformat(str(detail["from"])), app.now()))
    if problem.code == "no_price" and "from" in detail:
        return app.t("error.no_price_below", count=app.format.number(int(detail["from"])))
    if problem.code == "withdrawn" and "withdrawn_at" in detail:
        at = datetime.fromisoformat(str(detail["withdrawn_at"]))
        return app.t("error.withdrawn_since", at=app.format.moment(at, app.now()))
    if problem.code == "customer_blocked":
        return blocked_text(app, str(detail.get("status", "blocked")), str(detail.get("reason", "")))
    if problem.code == "order_status":
        return error_text(app, problem.code, {"status": "closed"} | detail)
    return error_text(app, problem.code, detail)


def blocked_text(app: App, status: str, reason: str) -> str:
    """Why a customer may not order; "" for an active one."""
    if status == "active":
        return ""
    text = app.t(f"customer.status.{status}")
    return app.t("customer.because", status=text, reason=reason) if reason else text
