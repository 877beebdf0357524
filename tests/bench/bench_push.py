"""One notice to 10,000 readers, each with a device: how long the request takes that starts it, how long until the last
push is handed over, and what others wait for meanwhile. Twice: ``push.*`` is telling people alone, ``notice.*`` the
whole way of a notice, from the command that sends it over fixing its audience and giving each reader a row of their
own, a part at a time.

The server does its jobs itself, which is the harder case: requests and pushes share one process. The push service is
a process of its own on this machine, so its network costs nothing; what is measured is ours: reading, encrypting for
each device, signing, sending, bookkeeping."""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import msgspec
import uvicorn
from litestar import Litestar, post
from sqlalchemy import delete, func, insert, select

from backend.app import create_app
from backend.database import make_engine, make_sessions, snapshot, transaction
from backend.http.given import Session, Who
from backend.identity.models import Tenant, User, UserSession
from backend.jobs.models import QueuedJob
from backend.migrations import running
from backend.push.models import PushSubscription
from backend.push.service import notify
from backend.push.vapid import keys_of
from backend.settings import Settings, load_settings
from offline.ids import new_id
from offline.wire.commands import Command
from offline.wire.notices import Audience, NoticeSave, NoticeSend
from tests.people import make_world
from tests.push.stand_in import Receiver
from tests.servers import ROOT, PostgreSQL, clean_environ, free_port, wait_for_port

READERS = 10_000
# A p95 of fewer would be that of the first one alone, on a database nobody has asked anything yet.
REQUESTS = 100
LIMIT_MS = 100.0


def measure() -> dict[str, dict[str, Any]]:
    figures: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder, _endpoint() as relay:
        figures |= _measured("sqlite", f"sqlite:///{folder}/push.sqlite3", relay, folder)
        server = PostgreSQL()
        try:
            figures |= _measured("postgresql", server.url(server.create()), relay, folder)
        finally:
            server.stop()
    return figures


