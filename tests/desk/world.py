"""A desk with real rows and no network: the whole app on a memory port, wide, signed in as head office."""

from datetime import timedelta
from typing import Any

import msgspec
from reactpy.types import Component

from offline.wire import rows
from offline.wire.commands import Command
from offline.wire.registry import COMMANDS
from tests.screens.world import BASE, CONTRACT, NOW, OFFICE, SHOP, SODA, D, Phone, me, order, organisation, uid

HQ, DESK_CLERK = uid("hq"), uid("clerk")
DEALER, OVERDRAWN = uid("dealer"), uid("overdrawn")


def line(line_name: str, /, **more: Any) -> rows.OrderLine:
    fields: dict[str, Any] = {
        "product": SODA, "sku": "QS-0450", "name": {"zh": "清泉苏打水", "en": "Soda"}, "quantity": 48,
        "unit_price": D("8.10"), "net": D("388.80"), "reserved": 48, "price_list": CONTRACT,
    }  # fmt: skip
    return rows.OrderLine(id=uid(line_name), **(fields | more))


def papers() -> list[tuple[str, rows.Row]]:
    """Orders in every state the desk tells apart."""
    changed = line("pricey-line", quoted_unit_price=D("7.90"), quoted_net=D("379.20"))
    short = line("short-line", quantity=60, reserved=36, backordered=24)
    over = {"organisation": OVERDRAWN, "organisation_code": "S0009", "organisation_name": {"zh": "阳光小卖部"}}
    at = NOW - timedelta(hours=2)
    quoted = rows.Totals(goods=D("379.20"), total=D("379.20"))
    found = [
        order("0001", "submitted", at=at, placed_by=uid("rep"), placed_by_name="林晓",
              local_at=at - timedelta(hours=1), note="放后门 🚪"),
        order("0002", "submitted", at=at - timedelta(minutes=1)),
        order("0003", "on_hold", holds=("credit",), at=at, **over),
        order("0004", "on_hold", holds=("price",), at=at, lines=(changed,), quoted_totals=quoted),
        order("0005", "on_hold", holds=("approval",), at=at),
        order("0006", "approved", at=at, lines=(line("ship-a"), short)),
        order("0007", "shipped", at=at - timedelta(days=2)),
        order("0008", "cancelled", at=at - timedelta(days=3)),
    ]  # fmt: skip
    return [("order", each) for each in found]


def people() -> list[tuple[str, rows.Row]]:
    dealer = organisation(DEALER, "D0001", "华东商贸", type="dealer", rep=None, credit_limit=None, territory="华东")
    overdrawn = organisation(OVERDRAWN, "S0009", "阳光小卖部", credit_limit=D(1000), credit_used=D("3140.50"))
    return [
        ("me", me(HQ, "head_office", "王静", OFFICE)),
        ("me", me(DESK_CLERK, "order_desk", "周婷", OFFICE)),
        ("organisation", dealer),
        ("organisation", overdrawn),
    ]


class Desk(Phone):
    """The app on a page of at least 1024 px."""

    def __init__(self, user: str = HQ, locale: str = "zh-CN") -> None:
        super().__init__(user, locale)

    async def start(self, path: str = "/desk", more: Any = ()) -> "Desk":
        await self.values.save(f"sync.last_synced_at.{self.user}", NOW.isoformat().encode())
        await self.values.save("app.locale", self.locale.encode())
        await super().start(path, [*people(), *papers(), *more])
        return self

    def _root(self) -> Component:
        self.app.wide = True
        return super()._root()

    def commands(self, name: str) -> list[Any]:
        """The commands of this name in the outbox."""
        kind: type[Command] = COMMANDS[name]
        return [msgspec.json.decode(entry.args, type=kind) for entry in self.app.engine.entries() if entry.name == name]

    async def key(self, key: str) -> None:
        """A key that nothing on the page took."""
        (root,) = [node for node in self.nodes() if node.get("tagName") == "q-desk"]
        await self._event(root["eventHandlers"]["press"]["target"], key)

    async def enter(self, testid: str, text: str) -> None:
        """Type into a search and press Enter."""
        handlers = self.field(testid)["eventHandlers"]
        for name in ("report", "enter"):
            await self._event(handlers[name]["target"], text)

    async def choose(self, testid: str, value: str) -> None:
        await self.type(testid, value)

    def order(self, name: str) -> rows.Order:
        row = self.app.engine.replica.one("order", uid(name))
        assert isinstance(row, rows.Order)
        return row

    def listed(self) -> list[str]:
        """The names of the orders in the list, as shown."""
        ids = {uid(f"000{number}"): f"000{number}" for number in range(10)}
        found = (str(node.get("attributes", {}).get("data-testid", "")) for node in self.nodes())
        return [ids[testid[6:]] for testid in found if testid.startswith("order-") and testid[6:] in ids]

    def error_of(self, testid: str) -> str:
        return str(self.field(testid)["attributes"]["config"].get("error", ""))

    async def tap_labelled(self, label: str, place: int = 0) -> None:
        """A button known by its name only."""
        buttons = [node for node in self.nodes() if node.get("attributes", {}).get("aria-label") == label]
        await self._event(buttons[place]["eventHandlers"]["onClick"]["target"], {})

    def disabled(self, testid: str) -> bool:
        node = self.port.find(testid)
        assert node is not None, testid
        return bool(node["attributes"].get("disabled"))

    def value_of(self, testid: str) -> str:
        return str(self.field(testid)["attributes"]["config"].get("value", ""))


__all__ = ["BASE", "CONTRACT", "DEALER", "HQ", "NOW", "OFFICE", "OVERDRAWN", "SHOP", "SODA", "Desk", "line", "uid"]
