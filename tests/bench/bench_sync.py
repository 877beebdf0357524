"""Pushing 2,000 orders of 5 lines with all rules on, pulling 10,000 products and a delta of 100, sending it all again,
beside other sync servers on the same machine in the same run.

The peers come from ``../shared/tools/sync-peers`` where that folder is and its ``setup.sh`` was run (``TOOLS_WORK``
names where to; default ``work`` there). What is missing is said and left out. One client, one connection, one batch at
a time; times are the client's and include building and parsing JSON there. Both databases are durable: SQLite with
``synchronous=FULL``, PostgreSQL with fsync on.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from tests.bench import sync_world
from tests.bench.sync_world import CHANGED, ORDERS, PRODUCTS, World
from tests.servers import PostgreSQL, Served

BATCH = 100
PEERS = Path(__file__).parents[3] / "shared" / "tools" / "sync-peers"
KINTO, PARSE, POUCH = "Kinto on PostgreSQL", "Parse Server on PostgreSQL", "PouchDB Server on LevelDB"
SCRIPTS = {KINTO: ("peer_kinto.py", "postgresql"), PARSE: ("peer_parse.py",), POUCH: ("peer_pouch.py", "leveldb")}
# LevelDB, as PouchDB Server opens it, answers before anything is on the disk.
DURABLE = (KINTO, PARSE)
REPLAY_SHARE = 0.2
Figures = dict[str, dict[str, Any]]


@dataclass(slots=True)
class Step:
    """``up`` and ``down``: bytes of bodies."""

    seconds: float
    up: int = 0
    down: int = 0


class Device:
    """The rep's phone as its server sees it."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "br, gzip"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=120)
        self.cursors: dict[str, int] = {}

    def push(self, orders: list[tuple[str, dict[str, Any]]]) -> tuple[Step, int]:
        """Send them in batches; how many were applied, replayed or not."""
        step, applied = Step(0), 0
        began = time.perf_counter()
        for start in range(0, len(orders), BATCH):
            mutations = [
                {"id": order_id, "n": start + place, "name": "order.place", "args": args}
                for place, (order_id, args) in enumerate(orders[start : start + BATCH])
            ]
            body = json.dumps({"device": "bench", "mutations": mutations}, separators=(",", ":")).encode()
            answer = self._post("/api/sync/push", body, step)
            refused = [result for result in answer["results"] if result["status"] != "applied"]
            assert not refused, refused[:3]
            applied += len(answer["results"])
        step.seconds = time.perf_counter() - began
        return step, applied

    def pull(self, *scopes: str) -> tuple[Step, int]:
        """All there is since the last time in ``scopes``."""
        step, rows = Step(0), 0
        todo = {scope: self.cursors.get(scope, 0) for scope in scopes}
        began = time.perf_counter()
        while todo:
            body = json.dumps({"scopes": todo, "limit": 2000}).encode()
            for scope, page in self._post("/api/sync/pull", body, step)["scopes"].items():
                rows += len(page.get("puts", ()))
                todo[scope] = self.cursors[scope] = page["next"]
                if not page.get("more"):
                    del todo[scope]
        step.seconds = time.perf_counter() - began
        return step, rows

    def give(self, *commands: Any) -> None:
        """As the head office does."""
        mutations = [
            {"id": sync_world.row_id("change", place), "n": place, "name": each.NAME, "args": msgspec.to_builtins(each)}
            for place, each in enumerate(commands)
        ]
        body = msgspec.json.encode({"device": "desk", "mutations": mutations})
        answer = self._post("/api/sync/push", body, Step(0))
        assert all(result["status"] == "applied" for result in answer["results"]), answer["results"][:3]

    def _post(self, path: str, body: bytes, step: Step) -> Any:
        step.up += len(body)
        with self._http.stream("POST", path, content=body, headers={"Content-Type": "application/json"}) as response:
            content = response.read()
            step.down += response.num_bytes_downloaded
        assert response.status_code == 200, content[:500]
        return json.loads(content)


