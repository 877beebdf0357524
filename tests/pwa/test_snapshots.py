"""The memory snapshot that a phone keeps: what it takes, and what becomes of a damaged one."""

import shutil
from pathlib import Path

from playwright.sync_api import Playwright

from tests.browser import browser_profile
from tests.pwa.phone import Phone
from tests.pwa.server import Served

SNAPSHOTS_SIZE = """async () => {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("snapshots");
  let size = 0;
  for await (const file of folder.values()) size += (await file.getFile()).size;
  return [size, (await navigator.storage.estimate()).usageDetails.fileSystem];
}"""


def test_a_snapshot_counts_as_what_it_takes(
    playwright: Playwright, served: Served, signed_in_profile: Path, tmp_path: Path
) -> None:
    """Once the browser was started anew, too. What is not counted then is taken off all the same when the next version
    removes it, and a phone with less than nothing on it says that it is full."""
    profile = shutil.copytree(signed_in_profile, tmp_path / "profile")
    with browser_profile(playwright, profile) as context:
        phone = Phone(served, context, context.pages[0], [])
        phone.open()
        assert phone.page.evaluate(SNAPSHOTS_SIZE)[1] > 1_000_000  # from here on the browser keeps count
        phone.page.evaluate(
            """async () => (await navigator.storage.getDirectory()).removeEntry("snapshots", { recursive: true })"""
        )
        phone.open()
        phone.page.wait_for_function("() => performance.getEntriesByName('qudao:frozen').length > 0")
    with browser_profile(playwright, profile) as context:
        phone = Phone(served, context, context.pages[0], [])
        phone.open()
        size, counted = phone.page.evaluate(SNAPSHOTS_SIZE)
    assert size > 1_000_000
    assert size <= counted < 2 * size


def test_a_damaged_snapshot_costs_a_slow_start_only(phone: Phone) -> None:
    phone.open()
    damage = """async () => {
        const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("snapshots");
        for await (const file of folder.values()) {
          const writing = await file.createWritable();
          await writing.write(new Uint8Array(5000));
          await writing.close();
        } }"""
    phone.page.evaluate(damage)
    phone.open()
    assert phone.page.evaluate("() => qudaoMarks.frozen") is False
    phone.page.wait_for_function("() => performance.getEntriesByName('qudao:frozen').length > 0")
    phone.open()
    assert phone.page.evaluate("() => qudaoMarks.frozen") is True
