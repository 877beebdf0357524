"""What the browser tests do with the trial app."""

from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.offline import store_contract
from tests.pwa.server import PASSWORD, Served

CHECKS = [*(check.__name__ for check in store_contract.OUTBOX), "key_values", "images", "ends_by_turn", "files"]
INTERACTIVE = "() => performance.getEntriesByName('qudao:interactive').length > 0"
KEPT = """(text) => {
  const { path, html } = JSON.parse(localStorage.getItem("qudao.screen") ?? "{}");
  return path === location.pathname + location.search && html.includes(text);
}"""


def assert_contract(text: str) -> None:
    """Every check of the stores' contract ran, each in a line, and passed."""
    assert text.splitlines() == [f"{name} passed" for name in CHECKS]


@dataclass
class Phone:
    served: Served
    context: BrowserContext
    page: Page
    complaints: list[str]

    def open(self, path: str = "/") -> None:
        """Load the page anew and wait until it answers."""
        self.page.goto(self.served.origin + path)
        self.page.wait_for_function(INTERACTIVE)

    def sign_in(self, path: str = "/") -> None:
        self.page.goto(self.served.origin + path)
        self.fill_in("rep@demo", PASSWORD)
        self.page.wait_for_function(INTERACTIVE)

    def fill_in(self, login: str, password: str) -> None:
        self.get("login").fill(login)
        self.get("password").fill(password)
        self.get("sign-in").tap()

    def get(self, testid: str) -> Locator:
        return self.page.get_by_test_id(testid)

    def shows(self, testid: str, text: str) -> None:
        expect(self.get(testid)).to_have_text(text)

    def lose_network(self) -> None:
        """No radio and no server: what the browser might still reach is gone too."""
        self.context.set_offline(True)
        self.served.stop()

    def regain_network(self) -> None:
        self.served.start()
        self.context.set_offline(False)

    def keeps(self, text: str = "") -> None:
        """Wait until the last screen, which is kept with a delay, is this one, with some text in it."""
        self.page.wait_for_function(KEPT, arg=text)

    def next_frames(self) -> None:
        """Two painted frames from now: what waited for a painted screen has happened."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def first(self, mark: str) -> float:
        """Milliseconds from the start of loading to a mark."""
        return float(self.page.evaluate("(name) => performance.getEntriesByName(name)[0].startTime", mark))
