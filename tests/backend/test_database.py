"""Transactions: reads cannot write, failed commits are failures, contention is told apart."""

import asyncio
import logging
import os
import signal
import sqlite3
import threading
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from sqlalchemy import String, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import QueuePool

from backend import database
from backend.database import (
    DatabaseAway,
    close_engine,
    is_contention,
    make_engine,
    make_read_sessions,
    make_sessions,
    snapshot,
    transaction,
)
from backend.settings import Settings


class _Base(DeclarativeBase):
    pass


class Note(_Base):
    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(20))


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(settings.database_url)
    async with engine.begin() as connection:
        await connection.run_sync(_Base.metadata.create_all)
    yield engine
    await engine.dispose()


async def count(engine: AsyncEngine) -> int:
    async with snapshot(make_read_sessions(engine)) as session:
        return int((await session.execute(text("SELECT count(*) FROM notes"))).scalar_one())


async def test_a_transaction_commits_at_its_end(engine: AsyncEngine) -> None:
    async with transaction(make_sessions(engine)) as session:
        session.add(Note(id=1, text="kept"))
    assert await count(engine) == 1


async def test_what_raises_leaves_nothing(engine: AsyncEngine) -> None:
    async def fail() -> None:
        async with transaction(make_sessions(engine)) as session:
            session.add(Note(id=1, text="lost"))
            await session.flush()
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await count(engine) == 0


async def test_a_read_session_cannot_write(engine: AsyncEngine) -> None:
    async with snapshot(make_read_sessions(engine)) as session:
        with pytest.raises(DBAPIError, match=r"readonly|read-only"):
            await session.execute(text("INSERT INTO notes VALUES (1, 'x')"))
    # The connection goes back to the pool able to write.
    for number in range(20):
        async with transaction(make_sessions(engine)) as session:
            session.add(Note(id=number, text="y"))
    assert await count(engine) == 20
    async with snapshot(make_read_sessions(engine)) as session:
        with pytest.raises(DBAPIError, match=r"readonly|read-only"):
            await session.execute(text("DELETE FROM notes"))


