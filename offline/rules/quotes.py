"""What a quote is made of: lines wanted, lines priced, what is in the way, what promotions gave."""

from decimal import Decimal

import msgspec

from offline.rules.pricing import PriceTrace
from offline.wire.rows import Names, Totals

Detail = dict[str, str | int | list[str]]


class Wanted(msgspec.Struct, frozen=True):
    """What somebody wants: ``quantity`` base units of a product, on a line with its own id."""

    line_id: str
    product: str
    quantity: int


class Problem(msgspec.Struct, frozen=True):
    """Why an order cannot be placed like this; ``line_id`` None for what concerns all of it.

    customer_blocked   {status, reason}  the organisation may not order
    duplicate_line     {}  a second line with the same id; left out
    unknown_product    {product}  left out
    withdrawn          {sku}
    not_available      {sku, from}  can be ordered from that day on
    not_authorised     {sku}  not in the customer's assortment
    quantity_rule      {sku, quantity, minimum, multiple, lower?, upper?}  nearest quantities that can be ordered
    quantity_limit     {sku, quantity, limit}  more than can be ordered at once; left out
    no_price           {sku, from?}  nothing prices it for this customer, or only from that quantity on; left out
    """

    code: str
    line_id: str | None = None
    detail: Detail = {}


class QuotedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``goods`` = quantity x ``unit_price``, ``net`` = ``goods`` - ``discount``, ``tax`` in it or on top of it as the
    brand quotes prices; all in the order's currency. ``promotions``: ids of those that gave a discount here. A gift
    line costs nothing and names its ``promotion``."""

    id: str
    product: str
    quantity: int
    unit_price: Decimal
    goods: Decimal
    discount: Decimal
    net: Decimal
    tax: Decimal
    tax_rate: Decimal
    price_list: str | None = None
    reason: str = ""
    promotions: tuple[str, ...] = ()
    trace: PriceTrace | None = None
    gift: bool = False
    promotion: str | None = None


class AppliedPromotion(msgspec.Struct, frozen=True, kw_only=True):
    """What a promotion gave: ``amount`` off in all and per line id, ``gifts`` as product id -> quantity. ``uses`` is
    what its cap bounds (sets or units)."""

    id: str
    code: str
    name: Names
    kind: str
    amount: Decimal
    lines: dict[str, Decimal]
    gifts: dict[str, int]
    uses: int


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """``lines`` in the order wanted, without those nothing can be said about (see ``problems``), then ``gifts``.
    ``price_lists`` is the revision of every list a price came from."""

    currency: str
    lines: tuple[QuotedLine, ...]
    gifts: tuple[QuotedLine, ...]
    totals: Totals
    promotions: tuple[AppliedPromotion, ...]
    price_lists: dict[str, int]
    problems: tuple[Problem, ...]
