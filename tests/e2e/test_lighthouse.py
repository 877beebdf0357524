"""What Lighthouse says of sign-in and of home: accessibility and best practices. Its performance score is a timed
figure: see tests/bench."""

import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import Installed
from tests.lighthouse import lighthouse, marks, score, shortcomings
from tests.servers import Served

pytestmark = pytest.mark.timeout(600)
PHONES = ("rep@demo",)


@pytest.mark.parametrize("screen", ["sign-in", "home"])
def test_accessible_and_well_made(screen: str, server: Served, installed: Installed, tmp_path: Path) -> None:
    profile = tmp_path / "phone"
    if screen == "home":
        shutil.copytree(installed("rep@demo"), profile, symlinks=True)
    report = lighthouse(server.url, profile)
    # Only the app itself marks this; the sign-in page does without it.
    assert ("qudao:interactive" in marks(report)) is (screen == "home")
    for category in ("accessibility", "best-practices"):
        assert score(report, category) >= 95, shortcomings(report, category)
