"""A phone with real rows and no network: the whole app mounted on a memory port, as the page would see it."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from reactpy.types import Component

from offline.engine import Engine
from offline.ids import derived_id
from offline.replica_schema import fold
from offline.rules.permissions import permissions_of
from offline.store import Entry, Response, Unreachable
from offline.stores import MemoryImages, MemoryKeyValues, MemoryOutbox
from offline.wire import rows
from offline.wire.protocol import Put, ScopePage
from pwa.app import App as Root
from pwa.components.overlays import ToastsContext
from pwa.context import App, AppContext, Device, Storage
from pwa.router import Router, RouterContext
from pwa.runtime import MemoryPort, Message, run

NOW = datetime(2026, 7, 14, 1, 52, tzinfo=UTC)
SHANGHAI = timezone(timedelta(hours=8))
D = Decimal


def uid(*names: str) -> str:
    return derived_id("screens", *names)


REP, SHOPKEEPER, BRAND, OFFICE = uid("rep"), uid("shopkeeper"), uid("brand"), uid("office")
SHOP, BLOCKED, PROSPECT = uid("shop"), uid("blocked"), uid("prospect")
SODA, BISCUIT, JUICE, SECRET, SOAP, DRINKS = (uid(n) for n in ("soda", "biscuit", "juice", "secret", "soap", "drinks"))
BASE, GROUP, CONTRACT = uid("base"), uid("group"), uid("contract")


def product(name: str, sku: str, zh: str, en: str, **more: Any) -> rows.Product:
    search = fold(" ".join((sku, zh, en, more.pop("pinyin", ""), *more.get("barcodes", ()))))
    unit = {"zh": "瓶", "en": "bottle"}
    return rows.Product(
        id=uid(name), sku=sku, name={"zh": zh, "en": en}, unit=unit, category=DRINKS, search=search,
        tax_rate=D("0.13"), **more,
    )  # fmt: skip


def tiers(price_list: str, product_id: str, *steps: tuple[int, str]) -> rows.Price:
    made = tuple(rows.Tier(quantity, D(price)) for quantity, price in steps)
    return rows.Price(id=uid(price_list, product_id), price_list=price_list, product=product_id, tiers=made)


def price_list(list_id: str, code: str, kind: Any, priority: int) -> rows.PriceList:
    name = {"zh": f"{code} 价目表", "en": f"List {code}"}
    return rows.PriceList(
        id=list_id, code=code, name=name, kind=kind, currency="CNY", revision=14, priority=priority, updated_at=NOW
    )


def organisation(org_id: str, code: str, zh: str, **more: Any) -> rows.Organisation:
    address = rows.Address(
        id=uid(code, "address"), line="中山北路 137 号", city="上海", region="上海市", contact="陈", phone="138"
    )
    fields: dict[str, Any] = {
        "type": "shop", "ancestors": (OFFICE,), "rep": REP, "addresses": (address,), "payment_days": 30,
        "credit_limit": D(20000), "credit_used": D(7350), "assortments": (uid("assortment"),),
        "applicable": (rows.AssignedList(CONTRACT, 0), rows.AssignedList(BASE, 1)), "search": fold(f"{code} {zh} 上海"),
    }  # fmt: skip
    return rows.Organisation(id=org_id, code=code, name={"zh": zh, "en": f"{code} shop"}, **(fields | more))


def me(user: str, role: str, name: str, org: str) -> rows.Me:
    return rows.Me(
        id=user, login=f"{role}@demo", name=name, organisation=org, role=role, permissions=tuple(permissions_of(role))
    )


def order(name: str, status: Any = "approved", **more: Any) -> rows.Order:
    line = rows.OrderLine(
        id=uid(name, "line"), product=SODA, sku="QS-0450", name={"zh": "清泉苏打水", "en": "Soda"}, quantity=48,
        unit_price=D("8.10"), net=D("388.80"), tax=D("44.73"),
    )  # fmt: skip
    totals = rows.Totals(goods=D("388.80"), tax=D("44.73"), total=D("388.80"))
    at = more.pop("at", NOW - timedelta(days=6))
    fields: dict[str, Any] = {
        "number": f"SO-{name}", "organisation": SHOP, "organisation_code": "S0001",
        "organisation_name": {"zh": "好邻居便利店", "en": "Good Neighbour"}, "lines": (line,), "totals": totals,
        "currency": "CNY", "placed_at": at,
        "events": (rows.OrderEvent(id=uid(name, "event"), kind="submitted", at=at, actor_name="林晓"),),
    }  # fmt: skip
    return rows.Order(id=uid(name), status=status, **(fields | more))


def catalogue() -> list[tuple[str, rows.Row]]:
    case = rows.Pack("case", {"zh": "箱", "en": "case"}, 12)
    deal = rows.PromotionReward(buy=10, get=1)
    twelve = {"minimum": 12, "multiple": 12}
    found: list[tuple[str, rows.Row]] = [
        ("brand", rows.Brand(id=BRAND, code="demo", name={"zh": "渠道演示", "en": "Demo"}, currency="CNY")),
        ("category", rows.Category(id=DRINKS, name={"zh": "饮料", "en": "Drinks"})),
        ("product", product("soda", "QS-0450", "清泉苏打水", "Soda", pinyin="qqsds", packs=(case,), **twelve)),
        ("product", product("biscuit", "MT-2001", "麦田饼干", "Biscuit", minimum=48, multiple=24)),
        ("product", product("juice", "XG-1000", "鲜果橙汁", "Juice", barcodes=("6901234567892",))),
        ("product", product("secret", "LT-0505", "老坛酸菜面", "Noodles")),
        ("product", product("soap", "JR-0500", "净柔洗手液", "Soap")),
        ("stock", rows.StockLevel(id=SODA, available=1204, as_of=NOW - timedelta(hours=1))),
        ("stock", rows.StockLevel(id=SOAP, available=0, as_of=NOW, expected_at=date(2026, 7, 18))),
        ("price_list", price_list(BASE, "BASE", "base", 0)),
        ("price_list", price_list(CONTRACT, "HL-018", "contract", 10)),
        ("price", tiers(BASE, SODA, (1, "9.00"))),
        ("price", tiers(CONTRACT, SODA, (1, "8.50"), (48, "8.10"), (96, "7.80"))),
        ("price", tiers(BASE, BISCUIT, (1, "6.00"))),
        ("price", tiers(BASE, JUICE, (1, "11.50"))),
        ("price", tiers(BASE, SECRET, (1, "20.00"))),
        ("price", tiers(BASE, SOAP, (1, "9.90"))),
        ("promotion", rows.Promotion(
            id=uid("deal"), code="B10", name={"zh": "橙汁买赠"}, kind="buy_x_get_y", reward=deal, products=(JUICE,)
        )),
        ("assortment", rows.Assortment(id=uid("assortment"), name={"zh": "便利"}, everything=True, excluded=(SECRET,))),
        ("organisation", rows.Organisation(id=OFFICE, code="HQ", name={"zh": "总部"}, type="head_office")),
        ("organisation", organisation(SHOP, "S0001", "好邻居便利店", last_order_at=NOW - timedelta(days=6))),
        ("organisation", organisation(BLOCKED, "S0002", "新元超市", status="blocked", blocked_reason="逾期 60 天")),
        ("organisation", organisation(PROSPECT, "S0003", "小桥食品", last_order_at=NOW - timedelta(days=30))),
        ("me", me(REP, "rep", "林晓", OFFICE)),
        ("me", me(SHOPKEEPER, "shop", "陈美玲", SHOP)),
    ]  # fmt: skip
    return found


class StillClock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class NoNetwork:
    async def request(self, _method: str, _path: str, _body: bytes | None = None) -> Response:
        raise Unreachable


class Page(MemoryPort):
    """Waits for the app by its event loop, not by the clock: a loaded machine must not fail a test."""

    async def settle(self, seconds: float = 0) -> None:
        """Until nothing is left to run now; what waits for a timer (a toast's end) does not count."""
        ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]  # where asyncio keeps it
        idle = 0
        while idle < 5:
            await asyncio.sleep(0)
            idle = 0 if ready else idle + 1
        if seconds:
            await asyncio.sleep(seconds)


