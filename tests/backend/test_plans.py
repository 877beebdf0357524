"""What is asked for with every request, or page by page, reads no table from end to end, nor all that a brand has.

By SQLite's plans, which follow from the schema and the statement alone: they are the same however little is there.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import Engine, event

from backend.app import DUTIES
from backend.database import transaction
from tests.notices.board import Board
from tests.people import World
from tests.shop import Shop

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
# Tables that grow with the years, or with how many take part.
GROWING = frozenset({
    "activities", "audit_entries", "certificates", "claim_pictures", "claim_receipts", "claims", "counts",
    "course_attempts", "enrolments", "ledger_entries", "ledger_postings", "media", "media_links", "notice_readers",
    "order_lines", "orders", "organisations", "partner_holdings", "partner_movements", "push_subscriptions",
    "stock_movements", "sync_receipts", "sync_rows", "user_sessions", "users", "visits",
})  # fmt: skip
# All devices that are told, once an hour: by brand they are few.
_KNOWN = ("SELECT DISTINCT push_subscriptions.tenant_id",)
_READS = re.compile(r"(SCAN|SEARCH) (\w+)(?: USING (?:COVERING )?INDEX \w+ \((.*?)\))?")


@contextmanager
def listening(engine: Engine) -> Iterator[dict[str, Any]]:
    """Fills up with the statements that read, and what each was last given."""
    found: dict[str, Any] = {}

    def hear(*heard: Any) -> None:
        _connection, _cursor, statement, parameters, _context, many = heard
        if not many and statement.lstrip().startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
            found[statement] = parameters

    event.listen(engine, "before_cursor_execute", hear)
    yield found
    event.remove(engine, "before_cursor_execute", hear)


async def faults(app: Litestar, asked: dict[str, Any], *, of_a_brand: bool) -> list[str]:
    """Statements that read a growing table whole; with ``of_a_brand`` also those that read all a brand has of it. To go
    through it in the order asked for, up to a limit, is neither."""
    found = []
    async with app.state.engine.connect() as connection:
        for statement, parameters in asked.items():
            rows = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)).all()
            plan = [str(row[-1]) for row in rows]
            in_order = "LIMIT" in statement and not any("TEMP B-TREE FOR ORDER BY" in line for line in plan)
            for line in plan:
                read = _READS.match(line)
                if read is None or read[2] not in GROWING or in_order or statement.startswith(_KNOWN):
                    continue
                if read[1] == "SCAN" or (of_a_brand and read[3] == "tenant_id=?"):
                    found.append(f"{line}\n    {statement}")
    return found


async def test_requests_and_pages(app: Litestar, client: httpx.AsyncClient, world: World, shop: Shop) -> None:
    board = Board(shop)
    notice = await board.sent()
    order = await shop.draft("SHOP", {"A": 2})
    engine = app.state.engine.sync_engine

    async def get(login: str, path: str, **query: Any) -> Any:
        answer = await client.get(path, params=query, headers=world.demo.bearer(login))
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    with listening(engine) as asked:
        for login in ("shop", "rep", "dealer", "staff", "hq"):
            scopes = (await get(login, "/api/sync/scopes"))["scopes"]
            wanted = {"schema": 1, "limit": 50, "scopes": {scope["id"]: 0 for scope in scopes}}
            headers = world.demo.bearer(login)
            assert (await client.post("/api/sync/pull", json=wanted, headers=headers)).status_code == 200
            assert (await client.post("/api/sync/known", json={"ids": [notice]}, headers=headers)).status_code == 200
            await get(login, "/api/sessions")
            await get(login, "/api/push/settings")
        await shop.done("shop", order)
        for login in ("shop", "hq"):
            page = await get(login, "/api/orders", limit=1)
            await get(login, "/api/orders", limit=1, cursor=page["cursor"])
            await get(login, f"/api/orders/{order.order}")
        audit = await get("hq", "/api/audit", limit=1)
        await get("hq", "/api/audit", limit=1, before=audit[-1]["id"])
        await get("hq", "/api/audit", limit=1, subject=audit[-1]["subject"])
        people = await get("hq", "/api/users", limit=1)
        await get("hq", "/api/users", limit=1, after=people[-1]["login"])
        await get("hq", f"/api/partner-stock/{order.organisation}")
        await get("hq", f"/api/partner-stock/{order.organisation}/{shop.products['A']}/movements")
        readers = await get("hq", f"/api/notices/{notice}/readers", limit=1)
        await get("hq", f"/api/notices/{notice}/readers", limit=1, cursor=readers["cursor"])
    assert len(asked) > 40
    found = await faults(app, asked, of_a_brand=True)
    assert not found, "\n".join(found)


async def test_who_follows_few_orders_goes_through_no_others(
    app: Litestar, client: httpx.AsyncClient, world: World, shop: Shop
) -> None:
    """Not even in the order asked for and up to a limit: of a brand's hundred thousand a shop has forty."""
    await shop.done("shop", await shop.draft("SHOP", {"A": 2}))
    with listening(app.state.engine.sync_engine) as asked:
        answer = await client.get("/api/orders", headers=world.demo.bearer("shop"))
    assert len(answer.json()["orders"]) == 1
    reads = set()
    async with app.state.engine.connect() as connection:
        for statement, parameters in asked.items():
            rows = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)).all()
            reads |= {(read[2], read[3]) for row in rows if (read := _READS.match(str(row[-1]))) is not None}
    assert ("orders", "tenant_id=? AND organisation_id=?") in reads
    assert {key for table, key in reads if table == "sync_rows"} == {"tenant_id=? AND entity=? AND id=? AND scope=?"}


async def test_what_is_done_now_and_then(app: Litestar, shop: Shop) -> None:
    """Chores may go through a brand's rows, but through nobody else's."""
    now = datetime.now(UTC)
    with listening(app.state.engine.sync_engine) as asked:
        for _, duty in DUTIES:
            async with transaction(shop.sessions) as session:
                await duty(session, now)
        await app.state.runner.drain()
    assert len(asked) > 20
    found = await faults(app, asked, of_a_brand=False)
    assert not found, "\n".join(found)
