"""What the browser stories share: signing in, the server's other side over HTTP, axe, a look for cut-off words."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import httpx
import msgspec
from playwright.sync_api import BrowserContext, Page, expect

from offline.ids import new_id
from offline.wire.commands import Command
from tests.servers import ROOT, Served

PASSWORD = "qudao-demo"
Open = Callable[[str], Page]  # "rep@demo" -> a phone of that person, signed in and synced
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


def sign_in(page: Page, url: str, login: str) -> None:
    page.goto(url)
    page.get_by_test_id("login").fill(login)
    page.get_by_test_id("password").fill(PASSWORD)
    page.get_by_test_id("sign-in").click()
    badge(page, "synced", 120_000)
    synced_anew(page)  # on a busy machine the badge may be there long before the rows


def badge(page: Page, state: str, timeout: float = 60_000) -> None:
    page.locator(f"[data-testid=sync-badge][data-state={state}]").first.wait_for(timeout=timeout)


# Whether a round of sync came to its end since this page was opened, as the app's storage says.
_SYNCED_SINCE = """async () => {
  const db = await new Promise((done) => {
    const asked = indexedDB.open("qudao");
    asked.onsuccess = () => done(asked.result);
  });
  const keys = IDBKeyRange.bound("app/sync.last_synced_at.", "app/sync.last_synced_at.~");
  const found = await new Promise((done) => {
    const asked = db.transaction("kv").objectStore("kv").getAll(keys);
    asked.onsuccess = () => done(asked.result);
  });
  db.close();
  return found.some((at) => Date.parse(new TextDecoder().decode(at)) > performance.timeOrigin);
}"""


def come_true(page: Page, script: str, arg: Any = None, seconds: float = 120) -> None:
    """Wait until an async function on the page says true; ``wait_for_function`` takes the promise itself for that."""
    until = time.monotonic() + seconds
    while not page.evaluate(script, arg):
        assert time.monotonic() < until, f"not within {seconds} s: {script}"
        page.wait_for_timeout(100)


def synced_anew(page: Page) -> None:
    come_true(page, _SYNCED_SINCE)


# Whether some text is among what the app keeps of forms and drafts.
_KEPT = """async (text) => {
  const opened = await new Promise((done) => {
    const r = indexedDB.open("qudao");
    r.onsuccess = () => done(r.result);
  });
  const all = await new Promise((done) => {
    const r = opened.transaction("kv").objectStore("kv").getAll();
    r.onsuccess = () => done(r.result);
  });
  opened.close();
  return all.some((value) => new TextDecoder().decode(value).includes(text));
}"""


def keeps(page: Page, text: str) -> None:
    """Wait until this text is in the phone's storage."""
    come_true(page, _KEPT, text)


def to_tab(page: Page, name: str) -> None:
    """Tap a tab and wait until its screen is there: some of its rows stand on the home too, and a tap on a screen that
    is just going does nothing."""
    page.get_by_test_id(f"tab-{name}").click()
    page.locator(f"[data-testid=tab-{name}][aria-current=page]").wait_for()


def pending(page: Page, count: int) -> None:
    """So many commands and files wait. The badge and the rows below it are drawn apart."""
    expect(page.get_by_test_id("sync-badge").first).to_have_attribute("data-pending", str(count))


def start_order(page: Page, customer: str) -> None:
    to_tab(page, "order")
    page.get_by_test_id("customer-search").fill(customer)
    expect(page.locator("button[data-testid^=customer-]")).to_have_count(1, timeout=30_000)
    page.get_by_test_id(f"customer-{customer}").click()
    page.get_by_test_id("product-search").wait_for()


def add(page: Page, number: int) -> str:
    """Tap "+" of the n-th product that can be ordered; its SKU."""
    plus = page.locator("[data-testid^=add-]").nth(number)
    sku = (plus.get_attribute("data-testid") or "").removeprefix("add-")
    plus.click()
    page.get_by_test_id(f"line-total-{sku}").wait_for()
    return sku


