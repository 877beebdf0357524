"""Rows a phone may hold: the documents of the change feed, one Struct an entity.

The entity's name on the wire is the key of ``ENTITIES``. Every row has an ``id``. Names that people read are
``{"zh": ..., "en": ...}``. Quantities are int in base units, prices ``Decimal`` per base unit, times aware UTC.
Fields are only ever added, with a default: an older app ignores what it does not know.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from offline.wire.kinds import (
    OrganisationType,
    PartnerStatus,
    PriceListKind,
    PriceStrategy,
    ProductStatus,
    PromotionKind,
    Shortage,
)

Names = dict[str, str]


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str


class Brand(Row, frozen=True, kw_only=True, omit_defaults=True):
    """The tenant, as the phone needs it."""

    code: str
    name: Names
    currency: str
    prices_include_tax: bool = True
    price_strategy: PriceStrategy = "priority"
    price_grace_hours: int = 72
    price_hold_hours: int = 72
    approval_above: Decimal | None = None
    industry: str = "consumer"
    time_zone: str = "Asia/Shanghai"


class Category(Row, frozen=True, kw_only=True, omit_defaults=True):
    name: Names
    parent: str | None = None
    sort: int = 0


class Pack(msgspec.Struct, frozen=True, omit_defaults=True):
    """A pack a product is handled in: ``factor`` base units, e.g. case of 12."""

    code: str
    name: Names
    factor: int
    barcode: str | None = None


class Product(Row, frozen=True, kw_only=True, omit_defaults=True):
    """``multiple`` and ``minimum`` are the order quantity rule; ``search`` the folded text the phone searches:
    names, SKU, barcodes, pinyin and its initials, made by the server."""

    sku: str
    name: Names
    unit: Names
    category: str | None = None
    brand: str = ""
    spec: Names = {}
    packs: tuple[Pack, ...] = ()
    barcodes: tuple[str, ...] = ()
    minimum: int = 1
    multiple: int = 1
    tax_rate: Decimal = Decimal(0)
    status: ProductStatus = "active"
    withdrawn_at: datetime | None = None
    available_from: date | None = None
    image: str | None = None
    search: str = ""
    sort: int = 0
    lot_tracked: bool = False


class StockLevel(Row, frozen=True, kw_only=True, omit_defaults=True):
    """``id`` is the product's id. ``available`` is what can still be promised, in base units, at ``as_of``."""

    available: int
    as_of: datetime
    expected_at: date | None = None


class Tier(msgspec.Struct, frozen=True):
    """``unit_price`` per base unit from ``quantity`` base units on."""

    quantity: int
    unit_price: Decimal


class PriceList(Row, frozen=True, kw_only=True, omit_defaults=True):
    """``revision`` grows with every change of the list or of a price in it."""

    code: str
    name: Names
    kind: PriceListKind
    currency: str
    revision: int
    priority: int = 0
    merge: bool = True
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    updated_at: datetime | None = None


class Price(Row, frozen=True, kw_only=True, omit_defaults=True):
    """All tiers of one product in one list."""

    price_list: str
    product: str
    tiers: tuple[Tier, ...]


