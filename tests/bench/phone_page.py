"""The phone app in Chromium as benches drive it: on a kept profile, by real input events, timed to painted frames."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Playwright

from tests.browser import CHROMIUM_SWITCHES, chromium_path
from tests.e2e.parts import sign_in

CUSTOMERS = "button[data-testid^=customer-]"
# The browser's own start is not the app's: its pages of its own load for about a second after it is up.
BROWSER_STARTS = 1500  # ms
INTERACTIVE = "performance.getEntriesByName('qudao:interactive').length"

# Where to tap a product's "+" ({sku, x, y}); the first in sight that is not covered, or the one of `sku`.
PLACE = """(sku) => {
  const buttons = [...document.querySelectorAll(sku ? `[data-testid="add-${sku}"]` : '#app [data-testid^="add-"]')];
  for (const button of buttons) {
    const box = button.getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    if (button.contains(document.elementFromPoint(x, y))) return { sku: button.dataset.testid.slice(4), x, y };
  }
  return null;
}"""
# Arms `tapped`: resolves with ms from the next input event to the frames that show another quantity and another line
# total (which only Python can know), and the moment of the latter; null when nothing came in 20 s. Frames are looked at
# before they are painted; the time is taken after.
ARM = """(sku) => {
  const input = () => document.querySelector(`[data-testid="quantity-${sku}"]`)?.value;
  const total = () => document.querySelector(`[data-testid="line-total-${sku}"]`)?.dataset.value;
  const afterPaint = (then) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => then(performance.now());
    port2.postMessage(0);
  };
  const [oldInput, oldTotal] = [input(), total()];
  globalThis.tapped = new Promise((resolve) => {
    let [began, quantity, seen] = [0, 0, false];
    const begin = (event) => { began ||= event.timeStamp; };
    for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, begin, { capture: true, once: true });
    const look = () => {
      if (!seen && input() !== oldInput) {
        seen = true;
        afterPaint((now) => { quantity = now - began; });
      }
      if (seen && total() !== oldTotal) afterPaint((now) => resolve({ quantity, total: now - began, at: now }));
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    setTimeout(resolve, 20_000, null);
  });
}"""


@contextlib.contextmanager
def opened(playwright: Playwright, profile: Path, *, offline: bool) -> Iterator[BrowserContext]:
    context = playwright.chromium.launch_persistent_context(
        str(profile),
        executable_path=chromium_path(),
        args=CHROMIUM_SWITCHES,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        locale="zh-CN",
        offline=offline,
    )
    try:
        context.pages[0].wait_for_timeout(BROWSER_STARTS)
        yield context
    finally:
        context.close()


def install(playwright: Playwright, origin: str, profile: Path) -> str:
    """Sign in as the demo's rep, wait until everything is on the phone, open an order; returns its address."""
    with opened(playwright, profile, offline=False) as context:
        page = context.pages[0]
        sign_in(page, origin, "rep@demo")
        open_order(page)
        page.wait_for_timeout(5000)  # what the browser keeps of compiled code it writes when the app has come to rest
        return page.url


def open_order(page: Page, number: int = 0) -> None:
    """From anywhere with a bar at the bottom to the order screen of one of the first customers."""
    page.get_by_test_id("tab-order").click()
    page.locator(CUSTOMERS).nth(number).click()
    page.locator("[data-testid^=add-]").first.wait_for()


def until_interactive(page: Page) -> None:
    # The content policy forbids the evaluation that playwright's wait_for_function needs inside the page.
    while not page.evaluate(INTERACTIVE):
        page.wait_for_timeout(5)


def tap_add(page: Page, sku: str = "") -> dict[str, float]:
    """Tap "+" with a finger: ms until the frames with the new quantity and with the new line total (``quantity``,
    ``total``), and when the latter was painted (``at``, ms since navigation)."""
    place = page.evaluate(PLACE, sku)
    assert place is not None, "no product to tap"
    page.evaluate(ARM, place["sku"])
    page.touchscreen.tap(place["x"], place["y"])
    taken: dict[str, float] | None = page.evaluate("tapped")
    assert taken is not None, f"a tap on + of {place['sku']} was never answered"
    return taken
