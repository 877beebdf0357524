"""The phone runtime in a real browser, with a real server that comes and goes."""

import re
import time
from typing import Any, Literal

import pytest
from playwright.sync_api import expect

from pwa.bundling.sources import PROJECT
from tests.e2e.parts import at_rest, in_colours
from tests.pwa.phone import INTERACTIVE, Phone, assert_contract
from tests.pwa.server import PASSWORD, Served


def test_signing_in_says_what_is_wrong(new_phone: Phone) -> None:
    phone = new_phone
    phone.page.goto(phone.served.origin)
    error = phone.page.locator(".form-error")
    phone.get("sign-in").tap()
    expect(error).to_have_text("请填写账号和密码。")
    phone.fill_in("rep@demo", "wrong")
    expect(error).to_have_text("账号或密码不对。")
    phone.fill_in("busy@demo", "x")
    expect(error).to_have_text("尝试太多次了，请在 42 秒后再试。")
    phone.get("language").tap()
    expect(phone.get("sign-in")).to_have_text("Sign in")
    phone.lose_network()
    phone.fill_in("rep@demo", PASSWORD)
    expect(error).to_have_text("No network. The first sign-in on this device needs one.")
    phone.regain_network()


def test_the_first_start_has_its_snapshot(new_phone: Phone) -> None:
    new_phone.sign_in("/list")
    expect(new_phone.get("row-3")).to_be_visible()
    assert new_phone.page.evaluate("() => qudaoMarks.frozen") is True


def test_the_app_lives_without_network(phone: Phone) -> None:
    phone.open()
    phone.get("add").tap()
    phone.shows("count", "1")
    phone.lose_network()
    phone.keeps('data-testid="count">1<')
    phone.open()
    assert phone.page.evaluate("() => qudaoMarks.frozen") is True
    assert phone.first("qudao:first-paint") < phone.first("qudao:interactive")
    phone.get("add").tap()
    phone.get("add").tap()
    phone.shows("count", "2")
    phone.open("/list")
    expect(phone.get("row-3")).to_be_visible()
    phone.regain_network()


def test_the_last_screen_shows_before_python_runs(phone: Phone) -> None:
    phone.open("/list")
    phone.keeps('data-testid="row-2"')
    phone.page.add_init_script("window.Worker = class { postMessage() {} }")
    phone.page.goto(phone.served.origin + "/list")
    expect(phone.page.locator("#shell [data-testid=row-2]")).to_be_visible()
    assert phone.page.evaluate("() => document.getElementById('shell').inert") is True
    above = phone.page.locator("#shell .windowed-space").first
    assert above.evaluate("(element) => element.style.height") == "0px"


def test_until_pictures_come_the_last_screen_shows_none_that_look_broken(phone: Phone) -> None:
    phone.open("/list")
    put = "(picture) => picture.append(Object.assign(new Image(64, 64), { src: '/icon-192.png', alt: '' }))"
    phone.page.locator(".picture").first.evaluate(put)
    phone.keeps("<img")
    phone.page.add_init_script("window.Worker = class { postMessage() {} }")
    phone.page.goto(phone.served.origin + "/list")
    picture = phone.page.locator("#shell .picture img").first
    picture.wait_for(state="attached")
    assert picture.get_attribute("src") is None
    expect(picture).to_be_hidden()
    expect(phone.page.locator("#shell .picture svg").first).to_be_visible()


@pytest.mark.parametrize("path", ["/list", "/pieces"])
def test_the_last_screen_looks_as_it_did_and_has_only_what_was_in_sight(phone: Phone, path: str) -> None:
    page = phone.page
    page.emulate_media(reduced_motion="reduce")
    phone.open(path)
    page.evaluate("() => { for (const image of document.images) image.removeAttribute('src'); }")  # none is kept
    page.evaluate("() => scrollTo(0, 350)")
    phone.next_frames()
    at_rest(page, 500)  # rows that come into sight are asked for
    looked, pieces = page.screenshot(animations="disabled"), page.locator("#app *").count()
    page.add_init_script("window.Worker = class { postMessage() {} }")
    page.goto(phone.served.origin + path)
    expect(page.locator("#shell main, #shell .screen").first).to_be_visible()
    page.locator("body > .sprite").evaluate("(sprite) => sprite.remove()")  # it comes after the first picture
    phone.next_frames()
    assert page.screenshot(animations="disabled") == looked
    assert page.locator("#shell :not(.sprite *)").count() < pieces