class PromotionReward(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a promotion gives. Exactly the fields its ``Promotion.kind`` names are set:

    threshold      ``percent`` or ``amount`` off when ``threshold`` (amount) or ``quantity`` is reached
    buy_x_get_y    ``get`` free units of ``product`` (None = the same) for each ``buy`` bought
    bundle         ``items`` (product -> quantity) together for ``bundle_price``
    gift           ``product`` x ``get`` free when ``threshold`` is reached
    mix_and_match  any ``quantity`` units of the eligible products for ``bundle_price``, or ``percent`` off
    """

    percent: Decimal | None = None
    amount: Decimal | None = None
    threshold: Decimal | None = None
    quantity: int | None = None
    buy: int | None = None
    get: int | None = None
    product: str | None = None
    items: dict[str, int] = {}
    bundle_price: Decimal | None = None


class Promotion(Row, frozen=True, kw_only=True, omit_defaults=True):
    """Eligible are ``products`` or products of ``categories``; both empty = all. ``cap`` bounds the uses in one
    order (sets for buy_x_get_y, bundle and mix_and_match, discounted units otherwise). Of promotions with the
    same ``exclusive_group`` only the best for the customer applies; "" joins no group."""

    code: str
    name: Names
    kind: PromotionKind
    reward: PromotionReward
    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    priority: int = 0
    exclusive_group: str = ""
    cap: int | None = None
    active: bool = True


class Assortment(Row, frozen=True, kw_only=True, omit_defaults=True):
    """What an organisation is authorised to buy between two dates; ``everything`` wins over the lists."""

    name: Names
    code: str = ""
    everything: bool = False
    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None


class Address(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``fence_radius`` in metres around where it is on the map, None: as its type or the brand has it."""

    id: str
    line: str
    city: str = ""
    region: str = ""
    contact: str = ""
    phone: str = ""
    latitude: float | None = None
    longitude: float | None = None
    fence_radius: int | None = None


class AssignedList(msgspec.Struct, frozen=True):
    """A price list that counts for an organisation. ``distance``: 0 = assigned to itself, 1 = to its parent, ..."""

    price_list: str
    distance: int


class Organisation(Row, frozen=True, kw_only=True, omit_defaults=True):
    """A partner. ``ancestors`` runs from the parent up to the head office. ``price_lists`` are the ids assigned to
    this very organisation; ``applicable`` those that count for it, its ancestors' included, made by the server
    because the phone of a shop may not see its dealer's papers. ``credit_used``: open documents, each once."""

    code: str
    name: Names
    type: OrganisationType
    status: PartnerStatus = "active"
    blocked_reason: str = ""
    ancestors: tuple[str, ...] = ()
    group: str = ""
    territory: str = ""
    rep: str | None = None
    addresses: tuple[Address, ...] = ()
    payment_days: int = 0
    credit_limit: Decimal | None = None
    credit_used: Decimal = Decimal(0)
    currency: str = "CNY"
    price_lists: tuple[str, ...] = ()
    applicable: tuple[AssignedList, ...] = ()
    assortments: tuple[str, ...] = ()
    search: str = ""
    last_order_at: datetime | None = None


class OrderLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line as the server holds it. ``net`` is after discounts, in the order's currency, tax as the brand
    quotes it; ``gift`` lines cost nothing. ``reserved`` + ``backordered`` = ``quantity`` once submitted. ``cut`` is
    what head office took off it since: ``quantity`` + ``cut`` was agreed on."""

    id: str
    product: str
    sku: str
    name: Names
    quantity: int
    unit_price: Decimal
    discount: Decimal = Decimal(0)
    net: Decimal
    tax: Decimal = Decimal(0)
    tax_rate: Decimal = Decimal(0)
    price_list: str | None = None
    reason: str = ""
    gift: bool = False
    promotion: str | None = None
    reserved: int = 0
    backordered: int = 0
    shipped: int = 0
    quoted_unit_price: Decimal | None = None
    quoted_net: Decimal | None = None
    cut: int = 0


class Totals(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``goods`` before discounts, ``total`` what is to be paid (tax included). ``tax`` and ``total`` without what is
    credited."""

    goods: Decimal
    discount: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    total: Decimal


OrderEventKind = Literal[
    "submitted",
    "price_honoured",
    "reduced",
    "backordered",
    "restocked",
    "credit_hold",
    "approval_hold",
    "price_hold",
    "price_reminder",
    "price_lapsed",
    "price_confirmed",
    "price_declined",
    "holds_released",
    "held",
    "released",
    "cut",
    "within_limits",
    "approved",
    "partly_shipped",
    "shipped",
    "parcel_signed",
    "parcel_lacking",
    "resent",
    "credited",
    "signature_renewed",
    "signed",
    "closed",
    "cancelled",
]


class PaperEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who did what to a paper, when and why. A newer server may know more kinds."""

    id: str
    kind: str
    at: datetime
    actor: str = ""
    actor_name: str = ""
    reason: str = ""
    data: dict[str, str] = {}
    local_at: datetime | None = None


class OrderEvent(PaperEvent, frozen=True, kw_only=True, omit_defaults=True):
    """``kind`` is an ``OrderEventKind``, or one that a newer server knows."""


class ParcelLot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So many base units of one lot."""

    lot: str
    quantity: int
    expires_on: date | None = None


class OrderCredit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is not charged of a parcel: ``lines``: line id -> base units. ``net`` and ``tax`` as the lines have them, in
    the order's currency."""

    parcel: str
    lines: dict[str, int]
    net: Decimal
    tax: Decimal = Decimal(0)
    at: datetime


class Parcel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``lots``: of which lots a line's goods are, by line id, where that was said. ``signature``: the picture (media
    id) of who signed for it, empty when nobody wrote their name; ``signature_status``: how that file stands, empty
    where nobody knows. A ``refused`` one may be written again. ``lacking``: how many base units of ``lines`` did not
    come or were not fit to be taken, by line id, and ``remark``, as who signed for it said; ``settled``: what
    head office made of it."""

    id: str
    carrier: str
    tracking: str
    lines: dict[str, int]
    shipped_at: datetime
    lots: dict[str, tuple[ParcelLot, ...]] = {}
    signed_at: datetime | None = None
    signature: str = ""
    signature_status: Literal["", "expected", "stored", "refused"] = ""
    lacking: dict[str, int] = {}
    remark: str = ""
    settled: Literal["", "resent", "credited"] = ""


OrderStatus = Literal[
    "draft",
    "queued",
    "submitted",
    "on_hold",
    "approved",
    "partly_shipped",
    "shipped",
    "signed",
    "closed",
    "cancelled",
]
HoldReason = Literal["credit", "approval", "price"]


class Order(Row, frozen=True, kw_only=True, omit_defaults=True):
    """``holds`` are the open reasons while ``status`` is ``on_hold``. With ``price`` among them the lines carry
    both the quoted and the new price and a person decides. ``held``: somebody at head office put it on hold; its last
    event ``held`` says who and why. A field of its own, because an older app would not understand a new reason.
    ``queued`` exists on the phone only."""

    number: str = ""
    organisation: str
    organisation_code: str = ""
    organisation_name: Names = {}
    placed_by: str = ""
    placed_by_name: str = ""
    status: OrderStatus
    holds: tuple[HoldReason, ...] = ()
    held: bool = False
    lines: tuple[OrderLine, ...]
    totals: Totals
    quoted_totals: Totals | None = None
    currency: str
    note: str = ""
    address: str | None = None
    wanted_on: date | None = None
    shortage: Shortage = "backorder"
    events: tuple[OrderEvent, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    credits: tuple[OrderCredit, ...] = ()
    local_at: datetime | None = None
    placed_at: datetime | None = None
    changed_at: datetime | None = None


class Me(Row, frozen=True, kw_only=True, omit_defaults=True):
    """The signed-in person: in the person's own scope, so that rights change on the phone too."""

    login: str
    name: str
    organisation: str
    role: str
    permissions: tuple[str, ...]
    locale: str = "zh-CN"


ENTITIES: dict[str, type[Row]] = {
    "brand": Brand,
    "category": Category,
    "product": Product,
    "stock": StockLevel,
    "price_list": PriceList,
    "price": Price,
    "promotion": Promotion,
    "assortment": Assortment,
    "organisation": Organisation,
    "order": Order,
    "me": Me,
}