def submitted_id(page: Page, *, unread: bool = False) -> str:
    """Submit what is on screen; the order's id. ``unread``: without its review, after which the phone gives the person
    some seconds to think again."""
    page.get_by_test_id("submit-order").wait_for()
    if not unread and page.get_by_test_id("review-order").is_visible():
        page.get_by_test_id("review-order").click()
        page.get_by_test_id("review-screen").wait_for()
    page.get_by_test_id("submit-order").click()
    row = page.locator("[data-testid^=order-].order-fresh")
    row.wait_for()
    return (row.get_attribute("data-testid") or "").removeprefix("order-")


def status(page: Page, order: str, wanted: str) -> None:
    page.locator(f"[data-testid=order-{order}][data-status={wanted}]").first.wait_for(timeout=120_000)


def total(page: Page) -> Decimal:
    return Decimal(page.get_by_test_id("order-total").first.get_attribute("data-value") or "0")


@dataclass
class _Held:
    """What was pulled of one scope: {entity: {id: row}}, up to ``cursor``."""

    cursor: int = 0
    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    def take(self, page: Mapping[str, Any]) -> None:
        if page.get("reset"):
            self.rows.clear()
        for put in page.get("puts", []):
            self.rows.setdefault(put["entity"], {})[put["id"]] = put["doc"]
        for gone in page.get("dels", []):
            self.rows.get(gone["entity"], {}).pop(gone["id"], None)
        self.cursor = page.get("next", 0)


@dataclass
class Office:
    """Somebody at the server's other side, by HTTP: commands in, rows out."""

    server: Served
    login: str
    device: str = field(default_factory=new_id)
    count: int = 0
    _held: dict[str, _Held] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # A connection each: one that is kept does not outlive a server that is killed.
        limits = httpx.Limits(max_keepalive_connections=0)
        self.client = httpx.Client(base_url=self.server.url, timeout=60, limits=limits)
        answer = self.client.post(
            "/api/session", json={"login": self.login, "password": PASSWORD, "device": self.device}
        )
        answer.raise_for_status()
        self.client.headers["Authorization"] = f"Bearer {answer.json()['token']}"

    def __enter__(self) -> "Office":
        return self

    def __exit__(self, *_error: object) -> None:
        self.client.close()

    def does(self, command: Command) -> dict[str, Any]:
        """Push one command; its verdict."""
        self.count += 1
        mutation = {
            "id": new_id(),
            "n": self.count,
            "name": command.NAME,
            "args": msgspec.to_builtins(command),
            "local_at": datetime.now(UTC).isoformat(),
        }
        body = msgspec.json.encode({"device": self.device, "mutations": [mutation], "schema": 1})
        answer = self.client.post("/api/sync/push", content=body, headers={"Content-Type": "application/json"})
        answer.raise_for_status()
        verdict: dict[str, Any] = answer.json()["results"][0]
        return verdict

    def applies(self, command: Command) -> None:
        verdict = self.does(command)
        assert verdict["status"] == "applied", verdict

    def rows(self, entity: str) -> list[dict[str, Any]]:
        """Every row of an entity this person may see, as it is now. What was pulled before is kept: the demo is
        large, and a story asks often."""
        scopes = [scope["id"] for scope in self.client.get("/api/sync/scopes").json()["scopes"]]
        for scope in self._held.keys() - set(scopes):
            del self._held[scope]
        waiting = {scope: self._held.setdefault(scope, _Held()).cursor for scope in scopes}
        while waiting:
            answer = self.client.post("/api/sync/pull", json={"scopes": waiting, "limit": 2000}).json()
            for scope, page in answer["scopes"].items():
                held = self._held[scope]
                held.take(page)
                waiting[scope] = held.cursor
                if not page.get("more"):
                    del waiting[scope]
        found = {row["id"]: row for held in self._held.values() for row in held.rows.get(entity, {}).values()}
        return list(found.values())


def orders_of(server: Served) -> dict[str, tuple[str, str]]:
    """{id: (number, note)} in the server's own database."""
    database = sqlite3.connect(Path(server.environ["QUDAO_DATA"], "qudao.sqlite3"))
    try:
        return {each[0]: each[1:] for each in database.execute("SELECT id, number, note FROM orders")}
    finally:
        database.close()


