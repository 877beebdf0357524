"""The handlers that serve the built app, and what the build puts there."""

import hashlib
import json
import re
from pathlib import Path

import brotli
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from backend.shell import POLICY, create_shell_router
from pwa.bundle import build
from pwa.bundling.sources import PROJECT
from tests.pwa.conftest import TRIAL

FIRST_LOAD_BOUND = 6_000_000  # bytes over the wire


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>page</title>")
    (tmp_path / "assets" / "app.abc.js").write_text("let plain")
    (tmp_path / "assets" / "app.abc.js.br").write_bytes(brotli.compress(b"let packed"))
    (tmp_path / ".inputs").write_text("secret")
    return tmp_path


@pytest.fixture
def client(built: Path) -> TestClient[Litestar]:
    return TestClient(Litestar([create_shell_router(built)]))


@pytest.mark.parametrize("path", ["/", "/orders/018f?tab=timeline", "/sign-in", "/index.html"])
def test_every_address_of_the_app_is_the_page(client: TestClient[Litestar], path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.text) == (200, "<title>page</title>")
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Type"].startswith("text/html")


def test_assets_are_immutable_and_packed_for_who_takes_it(client: TestClient[Litestar]) -> None:
    packed = client.get("/assets/app.abc.js", headers={"Accept-Encoding": "gzip, br;q=0.9"})
    plain = client.get("/assets/app.abc.js", headers={"Accept-Encoding": "gzip"})
    assert (packed.text, packed.headers["Content-Encoding"]) == ("let packed", "br")
    assert (plain.text, plain.headers.get("Content-Encoding")) == ("let plain", None)
    for answer in (packed, plain):
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path",
    [
        "/api/orders",
        "/media/x.jpg",
        "/assets/none.js",
        "/.inputs",
        "/../index.html.bak",
        "/%2e%2e/%2e%2e/etc/passwd.txt",
    ],
)
def test_nothing_else_is_served(client: TestClient[Litestar], path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_policy_allows_no_inline_script_and_no_eval() -> None:
    assert "unsafe-inline" not in POLICY
    assert "'unsafe-eval'" not in POLICY
    assert "http" not in POLICY


def test_another_policy_makes_another_service_worker(trial_build: Path) -> None:
    """Apps that are installed keep their page, and its policy, until the worker changes."""
    origins = ("", "https://files.example", "https://other.example")
    workers = [TestClient(Litestar([create_shell_router(trial_build, each)])).get("/sw.js") for each in origins]
    assert len({worker.text for worker in workers}) == 3
    assert all(worker.headers["Content-Type"].startswith("text/javascript") for worker in workers)
    assert all(worker.headers["Cache-Control"] == "no-cache" for worker in workers)
    assert workers[0].content == (trial_build / "sw.js").read_bytes()


def test_building_again_does_nothing(trial_build: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in trial_build.rglob("*")}
    assert build(TRIAL) is False
    assert {path: path.stat().st_mtime_ns for path in trial_build.rglob("*")} == before


def test_the_service_worker_lists_what_there_is(trial_build: Path) -> None:
    source = (trial_build / "sw.js").read_text()
    found = re.search(r"const ASSETS = (\[.*\]);", source)
    assert found is not None
    assets = json.loads(found[1])
    for url, wire, length in assets:
        content = (trial_build / url.lstrip("/")).read_bytes()
        packed = trial_build / f"{url.lstrip('/')}.br"
        assert length == len(content)
        assert wire == (packed.stat().st_size if packed.is_file() else length)
        if packed.is_file():
            assert brotli.decompress(packed.read_bytes()) == content
    assert sum(wire for _, wire, _ in assets) < FIRST_LOAD_BOUND
    page = (trial_build / "index.html").read_text()
    assert set(re.findall(r'(?:href|src)="(/[^"]+)"', page)) <= {url for url, _, _ in assets}


def test_reactpys_client_is_shipped_untouched(trial_build: Path) -> None:
    import reactpy  # noqa: PLC0415 - only where the phone app is built

    assert reactpy.__file__ is not None
    original = (Path(reactpy.__file__).parent / "static" / "index.js").read_bytes()
    (shipped,) = trial_build.glob("assets/reactpy-*/index.js")
    assert shipped.read_bytes() == original.split(b"//# sourceMappingURL")[0]


def test_nothing_shipped_names_another_origin(trial_build: Path) -> None:
    for path in [*trial_build.glob("*.html"), *trial_build.glob("*.js"), *trial_build.glob("assets/*.js")]:
        named = set(re.findall(r"https?://[\w.-]+", path.read_text()))
        assert named <= {"http://www.w3.org"}, path


def test_the_wheel_is_the_one_that_is_locked() -> None:
    lock = (PROJECT / "locks" / "phone.txt").read_text()
    digests = re.findall(r"sha256:([0-9a-f]{64})", lock)
    assert len(digests) == len(re.findall(r"^\w[\w-]*==", lock, re.MULTILINE)) == 1
    wheels = list((PROJECT / "build" / "wheels").glob("msgspec-*.whl"))
    assert [hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in wheels] == digests