@contextmanager
def _endpoint() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.push_endpoint"],
        cwd=ROOT,
        env=clean_environ(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _measured(name: str, url: str, relay: str, folder: str) -> dict[str, dict[str, Any]]:
    environ = {
        "QUDAO_DATABASE_URL": url,
        "QUDAO_DATA": folder,
        "QUDAO_PUSH_RELAY": relay,
        "QUDAO_SHELL": str(Path(folder) / "none"),
        "QUDAO_LOG_LEVEL": "warning",
    }
    settings = load_settings(environ | {"QUDAO_HOUSEKEEPING": "off"})
    token, readers = asyncio.run(_populate(settings))
    headers = {"Authorization": f"Bearer {token}"}
    with _served(settings, readers) as address, httpx.Client(base_url=address, headers=headers, timeout=60) as client:
        pushing = [_timed(partial(_tell, client)) for _ in range(REQUESTS)]
        assert asyncio.run(_emptied(settings)) >= REQUESTS * READERS // 250
        desk = _Desk(client)
        drafts = [desk.draft() for _ in range(REQUESTS)]
        sending = [_timed(partial(desk.send, notice)) for notice in drafts]
        assert asyncio.run(_emptied(settings)) == REQUESTS
    with (
        _served(load_settings(environ), readers) as address,
        httpx.Client(base_url=address, headers=headers, timeout=60) as client,
    ):
        told = _fanned_out(client, relay, partial(_tell, client))
        desk = _Desk(client)
        notice = desk.draft()
        sent = _fanned_out(client, relay, partial(desk.send, notice))
    return _figures("push", name, pushing, told) | _figures("notice", name, sending, sent)


def _figures(what: str, name: str, took: list[float], fanned_out: tuple[float, float]) -> dict[str, dict[str, Any]]:
    """``took``: ms of each request that starts it."""
    p95 = statistics.quantiles(took, n=20)[-1]
    seconds, meanwhile = fanned_out
    bound = {"ratio": round(p95 / LIMIT_MS, 3), "against": "100 ms", "bound": 1.0}
    return {
        f"{what}.request_p95.{name}": {"value": round(p95, 1), "unit": "ms", **bound},
        f"{what}.last_of_10000.{name}": {"value": round(seconds, 1), "unit": "s"},
        f"{what}.others_p95_meanwhile.{name}": {"value": round(meanwhile, 1), "unit": "ms"},
    }


def _timed(deed: Callable[[], None]) -> float:
    began = time.perf_counter()
    deed()
    return (time.perf_counter() - began) * 1000


def _tell(client: httpx.Client) -> None:
    assert client.post("/api/bench/notice").status_code == 204


class _Desk:
    """Head office's desk, as its commands arrive."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._device = new_id()
        self._count = 0

    def draft(self) -> str:
        """A notice to all shops that is written and not sent; its id."""
        notice = new_id()
        text = {"zh": "八月一日起执行新价格，请提前备货。", "en": "New prices hold from 1 August."}
        audience = Audience(types=("shop",))
        self._does(NoticeSave(notice=notice, title={"zh": "调价", "en": "New prices"}, text=text, audience=audience))
        return notice

    def send(self, notice: str) -> None:
        self._does(NoticeSend(notice=notice))

    def _does(self, command: Command) -> None:
        self._count += 1
        mutation = {
            "id": new_id(), "n": self._count, "name": command.NAME, "args": msgspec.to_builtins(command),
            "local_at": datetime.now(UTC).isoformat(),
        }  # fmt: skip
        answer = self._client.post("/api/sync/push", json={"device": self._device, "mutations": [mutation]})
        assert answer.json()["results"][0]["status"] == "applied", answer.text


def _fanned_out(client: httpx.Client, relay: str, start: Callable[[], None]) -> tuple[float, float]:
    """Seconds from the request to the last push; p95 of small requests until then, in ms."""
    before = httpx.get(relay).json()["count"]
    began = time.monotonic()
    start()
    others: list[float] = []
    while httpx.get(relay).json()["count"] < before + READERS:
        others.append(_timed(partial(_look, client)))
        time.sleep(0.02)
        assert time.monotonic() < began + 300, httpx.get(relay).json()
    return httpx.get(relay).json()["last"] - began, statistics.quantiles(others, n=20)[-1]


def _look(client: httpx.Client) -> None:
    assert client.get("/api/session").status_code == 200


@contextmanager
def _served(settings: Settings, readers: list[str]) -> Iterator[str]:
    @post("/api/bench/notice", status_code=204)
    async def send_notice(session: Session, principal: Who) -> None:
        values = {"number": "SO-2026-07-0001", "organisation": {"zh": "好邻居便利店"}, "parcel": ""}
        text = "push.order.approved"
        await notify(session, principal.tenant_id, readers, f"notice:{new_id()}", text, values, "/orders")

    app: Litestar = create_app(settings)
    app.register(send_notice)
    config = uvicorn.Config(app, port=free_port(), log_config=None, access_log=False, ws="none", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    address = f"http://127.0.0.1:{config.port}"
    wait_for_port(address)
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join()


async def _populate(settings: Settings) -> tuple[str, list[str]]:
    """A brand with 10,000 shopkeepers, each signed in on a phone that wants notifications; head office's token."""
    await running.upgrade(settings.database_url)
    engine = make_engine(settings.database_url)
    sessions = make_sessions(engine)
    world = await make_world(sessions)
    brand, now = world.demo, datetime.now(UTC)
    keys = await keys_of(sessions, settings)
    browsers = [Receiver() for _ in range(50)]
    people: list[dict[str, Any]] = []
    sittings: list[dict[str, Any]] = []
    devices: list[dict[str, Any]] = []
    for number in range(READERS):
        user, sitting, browser = new_id(), new_id(), browsers[number % len(browsers)].subscription
        endpoint = f"https://push{number % 4}.example.com/send/{number}"
        tenant = {"tenant_id": brand.tenant.id}
        people.append(
            {
                **tenant, "id": user, "login": f"reader{number}@demo", "name": f"Reader {number}", "role": "shop",
                "organisation_id": brand.organisations["SHOP"], "locale": ("zh-CN", "en")[number % 2],
                "password_hash": "-", "active": True, "created_at": now,
            }
        )  # fmt: skip
        sittings.append(
            {
                **tenant, "id": sitting, "user_id": user, "token_hash": sha256(sitting.encode()).hexdigest(),
                "created_at": now, "seen_at": now, "expires_at": now + timedelta(days=30),
            }
        )  # fmt: skip
        devices.append(
            {
                **tenant, "id": new_id(), "user_id": user, "session_id": sitting, "endpoint": endpoint,
                "endpoint_hash": sha256(endpoint.encode()).hexdigest(), **browser["keys"], "key_id": keys.id,
                "origin": "https://qudao.example.com", "created_at": now,
            }
        )  # fmt: skip
    async with transaction(sessions) as session:
        for kind, found in ((User, people), (UserSession, sittings), (PushSubscription, devices)):
            await session.execute(insert(kind), found)
        tenant_row = await session.get_one(Tenant, brand.tenant.id)
        tenant_row.quiet_hours = "none"
    await engine.dispose()
    return brand.tokens["hq"], [each["id"] for each in people]


async def _emptied(settings: Settings) -> int:
    """How many jobs waited; none does any more."""
    engine = make_engine(settings.database_url)
    sessions = make_sessions(engine)
    async with snapshot(sessions) as session:
        found = await session.scalar(select(func.count()).select_from(QueuedJob)) or 0
    async with transaction(sessions) as session:
        await session.execute(delete(QueuedJob))
    await engine.dispose()
    return found
