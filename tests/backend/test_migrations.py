"""Migrations: up from empty, equal to the models, safe when several start at once, back down."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.migrations import running
from backend.settings import load_settings
from tests.servers import ROOT, PostgreSQL, clean_environ


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
