"""What there is to know of a customer before one changes anything: credit and the latest orders."""

from decimal import Decimal

from reactpy import html
from reactpy.types import VdomDict

from offline.wire.rows import Organisation
from pwa.components.basics import Badge, Child
from pwa.desk.parts import block, link
from pwa.desk.reading import placed
from pwa.desk.state import DeskState
from pwa.desk.words import Words

LATEST = 5


def credit_bar(words: Words, row: Organisation, *, small: bool = False) -> Child:
    """How much of the limit is used; past it the bar is full and red."""
    if row.credit_limit is None:
        return None if small else html.p({"className": "block-note", "key": "credit"}, words("customers.no_limit"))
    share = row.credit_used / row.credit_limit if row.credit_limit else Decimal(1 if row.credit_used else 0)
    percent = min(100, int(share * 100))
    tone = "bad" if share > 1 else "warn" if share > Decimal("0.8") else "good"
    text = words(
        "customers.credit_of", used=words.round_money(row.credit_used), limit=words.round_money(row.credit_limit)
    )
    meter = html.span(
        {
            "className": f"meter meter-{tone}",
            "role": "meter",
            "aria-label": words("customers.credit"),
            "aria-valuemin": "0",
            "aria-valuemax": "100",
            "aria-valuenow": str(percent),
            "aria-valuetext": text,
            "title": text,
        },
        html.span({"className": "meter-fill", "style": {"width": f"{percent}%"}}),
    )
    if small:
        return html.span(
            {"className": "credit-small"}, meter, html.span({"className": "number faint"}, f"{int(share * 100)}%")
        )
    left = row.credit_limit - row.credit_used
    key = "customers.credit_left" if left >= 0 else "customers.credit_over"
    return block(
        words("customers.credit"),
        meter,
        html.div(
            {"className": "meter-texts number"},
            html.span(text),
            html.strong(words(key, amount=words.round_money(abs(left)))),
        ),
        key="credit",
        testid="credit",
    )


def customer_orders(desk: DeskState, words: Words, row: Organisation) -> VdomDict:
    """The latest orders, each a link to the order desk."""
    orders = desk.reads.replica.orders(organisation=row.id, limit=LATEST)
    count = desk.reads.replica.count_orders(organisation=row.id)
    lines = []
    for order in orders:
        text, tone = words.status(order)
        lines.append(
            link(
                desk,
                f"/desk/orders/{order.id}?tab=all",
                html.span({"className": "number"}, order.number or words("orders.no_number")),
                html.span({"className": "faint number"}, words.when(placed(order))),
                Badge(text, tone),
                html.span({"className": "number"}, words.money(order.totals.total, order.currency)),
                class_name="mini-order",
                key=order.id,
            )
        )
    content: list[VdomDict] = lines or [html.p({"className": "block-note"}, words("customers.no_orders"))]
    return block(words("customers.orders", count=count), *content, key="orders", testid="customer-orders")
