"""Visits: routes, what is to be done at a shop, check-in and check-out, and the fence around it.

A visit comes into being with the first command that names it, whichever that is: a phone's commands may arrive late
or beside those of another phone. So each of them says whose shop it is.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from offline.rules.fence import LEAST_RADIUS, MOST_RADIUS, Mode, Verdict
from offline.rules.visits import Status
from offline.wire.commands import Command, Id, Note, Seen
from offline.wire.kinds import FenceMode, PartnerType
from offline.wire.media import MediaRef, MediaView, Position
from offline.wire.rows import Names, Row

MAX_STOPS = 100
MAX_ITEMS = 40
MAX_CHOICES = 20
MAX_PHOTOS = 12
MAX_PAPERS = 50
Radius = Annotated[int, Meta(ge=LEAST_RADIUS, le=MOST_RADIUS)]
Key = Annotated[str, Meta(min_length=1, max_length=36)]
ItemKind = Literal["count", "photo", "order", "talk", "question"]
Answer = Literal["yes_no", "number", "text", "choice"]


class Choice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    id: Key
    name: Names


class VisitItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Something to do on a visit. ``answer`` is how a ``question`` is answered, ``unit`` a number's; ``choices`` only
    of a choice."""

    id: Key
    kind: ItemKind
    title: Names
    hint: Names = {}
    required: bool = False
    answer: Answer = "yes_no"
    unit: Names = {}
    choices: Annotated[tuple[Choice, ...], Meta(max_length=MAX_CHOICES)] = ()


