"""The container files. No engine runs here: they are read for mistakes, and what they start is started, with their
own environment, against a real PostgreSQL and a real S3 store.
"""

import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
import yaml  # type: ignore[import-untyped]  # without types

from backend.cli import qudao as command_line
from backend.objects import open_storage
from backend.settings import VARIABLES, S3Storage, load_settings
from media.storage import read_whole
from tests.backend.test_serving import qudao
from tests.servers import ROOT, PostgreSQL, S3Server, Served, clean_environ

DOCKER = ROOT / "docker"
OURS = ("migrate", "api", "worker")
ALIVE = ["python", "-P", "-m", "backend.alive"]


def known_variables() -> set[str]:
    return {*VARIABLES, *(f"{name}_FILE" for name, variable in VARIABLES.items() if variable.secret)}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    # Safe loading resolves anchors and merges.
    found: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    return found


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    """The Dockerfile's instructions with their text, continued lines joined."""
    text = re.sub(r"\\\n\s*", " ", (DOCKER / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def values(steps: list[tuple[str, str]], instruction: str) -> list[str]:
    return [text for name, text in steps if name == instruction]


def alive(containers: dict[str, str], *what: str) -> subprocess.CompletedProcess[str]:
    """The containers' check of their health."""
    command = [sys.executable, "-m", "backend.alive", *what]
    return subprocess.run(
        command, cwd=ROOT, env=clean_environ() | containers, capture_output=True, text=True, check=False
    )


# reading


def test_what_is_copied_is_there_and_let_through(steps: list[tuple[str, str]]) -> None:
    let_through = {
        line[1:] for line in (DOCKER / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")
    }
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    copied = set()
    for text in values(steps, "COPY"):
        if text.startswith("--from="):
            continue
        *sources, _target = text.split()
        for source in sources:
            assert (ROOT / source).exists(), source
            assert source.split("/")[0] in let_through, source
            assert not tracked or any(path == source or path.startswith(f"{source}/") for path in tracked), source
            copied.add(source.split("/")[0])
    assert copied == let_through
    packages = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()} - {"tests"}
    assert packages <= copied


def test_images_are_pinned(steps: list[tuple[str, str]], compose: dict[str, Any]) -> None:
    images = [text.split()[0] for text in values(steps, "FROM")]
    images += [service["image"] for service in compose["services"].values()]
    for image in images:
        _name, colon, tag = image.rpartition(":")
        assert colon, image
        assert tag != "latest"
        assert re.search(r"\d+\.\d+|\d{4}-\d{2}-\d{2}", tag), image


def test_it_runs_as_nobody_in_particular(steps: list[tuple[str, str]], compose: dict[str, Any]) -> None:
    last_stage = steps[[index for index, (name, _) in enumerate(steps) if name == "FROM"][-1] :]
    (user,) = values(last_stage, "USER")
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)
    assert last_stage.index(("USER", user)) < [name for name, _ in last_stage].index("ENTRYPOINT")
    for name in OURS:
        service = compose["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "privileged" not in service
        assert "user" not in service
    assert all("no-new-privileges:true" in compose["services"][name]["security_opt"] for name in (*OURS, "database"))


def test_every_variable_is_one_we_know(steps: list[tuple[str, str]], compose: dict[str, Any]) -> None:
    ours = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
    given = {item.split("=")[0] for text in values(steps, "ENV") for item in shlex.split(text)}
    assert {name for name in given if not name.startswith("PIP_")} - ours <= known_variables()
    for name in OURS:
        assert set(compose["services"][name]["environment"]) <= known_variables()


def test_the_proxy_in_front_is_believed(compose: dict[str, Any]) -> None:
    """And nobody else: the port is open to this machine only, which the containers know as their gateway."""
    (network,) = compose["networks"]["default"]["ipam"]["config"]
    api = compose["services"]["api"]
    assert api["environment"]["QUDAO_TRUSTED_PROXIES"] == network["gateway"]
    assert ip_address(network["gateway"]) in ip_network(network["subnet"])
    assert all(port.startswith("127.0.0.1:") for port in api["ports"])
    assert "networks" not in api


def test_the_readme_tells_what_a_deployment_must_set(compose: dict[str, Any]) -> None:
    told = set(re.findall(r"`((?:QUDAO_|PORT)[A-Z0-9_]*)`", (ROOT / "README.md").read_text()))
    assert told <= known_variables()
    needed = {name.removesuffix("_FILE") for name in compose["services"]["api"]["environment"]}
    assert needed - {"QUDAO_DATABASE_PASSWORD", "QUDAO_HOUSEKEEPING"} | {"QUDAO_METRICS_TOKEN"} <= told


def test_commands_exist(steps: list[tuple[str, str]], compose: dict[str, Any]) -> None:
    assert values(steps, "ENTRYPOINT") == ['["qudao"]']
    assert 'qudao = "backend.cli:main"' in (ROOT / "pyproject.toml").read_text()
    (check,) = values(steps, "HEALTHCHECK")
    lines = [yaml.safe_load(text) for text in values(steps, "CMD")]
    assert yaml.safe_load(check[check.index("CMD") + 4 :]) == ALIVE
    assert compose["services"]["worker"]["healthcheck"]["test"] == ["CMD", *ALIVE, "worker"]
    lines += [compose["services"][name]["command"] for name in OURS]
    context = click.Context(command_line)
    for name, *options in lines:
        command = command_line.get_command(context, name)
        assert command is not None, name
        known = {option for parameter in command.params for option in parameter.opts}
        assert {option for option in options if option.startswith("--")} <= known


def test_a_check_of_health_imports_nothing_large() -> None:
    """It is made every ten seconds: all of the server took three seconds of processor time there, and of a busy machine
    longer than a check may."""
    told = "import backend.alive, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "backend" in loaded.split()
    assert {"click", "litestar", "msgspec", "sqlalchemy"}.isdisjoint(loaded.split())


def test_services_wait_for_what_they_need_and_tell_their_health(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"migrate", "api", "worker", "database", "objects", "bucket"}
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in services, name
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[needed]
            else:
                assert how["condition"] == "service_completed_successfully"
                assert "restart" not in services[needed]
    for name in ("worker", "database", "objects"):
        assert services[name]["healthcheck"]["test"][0] == "CMD"


def test_secrets_are_files_that_the_script_makes(compose: dict[str, Any], tmp_path: Path) -> None:
    subprocess.run(["sh", str(DOCKER / "make-secrets.sh"), str(tmp_path / "secrets")], check=True)
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert set(made) == set(compose["secrets"])
    assert len(set(made.values())) == 4
    assert all(re.fullmatch(r"[0-9a-f]{48}", secret) for secret in made.values())
    subprocess.run(["sh", str(DOCKER / "make-secrets.sh"), str(tmp_path / "secrets")], check=True)
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == made
    for secret in compose["secrets"].values():
        assert secret["file"].startswith("./secrets/")
    assert "secrets/" in (DOCKER / ".gitignore").read_text().splitlines()
    for name, service in compose["services"].items():
        assert set(service.get("secrets", ())) <= set(compose["secrets"])
        for variable, value in service.get("environment", {}).items():
            if variable.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in service["secrets"], (name, variable)
            elif variable != "QUDAO_DATABASE_URL":
                assert not re.search(r"PASSWORD|KEY|TOKEN|SECRET", variable), (name, variable)
    assert ":" not in compose["services"]["api"]["environment"]["QUDAO_DATABASE_URL"].split("//")[1].split("@")[0]


# running


@pytest.fixture
def containers(
    compose: dict[str, Any], postgresql: PostgreSQL, s3: S3Server, tmp_path: Path
) -> Iterator[dict[str, str]]:
    """The environment of our containers, with the addresses of the real database and store in the place of the
    names that only a container network knows."""
    name = postgresql.create()
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "database_password").write_text("no matter: the socket is trusted\n")
    (secrets / "s3_access_key").write_text(s3.access_key + "\n")
    (secrets / "s3_secret_key").write_text(s3.secret_key + "\n")
    (secrets / "metrics_token").write_text("who may look\n")
    environ = {
        variable: str(value).replace("/run/secrets", str(secrets))
        for variable, value in compose["services"]["api"]["environment"].items()
    }
    assert environ["QUDAO_DATABASE_URL"] == "postgresql://qudao@database/qudao"
    assert environ["QUDAO_S3_ENDPOINT"] == "http://objects:9000"
    assert environ["QUDAO_S3_BUCKET"] == s3.bucket
    environ["QUDAO_DATABASE_URL"] = postgresql.url(name)
    environ["QUDAO_S3_ENDPOINT"] = s3.endpoint
    environ["QUDAO_DATA"] = str(tmp_path / "data")
    yield environ
    postgresql.drop(name)


def test_the_containers_commands_work_together(
    compose: dict[str, Any], containers: dict[str, str], tmp_path: Path
) -> None:
    services = compose["services"]
    # In the order of depends_on.
    migrated = qudao(*services["migrate"]["command"], environ=containers)
    assert migrated.returncode == 0, migrated.stderr
    assert migrated.stdout.startswith("migrated empty -> ")
    serve, *options = services["api"]["command"]
    assert serve == "serve"
    served = Served(containers, options=tuple(options))
    served.start()
    try:
        assert httpx.get(f"{served.url}/api/health").json()["database"] == "postgresql"
        # Two processes, whose metrics are one; nobody reads them without the token.
        assert httpx.get(f"{served.url}/metrics").status_code == 401
        shown = httpx.get(f"{served.url}/metrics", headers={"Authorization": "Bearer who may look"})
        assert "qudao_http_requests_total" in shown.text
        here = containers | {"PORT": str(served.port)}
        checked = alive(here)
        assert checked.returncode == 0, checked.stderr
        assert qudao("health", environ=here).returncode == 0
    finally:
        served.stop()
    assert alive(here).returncode == 1
    assert alive(here, "worker").returncode == 1
    with subprocess.Popen(
        [sys.executable, "-m", "backend.cli", *services["worker"]["command"]],
        cwd=ROOT,
        env=clean_environ() | containers,
        stderr=subprocess.DEVNULL,
    ) as worker:
        for _ in range(600):
            healthy = alive(containers, "worker").returncode == 0
            if healthy:
                break
            time.sleep(0.1)
        worker.terminate()
        assert healthy
        assert worker.wait(15) == 0
    assert not any(path.suffix == ".sqlite3" for path in (tmp_path / "data").iterdir())


async def test_the_containers_reach_the_store(containers: dict[str, str], s3: S3Server) -> None:
    settings = load_settings(containers)
    assert isinstance(settings.storage, S3Storage)
    storage = open_storage(settings)
    await storage.put("images/trial", b"content")
    assert await read_whole(storage, "images/trial") == b"content"
    assert s3.bucket == settings.storage.bucket
