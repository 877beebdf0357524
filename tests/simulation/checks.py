"""The invariants, judged on what is really stored: read from the server's database beside the server."""

import json
import sqlite3
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.sync.changes import DESK, list_scope, org_scope
from offline.engine import Engine
from offline.ids import derived_id
from offline.wire import commands as c
from offline.wire.counts import CountSubmit
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
        self.ledger: Ledger
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

    def before_restore(self, removed: set[str], phones: "list[Phone]") -> None:
        """What phones had settled, or are settling, may be lost with the disk: nobody can know it any more."""
        self.lost |= removed
        for phone in phones:
            for tab in phone.tabs:
                held = tab.engine.replica.scopes()
                self.lost |= {
                    entry.id
                    for entry in phone.outbox.entries.values()
                    if entry.state == "applied"
                    and all(seq <= held[scope].cursor for scope, seq in entry.seqs.items() if scope in held)
                }
        self.close()

    def verdict(self, command_id: str) -> str:
        found = self._rows("SELECT status FROM sync_receipts WHERE id = ?", command_id)
        return str(found[0][0]) if found else ""

    def in_sight(self, tab: "Tab") -> str:
        """What is in the phone's queue is shown, and an order somebody placed here never vanishes, unless it was
        refused or its customer taken away."""
        entries = tab.engine.entries()
        shown = {entry.id for entry in entries}
        if unseen := tab.seen_entries & tab.phone.outbox.entries.keys() - shown:
            return f"{unseen} vanished from the queue as shown"
        tab.seen_entries = shown
        placed = {entry.id: json.loads(entry.args)["order"] for entry in entries if entry.name == c.OrderPlace.NAME}
        pending = {
            placed[entry.id] for entry in entries if entry.id in placed and entry.state in ("waiting", "applied")
        }
        tab.seen_orders |= pending
        tab.phone.shown_orders |= pending
        for order_id in list(tab.seen_orders):
            if tab.engine.replica.one("order", order_id) is None:
                tab.seen_orders.discard(order_id)
                tab.phone.shown_orders.discard(order_id)
                refused = order_id in placed.values() and order_id not in pending
                if not refused and not self._may_vanish(tab, order_id):
                    return f"order {order_id} vanished from sight"
        return ""

    def _may_vanish(self, tab: "Tab", order_id: str) -> bool:
        """Thrown away or lost with the server's disk; or settled, in scopes that were revoked or are new again."""
        scopes = {scope for (scope,) in self._rows("SELECT scope FROM sync_rows WHERE id = ? AND gone = ''", order_id)}
        if scopes:
            return not scopes & {scope for scope, held in tab.engine.replica.scopes().items() if held.whole}
        gone = self.ledger.thrown | self.lost
        return all(
            entry_id in gone
            for entry_id, found in self.ledger.submitted.items()
            if isinstance(found.command, c.OrderPlace) and found.command.order == order_id
        )

    # at rest

    async def everything(self, ledger: "Ledger", phones: "list[Phone]", server: "Server") -> None:
        self._nothing_vanished(ledger, phones)
        for entry_id in sorted(ledger.withdrawn):
            if self.verdict(entry_id):
                raise Wrong(f"{entry_id} was withdrawn and reached the server all the same")
        self._effects(ledger)
        self._counts(ledger)
        self._numbers()
        self._digests()
        for phone in phones:
            await self._like_a_fresh_one(phone, server)
            self._totals(phone)
            self._as_in_the_tables(phone)

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

    def _counts(self, ledger: "Ledger") -> None:
        """Partners' stock is the sum of its movements; every count that was taken in is kept once, and each of its
        lines that is settled was settled at one moment."""
        sums = "SELECT organisation_id, product_id, SUM(delta), COUNT(*) FROM partner_movements GROUP BY 1, 2"
        books = "SELECT organisation_id, product_id, on_hand, seq FROM partner_holdings"
        if set(self._rows(sums)) != set(self._rows(books)):
            raise Wrong("partners' stock is not the sum of its movements")
        taken = Counter(
            found.command.count
            for entry_id, found in ledger.submitted.items()
            if isinstance(found.command, CountSubmit) and self.verdict(entry_id) == "applied"
        )
        kept = {
            row_id: (_json(rounds), _json(lines))
            for row_id, rounds, lines in self._rows("SELECT id, rounds, lines FROM counts")
        }
        if {row_id: len(rounds) for row_id, (rounds, _) in kept.items()} != dict(taken):
            raise Wrong(f"counts taken in: {taken}, kept: {kept}")
        moments = "SELECT COUNT(DISTINCT at) FROM partner_movements WHERE count_id = ? AND product_id = ?"
        for row_id, (_, lines) in kept.items():
            for line in lines:
                ((settled,),) = self._rows(moments, row_id, line["product"])
                if settled != (line["state"] == "settled"):
                    raise Wrong(f"{line} of count {row_id} was settled {settled} times")

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
        fresh_phone.page_sizes = (1000,)
        tab = await fresh_phone.open_tab(leads=False)
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

    def _as_in_the_tables(self, phone: "Phone") -> None:
        """Nothing is missing on the phone and nothing stayed that should be gone, by the slices' own tables: the feed
        itself may be wrong."""
        replica = phone.tabs[0].engine.replica
        scopes = replica.scopes()
        family = self._rows("SELECT id, ancestors, customer_group FROM organisations")
        mine = {row_id for row_id, *_ in family if DESK in scopes or org_scope(row_id) in scopes}
        given = self._rows("SELECT id, assortments FROM organisations")
        ranges = {range_id for row_id, assortments in given if row_id in mine for range_id in _json(assortments)}
        if DESK in scopes:
            ranges = {range_id for (range_id,) in self._rows("SELECT id FROM assortments")}
        orders = self._rows("SELECT id, organisation_id FROM orders")
        prices = self._rows("SELECT price_list_id, product_id, tiers FROM prices WHERE until_revision IS NULL")
        expected = {
            "organisation": mine,
            "order": {row_id for row_id, organisation in orders if organisation in mine},
            "promotion": self._promotions(mine, family, every=DESK in scopes),
            "assortment": ranges,
            "price": {
                derived_id("price", list_id, product)
                for list_id, product, tiers in prices
                if list_scope(list_id) in scopes and _json(tiers)
            },
        }
        for entity, ids in expected.items():
            held = {row.id for row in replica.all(entity)}
            if held != ids:
                raise Wrong(f"{phone.name}: {entity} rows missing: {ids - held}, left over: {held - ids}")

    def _promotions(self, mine: set[str], family: list[tuple[Any, ...]], *, every: bool) -> set[str]:
        """All, or those for everybody and those that count for one of ``mine``."""
        found = set()
        for promotion, organisations, groups in self._rows("SELECT id, organisations, groups FROM promotions"):
            targets, members = set(_json(organisations)), _json(groups)
            meant_for = {
                row_id
                for row_id, ancestors, group in family
                if targets & {row_id, *_json(ancestors)} or (group and group in members)
            }
            if every or not (targets or members) or meant_for & mine:
                found.add(promotion)
        return found


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


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
