"""A push service of our own that takes every message the app sends."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select, update

from backend.app import create_app
from backend.database import Sessions, snapshot, transaction
from backend.identity.models import Tenant
from backend.jobs.models import QueuedJob
from backend.push.models import PushSubscription
from backend.push.service import notify
from backend.settings import Settings, load_settings
from tests.people import World
from tests.push.stand_in import Receiver, StandIn
from tests.servers import running_app


@pytest.fixture
async def service() -> AsyncIterator[StandIn]:
    async with StandIn().running() as running:
        yield running


@pytest.fixture
def settings(environ: dict[str, str], service: StandIn) -> Settings:
    return load_settings(environ | {"QUDAO_PUSH_RELAY": service.url, "QUDAO_HOUSEKEEPING": "off"})


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Litestar]:
    async with running_app(create_app(settings)) as app:
        yield app


@dataclass
class Office:
    """Sends notices in the brand ``demo``; ``always_on``: quiet hours are off."""

    app: Litestar
    sessions: Sessions
    client: httpx.AsyncClient
    world: World

    @property
    def tenant_id(self) -> str:
        return self.world.demo.tenant.id

    async def join(self, login: str, receiver: Receiver | None = None) -> Receiver:
        receiver = receiver or Receiver()
        answer = await self.client.post(
            "/api/push/subscriptions", json=receiver.subscription, headers=self.world.demo.bearer(login)
        )
        assert answer.status_code == 204, answer.text
        return receiver

    async def tell(self, *logins: str, subject: str = "order:1", status: str = "shipped", **more: Any) -> None:
        people = [self.world.demo.users[login].id for login in logins]
        values = {"number": "SO-1", "organisation": {"zh": "好邻居", "en": "Good Neighbour"}, "parcel": "SF 1"}
        async with transaction(self.sessions) as session:
            await notify(session, self.tenant_id, people, subject, f"push.order.{status}", values, "/orders/1", **more)

    async def send(self) -> int:
        """Do the jobs that are due; returns how many runs."""
        runs: int = await self.app.state.runner.drain()
        return runs

    async def hurry(self) -> None:
        """Let the time pass for which jobs wait."""
        async with transaction(self.sessions) as session:
            await session.execute(update(QueuedJob).values(due_at=datetime.now(UTC) - timedelta(seconds=1)))

    async def quiet(self, hours: str) -> None:
        async with transaction(self.sessions) as session:
            await session.execute(update(Tenant).values(quiet_hours=hours))

    async def devices(self) -> int:
        async with snapshot(self.sessions) as session:
            return len((await session.scalars(select(PushSubscription))).all())

    async def jobs(self) -> list[QueuedJob]:
        async with snapshot(self.sessions) as session:
            return list(await session.scalars(select(QueuedJob).order_by(QueuedJob.id)))


@pytest.fixture
async def office(app: Litestar, sessions: Sessions, client: httpx.AsyncClient, world: World) -> Office:
    made = Office(app, sessions, client, world)
    await made.quiet("none")
    return made
