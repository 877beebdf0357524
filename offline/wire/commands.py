"""Commands a client may push: one frozen Struct each, registered by its name on the wire.

Unknown fields are refused, so that a typo is an error and not a silent loss. Limits stand here because both
sides need them; what depends on rows (prices, stock, rights) is judged by rules and handlers.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from offline.wire import files
from offline.wire.kinds import PartnerStatus, PartnerType, PriceListKind, ProductStatus, PromotionKind, Shortage
from offline.wire.rows import Address, Names, Pack, PromotionReward, Tier

MAX_QUANTITY = 10_000_000
MAX_ORDER_LINES = 500
MAX_HOURS = 24 * 365
Id = files.Id
Quantity = Annotated[int, Meta(ge=1, le=MAX_QUANTITY)]
Price = Annotated[Decimal, Meta(extra={"unit": "currency per base unit"})]
Note = Annotated[str, Meta(max_length=2000)]
Text = Annotated[str, Meta(max_length=200)]
Hours = Annotated[int, Meta(ge=0, le=MAX_HOURS)]
Code = Annotated[str, Meta(min_length=1, max_length=64)]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")]
Seen = Annotated[str, Meta(max_length=64)]
"""The print (``offline/rules/seen.py``) of the row as it was when the form began; "": nobody looked."""


class Command(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    NAME: ClassVar[str]


class PlacedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``unit_price`` and ``net`` are what the phone showed for this line; gifts are not sent, rules add them."""

    id: Id
    product: Id
    quantity: Quantity
    unit_price: Price
    net: Decimal


