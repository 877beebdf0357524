"""What the field does to a sync server, from outside: real processes, real sockets, ``kill -9``. On both engines.

F1 the answer is lost and the batch sent again      F2 six tabs push the same batch
F3 a bad command among good ones                    F4 an id used again with other content
F5 kill -9 during pushes, then the same again       F6 a follower polls while others write
F7 a snapshot broken off and resumed while rows change

Short by default; ``QUDAO_FAULT_SECONDS`` lengthens F5 and F6.
"""

import asyncio
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from backend.database import make_engine
from backend.orders.models import Order, OrderLine
from backend.settings import load_settings
from offline.ids import new_id
from tests.bench.sync_world import row_id
from tests.servers import Served
from tests.shop import Shop

SECONDS = float(os.environ.get("QUDAO_FAULT_SECONDS", "3"))
LATER = (409, 425, 429, 500, 503)
LINES = 2
Mutations = list[dict[str, Any]]


class Field:
    """A served brand, and devices that push orders of ``LINES`` lines to it."""

    def __init__(self, url: str, shop: Shop, start: Callable[..., Served]) -> None:
        self.database_url = url
        self.shop = shop
        self.served = start()
        self._devices: list[httpx.Client] = []

    def device(self, login: str = "hq") -> httpx.Client:
        client = httpx.Client(base_url=self.served.url, headers=self.shop.brand.bearer(login), timeout=60)
        self._devices.append(client)
        return client

    def close(self) -> None:
        for client in self._devices:
            client.close()

    def orders(self, start: int, stop: int, namespace: str) -> Mutations:
        """The same commands for the same numbers, whenever they are made."""
        return [self._order(index, namespace) for index in range(start, stop)]

    def _order(self, index: int, namespace: str) -> dict[str, Any]:
        lines = [
            {
                "id": row_id(f"{namespace} line {place}", index),
                "product": self.shop.products[sku],
                "quantity": 1 + index % 7,
                "unit_price": price,
                "net": price,
            }
            for place, (sku, price) in enumerate((("B", "4.50"), ("C", "99.99")))
        ]
        args = {
            "order": row_id(namespace, index),
            "organisation": self.shop.organisation("RIVAL"),
            "lines": lines,
            "currency": "CNY",
            "total": "1.00",
        }
        return {"id": row_id(f"{namespace} command", index), "n": index, "name": "order.place", "args": args}

    def counts(self) -> tuple[int, int]:
        """Orders and lines that are really there."""

        async def count() -> tuple[int, int]:
            engine = make_engine(load_settings({"QUDAO_DATABASE_URL": self.database_url}).database_url)
            async with engine.connect() as connection:
                orders = (await connection.execute(select(func.count()).select_from(Order))).scalar_one()
                lines = (await connection.execute(select(func.count()).select_from(OrderLine))).scalar_one()
            await engine.dispose()
            return orders, lines

        return asyncio.run(count())


@pytest.fixture
def field(database_url: str, opened_shop: Shop, serve: Callable[..., Served]) -> Iterator[Field]:
    opened = Field(database_url, opened_shop, serve)
    yield opened
    opened.close()


def push(http: httpx.Client, batch: Mutations, device: str = "d") -> httpx.Response:
    return http.post("/api/sync/push", json={"device": device, "mutations": batch})


def insist(http: httpx.Client, batch: Mutations, device: str = "d") -> list[str]:
    """Send until there is an answer; the verdicts."""
    until = time.monotonic() + 60
    while (response := push(http, batch, device)).status_code != 200:
        assert response.status_code in LATER, response.text
        assert time.monotonic() < until, response.text
        time.sleep(0.1)
    return [result["status"] for result in response.json()["results"]]


def send_and_hang_up(field: Field, batch: Mutations) -> None:
    """The whole request, and the socket closed before the answer: at once, which the server sees before it reads on, or
    a moment later, when it is at work."""
    # Byte for byte what ``push`` sends: anything else is another command under the same id.
    body = httpx.Request("POST", "http://x", json={"device": "d", "mutations": batch}).content
    head = (
        f"POST /api/sync/push HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {field.shop.brand.tokens['hq']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", field.served.port)) as connection:
        connection.sendall(head.encode() + body)
        time.sleep(random.choice((0, 0.01, 0.03)))