@contextmanager
def no_network(context: BrowserContext) -> Iterator[None]:
    context.set_offline(True)
    try:
        yield
    finally:
        context.set_offline(False)


def compose(page: Page, steps: list[str], final: str) -> None:
    """Type as a Chinese IME does, into the focused field."""
    session = page.context.new_cdp_session(page)
    for text in steps:
        session.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    session.send("Input.insertText", {"text": final})
    session.detach()


# A button that has just become one shows its text on a colour on its way; a sheet and a toast come out of nothing: a
# tenth of a second or two. The icons' sprite, which nobody sees, is four in five of a page's elements.
_AXE_AT_REST = """async (options) => {
  const ends = (each) => each instanceof CSSTransition || each.effect.getComputedTiming().endTime < 1000;
  const moving = document.getAnimations().filter(ends);
  await Promise.allSettled(moving.map((each) => each.finished));
  return axe.run({ exclude: [['.sprite']] }, options);
}"""


def serious(page: Page, *rules: str) -> list[str]:
    """What axe calls serious or critical on the screen as it is: rule, element, why. ``rules``: only those. What is
    gone when the screen has come to rest was on its way: axe looks for longer than a picture stands."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = _violations(page, rules)
    if found:
        at_rest(page)
        found = _violations(page, rules)
    return found


def _violations(page: Page, rules: Sequence[str]) -> list[str]:
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found: Mapping[str, Any] = page.evaluate(_AXE_AT_REST, options)
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


# Until nothing in the page has changed for so many milliseconds.
_REST = """(quiet) => new Promise((done) => {
  let timer;
  const seen = new MutationObserver(() => again());
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(() => { seen.disconnect(); done(); }, quiet);
  };
  seen.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  again();
})"""


def at_rest(page: Page, milliseconds: int = 120) -> None:
    """Wait until the screen has come to rest."""
    page.evaluate(_REST, milliseconds)


def in_colours(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Light or dark, once the screen has taken it up: at the next picture but one, where nothing moves."""
    page.emulate_media(color_scheme=scheme)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def go(page: Page, path: str) -> None:
    """To another screen of the app that is open, as its own links lead there: nothing is loaded anew."""
    # A sheet that is being closed takes its entry out of the history, and would take this one.
    come_true(page, "() => !history.state?.sheet && !document.querySelector('q-sheet')")
    # Where one is already it would be a step back onto the same screen, which the app goes on from.
    page.evaluate(
        """(path) => {
          if (path === location.pathname + location.search) return;
          history.pushState({}, '', path);
          dispatchEvent(new PopStateEvent('popstate'));
        }""",
        path,
    )


