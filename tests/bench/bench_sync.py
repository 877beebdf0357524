"""Pushing 2,000 orders of 5 lines with all rules on, pulling 10,000 products and a delta of 100, sending it all again,
beside other sync servers on the same machine in the same run.

The peers come from ``../shared/tools/sync-peers`` where that folder is and its ``setup.sh`` was run (``TOOLS_WORK``
names where to; default ``work`` there). What is missing is said and left out. Everybody takes turns, and a time is the
median of the rounds; Kinto, which takes a minute, has one. One client, one connection, one batch at a time; times are
the client's and include building and parsing JSON there; bytes include the heads of HTTP.

How alike it is:

durable   We are: SQLite with ``synchronous=FULL``, PostgreSQL with fsync and synchronous_commit, a commit a batch.
          Parse and Kinto are, on their own PostgreSQL with the same settings: Kinto commits a batch, Parse each order,
          some ten at once. PouchDB's LevelDB answers before anything is on the disk, so no push is held against it.
batches   100 orders, Parse 50, the most it takes by default; it works on those of a batch side by side.
keys      Each the ids its own clients make: ours UUIDv7, the peers' random.
warm      Before its push every peer has taken 10,000 products by the same path. Ours begins with products, prices and
          stock of a copied database, so it first takes a hundred orders that are not measured, from another device.
collector Our client shares its process with the server's modules and the worlds, which the peers' clients do not have.
          They are kept out of the garbage collector's way: it would walk them in the middle of a pull, 100 ms a time.
          The orders are not: the peers' clients hold theirs, too.
planner   A database that was copied just now has no statistics, which PostgreSQL's autovacuum gathers within a minute:
          they are gathered before. The peers ask by key and write.
work      A peer stores an order: one row. None prices it, reserves stock, counts credit, keeps a receipt or tells other
          devices; Parse was given its master key and asks for no right. Ours does, some 27 rows an order.
"""

import asyncio
import gc
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from offline.ids import new_id
from tests.bench import sync_world
from tests.bench.sync_world import CHANGED, ORDERS, PRODUCTS, World
from tests.servers import PostgreSQL, Served

BATCH = 100
PEERS = Path(__file__).parents[3] / "shared" / "tools" / "sync-peers"
KINTO, PARSE, POUCH = "Kinto on PostgreSQL", "Parse Server on PostgreSQL", "PouchDB Server on LevelDB"
SCRIPTS = {KINTO: ("peer_kinto.py", "postgresql"), PARSE: ("peer_parse.py",), POUCH: ("peer_pouch.py", "leveldb")}
DURABLE = (KINTO, PARSE)
# As the peers' own PostgreSQL is set up.
PEERS_SETTINGS = (
    "fsync = on",
    "full_page_writes = on",
    "synchronous_commit = on",
    "wal_level = logical",
    "shared_buffers = '256MB'",
)
ROUNDS = 3
ONCE = frozenset({KINTO})
REPLAY_SHARE = 0.2
Figures = dict[str, dict[str, Any]]
Rounds = dict[str, list["Round"]]
Orders = list[tuple[str, dict[str, Any]]]
"""Id of the command, arguments of ``order.place``."""


@dataclass(slots=True)
class Step:
    """``up`` and ``down``: bytes on the wire. ``cpu``: seconds of the server's processes, without a database's of its
    own; kept for the push."""

    seconds: float
    up: int = 0
    down: int = 0
    cpu: float = 0


@dataclass(slots=True)
class Round:
    """``memory``: the server's resident set after all steps, in MB, without its database's."""

    steps: dict[str, Step]
    memory: float