def test_what_was_typed_is_on_the_last_screen(phone: Phone) -> None:
    phone.open("/order")
    phone.get("quantity-QS-0450").fill("72")
    phone.get("quantity-QS-0450").blur()
    phone.keeps('value="72"')
    phone.page.add_init_script("window.Worker = class { postMessage() {} }")
    phone.page.goto(phone.served.origin + "/order")
    expect(phone.page.locator("#shell [data-testid=quantity-QS-0450]")).to_have_value("72")


def test_a_password_is_not_on_the_last_screen_even_while_it_is_shown(phone: Phone) -> None:
    phone.open("/text")
    phone.get("name").fill("仓库")
    phone.get("secret").fill("nobody may know")
    phone.get("secret-show").tap()
    expect(phone.get("secret")).to_have_attribute("type", "text")
    # As when the app goes out of sight.
    phone.page.evaluate("""() => {
      Object.defineProperty(document, "hidden", { value: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }""")
    kept = phone.page.evaluate("() => localStorage.getItem('qudao.screen')")
    assert "仓库" in kept
    assert "nobody may know" not in kept


def test_the_stores_keep_their_contract_on_indexeddb(phone: Phone) -> None:
    phone.open("/contract")
    expect(phone.get("outcomes")).to_contain_text("images", timeout=30_000)
    text = phone.get("outcomes").text_content()
    assert text is not None
    assert_contract(text)


def test_chinese_composition_and_fast_typing_arrive_whole(phone: Phone) -> None:
    phone.open("/text")
    phone.get("name").tap()
    session = phone.context.new_cdp_session(phone.page)
    for part in ("n", "ni", "nih", "niha", "nihao"):
        session.send("Input.imeSetComposition", {"text": part, "selectionStart": len(part), "selectionEnd": len(part)})
        time.sleep(0.05)
    phone.shows("typed", "")
    session.send("Input.insertText", {"text": "你好"})
    phone.shows("typed", "你好")
    phone.page.keyboard.type(" product 12345 abcdefghij", delay=1)
    phone.shows("typed", "你好 product 12345 abcdefghij")
    expect(phone.get("name")).to_have_value("你好 product 12345 abcdefghij")


def test_a_stepper_steps_takes_full_width_digits_and_is_rounded_on_leaving(phone: Phone) -> None:
    phone.open("/order")
    quantity = phone.get("quantity-QS-0450")
    phone.get("add-QS-0450").tap()
    expect(quantity).to_have_value("24")
    for _ in range(5):
        phone.get("add-QS-0450").tap()
    expect(quantity).to_have_value("144")
    quantity.fill("５０")
    quantity.blur()
    expect(quantity).to_have_value("72")
    target = phone.get("add-QS-0450").bounding_box()
    assert target is not None
    assert min(target["width"], target["height"]) >= 44


# Notes what of ReactPy's tree is drawn from now on, each element by the name it is tested by.
NOTE_DRAWN = """async () => {
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
  const { Component } = await import(loaded.find((name) => name.endsWith("/preact.js")));
  const decide = Component.prototype.shouldComponentUpdate;
  globalThis.drawn = [];
  Component.prototype.shouldComponentUpdate = function (props, ...more) {
    const draws = decide.call(this, props, ...more);
    const named = props.model?.attributes;
    if (draws && named) drawn.push(named["data-testid"] ?? named.config?.testid ?? "");
    return draws;
  };
}"""


