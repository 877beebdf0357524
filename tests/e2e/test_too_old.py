"""An app that has become too old for its server: the person is told, nothing that waits is lost, one tap brings the new
one. The new version is this checkout with the next schema, built and served as any other."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.parts import Open, add, badge, no_network, orders_of, pending, start_order, status, submitted_id
from tests.servers import ROOT, Served, clean_environ

pytestmark = pytest.mark.timeout(900)
PHONES = ("rep@demo",)
CODE = ("backend", "i18n", "media", "offline", "pwa", "locks")


def next_version(target: Path) -> Path:
    """A checkout whose server takes only apps of the next schema, with its app."""
    target.mkdir()
    for name in CODE:
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "build" / "cache", target / "build" / "cache")
    for name in ("node_modules", "pyproject.toml"):
        (target / name).symlink_to(ROOT / name)
    for file, name in (("offline/wire/protocol.py", "SCHEMA"), ("backend/sync/pull.py", "OLDEST_SCHEMA")):
        text, changed = re.subn(rf"^{name} = 1$", f"{name} = 2", (target / file).read_text(), flags=re.MULTILINE)
        assert changed == 1
        (target / file).write_text(text)
    environ = clean_environ() | {"PYTHONPATH": str(target)}
    subprocess.run([sys.executable, "-m", "pwa.bundle", "--quick"], cwd=target, env=environ, check=True)
    return target


def test_an_app_too_old_is_told_and_brought_up_to_date_with_its_orders(
    opened: Open, server: Served, tmp_path: Path
) -> None:
    version = next_version(tmp_path / "next")
    page = opened("rep@demo")
    with no_network(page.context):
        start_order(page, "S0003")
        add(page, 0)
        order = submitted_id(page)
        status(page, order, "queued")
        server.stop()
        newer = Served(
            {**server.environ, "QUDAO_SHELL": str(version / "build" / "pwa")}, port=server.port, folder=version
        )
        newer.start()
    try:
        badge(page, "problem")
        expect(page.get_by_test_id("notice")).to_contain_text("这个版本太旧，暂时不能同步。")
        page.get_by_test_id("sync-badge").first.click()
        expect(page.get_by_test_id("needs-update")).to_contain_text("更新后继续同步，待发内容不会丢。")
        pending(page, 1)
        assert order not in orders_of(server)
        page.get_by_test_id("update").click()
        badge(page, "synced", 240_000)
        pending(page, 0)
        assert orders_of(server)[order][0].startswith("SO-")
    finally:
        newer.stop()
        server.start()