class VisitCheckIn(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``position`` None: the phone has none. ``reason``: why from here, where the fence asks. ``day``: the day at the
    brand the visit was due on, None for one nobody planned."""

    NAME: ClassVar[str] = "visit.check_in"
    visit: Id
    organisation: Id
    day: date | None = None
    position: Position | None = None
    reason: Note = ""


class VisitRecord(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One item's answer, with the item as the person read it: what was asked stays with what was said, even when
    head office has changed the list since. ``skipped``: why it was left. Exactly what the kind takes is set."""

    NAME: ClassVar[str] = "visit.record"
    visit: Id
    organisation: Id
    item: VisitItem
    day: date | None = None
    yes: bool | None = None
    number: Decimal | None = None
    text: Note = ""
    choice: Annotated[str, Meta(max_length=36)] = ""
    photos: Annotated[tuple[MediaRef, ...], Meta(max_length=MAX_PHOTOS)] = ()
    skipped: Note = ""


class VisitCheckOut(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``orders`` and ``counts``: ids of the papers made here. ``left_open``: why something that must be done is not."""

    NAME: ClassVar[str] = "visit.check_out"
    visit: Id
    organisation: Id
    day: date | None = None
    position: Position | None = None
    note: Note = ""
    left_open: Note = ""
    orders: Annotated[tuple[Id, ...], Meta(max_length=MAX_PAPERS)] = ()
    counts: Annotated[tuple[Id, ...], Meta(max_length=MAX_PAPERS)] = ()


class VisitExplain(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The reason the fence asks for, given afterwards."""

    NAME: ClassVar[str] = "visit.explain"
    visit: Id
    reason: Annotated[str, Meta(min_length=1, max_length=2000)]


class VisitAdd(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A visit beside the routes. ``rep`` None: the person's own; for another it takes ``visit.plan``."""

    NAME: ClassVar[str] = "visit.add"
    visit: Id
    organisation: Id
    day: date
    rep: Id | None = None
    note: Note = ""


class VisitCancel(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``organisation``, ``day`` and ``rep`` name one that is due by a route and that the server may not have yet."""

    NAME: ClassVar[str] = "visit.cancel"
    visit: Id
    reason: Annotated[str, Meta(min_length=1, max_length=2000)]
    organisation: Id
    day: date
    rep: Id | None = None


class VisitRouteSave(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """See ``offline.rules.routes``. ``stops``: organisations in the order of the day."""

    NAME: ClassVar[str] = "visit_route.save"
    route: Id
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    rep: Id
    stops: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=MAX_STOPS)]
    starts_on: date
    weekdays: Annotated[tuple[Annotated[int, Meta(ge=1, le=7)], ...], Meta(max_length=7)] = ()
    every: Annotated[int, Meta(ge=1, le=52)] = 1
    dates: Annotated[tuple[date, ...], Meta(max_length=400)] = ()
    ends_on: date | None = None
    active: bool = True
    seen: Seen = ""


class VisitTemplateSave(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is to be done at every organisation of a type."""

    NAME: ClassVar[str] = "visit_template.save"
    type: PartnerType
    items: Annotated[tuple[VisitItem, ...], Meta(max_length=MAX_ITEMS)]
    seen: Seen = ""


class TypeFence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a type of organisation has otherwise than the brand; "" and None: the same."""

    mode: FenceMode = ""
    radius: Radius | None = None


class VisitFenceSave(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    NAME: ClassVar[str] = "visit_fence.save"
    mode: Mode
    radius: Radius
    by_type: dict[PartnerType, TypeFence] = {}
    seen: Seen = ""


class VisitShopSave(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One partner's fence: its own mode and radius, and where its first address is on the map. Settles a position
    that was proposed on the spot: what stands here now counts."""

    NAME: ClassVar[str] = "visit_shop.save"
    organisation: Id
    mode: FenceMode = ""
    radius: Radius | None = None
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None
    seen: Seen = ""


COMMANDS: dict[str, type[Command]] = {
    command.NAME: command
    for command in (
        VisitCheckIn,
        VisitRecord,
        VisitCheckOut,
        VisitExplain,
        VisitAdd,
        VisitCancel,
        VisitRouteSave,
        VisitTemplateSave,
        VisitFenceSave,
        VisitShopSave,
    )
}


class VisitMark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Check-in or check-out as the server sees it. ``at``: corrected by the phone's clock offset; ``distance`` in
    metres. ``excused``: whether there is a reason where ``mode`` asks for one; ``reason`` is kept in any case."""

    at: datetime
    verdict: Verdict
    mode: Mode = "warn"
    position: Position | None = None
    distance: int | None = None
    reason: str = ""
    excused: bool = True
    local_at: datetime | None = None


class VisitResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """See ``VisitRecord``."""

    item: VisitItem
    at: datetime
    yes: bool | None = None
    number: Decimal | None = None
    text: str = ""
    choice: str = ""
    photos: tuple[MediaView, ...] = ()
    skipped: str = ""


class VisitEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``kind``: planned, added, checked_in, checked_in_again, recorded, recorded_late, checked_out,
    checked_out_again, explained, cancelled, missed, left_open."""

    kind: str
    at: datetime
    actor: str = ""
    actor_name: str = ""
    local_at: datetime | None = None
    data: dict[str, str] = {}


class Visit(Row, frozen=True, kw_only=True, omit_defaults=True):
    """``planned``: due by a route or added beforehand. ``rank``: its place in the day. ``items`` are the list as it
    was at check-in. ``minutes`` from check-in to check-out."""

    organisation: str
    organisation_code: str = ""
    organisation_name: Names = {}
    rep: str
    rep_name: str = ""
    day: date
    status: Status
    planned: bool = True
    route: str | None = None
    rank: int = 0
    check_in: VisitMark | None = None
    check_out: VisitMark | None = None
    minutes: int | None = None
    items: tuple[VisitItem, ...] = ()
    results: dict[str, VisitResult] = {}
    orders: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    note: str = ""
    left_open: str = ""
    cancelled_for: str = ""
    events: tuple[VisitEvent, ...] = ()
    changed_at: datetime | None = None


class VisitRoute(Row, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    rep: str
    rep_name: str = ""
    stops: tuple[str, ...]
    starts_on: date
    weekdays: tuple[int, ...] = ()
    every: int = 1
    dates: tuple[date, ...] = ()
    ends_on: date | None = None
    active: bool = True


class VisitTemplate(Row, frozen=True, kw_only=True, omit_defaults=True):
    """``id`` follows from the type: ``offline.rules.visiting.template_id``."""

    type: PartnerType
    items: tuple[VisitItem, ...]


class VisitFence(Row, frozen=True, kw_only=True, omit_defaults=True):
    """There is one: ``offline.rules.visiting.FENCE_ID``."""

    mode: Mode
    radius: int
    by_type: dict[str, TypeFence] = {}


class VisitShop(Row, frozen=True, kw_only=True, omit_defaults=True):
    """``id`` is the organisation's. ``proposal``: where somebody checked in while the shop had no place on the map."""

    mode: FenceMode = ""
    proposal: Position | None = None
    proposed_by: str = ""


class VisitRep(Row, frozen=True, kw_only=True, omit_defaults=True):
    """A person who may visit, by name, for those who plan."""

    name: str
    role: str


ENTITIES: dict[str, type[Row]] = {
    "visit": Visit,
    "visit_rep": VisitRep,
    "visit_route": VisitRoute,
    "visit_template": VisitTemplate,
    "visit_fence": VisitFence,
    "visit_shop": VisitShop,
}