def test_a_tap_draws_its_own_line_only(phone: Phone) -> None:
    phone.open("/order")
    phone.page.evaluate(NOTE_DRAWN)
    phone.get("add-QS-0450").tap()
    phone.page.wait_for_function("() => document.querySelector('q-stepper').config.value === '24'")
    drawn = phone.page.evaluate("() => drawn")
    assert "quantity-QS-0450" in drawn
    assert not {"quantity-MT-2001", "product-search", "order-total"} & set(drawn)


def test_what_is_typed_is_not_overwritten_by_a_late_answer(phone: Phone) -> None:
    """Python is held up between the press of "+" and its answer; meanwhile the person types."""
    phone.open("/order")
    quantity = phone.get("quantity-QS-0450")
    phone.get("add-QS-0450").tap()
    expect(quantity).to_have_value("24")
    hold = """() => { const channel = MessagePort.prototype, send = channel.postMessage, held = [];
        channel.postMessage = function (message) { held.push([this, message]); };
        window.release = () => {
            channel.postMessage = send;
            for (const [port, message] of held) send.call(port, message);
        }; }"""
    phone.page.evaluate(hold)
    phone.get("add-QS-0450").tap()
    quantity.focus()
    phone.page.keyboard.type("50")
    phone.page.evaluate("() => window.release()")
    phone.page.wait_for_function("() => document.querySelector('q-stepper').config.value === '50'")
    expect(quantity).to_have_value("50")
    quantity.blur()
    expect(quantity).to_have_value("72")


def test_an_undone_deed_is_undone(phone: Phone) -> None:
    phone.open()
    phone.get("add").tap()
    phone.get("reset").tap()
    phone.get("confirm-yes").tap()
    phone.shows("count", "0")
    expect(phone.get("toast-undo")).to_be_visible()
    phone.keeps('data-testid="count">0<')  # the last screen has what is there, and not what is said of it
    assert "toast-undo" not in phone.page.evaluate("() => localStorage.getItem('qudao.screen')")
    phone.get("toast-undo").tap()
    phone.shows("count", "1")


def test_thousands_of_rows_scroll_to_the_end_and_search_starts_at_the_top(phone: Phone) -> None:
    phone.open("/list")
    phone.page.evaluate("() => window.scrollTo(0, document.documentElement.scrollHeight)")
    expect(phone.get("row-4999")).to_be_visible()
    phone.get("product-search").fill("商品 49")
    expect(phone.get("row-49")).to_be_visible()
    expect(phone.get("row-4999")).to_be_hidden()
    phone.get("tab-order").tap()
    expect(phone.get("order-total")).to_be_visible()
    phone.page.go_back()
    expect(phone.get("product-search")).to_have_value("商品 49")
    expect(phone.get("row-49")).to_be_visible()
    phone.page.reload()
    expect(phone.get("product-search")).to_have_value("商品 49")
    expect(phone.get("row-4999")).to_be_hidden()


def test_a_broken_screen_has_a_way_back(phone: Phone) -> None:
    phone.open("/broken")
    expect(phone.page.get_by_role("alert")).to_contain_text("这个页面出了点问题")
    phone.get("error-back").tap()
    expect(phone.get("count")).to_be_visible()


def test_the_keyboard_walks_a_table(phone: Phone) -> None:
    phone.open("/desk")
    phone.page.locator("tbody tr").first.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "Enter"):
        phone.page.keyboard.press(key)
    phone.shows("opened", "SO-0002")


def test_the_same_person_signs_in_again_without_network(phone: Phone) -> None:
    phone.open("/pieces")
    phone.lose_network()
    phone.get("sign-out").tap()
    phone.fill_in("rep@demo", "wrong")
    expect(phone.page.locator(".form-error")).to_have_text("账号或密码不对。")
    phone.fill_in("rep@demo", PASSWORD)
    phone.page.wait_for_function(INTERACTIVE)
    expect(phone.get("count")).to_be_visible()
    phone.regain_network()


def test_who_signs_out_leaves_no_screen_behind(phone: Phone) -> None:
    """The page is left after that, and as it goes it would keep what is in sight: for whoever has the phone next."""
    phone.open("/pieces")
    phone.keeps()
    phone.get("sign-out").tap()
    expect(phone.get("login")).to_be_visible()
    assert phone.page.evaluate("() => localStorage.getItem('qudao.screen')") is None