class Phone:
    """``sent`` is what the app asked of the page. Stores outlive ``killed``."""

    def __init__(self, user: str = REP, locale: str = "zh-CN") -> None:
        self.user, self.locale = user, locale
        self.outbox, self.images, self.values = MemoryOutbox(), MemoryImages(), MemoryKeyValues()
        self.clock = StillClock()
        self.storage: Storage | None = None
        self.port = Page()
        self.answers: list[Response] = []
        self.zone: tzinfo = SHANGHAI
        self.requests: list[tuple[str, str]] = []
        self.bodies: list[bytes | None] = []
        self._task: asyncio.Task[None] | None = None
        self._tokens = 0

    async def start(self, path: str = "/", more: Iterable[tuple[str, rows.Row]] = ()) -> "Phone":
        engine = Engine(self.outbox, self.images, self.values, NoNetwork(), self.clock, "device", self.user)
        await engine.open()
        self.port = Page()

        async def storage() -> Storage | None:
            return self.storage

        async def request(method: str, path: str, body: bytes | None = None) -> Response:
            self.requests.append((method, path))
            self.bodies.append(body)
            if not self.answers:
                raise Unreachable
            return self.answers.pop(0)

        async def exchange(
            method: str, path: str, _headers: Mapping[str, str], body: bytes | None = None, _patience_ms: int = 0
        ) -> Response:
            return await request(method, path, body)

        device = Device(
            send=self.port.send,
            storage=storage,
            request=request,
            exchange=exchange,
            zone=self.zone,
            zone_named=ZoneInfo,
        )
        router = Router(path, self.port.send)
        self.app = App(engine, router, self.values, self.clock, device, locale=self.locale)
        if not engine.replica.scopes():
            engine.replica.set_scopes("epoch", ["all"])
            self.put([*catalogue(), *more])
            await engine.save()
        await self.app.load_settings()
        self._task = asyncio.create_task(run(self._root, self.port, on_error=_fail))
        await self.port.settle()
        return self

    def _root(self) -> Component:
        app = self.app
        return AppContext(RouterContext(ToastsContext(Root(), value=app.toasts), value=app.router), value=app)

    def put(self, found: Iterable[tuple[str, rows.Row]]) -> None:
        """Rows as a pull brings them."""
        replica = self.app.engine.replica
        first = replica.scopes()["all"].cursor + 1
        puts = tuple(
            Put(entity, row.id, seq, msgspec.Raw(msgspec.json.encode(row)))
            for seq, (entity, row) in enumerate(found, first)
        )
        replica.apply("all", ScopePage(puts=puts, next=first + len(puts)))
        self.app.engine.show()

    async def killed(self) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def refuse(self, code: str, **detail: Any) -> Entry:
        """The newest command comes back refused."""
        entry = msgspec.structs.replace(self.app.engine.entries()[-1], state="rejected", code=code, detail=detail)
        await self.app.engine.outbox.write([entry])
        self.app.engine.show()
        await self.port.settle()
        return entry

    # as a person

    async def go(self, path: str) -> None:
        self.app.router.navigate(path)
        await self.port.settle()

    async def tap(self, testid: str) -> None:
        await self.port.fire(testid, "onClick", {})

    async def double_tap(self, testid: str) -> None:
        """Both presses are under way before the screen has answered the first."""
        node = self.port.find(testid)
        assert node is not None, testid
        for _ in range(2):
            self.port.post({"type": "layout-event", "target": node["eventHandlers"]["onClick"]["target"], "data": [{}]})
        await self.port.settle()

    async def type(self, testid: str, text: str, *, leave: bool = True) -> None:
        """Into a field or a stepper, by the test id of its input."""
        node = self.field(testid)
        handlers = node["eventHandlers"]
        await self._event(handlers["report"]["target"], text)
        if leave and "commit" in handlers:
            await self._event(handlers["commit"]["target"], text)

    async def enter(self, testid: str, text: str) -> None:
        """Typed and ended with Enter."""
        await self.type(testid, text, leave=False)
        await self._event(self.field(testid)["eventHandlers"]["enter"]["target"], text)

    async def type_and_tap(self, testid: str, text: str, button: str) -> None:
        """The tap ends the typing: both are under way before the screen has answered either."""
        field, pressed = self.field(testid), self.port.find(button)
        assert pressed is not None, button
        for target, data in (
            (field["eventHandlers"]["report"]["target"], text),
            (pressed["eventHandlers"]["onClick"]["target"], {}),
        ):
            self.port.post({"type": "layout-event", "target": target, "data": [data]})
        await self.port.settle()

    async def photographs(self, testid: str = "photos", content: bytes = b"a picture", **told: Any) -> None:
        """As if the page's camera or gallery had handed a picture over: into the ``PhotoField`` with this test id."""
        node = next(
            each
            for each in self.port.elements()
            if str(each.get("attributes", {}).get("config", {}).get("testid", "")).startswith(testid)
            and "report" in each.get("eventHandlers", {})
        )
        self._tokens += 1
        self.app.media.arrived({"token": self._tokens, "content": content, "preview": None})
        report = {
            "token": self._tokens, "sha256": sha256(content).hexdigest(), "size": len(content),
            "content_type": "image/jpeg", "source": "camera", **told,
        }  # fmt: skip
        await self._event(node["eventHandlers"]["report"]["target"], json.dumps(report))

    async def press(self, sku: str, direction: int) -> None:
        await self._event(self.field(f"quantity-{sku}")["eventHandlers"]["step"]["target"], direction)

    async def _event(self, target: str, *data: Any) -> None:
        self.port.post({"type": "layout-event", "target": target, "data": list(data)})
        await self.port.settle()

    def field(self, testid: str) -> Message:
        for node in self.port.elements():
            if node.get("attributes", {}).get("config", {}).get("testid") == testid:
                return node
        raise AssertionError(f"no field {testid!r} on {self.app.router.path}")

    def nodes(self) -> list[Message]:
        return list(self.port.elements())

    def fields(self) -> set[str]:
        """The test ids of all fields and steppers on screen."""
        configs = [node.get("attributes", {}).get("config", {}) for node in self.nodes()]
        return {config["testid"] for config in configs if config.get("testid")}

    def text(self, testid: str = "") -> str:
        if not testid:
            return self.port.text().replace("\u00a0", " ")
        node = self.port.find(testid)
        assert node is not None, f"no element {testid!r} on {self.app.router.path}: {self.port.text()[:600]}"
        return self.port.text(node).replace("\u00a0", " ")

    def has(self, testid: str) -> bool:
        return self.port.find(testid) is not None

    def asked(self, kind: str) -> list[Message]:
        return [message for message in self.port.sent if message.get("type") == kind]


def _fail(text: str) -> None:
    raise AssertionError(text)
