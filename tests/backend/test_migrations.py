"""Migrations: up from empty, equal to the models, safe when several start at once, back down."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from backend.migrations import running
from backend.settings import Settings, load_settings
from backend.sync.models import SyncCounter, SyncRow
from offline.digest import MODULUS, row_hash
from offline.ids import new_id
from offline.wire import rows
from offline.wire.commands import PromotionSave
from offline.wire.ranges import AssortmentAssign, AssortmentRemove
from offline.wire.rows import PromotionReward
from tests.servers import ROOT, PostgreSQL, clean_environ
from tests.shop import Shop


@pytest.fixture
def empty_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """``QUDAO_DATABASE_URL`` of a database without tables."""
    if engine_name == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def url(empty_url: str) -> str:
    return load_settings({"QUDAO_DATABASE_URL": empty_url}).database_url


async def test_upgrade_from_empty_equals_the_models(url: str) -> None:
    assert await running.current(url) == ""
    assert await running.upgrade(url) == ("", running.head())
    assert await running.differences(url) == []
    assert await running.current(url) == running.head() != ""


async def test_differences_are_noticed(url: str) -> None:
    """The check above can fail: a column the models do not have is found."""
    await running.upgrade(url)
    async with running.migrating(url) as connection:
        await connection.exec_driver_sql("ALTER TABLE users ADD COLUMN shoe_size INTEGER")
    found = await running.differences(url)
    assert len(found) == 1
    assert "shoe_size" in str(found[0])


async def test_a_second_upgrade_does_nothing(url: str) -> None:
    await running.upgrade(url)
    assert await running.upgrade(url) == (running.head(), running.head())


async def test_down_to_nothing_and_up_again(url: str) -> None:
    await running.upgrade(url)
    await running.downgrade(url, "base")
    assert await running.current(url) == ""
    await running.upgrade(url)
    assert await running.differences(url) == []


async def test_an_older_database_keeps_its_rows(url: str) -> None:
    await running.upgrade(url, "0001")
    async with running.migrating(url) as connection:
        await connection.exec_driver_sql(
            "INSERT INTO sync_epochs (tenant_id, epoch) VALUES ('', '01900000-0000-7000-8000-000000000000')"
        )
        await connection.exec_driver_sql(
            "INSERT INTO roles (tenant_id, id, name, permissions) VALUES ('t', 'r', 'rep', '[\"order.place\"]')"
        )
        for assortment in ("a1", "a2"):
            await connection.exec_driver_sql(
                "INSERT INTO assortments (tenant_id, id, name, everything, products, categories, excluded) "
                f"VALUES ('t', '{assortment}', '{{}}', true, '[]', '[]', '[]')"
            )
    assert await running.upgrade(url) == ("0001", running.head())
    async with running.migrating(url) as connection:
        found = (await connection.exec_driver_sql("SELECT count(*) FROM sync_epochs")).scalar_one()
        codes = (await connection.exec_driver_sql("SELECT code FROM assortments ORDER BY id")).scalars().all()
        held = (await connection.exec_driver_sql("SELECT permissions FROM roles")).scalar_one()
    assert found == 1
    # A brand's roles are its own rows: what a new slice needs is granted to the built-in ones.
    assert {"order.place", "count.make"} <= set(json.loads(held) if isinstance(held, str) else held)
    assert codes == ["a1", "a2"]
    assert await running.differences(url) == []


async def test_assortments_move_to_feeds_of_their_own_and_back(shop: Shop, settings: Settings) -> None:
    """Two customers hold one, one was taken away again: numbers, counts and hashes as if it had always been so."""
    url = settings.database_url
    core, gone = await shop.assort("SHOP", ["A", "B"]), await shop.assort("DEAL", ["A"])
    both = shop.organisation("DEAL"), shop.organisation("RIVAL")
    await shop.done("hq", AssortmentAssign(assortment=core, give=both))
    await shop.done("hq", AssortmentAssign(assortment=core, take=(shop.organisation("DEAL"),)))
    await shop.set_organisation("DEAL", assortments=())
    new = {core: {"desk", f"range:{core}"}, gone: {"desk", f"range:{gone}"}}
    old = {core: {"desk", *(f"org:{shop.organisation(each)}" for each in ("SHOP", "RIVAL"))}, gone: {"desk"}}
    before = await _standing(shop)
    for revision, expected in (("0022", old), ("head", new), ("0022", old), ("head", new)):
        await (running.upgrade if revision == "head" else running.downgrade)(url, revision)
        assert {id_: (await shop.feed("assortment", id_, rows.Assortment))[1] for id_ in (core, gone)} == expected
        row, _ = await shop.feed("assortment", core, rows.Assortment)
        assert row.products == (shop.products["A"], shop.products["B"])
        standing = await _standing(shop)
        assert all(standing[scope][0] >= seq for scope, (seq, *_) in before.items() if scope in standing)
    # What phones hold of the customers' own scopes goes on: none begins anew.
    assert before.keys() <= standing.keys()
    await shop.done("hq", AssortmentRemove(assortment=gone))
    await _standing(shop)


async def test_promotions_for_some_move_to_feeds_of_their_own_and_back(shop: Shop, settings: Settings) -> None:
    """One for a dealer and all below, one for a group, one for all, and one that was for some once."""
    url = settings.database_url
    orgs = {code: f"org:{shop.organisation(code)}" for code in ("DEAL", "SHOP", "RIVAL")}
    await shop.set_organisation("RIVAL", group="gold")
    some = await _offer(shop, organisations=(shop.organisation("DEAL"),))
    group = await _offer(shop, groups=("gold",))
    every, once = await _offer(shop), await _offer(shop, groups=("gold",))
    await shop.done("hq", msgspec.structs.replace(once, groups=()))
    own = {id_: {"desk", f"promotion:{id_}"} for id_ in (some.promotion, group.promotion)}
    copies = {some.promotion: {"desk", orgs["DEAL"], orgs["SHOP"]}, group.promotion: {"desk", orgs["RIVAL"]}}
    to_all = {every.promotion: {"brand"}, once.promotion: {"brand"}}
    before = await _standing(shop)
    for revision, expected in (("0023", copies), ("head", own), ("0023", copies), ("head", own)):
        await (running.upgrade if revision == "head" else running.downgrade)(url, revision)
        found = {id_: (await shop.feed("promotion", id_, rows.Promotion))[1] for id_ in (expected | to_all)}
        assert found == expected | to_all
        standing = await _standing(shop)
        assert all(standing[scope][0] >= seq for scope, (seq, *_) in before.items() if scope in standing)
    # What phones hold of the customers' own scopes goes on: none begins anew.
    assert {scope for scope in before if not scope.startswith("promotion:")} <= standing.keys()
    for login, held in (("shop", {some.promotion}), ("rival", {group.promotion}), ("staff", set())):
        scopes = await shop.may_hold(login)
        assert {scope for scope in scopes if scope.startswith("promotion:")} == {f"promotion:{id_}" for id_ in held}


async def _offer(shop: Shop, **meant_for: Any) -> PromotionSave:
    code = new_id()[-8:]
    save = shop.promotion_save(kind="buy_x_get_y", reward=PromotionReward(buy=5, get=1), code=code, **meant_for)
    await shop.done("hq", save)
    return save


async def _standing(shop: Shop) -> dict[str, tuple[int, int, int]]:
    """Every counter, each held against the rows themselves."""
    async with shop.sessions() as session:
        held = (await session.scalars(select(SyncRow).where(SyncRow.tenant_id == shop.tenant_id))).all()
        counters = (await session.scalars(select(SyncCounter).where(SyncCounter.tenant_id == shop.tenant_id))).all()
    for counter in counters:
        rows_there = [row for row in held if row.scope == counter.scope and row.gone == ""]
        total = sum(row_hash(row.entity, row.id, row.seq) for row in rows_there) % MODULUS
        assert (counter.count, counter.hash) == (len(rows_there), total), counter.scope
        numbers = [row.seq for row in held if row.scope == counter.scope]
        assert len(set(numbers)) == len(numbers)
    return {counter.scope: (counter.seq, counter.count, counter.hash) for counter in counters}


async def test_processes_that_start_at_once_migrate_once(empty_url: str, url: str) -> None:
    def migrate() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "backend.cli", "migrate"],
            cwd=ROOT,
            env=clean_environ() | {"QUDAO_DATABASE_URL": empty_url},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    done = await asyncio.gather(*(asyncio.to_thread(migrate) for _ in range(2)))
    assert [item.returncode for item in done] == [0, 0], [item.stderr for item in done]
    assert sum("migrated empty" in item.stdout for item in done) == 1
    assert await running.differences(url) == []


async def test_a_failed_upgrade_leaves_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr("alembic.operations.Operations.create_index", fail)
    monkeypatch.setattr("alembic.operations.BatchOperations.create_index", fail)
    with pytest.raises(RuntimeError):
        await running.upgrade(url)
    monkeypatch.undo()
    assert await running.current(url) == ""
    assert await running.upgrade(url) == ("", running.head())