class Device:
    """The rep's phone as its server sees it."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "br, gzip"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=120)
        self.cursors: dict[str, int] = {}

    def push(self, orders: Orders, device: str = "bench") -> tuple[Step, int]:
        """Send them in batches; how many were applied, replayed or not."""
        step, applied = Step(0), 0
        began = time.perf_counter()
        for start in range(0, len(orders), BATCH):
            mutations = [
                {"id": order_id, "n": start + place, "name": "order.place", "args": args}
                for place, (order_id, args) in enumerate(orders[start : start + BATCH])
            ]
            body = json.dumps({"device": device, "mutations": mutations}, separators=(",", ":")).encode()
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
        with self._http.stream("POST", path, content=body, headers={"Content-Type": "application/json"}) as response:
            content = response.read()
            step.up += len(body) + _head(f"POST {path} HTTP/1.1", response.request.headers)
            step.down += response.num_bytes_downloaded + _head("HTTP/1.1 200 OK", response.headers)
        assert response.status_code == 200, content[:500]
        return json.loads(content)


def _head(first: str, headers: httpx.Headers) -> int:
    return len(first) + 2 + sum(len(name) + len(value) + 4 for name, value in headers.raw) + 2


def measure() -> Figures:
    """Ratios are to the best peer, for the push to the best durable one; a bound of 1 means ahead of all of them."""
    ours: Rounds = {"sqlite": [], "postgresql": []}
    peers: Rounds = {name: [] for name in SCRIPTS}
    with ExitStack() as stack:
        worlds = {
            "sqlite": stack.enter_context(_on_sqlite()),
            "postgresql": stack.enter_context(_on_postgresql()),
        }
        stack.enter_context(_peers_database())
        gc.collect()
        gc.freeze()
        for turn in range(ROUNDS):
            for engine, (world, fresh) in worlds.items():
                ours[engine].append(_ours(world, fresh))
            for name, script in SCRIPTS.items():
                if turn == 0 or (peers[name] and name not in ONCE):
                    peers[name] += _peer(name, script)
    return _figures(ours, {name: rounds for name, rounds in peers.items() if rounds})


def _figures(ours: Rounds, peers: Rounds) -> Figures:
    durable = {name: rounds for name, rounds in peers.items() if name in DURABLE}
    figures: Figures = {}
    for engine, rounds in ours.items():
        figures |= _absolute(f"sync.{engine}", rounds)
        shares = [each.steps["replay"].seconds / each.steps["push"].seconds for each in rounds]
        replay = {"ratio": round(statistics.median(shares), 3), "against": "the push", "bound": REPLAY_SHARE}
        figures[f"sync.{engine}.replay.time"] |= replay
        _compare(figures[f"sync.{engine}.push.time"], durable, _milliseconds("push"))
        for name in ("pull_initial", "pull_delta"):
            _compare(figures[f"sync.{engine}.{name}.time"], peers, _milliseconds(name))
            _compare(figures[f"sync.{engine}.{name}.bytes"], peers, _bytes(name))
    for peer, rounds in peers.items():
        figures |= _absolute(f"sync.peer.{peer}", rounds)
    return figures


def _absolute(name: str, rounds: list[Round]) -> Figures:
    figures: Figures = {}
    for step in rounds[0].steps:
        figures[f"{name}.{step}.time"] = _figure(_milliseconds(step), rounds, "ms")
        figures[f"{name}.{step}.bytes"] = _figure(_bytes(step), rounds, "B")
    figures[f"{name}.push.processor"] = _figure(lambda each: each.steps["push"].cpu * 1000, rounds, "ms")
    figures[f"{name}.memory"] = _figure(_memory, rounds, "MB")
    return figures


def _milliseconds(step: str) -> Callable[[Round], float]:
    return lambda each: each.steps[step].seconds * 1000


def _bytes(step: str) -> Callable[[Round], float]:
    return lambda each: each.steps[step].up + each.steps[step].down


def _memory(each: Round) -> float:
    return each.memory


def _figure(of: Callable[[Round], float], rounds: list[Round], unit: str) -> dict[str, Any]:
    found = [round(of(each), 1) for each in rounds]
    return {"value": round(statistics.median(found), 1), "unit": unit, "rounds": found}


def _compare(figure: dict[str, Any], peers: Rounds, of: Callable[[Round], float]) -> None:
    best = min(((statistics.median(map(of, rounds)), name) for name, rounds in peers.items()), default=None)
    if best:
        figure |= {"ratio": round(figure["value"] / best[0], 3), "against": best[1], "bound": 1.0}


Site = tuple[World, Callable[[], dict[str, str]]]
"""What a phone of the rep knows, and a way to a server's settings over a fresh copy of that world's database."""


@contextmanager
def _on_sqlite() -> Iterator[Site]:
    # On a disk: memory would flatter it.
    folder = Path(tempfile.mkdtemp(prefix="qudao-bench-", dir=os.environ.get("TMPDIR", "/var/tmp")))

    def fresh() -> dict[str, str]:
        for ending in ("", "-wal", "-shm"):
            (folder / f"bench.sqlite3{ending}").unlink(missing_ok=True)
        shutil.copy(folder / "template.sqlite3", folder / "bench.sqlite3")
        return _settings(folder, f"sqlite:///{folder}/bench.sqlite3")

    try:
        world = asyncio.run(sync_world.build(f"sqlite:///{folder}/template.sqlite3"))
        yield world, fresh
    finally:
        shutil.rmtree(folder)


@contextmanager
def _on_postgresql() -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="qudao-bench-"))
    server = PostgreSQL()
    try:
        for setting in PEERS_SETTINGS:
            server.execute(f"ALTER SYSTEM SET {setting}")
        server.pause()
        server.resume()
        template = server.create()
        world = asyncio.run(sync_world.build(server.url(template)))
        server.settle(template)
        yield world, lambda: _settings(folder, server.url(server.create(template)))
    finally:
        server.stop()
        shutil.rmtree(folder)


def _settings(folder: Path, url: str) -> dict[str, str]:
    return {"QUDAO_DATA": str(folder), "QUDAO_DATABASE_URL": url, "QUDAO_SHELL": str(folder / "none")}


def _ours(world: World, fresh: Callable[[], Mapping[str, str]]) -> Round:
    served = Served(fresh())
    served.start()
    try:
        return Round(_steps(served, world), _resident(served))
    finally:
        served.stop()


def _processor_seconds(served: Served) -> float:
    assert served.process
    fields = Path(f"/proc/{served.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(served: Served) -> float:
    assert served.process
    status = Path(f"/proc/{served.process.pid}/status").read_text()
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kilobytes) / 1024


def _steps(served: Served, world: World) -> dict[str, Step]:
    device, desk = Device(served.url, world.token), Device(served.url, world.brand.tokens["hq"])
    every = [(new_id(), msgspec.to_builtins(order)) for order in world.orders(ORDERS + BATCH)]
    orders, others = every[:ORDERS], every[ORDERS:]
    device.push(others, "warm-up")
    steps: dict[str, Step] = {}
    before = _processor_seconds(served)
    steps["push"], applied = device.push(orders)
    steps["push"].cpu = _processor_seconds(served) - before
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


def _work() -> Path:
    return Path(os.environ.get("TOOLS_WORK") or PEERS / "work")


@contextmanager
def _peers_database() -> Iterator[None]:
    """The PostgreSQL of those peers that need one, unless it runs already."""
    port = int(os.environ.get("PG_PORT", "54329"))
    if _listens(port) or not _work().exists():
        yield
        return
    environ = os.environ | {"TOOLS_WORK": str(_work())}
    subprocess.run([PEERS / "pg_start.sh"], env=environ, stdout=subprocess.DEVNULL, check=False)
    try:
        yield
    finally:
        subprocess.run([PEERS / "pg_stop.sh"], env=environ, stdout=subprocess.DEVNULL, check=False)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _peer(name: str, script: tuple[str, ...]) -> list[Round]:
    """A round of a peer's own harness; empty where it cannot run."""
    work = _work()
    python = work / "venv-client" / "bin" / "python"
    if not python.exists():
        print(f"   SKIPPED {name}: no peers at {work}", file=sys.stderr, flush=True)
        return []
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
        return []
    records = (json.loads(line) for line in run.stdout.splitlines() if line.startswith("{"))
    found = {record["step"]: record for record in records}
    steps = {
        name: Step(found[name]["ms"] / 1000, found[name]["tx"], found[name]["rx"], found[name].get("srv_cpu_s", 0))
        for name in ("push", "pull_initial", "pull_delta", "replay")
    }
    return [Round(steps, found["check"]["rss_mb"])]


def main() -> None:
    print(json.dumps(measure(), indent=1))


if __name__ == "__main__":
    main()
