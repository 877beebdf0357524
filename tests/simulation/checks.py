"""The invariants, judged on what is really stored: read from the server's database beside the server."""

import json
import sqlite3
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offline.engine import Engine
from offline.wire import commands as c
from offline.wire.rows import Order, StockLevel
from tests.simulation.template import STOCK, Template

if TYPE_CHECKING:
    from tests.simulation.phone import Phone, Tab
    from tests.simulation.run import Ledger
    from tests.simulation.server import Server


class Wrong(AssertionError):
    """An invariant does not hold."""


class Checks:
    def __init__(self, template: Template, path: Path) -> None:
        self.template = template
        self.path = path
        self.has_backup = False
        self.lost: set[str] = set()
        self._db: sqlite3.Connection | None = None

    def _rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        if self._db is None:
            self._db = sqlite3.connect(self.path, isolation_level=None)
        return self._db.execute(sql, values).fetchall()

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    reopen = close

    def backup(self, to: Path) -> None:
        self._rows("SELECT 1")
        assert self._db is not None
        target = sqlite3.connect(to)
        self._db.backup(target)
        target.close()

    def before_restore(self, removed: set[str]) -> None:
        """What phones had settled may be lost with the disk: nobody can know it any more."""
        self.lost |= removed
        self.close()

    def verdict(self, command_id: str) -> str:
        found = self._rows("SELECT status FROM sync_receipts WHERE id = ?", command_id)
        return str(found[0][0]) if found else ""

    def flicker(self, tab: "Tab") -> str:
        """An order somebody placed here never vanishes from sight, unless it was refused or its customer taken away."""
        engine = tab.engine
        held = engine.replica.scopes()
        for entry in engine.entries():
            if entry.name == c.OrderPlace.NAME and entry.state in ("waiting", "applied"):
                order_id = json.loads(entry.args)["order"]
                tab.seen_orders.add(order_id)
                tab.phone.shown_orders.add(order_id)
        if "desk" not in held and not any(scope.startswith("org:") for scope in held):
            tab.seen_orders.clear()
        for order_id in list(tab.seen_orders):
            if engine.replica.one("order", order_id) is None:
                tab.seen_orders.discard(order_id)
                tab.phone.shown_orders.discard(order_id)
                if not self._may_vanish(engine, order_id, set(held)):
                    return f"order {order_id} vanished from sight"
        return ""

    def _may_vanish(self, engine: Engine, order_id: str, held: set[str]) -> bool:
        for entry in engine.entries():
            if entry.name == c.OrderPlace.NAME and json.loads(entry.args)["order"] == order_id:
                return entry.state in ("rejected", "blocked")
        # Thrown away, lost with the server's disk, or in a scope that was revoked.
        scopes = {scope for (scope,) in self._rows("SELECT scope FROM sync_rows WHERE id = ? AND gone = ''", order_id)}
        return not scopes & held

    # at rest

    async def everything(self, ledger: "Ledger", phones: "list[Phone]", server: "Server") -> None:
        self._nothing_vanished(ledger, phones)
        self._effects(ledger)
        self._numbers()
        self._digests()
        for phone in phones:
            await self._like_a_fresh_one(phone, server)
            self._totals(phone)

    def _nothing_vanished(self, ledger: "Ledger", phones: "list[Phone]") -> None:
        kept = {entry_id: entry for phone in phones for entry_id, entry in phone.outbox.entries.items()}
        for entry_id in ledger.submitted:
            verdict = self.verdict(entry_id)
            if entry_id in kept:
                state = kept[entry_id].state
                if state == "waiting" or (state == "applied") != (verdict == "applied"):
                    raise Wrong(f"{entry_id} is {state} on the phone, {verdict or 'undecided'} on the server")
            elif not verdict and entry_id not in ledger.thrown | self.lost:
                raise Wrong(f"{entry_id} vanished: not decided and on no phone")

    def _effects(self, ledger: "Ledger") -> None:
        """Each command's effect is there once if it was applied, else not at all."""
        movements = Counter(row_id for (row_id,) in self._rows("SELECT id FROM stock_movements"))
        orders = Counter(row_id for (row_id,) in self._rows("SELECT id FROM orders"))
        deltas: Counter[str] = Counter(dict.fromkeys(self.template.products, STOCK))
        for entry_id, submitted in ledger.submitted.items():
            applied = self.verdict(entry_id) == "applied"
            command = submitted.command
            if isinstance(command, c.StockAdjust):
                if movements[command.movement] != applied and not self._by_another(ledger, entry_id):
                    raise Wrong(f"{entry_id} applied: {applied}, movements: {movements[command.movement]}")
                if applied:
                    deltas[command.product] += command.delta
            elif (
                isinstance(command, c.OrderPlace)
                and orders[command.order] != applied
                and not self._by_another(ledger, entry_id)
            ):
                raise Wrong(f"{entry_id} applied: {applied}, orders: {orders[command.order]}")
        on_hand = dict(self._rows("SELECT product_id, on_hand FROM stock_levels"))
        if {product: on_hand[product] for product in deltas} != dict(deltas):
            raise Wrong(f"stock {on_hand} is not {deltas}")

    def _by_another(self, ledger: "Ledger", entry_id: str) -> bool:
        """A refused command sent again anew has the same effect as its first: look at the one that was applied."""
        command = ledger.submitted[entry_id].command
        same = [other for other, found in ledger.submitted.items() if found.command == command and other != entry_id]
        return any(self.verdict(other) == "applied" for other in same)

    def _numbers(self) -> None:
        twice = self._rows("SELECT device, n, count(*) FROM sync_receipts GROUP BY device, n HAVING count(*) > 1")
        if twice:
            raise Wrong(f"numbers given twice: {twice}")

    def _digests(self) -> None:
        """The counters agree with the rows they count."""
        rows = dict(self._rows("SELECT scope, count(*) FROM sync_rows WHERE gone = '' GROUP BY scope"))
        for scope, count in self._rows("SELECT scope, count FROM sync_counters"):
            if rows.get(scope, 0) != count:
                raise Wrong(f"{scope} counts {count} rows and has {rows.get(scope, 0)}")

    async def _like_a_fresh_one(self, phone: "Phone", server: "Server") -> None:
        engine = phone.tabs[0].engine
        if engine.drifts:
            raise Wrong(f"{phone.name} drifted {engine.drifts} times")
        fresh_phone = type(phone)(
            "fresh", phone.user, phone.right_token, phone.user_id, server, phone.rng, phone.faults, phone.watch
        )
        fresh_phone.app_schema = phone.app_schema
        tab = await fresh_phone.open_tab()
        if not await tab.engine.sync():
            raise Wrong(f"a fresh phone cannot sync: {tab.engine.status}")
        mine, fresh = _dump(engine), _dump(tab.engine)
        fresh_phone.kill_all()
        for table, rows in fresh.items():
            if mine[table] != rows:
                raise Wrong(f"{phone.name} differs from a fresh one in {table}: {mine[table] ^ rows}")

    def _totals(self, phone: "Phone") -> None:
        """What the phone shows adds up to what the server has."""
        replica = phone.tabs[0].engine.replica
        for order in replica.all("order"):
            assert isinstance(order, Order)
            found = self._rows("SELECT total FROM orders WHERE id = ?", order.id)
            if not found or Decimal(found[0][0]) != order.totals.total:
                raise Wrong(f"order {order.id}: {order.totals.total} on the phone, {found} on the server")
        for level in replica.all("stock"):
            assert isinstance(level, StockLevel)
            ((available,),) = self._rows("SELECT on_hand - reserved FROM stock_levels WHERE product_id = ?", level.id)
            if max(0, available) != level.available:
                raise Wrong(f"stock of {level.id}: {level.available} on the phone, {available} on the server")


def _dump(engine: Engine) -> dict[str, set[Any]]:
    """All a replica holds, but in which order it came."""
    db = engine.replica._db
    tables = {
        "row": "SELECT entity, id, doc FROM row",
        "member": "SELECT name, entity, id, seq FROM member JOIN row USING (rid) JOIN scope USING (sid)",
        "scope": "SELECT name, shadow, cursor, count, whole FROM scope",
    }
    for entity in ("product", "organisation", "order", "price"):
        tables[entity] = f"SELECT * FROM main.{entity}_narrow"
    return {table: set(db.execute(sql).fetchall()) for table, sql in tables.items()}
