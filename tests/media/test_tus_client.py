"""``tus-js-client`` from npm against the served app: uploads, is interrupted, resumes, also past a killed server."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from backend.settings import Settings
from offline.ids import new_id
from tests.backend.test_serving import populate
from tests.media.conftest import photo
from tests.servers import ROOT, Served

NODE = Path(sys.executable).parent / "node"
pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def run_client(served: Served, token: str, path: Path, media_id: str, mode: str) -> dict[str, object]:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    done = subprocess.run(
        [NODE, ROOT / "tests/media/tus_client.mjs", f"{served.url}/api/media", token, path, media_id, sha256, mode],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, "\n".join([done.stdout, done.stderr, *served.log])
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_it_uploads_is_interrupted_and_resumes(
    serve: Callable[..., Served], settings: Settings, tmp_path: Path
) -> None:
    token = populate(settings).demo.tokens["shop"]
    served = serve({"QUDAO_LOG_LEVEL": "warning"})
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo(2400, 1800))
    size = path.stat().st_size
    assert size > 6 * 16 * 1024

    whole = run_client(served, token, path, new_id(), "")
    assert whole["status"] == "stored"

    media_id = new_id()
    halfway = run_client(served, token, path, media_id, "abort")
    assert 0 < int(str(halfway["sent"])) < size
    # The server is killed meanwhile, without a goodbye.
    served.kill()
    served.start()
    resumed = run_client(served, token, path, media_id, str(halfway["url"]))
    assert resumed == {"url": halfway["url"], "status": "stored"}
    answer = httpx.get(
        f"{served.url}/api/media/{media_id}/original", headers={"Authorization": f"Bearer {token}"}, timeout=20
    )
    assert answer.content == path.read_bytes()
    # A client that forgot where it was begins again with the same file: it finds it done.
    again = run_client(served, token, path, media_id, "")
    assert again["url"] == halfway["url"]
