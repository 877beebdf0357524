"""What an import does to others while it runs, and how it ends when the database ends it."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, text

from backend.background import in_background
from backend.database import make_engine, make_sessions
from backend.identity.models import AuditEntry
from backend.importing import running
from backend.importing.mapping import Kind
from backend.importing.products import take_products
from backend.importing.records import Record
from backend.importing.running import run_import
from backend.importing.tables import Table, open_table
from backend.importing.taking import Import
from backend.settings import Settings
from offline.ids import new_id
from tests.shop import Shop, checksums

Write = Callable[..., Path]
ROWS = [("sku", "name_en"), ("N-1", "One")]


def noted(real: Callable[..., object], note: Callable[[], object]) -> Callable[..., object]:
    def call(*given: object, **more: object) -> object:
        note()
        return real(*given, **more)

    return call


def read_after(monkeypatch: pytest.MonkeyPatch, wait: Callable[[], object]) -> None:
    """Make opening a file take as long as ``wait``: a large workbook takes minutes."""
    real = open_table

    @contextmanager
    def slowly(path: Path, sheet: str = "", most: int = 0) -> Iterator[Table]:
        wait()
        with real(path, sheet) as table:
            yield table

    monkeypatch.setattr(running, "open_table", slowly)


@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_push_does_not_wait_while_the_file_is_read(
    shop: Shop, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, dry_run: bool
) -> None:
    begun, release = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        assert release.wait(60)

    read_after(monkeypatch, wait)
    address = f"/api/imports/products?dry_run={str(dry_run).lower()}"
    files = {"file": ("file.csv", b"sku,name_en\nN-1,One\n")}
    taking = asyncio.create_task(client.post(address, headers=shop.brand.bearer("hq"), files=files))
    assert await asyncio.to_thread(begun.wait, 60)
    try:
        mutation = {"id": new_id(), "n": 1, "name": "me.locale", "args": {"locale": "en"}}
        body = {"device": "phone", "mutations": [mutation]}
        pushed = client.post("/api/sync/push", headers=shop.brand.bearer("shop"), json=body)
        answer = await asyncio.wait_for(pushed, 30)
        assert answer.json()["results"][0]["status"] == "applied"
    finally:
        release.set()
    assert (await taking).json()["made"] == 1


@pytest.mark.parametrize(
    ("kind", "rows", "judged", "saved"),
    [
        (
            "products",
            [("sku", "name_en"), *((f"N-{number}", f"Item {number}") for number in range(20))],
            "backend.catalog.products.check_product",
            "backend.catalog.products.search_text",
        ),
        (
            "partners",
            [("code", "name_en"), *((f"C-{number}", f"Shop {number}") for number in range(20))],
            "backend.importing.partners.check_names",
            "backend.partners.saving.search_text",
        ),
        (
            "price-lists",
            [("price_list", "sku", "unit_price"), *((f"L-{number}", "A", "7.5") for number in range(20))],
            "backend.catalog.prices.check_tiers",
            "backend.catalog.prices.price_row",
        ),
    ],
)
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_others_are_served_between_two_rows_of_a_long_table(
    shop: Shop, csv_file: Write, monkeypatch: pytest.MonkeyPatch, kind: Kind, rows: object, judged: str, saved: str
) -> None:
    turns = 0
    at: dict[str, list[int]] = {judged: [], saved: []}

    def note(name: str) -> None:
        at[name].append(turns)

    for name in at:
        module, _, function = name.rpartition(".")
        monkeypatch.setattr(name, noted(getattr(import_module(module), function), partial(note, name)))
    monkeypatch.setattr("backend.turns.TURN_SECONDS", 0)

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with in_background(others()):
        report = await run_import(shop.sessions, "demo", kind, csv_file(rows))
    assert report.made == 20
    for name, seen in at.items():
        assert len(set(seen[-20:])) == 20, name


IDLE = "datname = current_database() AND state LIKE 'idle in transaction%'"


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_no_transaction_stands_idle_while_the_file_is_read(
    shop: Shop, settings: Settings, csv_file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long that takes: the server ends those that do."""
    idle: list[int] = []

    async def look() -> None:
        engine = make_engine(settings.database_url)
        async with engine.connect() as connection:
            idle.append(await connection.scalar(text(f"SELECT count(*) FROM pg_stat_activity WHERE {IDLE}")))
        await engine.dispose()

    read_after(monkeypatch, lambda: asyncio.run(look()))
    report = await run_import(shop.sessions, "demo", "products", csv_file(ROWS))
    assert (idle, report.fatal, report.made) == ([0], "", 1)


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_a_connection_lost_half_way_is_told(
    shop: Shop, settings: Settings, csv_file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut_off(work: Import, records: Iterable[Record]) -> None:
        await take_products(work, records)
        async with shop.sessions() as other:
            ended = await other.scalars(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {IDLE}"))
            assert list(ended) == [True]

    monkeypatch.setattr(running, "_TAKE", {"products": cut_off})
    before = await checksums(shop.sessions)
    engine = make_engine(settings.database_url)
    try:
        report = await run_import(make_sessions(engine), "demo", "products", csv_file(ROWS))
    finally:
        await engine.dispose()
    assert report.fatal.startswith("the database ended it: ")
    assert list(report.lines()) == [f"nothing was imported: {report.fatal}"]
    assert (report.made, await checksums(shop.sessions)) == (0, before)


async def test_a_fault_of_the_database_half_way_is_told(
    shop: Shop, csv_file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wrongly(work: Import, records: Iterable[Record]) -> None:
        await take_products(work, records)
        await work.session.execute(text("SELECT 1 FROM nowhere"))

    monkeypatch.setattr(running, "_TAKE", {"products": wrongly})
    before = await checksums(shop.sessions)
    report = await run_import(shop.sessions, "demo", "products", csv_file(ROWS))
    assert "nowhere" in report.fatal
    assert "SELECT" not in report.fatal
    assert (report.made, await checksums(shop.sessions)) == (0, before)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_the_trail_names_the_person(shop: Shop, client: httpx.AsyncClient) -> None:
    files = {"file": ("file.csv", b"sku,name_en\nN-1,One\n")}
    await client.post("/api/imports/products?dry_run=false", headers=shop.brand.bearer("hq"), files=files)
    async with shop.sessions() as session:
        entry = await session.scalar(select(AuditEntry).where(AuditEntry.action == "data.imported"))
    assert entry is not None
    hq = shop.brand.users["hq"]
    assert (entry.tenant_id, entry.actor_id, entry.actor) == (shop.tenant_id, hq.id, hq.login)