def measure() -> Figures:
    """Ratios are to the best peer, for the push to the best durable one; a bound of 1 means ahead of all of them."""
    ours = {"sqlite": _ours_on_sqlite(), "postgresql": _ours_on_postgresql()}
    peers = {name: steps for name, script in SCRIPTS.items() if (steps := _peer(name, script))}
    figures: Figures = {}
    for engine, steps in ours.items():
        for name, step in steps.items():
            figures[f"sync.{engine}.{name}.time"] = {"value": round(step.seconds * 1000, 1), "unit": "ms"}
            figures[f"sync.{engine}.{name}.bytes"] = {"value": step.up + step.down, "unit": "B"}
        replay = figures[f"sync.{engine}.replay.time"]
        ratio = steps["replay"].seconds / steps["push"].seconds
        replay |= {"ratio": round(ratio, 3), "against": "the push", "bound": REPLAY_SHARE}
        durable = {name: steps for name, steps in peers.items() if name in DURABLE}
        _compare(figures[f"sync.{engine}.push.time"], durable, "push", lambda step: step.seconds * 1000)
        for name in ("pull_initial", "pull_delta"):
            _compare(figures[f"sync.{engine}.{name}.time"], peers, name, lambda step: step.seconds * 1000)
        for name in ("pull_initial", "pull_delta"):
            _compare(figures[f"sync.{engine}.{name}.bytes"], peers, name, lambda step: step.up + step.down)
    for peer, steps in peers.items():
        for name, step in steps.items():
            figures[f"sync.peer.{peer}.{name}.time"] = {"value": round(step.seconds * 1000, 1), "unit": "ms"}
    return figures


def _compare(figure: dict[str, Any], peers: dict[str, dict[str, Step]], step: str, of: Callable[[Step], float]) -> None:
    best = min(((of(steps[step]), name) for name, steps in peers.items()), default=None)
    if best:
        figure |= {"ratio": round(figure["value"] / best[0], 3), "against": best[1], "bound": 1.0}


def _ours_on_sqlite() -> dict[str, Step]:
    # On a disk: memory would flatter it.
    folder = Path(tempfile.mkdtemp(prefix="qudao-bench-", dir=os.environ.get("TMPDIR", "/var/tmp")))
    try:
        return _ours(f"sqlite:///{folder}/bench.sqlite3", folder)
    finally:
        shutil.rmtree(folder)


def _ours_on_postgresql() -> dict[str, Step]:
    folder = Path(tempfile.mkdtemp(prefix="qudao-bench-"))
    server = PostgreSQL()
    try:
        for setting in ("fsync = on", "full_page_writes = on", "synchronous_commit = on"):
            server.execute(f"ALTER SYSTEM SET {setting}")
        server.execute("SELECT pg_reload_conf()")
        return _ours(server.url(server.create()), folder)
    finally:
        server.stop()
        shutil.rmtree(folder)


def _ours(url: str, folder: Path) -> dict[str, Step]:
    world = asyncio.run(sync_world.build(url))
    with _serving(url, folder) as served:
        return _steps(served.url, world)


@contextmanager
def _serving(url: str, folder: Path) -> Iterator[Served]:
    served = Served({"QUDAO_DATA": str(folder), "QUDAO_DATABASE_URL": url, "QUDAO_SHELL": str(folder / "none")})
    served.start()
    try:
        yield served
    finally:
        served.stop()


def _steps(url: str, world: World) -> dict[str, Step]:
    device, desk = Device(url, world.token), Device(url, world.brand.tokens["hq"])
    orders = [
        (sync_world.row_id("command", index), msgspec.to_builtins(order)) for index, order in enumerate(world.orders())
    ]
    steps: dict[str, Step] = {}
    steps["push"], applied = device.push(orders)
    assert applied == ORDERS
    steps["pull_initial"], rows = device.pull("brand")
    assert rows >= PRODUCTS
    desk.give(*(sync_world.product(index * 97, sort=1) for index in range(CHANGED)))
    steps["pull_delta"], rows = device.pull("brand")
    assert rows == CHANGED
    steps["replay"], applied = device.push(orders)
    assert applied == ORDERS
    scopes = (f"list:{world.price_list}", "stock", *(f"org:{shop.id}" for shop in world.shops))
    steps["pull_prices_stock_orders"], rows = device.pull(*scopes)
    assert rows >= 2 * PRODUCTS + ORDERS
    return steps


def _peer(name: str, script: tuple[str, ...]) -> dict[str, Step]:
    """The figures of a peer's own harness; empty where it cannot run."""
    work = Path(os.environ.get("TOOLS_WORK") or PEERS / "work")
    python = work / "venv-client" / "bin" / "python"
    if not python.exists():
        print(f"   SKIPPED {name}: no peers at {work}", file=sys.stderr, flush=True)
        return {}
    run = subprocess.run(
        [str(python), *script],
        cwd=PEERS,
        env=os.environ | {"TOOLS_WORK": str(work)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if run.returncode:
        print(f"   SKIPPED {name}: it failed\n{run.stderr[-1500:]}", file=sys.stderr, flush=True)
        return {}
    found = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    return {
        record["step"]: Step(record["ms"] / 1000, record["tx"], record["rx"])
        for record in found
        if record["step"] in ("push", "pull_initial", "pull_delta", "replay")
    }


def main() -> None:
    print(json.dumps(measure(), indent=1))


if __name__ == "__main__":
    main()