CUT = """() => {
  const cut = [];
  const told = (why, element) => cut.push(`${why}: ${element.className}: ${element.textContent.slice(0, 60)}`);
  const width = document.documentElement.scrollWidth;
  // What is too wide makes a phone's window wider, and smaller on its screen.
  const room = Math.min(innerWidth, screen.width);
  if (width > room) cut.push(`the page is ${width} px wide`);
  // A cell of the desk's lists shows what fits, its panel all of it.
  const scrolling = '.chip-row, .tiles, .pieces-dot, .visually-hidden, .grid-cell, svg, input, textarea';
  for (const element of document.querySelectorAll('main *, header *, .action-bar *, .tab-bar *, dialog *')) {
    if (element.closest(scrolling)) continue;
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) continue;
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height) continue;
    const style = getComputedStyle(element);
    // What a list names in a line or three ("water, biscuits, tea ...") is told whole where it leads to.
    if (style.webkitLineClamp !== 'none' || style.clipPath === 'inset(50%)') continue;
    const wide = element.scrollWidth > element.clientWidth + 1, high = element.scrollHeight > element.clientHeight + 3;
    if (style.display !== 'inline' && style.overflow !== 'visible' && (wide || high)) told('cut', element);
    if (box.right > room + 1 || box.left < -1) told('outside', element);
    const slot = element.closest('.windowed-row')?.getBoundingClientRect();
    if (slot && box.bottom > slot.bottom + 1) told('below its row', element);
  }
  // Facts are told apart by dots; none begins or ends a line.
  const phone = document.querySelector('.app-frame') ?? document.createElement('div');
  const words = document.createTreeWalker(phone, NodeFilter.SHOW_TEXT);
  const at = (node, place) => {
    const range = document.createRange();
    range.setStart(node, place);
    range.setEnd(node, place + 1);
    return range.getBoundingClientRect();
  };
  while (words.nextNode()) {
    const node = words.currentNode, text = node.data, around = node.parentElement;
    if (!text.includes(' · ') || around.closest(scrolling) || !at(node, 0).height) continue;
    if (/^\\s*·|·\\s*$/.test(text)) told('a dot with nothing beside it', around);
    for (let dot = text.indexOf(' · '); dot >= 0; dot = text.indexOf(' · ', dot + 1)) {
      if (at(node, dot + 3).top > at(node, dot + 1).bottom - 2) told('a dot ends a line', around);
    }
  }
  const pen = document.createElement('canvas').getContext('2d');
  for (const field of document.querySelectorAll('input[placeholder]')) {
    const style = getComputedStyle(field), hint = getComputedStyle(field, '::placeholder');
    const inner = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    pen.font = `${hint.fontWeight} ${hint.fontSize} ${style.fontFamily}`;
    if (inner > 0 && pen.measureText(field.placeholder).width > inner + 1) told('hint cut', field.parentElement);
  }
  return cut;
}"""


def cut_off(page: Page) -> list[str]:
    """Words that do not fit where they stand."""
    found: list[str] = page.evaluate(CUT)
    return found


# What a thumb is to hit is 44 px wide and high, with its label and what its style adds (``::after``) counted in.
TOO_SMALL = """() => {
  const found = new Set();
  const over = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document;
  const pressed = 'button, a[href], input, select, textarea, [role=button], [role=switch]';
  for (const element of over.querySelectorAll(pressed)) {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height || element.disabled || element.closest('.visually-hidden, .skip-link')) continue;
    let [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom];
    const grow = (to) => {
      [left, top] = [Math.min(left, to.left), Math.min(top, to.top)];
      [right, bottom] = [Math.max(right, to.right), Math.max(bottom, to.bottom)];
    };
    for (const label of [...(element.labels ?? []), element.closest('label, .input-box')]) {
      if (label) grow(label.getBoundingClientRect());
    }
    const after = getComputedStyle(element, '::after');
    if (after.content !== 'none' && after.position === 'absolute') {
      const [x, y, beyond, below] = ['left', 'top', 'right', 'bottom'].map((side) => parseFloat(after[side]) || 0);
      grow({ left: box.left + x, top: box.top + y, right: box.right - beyond, bottom: box.bottom - below });
    }
    const [width, height] = [Math.round(right - left), Math.round(bottom - top)];
    // Words in a line of text are as high as the line.
    if (getComputedStyle(element).display === 'inline' && element.closest('p, .prose')) continue;
    const called = (element.ariaLabel || element.textContent).slice(0, 40);
    if (width < 44 || height < 44) found.add(`${width} x ${height}: ${element.className}: ${called}`);
  }
  return [...found];
}"""


def too_small(page: Page) -> list[str]:
    """What a thumb would miss."""
    found: list[str] = page.evaluate(TOO_SMALL)
    return found


def keep_picture(page: Page, folder: Path | None, name: str) -> None:
    if folder is not None:
        page.screenshot(path=folder / f"{name}.png")


def room_of(page: Page, url: str) -> tuple[int, Callable[[int], None]]:
    """Bytes that the app at ``url`` has stored, and what sets how many it may store."""
    devtools = page.context.new_cdp_session(page)
    used = int(devtools.send("Storage.getUsageAndQuota", {"origin": url})["usage"])

    def allow(size: int) -> None:
        devtools.send("Storage.overrideQuotaForOrigin", {"origin": url, "quotaSize": size})

    return used, allow