async def test_a_read_session_sees_one_snapshot(engine: AsyncEngine) -> None:
    async with snapshot(make_read_sessions(engine)) as session:
        before = (await session.execute(text("SELECT count(*) FROM notes"))).scalar_one()
        async with transaction(make_sessions(engine)) as writer:
            writer.add(Note(id=1, text="new"))
        assert (await session.execute(text("SELECT count(*) FROM notes"))).scalar_one() == before == 0
    assert await count(engine) == 1


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_sqlite_is_durable_and_checks_foreign_keys(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        found = {
            name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


async def test_many_writers_at_once_all_get_through(engine: AsyncEngine) -> None:
    sessions = make_sessions(engine)

    async def write(number: int) -> None:
        async with transaction(sessions) as session:
            found = (await session.execute(text("SELECT count(*) FROM notes"))).scalar_one()
            session.add(Note(id=number, text=str(found)))

    await asyncio.gather(*(write(number) for number in range(60)))
    assert await count(engine) == 60


async def test_a_broken_rule_is_no_contention(engine: AsyncEngine) -> None:
    sessions = make_sessions(engine)
    async with transaction(sessions) as session:
        session.add(Note(id=1, text="first"))
    with pytest.raises(IntegrityError) as caught:
        async with transaction(sessions) as session:
            session.add(Note(id=1, text="second"))
    assert not is_contention(caught.value)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_locked_sqlite_file_is_contention(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process writes and does not end: the wait does."""
    holder = sqlite3.connect(settings.database_url.removeprefix("sqlite+aiosqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr("backend.database._SQLITE_WAIT_MS", 50)
    impatient = make_engine(settings.database_url)
    with pytest.raises(DBAPIError) as caught:
        async with impatient.begin():
            pass
    assert is_contention(caught.value)
    await impatient.dispose()
    holder.close()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_deadlocks_and_lock_waits_are_contention(engine: AsyncEngine) -> None:
    sessions = make_sessions(engine)
    async with transaction(sessions) as session:
        session.add_all([Note(id=1, text="a"), Note(id=2, text="b")])
    both = asyncio.Barrier(2)

    async def update(first: int, second: int) -> None:
        async with transaction(sessions) as session:
            await session.execute(text("UPDATE notes SET text = 'x' WHERE id = :id"), {"id": first})
            await both.wait()
            await session.execute(text("UPDATE notes SET text = 'y' WHERE id = :id"), {"id": second})

    results = await asyncio.gather(update(1, 2), update(2, 1), return_exceptions=True)
    failed = [item for item in results if isinstance(item, BaseException)]
    assert len(failed) == 1
    assert is_contention(failed[0])


async def test_a_database_that_is_not_there_is_contention() -> None:
    engine = make_engine("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    with pytest.raises(DatabaseAway) as caught:
        async with engine.connect():
            pass
    assert is_contention(caught.value)
    await engine.dispose()


_PASS = ("08006", "40P01", "53100", "53200", "53300", "58030")
_STAY = ("22003", "23505", "25006", "42P01")


@pytest.mark.parametrize(("state", "passes"), [*((each, True) for each in _PASS), *((each, False) for each in _STAY)])
def test_what_passes_by_itself_on_postgresql(state: str, passes: bool) -> None:
    """A disc that is full or broken among it: nobody's commands are to blame for that."""

    class Original(Exception):
        sqlstate = state

    assert is_contention(DBAPIError("INSERT", None, Original())) is passes


async def test_parameters_stay_out_of_messages(engine: AsyncEngine) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT * FROM nowhere WHERE x = :x"), {"x": "hush"})
    assert "hush" not in str(caught.value)


async def test_an_engine_closes_what_is_just_being_given_back(settings: Settings) -> None:
    engine = make_engine(settings.database_url)
    sessions = make_sessions(engine)

    held = asyncio.Event()

    async def hold() -> None:
        async with transaction(sessions) as session:
            await session.execute(text("SELECT 1"))
            held.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await held.wait()
    pool = cast("QueuePool", engine.pool)
    assert pool.checkedout() == 1
    task.cancel()
    await close_engine(engine)
    assert pool.checkedout() == 0
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("engine_name", ["sqlite"])
async def test_a_file_being_opened_for_who_is_cancelled_is_closed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(settings.database_url)
    connect, asked, answered = sqlite3.connect, threading.Event(), threading.Event()
    opened: list[sqlite3.Connection] = []

    def slowly(*arguments: Any, **options: Any) -> sqlite3.Connection:
        asked.set()
        assert answered.wait(10)
        opened.append(connect(*arguments, **options))
        return opened[-1]

    async def ask() -> None:
        async with engine.connect():
            raise AssertionError("cancelled before")

    monkeypatch.setattr(sqlite3, "connect", slowly)
    task = asyncio.create_task(ask())
    await asyncio.to_thread(asked.wait, 10)
    task.cancel()
    await asyncio.sleep(0.01)
    answered.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    await close_engine(engine)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("SELECT 1")


@pytest.mark.parametrize("engine_name", ["postgresql"])
async def test_a_server_that_takes_no_leave_is_not_waited_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(database, "GOODBYE_SECONDS", 0.2)
    engine = make_engine(settings.database_url)
    async with engine.connect() as one, engine.connect() as other:
        stopped = (await one.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        await other.execute(text("SELECT 1"))
    os.kill(stopped, signal.SIGSTOP)
    try:
        with caplog.at_level(logging.CRITICAL, "sqlalchemy.pool"):
            await asyncio.wait_for(close_engine(engine), 10)
    finally:
        os.kill(stopped, signal.SIGCONT)
    assert cast("QueuePool", engine.pool).checkedin() == 0
