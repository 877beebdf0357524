"""Hints between the processes of one installation, by way of PostgreSQL, and what a lost connection does to them."""

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from click.testing import CliRunner
from litestar import Litestar
from sqlalchemy import text

from backend.cli import qudao
from backend.database import make_engine
from backend.settings import Settings
from backend.sync import live
from backend.sync.changes import BRAND
from backend.sync.live import Subscription, make_hub
from tests.people import World


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_hints_reach_other_processes(app: Litestar, world: World) -> None:
    here, there = make_hub(app.state.engine), make_hub(app.state.engine)
    tenant = world.demo.tenant.id
    async with here.running(), there.running():
        with there.subscribed(tenant, frozenset({BRAND})) as subscription:
            for seq in range(1, 200):
                here.publish(tenant, {BRAND: seq, **{f"org:{number:036}": 1 for number in range(130)}})
                if news := await subscription.news(0.1):
                    break
    assert news == {BRAND: seq} or news[BRAND] <= seq


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_who_only_listens_hears_again_after_the_connection_was_lost(
    app: Litestar, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process whose apps write nothing learns of the loss all the same."""
    monkeypatch.setattr(live, "_ASK_SECONDS", 0.05)
    monkeypatch.setattr(live, "_RETRY_SECONDS", 0.05)
    here, there = make_hub(app.state.engine), make_hub(app.state.engine)
    tenant = world.demo.tenant.id
    # Not by its last statement, which is LISTEN only until it asks whether it is still connected.
    end = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'qudao hints' AND datname = current_database()"
    )

    async def heard(subscription: Subscription) -> bool:
        for seq in range(1, 100):
            here.publish(tenant, {BRAND: seq})
            await here.flush()
            if await subscription.news(0.1):
                return True
        return False

    async with there.running():
        with there.subscribed(tenant, frozenset({BRAND})) as subscription:
            assert await heard(subscription)
            async with app.state.engine.begin() as connection:
                assert (await connection.execute(end)).all()
            assert await heard(subscription)


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_whatever_the_driver_calls_the_loss_of_its_connection_it_is_made_again(
    app: Litestar, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement that meets the server's goodbye fails in the driver's own protocol."""
    monkeypatch.setattr(live, "_RETRY_SECONDS", 0.05)
    here, there = make_hub(app.state.engine), make_hub(app.state.engine)
    tenant, send, met = world.demo.tenant.id, live.PostgresHub._send, list[str]()

    async def goodbye(hub: live.PostgresHub, connection: Any) -> None:
        if not met:
            met.append("goodbye")
            raise asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress")
        await send(hub, connection)

    monkeypatch.setattr(live.PostgresHub, "_send", goodbye)
    async with there.running():
        with there.subscribed(tenant, frozenset({BRAND})) as subscription:
            for seq in range(1, 100):
                here.publish(tenant, {BRAND: seq})
                await here.flush()
                if met and (news := await subscription.news(0.1)):
                    break
    assert BRAND in news


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_an_open_app_hears_of_an_import_by_command(
    app: Litestar, world: World, environ: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "goods.csv"
    with app.state.hub.subscribed(world.demo.tenant.id, frozenset({BRAND})) as subscription:
        for number in range(5):
            file.write_text(f"sku,name_en\nN-{number},One\n")
            command = ["import", "products", str(file), "--tenant", "demo"]
            done = await asyncio.to_thread(CliRunner(env=environ).invoke, qudao, command)
            assert done.exit_code == 0, done.output
            # The app may not have been listening yet.
            if news := await subscription.news(2):
                break
    assert news.keys() == {BRAND}


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_hints_go_the_way_the_database_is_reached(settings: Settings, world: World) -> None:
    """An address may say more than where the server is, in words that only SQLAlchemy's driver knows."""
    mark = "&" if "?" in settings.database_url else "?"
    engine = make_engine(f"{settings.database_url}{mark}ssl=prefer&prepared_statement_cache_size=50")
    here, there = make_hub(engine), make_hub(engine)
    async with here.running(), there.running():
        with there.subscribed(world.demo.tenant.id, frozenset({BRAND})) as subscription:
            for seq in range(1, 100):
                here.publish(world.demo.tenant.id, {BRAND: seq})
                if news := await subscription.news(0.1):
                    break
    assert news
    await engine.dispose()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_a_hub_ends_also_when_there_is_news_at_that_moment(app: Litestar, world: World) -> None:
    here, there = make_hub(app.state.engine), make_hub(app.state.engine)
    # Who lost the cancellation waits for ever; two hubs that begin may take a while where much else is done.
    async with asyncio.timeout(30) as bound, there.running(), here.running():
        with there.subscribed(world.demo.tenant.id, frozenset({BRAND})) as subscription:
            seq = 0
            while not await subscription.news(0.1):
                here.publish(world.demo.tenant.id, {BRAND: (seq := seq + 1)})
            await subscription.news(0.3)  # until nothing is under way
        here.publish(world.demo.tenant.id, {BRAND: seq + 1})
    assert not bound.expired()
