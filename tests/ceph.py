"""The smallest Ceph object gateway: one monitor, one object store in memory, one gateway, all on loopback ports of
their own. Nothing outlives the block, whatever ends it.

Needs the Debian packages ceph-mon, ceph-osd, ceph-common and radosgw.
"""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx

from tests.servers import BUCKET, S3Server, free_port

PROGRAMS = ("ceph", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin", "setpriv")
_START_SECONDS = 60
# No login between the daemons, one copy of everything, and a monitor that does not wait for others.
_CONFIG = """
[global]
fsid = {fsid}
mon host = v1:127.0.0.1:{mon}
public network = 127.0.0.0/8
ms bind ipv4 = true
auth cluster required = none
auth service required = none
auth client required = none
auth allow insecure global id reclaim = true
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
mon allow pool size one = true
mon warn on pool no redundancy = false
paxos propose interval = 0.02
paxos min wait = 0.01
osd crush update on start = false
osd class update on start = false
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 1073741824
osd memory target = 939524096
run dir = {folder}/run
admin socket = {folder}/run/$name.asok
log file = {folder}/$name.log
mon cluster log file = /dev/null
mon data = {folder}/mon
osd data = {folder}/osd
[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:{rgw} tcp_nodelay=1
rgw data = {folder}/rgw
rgw enable usage log = false
rgw enable ops log = false
rgw dns name = 127.0.0.1
"""


def missing_programs() -> list[str]:
    return [name for name in PROGRAMS if shutil.which(name) is None]


@contextmanager
def running_ceph() -> Iterator[S3Server]:
    # A folder of its own with a short name: a Unix socket's path takes 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="qudao-ceph-"))
    cluster = _Cluster(folder)
    try:
        yield cluster.start()
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


class _Cluster:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "ceph.conf"
        self.mon, self.rgw = free_port(), free_port()
        self.daemons: list[subprocess.Popen[bytes]] = []
        self.until = time.monotonic() + _START_SECONDS

    def start(self) -> S3Server:
        server = S3Server(f"http://127.0.0.1:{self.rgw}", "AKIACEPH", "ceph-secret-key", BUCKET)
        for name in ("mon", "osd", "rgw", "run"):
            (self.folder / name).mkdir()
        fsid = str(uuid4())
        self.config.write_text(_CONFIG.format(fsid=fsid, mon=self.mon, rgw=self.rgw, folder=self.folder))
        self._monitor(fsid)
        self._object_store()
        self._run(
            "radosgw-admin", "user", "create", "--uid=tests", "--display-name=tests",
            f"--access-key={server.access_key}", f"--secret={server.secret_key}",
        )  # fmt: skip
        self._daemon("radosgw", "-n", "client.rgw.a", "-f")
        self._wait("the gateway", lambda: self._answers(server.endpoint))
        return server

    def _monitor(self, fsid: str) -> None:
        address = f"[v1:127.0.0.1:{self.mon}]"
        monmap = str(self.folder / "monmap")
        self._run("monmaptool", "--create", "--addv", "a", address, "--fsid", fsid, monmap)
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", "/dev/null")
        self._daemon("ceph-mon", "-i", "a", "-f")

    def _object_store(self) -> None:
        number = self._run("ceph", "osd", "create").strip()
        self._run("ceph-osd", "-i", number, "--mkfs")
        self._run("ceph", "osd", "crush", "add", f"osd.{number}", "1.0", "root=default", "host=localhost")
        self._daemon("ceph-osd", "-i", number, "-f")
        self._wait("the object store", self._is_up)
        self._run("ceph", "osd", "require-osd-release", "pacific")

    def _is_up(self) -> bool:
        if " 1 up" in self._run("ceph", "osd", "stat"):
            return True
        # A changed map makes the monitor publish a new one at once, and the store come up sooner.
        self._run("ceph", "osd", "set", "noout")
        self._run("ceph", "osd", "unset", "noout")
        return False

    @staticmethod
    def _answers(endpoint: str) -> bool:
        try:
            return httpx.get(endpoint, timeout=2).status_code < 500
        except httpx.TransportError:
            return False

    def _wait(self, what: str, is_there: Callable[[], bool]) -> None:
        while not is_there():
            ended = [daemon.args for daemon in self.daemons if daemon.poll() is not None]
            if ended or time.monotonic() > self.until:
                said = "\n".join(path.read_text(errors="replace")[-800:] for path in sorted(self.folder.glob("*.out")))
                raise RuntimeError(f"{what} did not come up; ended: {ended}\n{said}")
            time.sleep(0.05)

    def _run(self, *command: str) -> str:
        finished = subprocess.run(
            self._of(command),
            capture_output=True,
            text=True,
            check=False,
            timeout=max(1, self.until - time.monotonic()),
        )
        if finished.returncode:
            raise RuntimeError(f"{' '.join(command)}: {finished.stdout}{finished.stderr}")
        return finished.stdout

    def _daemon(self, *command: str) -> None:
        out = self.folder / f"{command[0]}.out"
        with out.open("wb") as file:
            # With the tests' own process killed, they go too.
            bound = ["setpriv", "--pdeathsig", "KILL", *self._of(command)]
            self.daemons.append(subprocess.Popen(bound, stdout=file, stderr=subprocess.STDOUT))

    def _of(self, command: Sequence[str]) -> list[str]:
        program, *options = command
        return [program, *options] if program == "monmaptool" else [program, "-c", str(self.config), *options]

    def stop(self) -> None:
        """All is in memory and nothing is kept, so nobody need say goodbye."""
        for daemon in self.daemons:
            daemon.kill()
        for daemon in self.daemons:
            daemon.wait()