@pytest.mark.parametrize(("login", "left"), [("rep@demo", 1), ("shop@demo", 0)])
def test_files_kept_by_somebody_whose_session_ended_are_not_the_next_persons(
    phone: Phone, login: str, left: int
) -> None:
    phone.open("/pieces")
    phone.page.evaluate("async () => (await caches.open('qudao-kept')).put('/api/media/m1', new Response('theirs'))")
    phone.page.evaluate("() => localStorage.removeItem('qudao.session')")
    phone.page.reload()
    phone.fill_in(login, PASSWORD)
    phone.page.wait_for_function(INTERACTIVE)
    assert phone.page.evaluate("async () => (await (await caches.open('qudao-kept')).keys()).length") == left


SIGN_OUT_WAITS = """() => new Promise((done) => {
  indexedDB.open("qudao").onsuccess = ({ target: { result: db } }) => {
    const asked = db.transaction("kv").objectStore("kv").get("sign-out");
    asked.onsuccess = () => done(asked.result !== undefined);
  };
})"""


def test_a_network_that_answers_with_a_page_of_its_own_is_no_server(phone: Phone) -> None:
    page = phone.page
    phone.open("/pieces")
    phone.served.portal = lambda _path: True
    kept = """async (url) => {
      const text = await (await fetch(url)).text();
      return [text.includes("Wi-Fi"), Boolean(await caches.match(url))];
    }"""
    assert page.evaluate(kept, "/images/never-seen.webp") == [True, False]
    phone.get("sign-out").tap()
    phone.fill_in("shop@demo", PASSWORD)
    expect(page.locator(".form-error")).to_contain_text("可能要先在浏览器里登录")
    # That she signed out is not yet told to the server.
    assert page.evaluate(SIGN_OUT_WAITS) is True
    phone.fill_in("rep@demo", "wrong")
    expect(page.locator(".form-error")).to_have_text("账号或密码不对。")
    phone.fill_in("rep@demo", PASSWORD)
    page.wait_for_function(INTERACTIVE)
    expect(phone.get("count")).to_be_visible()
    phone.served.portal = lambda _path: False


def test_nothing_is_sent_with_another_persons_cookie(phone: Phone) -> None:
    phone.open("/pieces")
    phone.get("sign-out").tap()
    phone.fill_in("shop@demo", PASSWORD)  # the cookie is hers now
    phone.page.wait_for_function(INTERACTIVE)
    phone.open("/pieces")
    phone.lose_network()
    phone.get("sign-out").tap()
    phone.fill_in("rep@demo", PASSWORD)
    phone.page.wait_for_function(INTERACTIVE)
    phone.served.seen.clear()
    phone.regain_network()
    phone.open()
    time.sleep(2)
    assert phone.served.seen == []
    phone.open("/pieces")
    phone.get("sign-out").tap()
    phone.fill_in("rep@demo", PASSWORD)
    phone.page.wait_for_function(INTERACTIVE)
    until = time.monotonic() + 60
    while not phone.served.seen:
        assert time.monotonic() < until, "nothing was sent"
        time.sleep(0.1)


def test_what_cannot_start_says_so_and_lets_the_outbox_out(phone: Phone) -> None:
    phone.open()
    lose = """async () => {
        await (await navigator.storage.getDirectory()).removeEntry("snapshots", { recursive: true });
        for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const key of await cache.keys()) if (key.url.includes("/pack.")) await cache.delete(key); } }"""
    phone.page.evaluate(lose)
    phone.context.new_cdp_session(phone.page).send("Network.clearBrowserCache")
    phone.lose_network()
    phone.page.goto(phone.served.origin)
    expect(phone.get("boot-retry")).to_be_visible()
    with phone.page.expect_download() as download:
        phone.get("boot-export").tap()
    assert download.value.suggested_filename.startswith("qudao-outbox-")
    phone.regain_network()
    phone.get("boot-retry").tap()
    expect(phone.get("count")).to_be_visible()