class OrderPlace(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``price_lists``: revision of every list the quote used (id -> revision). ``total``: what the phone showed."""

    NAME: ClassVar[str] = "order.place"
    order: Id
    organisation: Id
    lines: Annotated[tuple[PlacedLine, ...], Meta(min_length=1, max_length=MAX_ORDER_LINES)]
    currency: Currency
    total: Decimal
    price_lists: dict[Id, int] = {}
    priced_at: datetime | None = None
    address: Id | None = None
    wanted_on: date | None = None
    shortage: Shortage = "backorder"
    note: Note = ""


class OrderConfirmPrice(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A person accepts the new prices, or declines: the order is then cancelled."""

    NAME: ClassVar[str] = "order.confirm_price"
    order: Id
    accept: bool
    total: Decimal


class OrderApprove(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Releases every hold but ``price``. ``reason`` is needed when a credit hold is overruled."""

    NAME: ClassVar[str] = "order.approve"
    order: Id
    reason: Note = ""


class OrderCancel(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """By the customer's side before shipping, or sent back by head office; ``reason`` is shown to both."""

    NAME: ClassVar[str] = "order.cancel"
    order: Id
    reason: Note = ""


class OrderHold(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Stopped by hand: nothing of it is approved or shipped until it is released. ``reason`` is needed, and shown to
    the customer too."""

    NAME: ClassVar[str] = "order.hold"
    order: Id
    reason: Note


class OrderRelease(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Lifts what ``order.hold`` did and nothing else: a credit, approval or price hold stands."""

    NAME: ClassVar[str] = "order.release"
    order: Id
    reason: Note = ""


class OrderCut(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Lines shortened by head office. ``keep``: line id -> the quantity that is left of it, 0 lets go of it; a
    quantity and no difference, so that two who do the same do it once. ``total``: what the person was shown that the
    order then comes to. ``reason`` is needed, and shown to the customer too."""

    NAME: ClassVar[str] = "order.cut"
    order: Id
    keep: Annotated[dict[Id, Annotated[int, Meta(ge=0, le=MAX_QUANTITY)]], Meta(min_length=1, max_length=500)]
    total: Decimal
    reason: Note


class ShippedLot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    lot: Code
    quantity: Quantity
    expires_on: date | None = None


class OrderShip(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One parcel; ``lines`` is order line id -> quantity in base units. ``lots``: of which lots a line's goods are; all
    of them or nothing is said of a line, and once signed for they are known in the customer's stock."""

    NAME: ClassVar[str] = "order.ship"
    order: Id
    parcel: Id
    lines: Annotated[dict[Id, Quantity], Meta(min_length=1)]
    carrier: Text = ""
    tracking: Text = ""
    lots: dict[Id, Annotated[tuple[ShippedLot, ...], Meta(min_length=1, max_length=50)]] = {}


class OrderSign(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The customer confirms a parcel; ``parcel`` None = all that is on the way. ``signature``: a picture of the name
    as it was written on the phone. ``lacking``: order line id -> how many base units did not come with this parcel, or
    were not fit to be taken; ``remark``: what is to be said of it."""

    NAME: ClassVar[str] = "order.sign"
    order: Id
    parcel: Id | None = None
    signature: files.MediaRef | None = None
    lacking: dict[Id, Quantity] = {}
    remark: Note = ""


class OrderResend(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Head office sends again what lacked of a parcel."""

    NAME: ClassVar[str] = "order.resend"
    order: Id
    parcel: Id
    reason: Note = ""


class OrderCredit(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Head office does not charge what lacked of a parcel. ``total``: what the person was shown that the order then
    comes to. ``reason`` is needed, and shown to the customer too."""

    NAME: ClassVar[str] = "order.credit"
    order: Id
    parcel: Id
    total: Decimal
    reason: Note


class OrderClose(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    NAME: ClassVar[str] = "order.close"
    order: Id
    reason: Note = ""


class ProductSave(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Makes or replaces a product. ``status`` withdrawn keeps it in old orders and refuses it in new ones; before the
    day ``available_from`` at the brand it is refused too."""

    NAME: ClassVar[str] = "product.save"
    product: Id
    sku: Code
    name: Names
    unit: Names
    category: Id | None = None
    brand: Text = ""
    spec: Names = {}
    packs: tuple[Pack, ...] = ()
    barcodes: tuple[Code, ...] = ()
    minimum: Quantity = 1
    multiple: Quantity = 1
    tax_rate: Decimal = Decimal(0)
    status: ProductStatus = "active"
    image: str | None = None
    sort: int = 0
    available_from: date | None = None
    lot_tracked: bool = False
    seen: Seen = ""


class PriceListSave(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    NAME: ClassVar[str] = "price_list.save"
    price_list: Id
    code: Code
    name: Names
    kind: PriceListKind
    currency: Currency
    priority: int = 0
    merge: bool = True
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    seen: Seen = ""


class PriceSave(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """All tiers of one product in one list; no tiers = the price is taken out."""

    NAME: ClassVar[str] = "price.save"
    price_list: Id
    product: Id
    tiers: Annotated[tuple[Tier, ...], Meta(max_length=20)] = ()
    seen: Seen = ""


class PromotionSave(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    NAME: ClassVar[str] = "promotion.save"
    promotion: Id
    code: Code
    name: Names
    kind: PromotionKind
    reward: PromotionReward
    products: tuple[Id, ...] = ()
    categories: tuple[Id, ...] = ()
    organisations: tuple[Id, ...] = ()
    groups: tuple[str, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    priority: int = 0
    exclusive_group: str = ""
    cap: int | None = None
    active: bool = True
    seen: Seen = ""


class OrganisationSave(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    NAME: ClassVar[str] = "organisation.save"
    organisation: Id
    code: Code
    name: Names
    type: PartnerType
    parent: Id
    status: PartnerStatus = "active"
    blocked_reason: Note = ""
    group: Text = ""
    territory: Text = ""
    rep: Id | None = None
    addresses: tuple[Address, ...] = ()
    payment_days: Annotated[int, Meta(ge=0, le=365)] = 0
    credit_limit: Decimal | None = None
    price_lists: tuple[Id, ...] = ()
    assortments: tuple[Id, ...] = ()
    seen: Seen = ""


class StockAdjust(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A movement, never an absolute figure: ``delta`` in base units."""

    NAME: ClassVar[str] = "stock.adjust"
    movement: Id
    product: Id
    delta: Annotated[int, Meta(ge=-MAX_QUANTITY, le=MAX_QUANTITY)]
    reason: Note = ""


class BrandConfigure(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How the brand takes orders, all of it. ``approval_above``: orders above wait for approval, None: none does;
    ``price_grace_hours``: how long a price that was shown is honoured after it changed; ``price_hold_hours``: how long
    an order waits for its customer to accept new prices, 0: for ever."""

    NAME: ClassVar[str] = "brand.configure"
    approval_above: Price | None
    price_grace_hours: Hours
    price_hold_hours: Hours
    seen: Seen = ""


class MeLocale(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    NAME: ClassVar[str] = "me.locale"
    locale: Literal["zh-CN", "en"]


COMMANDS: dict[str, type[Command]] = {
    command.NAME: command
    for command in (
        OrderPlace,
        OrderConfirmPrice,
        OrderApprove,
        OrderCancel,
        OrderHold,
        OrderRelease,
        OrderCut,
        OrderShip,
        OrderSign,
        OrderResend,
        OrderCredit,
        OrderClose,
        ProductSave,
        PriceListSave,
        PriceSave,
        PromotionSave,
        OrganisationSave,
        StockAdjust,
        BrandConfigure,
        MeLocale,
    )
}
