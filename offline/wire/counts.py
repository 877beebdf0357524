"""What partners have on their shelves, and how it is counted: the commands and rows of stock at partners and counts.

Quantities are int in base units. ``packs`` are what a person counted, by pack code, "" for the base unit:
``{"CASE": 3, "": 5}`` is three cartons and five pieces.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from offline.wire.commands import MAX_QUANTITY, Command, Id, Note, Seen, Text
from offline.wire.kinds import PartnerType
from offline.wire.rows import Names, Row

MAX_LINES = 500
MAX_PARTS = 50
# What a column of the ledger holds.
MAX_SEQ = 2**31 - 1
Lot = Annotated[str, Meta(max_length=64)]
Counted = Annotated[int, Meta(ge=0, le=MAX_QUANTITY)]
Packs = Annotated[dict[str, Counted], Meta(max_length=20)]
Percent = Annotated[Decimal, Meta(extra={"unit": "percent of what was expected"})]

CountStatus = Literal["wanted", "recount_wanted", "settled", "dropped", "queued"]
LineState = Literal["wanted", "counted", "recount", "settled"]
MovementKind = Literal["opening", "delivery", "sale", "count", "manual", "receipt", "shipment"]


class CountedPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What was counted of one lot; of a product without lots there is one part, without a lot."""

    packs: Packs
    lot: Lot = ""
    expires_on: date | None = None


class CountedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One product, all places it stood in added up. ``observed``: base units, as the phone's units made them of the
    parts. ``base_seq``: ``seq`` of the product's ``PartnerStock`` row on the phone when the line was finished, 0
    without one; ``counted_at`` the phone's time then."""

    product: Id
    parts: Annotated[tuple[CountedPart, ...], Meta(min_length=1, max_length=MAX_PARTS)]
    observed: Counted
    base_seq: Annotated[int, Meta(ge=0, le=MAX_SEQ)] = 0
    counted_at: datetime | None = None


class CountAsk(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Head office wants something counted at a partner's, or in its own warehouse (``organisation`` is the head office
    then, here and in ``CountSubmit``). ``blind`` None: as the brand has it."""

    NAME: ClassVar[str] = "count.ask"
    count: Id
    organisation: Id
    products: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=MAX_LINES)]
    count_list: Id | None = None
    due_on: date | None = None
    blind: bool | None = None
    note: Note = ""


class CountSubmit(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What somebody counted: a count of its own, one that was asked for, or the second count of one that was too far
    off. ``visit``: the visit it was taken on."""

    NAME: ClassVar[str] = "count.submit"
    count: Id
    organisation: Id
    lines: Annotated[tuple[CountedLine, ...], Meta(min_length=1, max_length=MAX_LINES)]
    count_list: Id | None = None
    visit: Id | None = None
    note: Note = ""