def put_newer(served: Served) -> None:
    """A version that differs in its name and its page's title."""
    index, worker = served.built / "index.html", served.built / "sw.js"
    index.write_text(index.read_text().replace("<title>Qudao</title>", "<title>Newer</title>"))
    worker.write_text(re.sub(r'const BUILD = "\w+"', 'const BUILD = "newer"', worker.read_text()))
    for path in (index, worker):
        for ending in (".br", ".gz"):
            path.with_name(path.name + ending).unlink()


LOOK = "async () => { await (await navigator.serviceWorker.ready).update(); }"


def test_a_new_version_waits_until_it_is_wanted(phone: Phone) -> None:
    phone.open()
    put_newer(phone.served)
    phone.open()
    assert phone.page.title() == "Qudao"
    # A network that lets the worker through and answers everything else with its own page.
    phone.served.portal = lambda path: path != "/sw.js"
    given_up = """async () => {
      const registration = await navigator.serviceWorker.ready;
      await registration.update();
      const worker = registration.installing ?? registration.waiting;
      return await new Promise((done) => {
        const look = () => { if (worker.state !== "installing") done(worker.state); };
        worker.addEventListener("statechange", look);
        look();
      });
    }"""
    assert phone.page.evaluate(given_up) == "redundant"
    phone.served.portal = lambda _path: False
    phone.page.evaluate(LOOK)
    expect(phone.get("update-bar")).to_be_visible()
    phone.get("update").tap()
    expect(phone.page).to_have_title("Newer")
    expect(phone.get("count")).to_be_visible()
    names = phone.page.evaluate("async () => (await caches.keys()).sort()")
    assert names == ["qudao-newer", "qudao-snapshots"]


def test_a_new_version_waits_for_no_download_of_the_old_one(phone: Phone) -> None:
    phone.open()
    put_newer(phone.served)
    held: list[str] = []

    def holds(path: str) -> bool:
        if "zxing" in path:
            held.append(path)
        return "zxing" in path

    phone.served.holds = holds
    phone.page.evaluate("async () => (await navigator.serviceWorker.ready).active.postMessage({ kind: 'later' })")
    phone.page.evaluate(LOOK)
    expect(phone.get("update-bar")).to_be_visible()
    assert held
    phone.get("update").tap()
    expect(phone.page).to_have_title("Newer")


def test_a_page_whose_version_another_one_replaced_says_so_and_what_fails_can_be_tried_again(phone: Phone) -> None:
    phone.open()
    put_newer(phone.served)
    other = Phone(phone.served, phone.context, phone.context.new_page(), phone.complaints)
    other.open()
    other.page.evaluate(LOOK)
    other.get("update").tap()
    expect(other.page).to_have_title("Newer")
    expect(phone.get("update-bar")).to_be_visible()
    phone.lose_network()
    phone.get("update").tap()
    expect(phone.page.get_by_text("新版本没有下载成功")).to_be_visible()
    expect(phone.get("update")).to_be_enabled()
    phone.regain_network()
    phone.get("update").tap()
    expect(phone.page).to_have_title("Newer")


# All that axe knows besides is the same in the dark.
SCHEMES: tuple[tuple[Literal["light", "dark"], dict[str, Any]], ...] = (
    ("light", {}),
    ("dark", {"runOnly": ["color-contrast"]}),
)


def test_axe_finds_nothing_serious_on_any_piece(phone: Phone) -> None:
    axe = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
    serious = []
    for path in ("/", "/order", "/list", "/desk", "/pieces"):
        phone.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        phone.open(path)
        phone.page.evaluate(axe.read_text())
        for scheme, rules in SCHEMES:
            in_colours(phone.page, scheme)
            options = {"resultTypes": ["violations"], **rules}
            found = phone.page.evaluate("(options) => axe.run(document, options)", options)
            serious += [
                (path, scheme, violation["id"], [node["html"][:160] for node in violation["nodes"]])
                for violation in found["violations"]
                if violation["impact"] in {"serious", "critical"}
            ]
    assert serious == []
