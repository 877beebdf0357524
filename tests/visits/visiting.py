"""A rep with a route, in the world of ``tests.shop``: SHOP stands on the People's Square of Shanghai."""

from datetime import date, datetime
from typing import Any

from backend.database import transaction
from backend.sync.changes import Changes
from backend.sync.service import flush_changes
from backend.visits.service import Day
from offline.ids import new_id
from offline.rules.routes import planned_visit
from offline.wire import visits as wire
from offline.wire.media import MediaRef, Position
from offline.wire.rows import Address
from tests.shop import ADDRESS, Shop

LATITUDE, LONGITUDE = 31.2304, 121.4737
TODAY = date(2026, 7, 6)  # a Monday; ``Shop.now`` is 10:00 there


def at_shop(shop: Shop, metres: float = 0, accuracy: float = 10, at: datetime | None = None) -> Position:
    """So far north of the shop."""
    return Position(latitude=LATITUDE + metres / 111_195, longitude=LONGITUDE, accuracy=accuracy, at=at or shop.now)


async def on_the_map(shop: Shop, radius: int | None = None) -> None:
    address = Address(
        id=ADDRESS, line="1 Long Road", city="上海", latitude=LATITUDE, longitude=LONGITUDE, fence_radius=radius
    )
    assert (await shop.set_organisation("SHOP", addresses=(address,))).status == "applied"


def route(shop: Shop, **changes: Any) -> wire.VisitRouteSave:
    settings: dict[str, Any] = {
        "route": new_id(), "name": "Monday", "rep": shop.brand.users["rep"].id,
        "stops": (shop.organisation("SHOP"),), "starts_on": TODAY, "weekdays": (1,),
    }  # fmt: skip
    return wire.VisitRouteSave(**(settings | changes))


def planned(shop: Shop, day: date = TODAY, login: str = "rep") -> str:
    return planned_visit(shop.brand.users[login].id, shop.organisation("SHOP"), day)


def check_in(shop: Shop, visit: str = "", **changes: Any) -> wire.VisitCheckIn:
    settings: dict[str, Any] = {
        "visit": visit or planned(shop), "organisation": shop.organisation("SHOP"), "day": TODAY,
        "position": at_shop(shop),
    }  # fmt: skip
    return wire.VisitCheckIn(**(settings | changes))


def check_out(shop: Shop, visit: str = "", **changes: Any) -> wire.VisitCheckOut:
    settings: dict[str, Any] = {
        "visit": visit or planned(shop), "organisation": shop.organisation("SHOP"), "day": TODAY,
        "position": at_shop(shop),
    }  # fmt: skip
    return wire.VisitCheckOut(**(settings | changes))


def item(name: str, kind: Any = "question", **more: Any) -> wire.VisitItem:
    return wire.VisitItem(id=name, kind=kind, title={"zh": name, "en": name}, **more)


def record(shop: Shop, what: wire.VisitItem, visit: str = "", **answer: Any) -> wire.VisitRecord:
    settings: dict[str, Any] = {
        "visit": visit or planned(shop), "organisation": shop.organisation("SHOP"), "day": TODAY, "item": what
    }  # fmt: skip
    return wire.VisitRecord(**(settings | answer))


def picture() -> MediaRef:
    return MediaRef(id=new_id(), sha256="ab" * 32, size=1234, content_type="image/webp")


def template(shop: Shop, *items: wire.VisitItem) -> wire.VisitTemplateSave:
    del shop
    return wire.VisitTemplateSave(type="shop", items=items)


def fence(mode: Any, **more: Any) -> wire.VisitFenceSave:
    return wire.VisitFenceSave(mode=mode, **({"radius": 200} | more))


async def visit_of(shop: Shop, visit: str = "", *, scopes: bool = True) -> wire.Visit:
    row, held = await shop.feed("visit", visit or planned(shop), wire.Visit)
    assert isinstance(row, wire.Visit)
    assert not scopes or held == {"visits", f"user:{row.rep}"}
    return row


async def day_begins(shop: Shop, day: date) -> int:
    """What housekeeping does on ``day`` (but for its lease)."""
    changes = Changes()
    async with transaction(shop.sessions) as session:
        made = Day(session, shop.tenant_id, day, shop.now, changes)
        count = await made.plan() + await made.close_earlier() + await made.shelve_old()
        await flush_changes(session, shop.tenant_id, changes, shop.now)
    return count