class CountDecide(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """accept  settle what waits for a second count by what was counted last
    again   have ``products`` (none: all) counted again, by somebody else; needs a reason
    drop    what was asked for is no longer wanted
    """

    NAME: ClassVar[str] = "count.decide"
    count: Id
    decision: Literal["accept", "again", "drop"]
    products: Annotated[tuple[Id, ...], Meta(max_length=MAX_LINES)] = ()
    reason: Note = ""


class ToleranceRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A tolerance of its own for a product, or for a category and those below it."""

    product: Id | None = None
    category: Id | None = None
    units: Counted = 0
    percent: Percent = Decimal(0)


class CountConfigure(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How the brand counts. A variance is tolerated up to the larger of ``units`` and ``percent``."""

    NAME: ClassVar[str] = "count.configure"
    units: Counted = 0
    percent: Percent = Decimal(0)
    blind: bool = False
    rules: Annotated[tuple[ToleranceRule, ...], Meta(max_length=200)] = ()
    seen: Seen = ""


class CountListSave(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``sold``: what is sold at the partner's, beside ``products`` and those of ``categories``. For partners of
    ``types`` and ``groups``; none: all."""

    NAME: ClassVar[str] = "count_list.save"
    count_list: Id
    name: Names
    sold: bool = False
    products: Annotated[tuple[Id, ...], Meta(max_length=MAX_LINES)] = ()
    categories: Annotated[tuple[Id, ...], Meta(max_length=100)] = ()
    types: tuple[PartnerType, ...] = ()
    groups: Annotated[tuple[Text, ...], Meta(max_length=100)] = ()
    blind: bool | None = None
    active: bool = True
    seen: Seen = ""


class PartnerStockMove(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A movement at a partner's, never an absolute figure. ``opening``: what was there before the book began;
    ``sale``: what left, sold or used (``delta`` below 0)."""

    NAME: ClassVar[str] = "partner_stock.move"
    movement: Id
    organisation: Id
    product: Id
    kind: Literal["opening", "sale", "manual"]
    delta: Annotated[int, Meta(ge=-MAX_QUANTITY, le=MAX_QUANTITY)]
    lot: Lot = ""
    expires_on: date | None = None
    reason: Note = ""


COMMANDS: dict[str, type[Command]] = {
    command.NAME: command
    for command in (CountAsk, CountSubmit, CountDecide, CountConfigure, CountListSave, PartnerStockMove)
}


class StockLot(msgspec.Struct, frozen=True, omit_defaults=True):
    lot: str
    quantity: int
    expires_on: date | None = None


class PartnerStock(Row, frozen=True, kw_only=True, omit_defaults=True):
    """What the book says a partner has of a product. ``id`` is derived from both. ``seq`` is the number of the last
    movement in it. Below zero when more left than was known to be there: a count puts it right. ``lots``: those that
    are known by name. ``opened``: somebody vouched for the book; before the first count, deliveries are all it has."""

    organisation: str
    product: str
    on_hand: int
    seq: int
    as_of: datetime
    lots: tuple[StockLot, ...] = ()
    opened: bool = False
    counted_at: datetime | None = None


class CountLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One product of a count.

    ``expected``: the book at the moment the line was counted, None while nobody knows it or may see it; ``adjustment``
    what was booked at that moment, ``later`` what has moved since and was replayed, ``on_hand`` what that made.
    ``doubt``: "units" when a pack is another size at the server than it was on the phone.
    """

    product: str
    state: LineState
    observed: int | None = None
    parts: tuple[CountedPart, ...] = ()
    counted_at: datetime | None = None
    counted_by: str = ""
    counted_by_name: str = ""
    counters: tuple[str, ...] = ()
    expected: int | None = None
    opening: bool = False
    tolerance: int | None = None
    adjustment: int | None = None
    later: int = 0
    on_hand: int | None = None
    round: int = 0
    doubt: Literal["", "units"] = ""


class CountEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``kind``: asked, counted, recounted, late, accepted, again, dropped."""

    kind: str
    at: datetime
    actor: str = ""
    actor_name: str = ""
    reason: str = ""
    lines: int = 0


class Count(Row, frozen=True, kw_only=True, omit_defaults=True):
    """As the partner's people see it: of a blind count the lines that wait for a second count tell no figures."""

    organisation: str
    organisation_code: str = ""
    organisation_name: Names = msgspec.field(default_factory=dict)
    status: CountStatus
    blind: bool = False
    lines: tuple[CountLine, ...] = ()
    events: tuple[CountEvent, ...] = ()
    count_list: str | None = None
    visit: str | None = None
    due_on: date | None = None
    note: str = ""
    asked_by_name: str = ""
    created_at: datetime | None = None
    changed_at: datetime | None = None


class CountRound(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that one person sent. ``late`` names the products that were settled already: kept, without effect."""

    at: datetime
    actor: str
    actor_name: str
    lines: tuple[CountedLine, ...]
    local_at: datetime | None = None
    visit: str | None = None
    note: str = ""
    late: tuple[str, ...] = ()


class CountReview(Row, frozen=True, kw_only=True, omit_defaults=True):
    """The same count with every figure, for who decides. ``id`` is the count's."""

    organisation: str
    lines: tuple[CountLine, ...] = ()
    rounds: tuple[CountRound, ...] = ()


class CountSettings(Row, frozen=True, kw_only=True, omit_defaults=True):
    """``id`` is the brand's."""

    units: int = 0
    percent: Decimal = Decimal(0)
    blind: bool = False
    rules: tuple[ToleranceRule, ...] = ()


class CountList(Row, frozen=True, kw_only=True, omit_defaults=True):
    name: Names
    sold: bool = False
    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    blind: bool | None = None
    active: bool = True


ENTITIES: dict[str, type[Row]] = {
    "partner_stock": PartnerStock,
    "count": Count,
    "count_review": CountReview,
    "count_settings": CountSettings,
    "count_list": CountList,
}


class PartnerMovementView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One movement of a partner's book, as it is read over HTTP. ``at``: when it happened. Of the brand's own stock
    there are receipts and shipments too, and no numbers (``seq`` 0)."""

    id: str
    seq: int
    kind: MovementKind
    delta: int
    at: datetime
    recorded_at: datetime
    lot: str = ""
    expires_on: date | None = None
    order: str | None = None
    count: str | None = None
    actor_name: str = ""
    reason: str = ""