def in_threads(work: Callable[..., None], arguments: list[tuple[Any, ...]]) -> None:
    failed: list[BaseException] = []

    def run(*args: Any) -> None:
        try:
            work(*args)
        except BaseException as error:  # noqa: BLE001 - told by the thread that waits
            failed.append(error)

    threads = [threading.Thread(target=run, args=args) for args in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def test_f1_to_f4_lost_doubled_poisoned_reused(field: Field) -> None:
    http = field.device()
    # F1
    for start in range(0, 60, 10):
        batch = field.orders(start, start + 10, "f1")
        send_and_hang_up(field, batch)
        assert insist(http, batch) == ["applied"] * 10
    time.sleep(0.3)
    assert field.counts() == (60, 60 * LINES)
    # F2
    codes: list[int] = []

    def tab() -> None:
        own = field.device()
        for start in range(0, 60, 20):
            while (response := push(own, field.orders(start, start + 20, "f2"))).status_code != 200:
                codes.append(response.status_code)
                time.sleep(random.uniform(0.01, 0.1))

    in_threads(tab, [()] * 6)
    assert field.counts() == (120, 120 * LINES)
    assert not [code for code in codes if code >= 500 and code != 503], codes
    # F3
    batch = field.orders(0, 10, "f3")
    batch[3]["args"]["lines"][0]["quantity"] = "many"
    batch[6]["name"] = "order.teleport"
    first = insist(http, batch)
    assert [status == "applied" for status in first] == [position not in (3, 6) for position in range(10)]
    assert insist(http, batch) == first
    assert field.counts() == (128, 128 * LINES)
    # F4
    (reused,) = field.orders(0, 1, "f1")
    reused["args"]["note"] = "other"
    (result,) = push(http, [reused]).json()["results"]
    assert (result["status"], result["code"]) == ("rejected", "id_reused")
    assert field.counts() == (128, 128 * LINES)


def test_f5_killed_in_the_middle_of_pushes(field: Field) -> None:
    end, killed, total = time.monotonic() + SECONDS, 0, 0
    while killed < 3 or time.monotonic() < end:
        batches = [field.orders(total + start, total + start + 25, "f5") for start in range(0, 100, 25)]
        total += 100

        def storm(some: list[Mutations]) -> None:
            http = field.device()
            for batch in some:
                try:
                    push(http, batch)
                except httpx.HTTPError:
                    return

        thread = threading.Thread(target=storm, args=(batches,))
        thread.start()
        time.sleep(random.uniform(0.02, 0.5))
        field.served.kill()
        thread.join()
        killed += 1
        field.served.start()
        http = field.device()
        for batch in batches:
            assert insist(http, batch) == ["applied"] * 25
        assert field.counts() == (total, total * LINES)


class View:
    """A follower of one scope."""

    def __init__(self, http: httpx.Client, scope: str = "brand", limit: int = 7) -> None:
        self._http = http
        self._scope = scope
        self._limit = limit
        self.cursor = 0
        self.rows: dict[tuple[str, str], Any] = {}
        self.digest = ""

    def page(self) -> bool:
        """Whether there is more."""
        asked = {"scopes": {self._scope: self.cursor}, "limit": self._limit}
        response = self._http.post("/api/sync/pull", json=asked)
        assert response.status_code == 200, response.text
        page = response.json()["scopes"][self._scope]
        assert not page.get("reset")
        for put in page.get("puts", ()):
            self.rows[put["entity"], put["id"]] = (put["seq"], put["doc"])
        for gone in page.get("dels", ()):
            self.rows.pop((gone["entity"], gone["id"]), None)
        self.cursor = page["next"]
        self.digest = page.get("digest", "")
        return bool(page.get("more"))

    def follow(self) -> "View":
        while self.page():
            pass
        assert self.digest.split(":")[0] == str(len(self.rows))
        return self


def saves(field: Field, rng: random.Random, count: int) -> Mutations:
    """An administrator saves products, old and new ones."""
    found = []
    for _ in range(count):
        number = rng.randrange(40)
        args = {
            "product": row_id("product", number),
            "sku": f"P{number}",
            "name": {"en": f"P{number} {rng.random()}"},
            "unit": {"en": "pc"},
        }
        found.append({"id": new_id(), "n": 1, "name": "product.save", "args": args})
    return found


def test_f6_a_follower_misses_nothing(field: Field) -> None:
    insist(field.device(), saves(field, random.Random(0), 60))
    stopping = threading.Event()

    def write(writer: int) -> None:
        http, rng = field.device(), random.Random(writer)
        while not stopping.is_set():
            insist(http, saves(field, rng, rng.choice((1, 1, 30))), f"device {writer}")

    def read() -> None:
        end = time.monotonic() + SECONDS
        try:
            while time.monotonic() < end:
                follower.follow()
        finally:
            stopping.set()

    follower = View(field.device("rep"))
    in_threads(lambda work, *args: work(*args), [(read,), *((write, writer) for writer in range(4))])
    fresh = View(field.device("rep"), limit=1000).follow()
    assert follower.follow().rows == fresh.rows
    assert follower.digest == fresh.digest


def test_f7_a_snapshot_goes_on_where_it_broke_off(field: Field) -> None:
    desk, rng = field.device(), random.Random(7)
    insist(desk, saves(field, rng, 90))
    broken = View(field.device("rep"))
    for _ in range(3):
        assert broken.page()
    insist(desk, saves(field, rng, 25))
    assert broken.follow().rows == View(field.device("rep"), limit=1000).follow().rows
