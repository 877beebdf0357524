"""Sheets and the way back in a real browser: what Android's back leads to, and where the focus goes."""

from playwright.sync_api import expect

from tests.pwa.phone import INTERACTIVE, Phone

# The next way back takes a moment, as in a busy browser, and something is tapped in it.
TAP_WHILE_GOING_BACK = """(testid) => {
  const back = history.back.bind(history);
  history.back = () => {
    history.back = back;
    setTimeout(back, 300);
    document.querySelector(`[data-testid=${testid}]`).click();
  };
}"""


def test_a_tap_right_after_a_sheet_closed_leads_where_it_says(phone: Phone) -> None:
    phone.open("/order")
    for _ in range(3):
        phone.get("why-QS-0450").tap()
        expect(phone.get("why")).to_be_visible()
        phone.page.evaluate(TAP_WHILE_GOING_BACK, "tab-tasks")
        phone.page.keyboard.press("Escape")
        expect(phone.get("row-0")).to_be_visible()
        phone.page.wait_for_function("() => location.pathname === '/list'")
        phone.page.wait_for_timeout(400)
        expect(phone.get("row-0")).to_be_visible()
        assert phone.page.evaluate("() => location.pathname") == "/list"
        phone.get("tab-order").tap()
        expect(phone.get("order-total")).to_be_visible()


def test_a_sheet_gives_the_focus_back_to_what_opened_it(phone: Phone) -> None:
    phone.open("/order")
    phone.get("why-QS-0450").focus()
    phone.page.keyboard.press("Enter")
    expect(phone.get("why")).to_be_visible()
    phone.page.keyboard.press("Escape")
    expect(phone.get("why")).to_be_hidden()
    expect(phone.get("why-QS-0450")).to_be_focused()


def test_a_sheet_opened_right_after_another_stays(phone: Phone) -> None:
    phone.open("/order")
    entries = phone.page.evaluate("() => history.length")
    for _ in range(3):
        phone.get("why-QS-0450").tap()
        expect(phone.get("why")).to_be_visible()
        phone.page.evaluate(TAP_WHILE_GOING_BACK, "why-QS-0450")
        phone.page.keyboard.press("Escape")
        phone.page.wait_for_timeout(600)
        expect(phone.get("why")).to_be_visible()
        phone.page.wait_for_function("() => history.state.sheet")
        phone.page.go_back()
        expect(phone.get("why")).to_be_hidden()
        expect(phone.get("order-total")).to_be_visible()
        assert phone.page.evaluate("() => history.length") <= entries + 1


def test_back_leads_back_and_keeps_the_place(phone: Phone) -> None:
    phone.open()
    phone.get("to-list").tap()
    expect(phone.get("row-0")).to_be_visible()
    phone.next_frames()  # a new screen starts at its top
    phone.page.evaluate("() => window.scrollTo(0, 68 * 2000)")
    expect(phone.get("row-2003")).to_be_visible()
    assert phone.page.locator("q-window .row").count() < 60
    phone.get("tab-order").tap()
    expect(phone.get("order-total")).to_be_visible()
    assert phone.page.evaluate("() => window.scrollY") == 0
    phone.page.go_back()
    expect(phone.get("row-2003")).to_be_visible()
    phone.page.go_back()
    expect(phone.get("count")).to_be_visible()
    phone.page.go_forward()
    expect(phone.get("rows")).to_be_visible()


def test_back_closes_a_sheet_first(phone: Phone) -> None:
    phone.open()
    phone.get("tab-order").tap()
    phone.get("why-QS-0450").tap()
    expect(phone.get("why")).to_be_visible()
    phone.page.go_back()
    expect(phone.get("why")).to_be_hidden()
    expect(phone.get("order-total")).to_be_visible()
    phone.get("why-QS-0450").tap()
    expect(phone.get("why")).to_be_visible()
    phone.page.keyboard.press("Escape")
    expect(phone.get("why")).to_be_hidden()
    phone.page.wait_for_function("() => !history.state.sheet")
    phone.page.go_back()
    expect(phone.get("count")).to_be_visible()


def test_back_closes_a_sheet_that_is_opened_after_the_app_was_killed_in_one(phone: Phone) -> None:
    phone.open()
    phone.get("tab-order").tap()
    phone.get("why-QS-0450").tap()
    phone.page.wait_for_function("() => history.state.sheet")
    before = phone.page.evaluate("() => history.state.sheet")
    phone.page.reload()
    phone.get("why-QS-0450").tap()
    phone.page.wait_for_function("(before) => history.state.sheet !== before", arg=before)
    phone.page.go_back()
    expect(phone.get("why")).to_be_hidden()


def test_back_leads_on_from_a_sheet_that_was_open_when_the_app_was_killed(phone: Phone) -> None:
    phone.open()
    phone.get("tab-order").tap()
    phone.get("why-QS-0450").tap()
    phone.page.wait_for_function("() => history.state.sheet")
    phone.page.reload()
    expect(phone.get("order-total")).to_be_visible()
    phone.page.wait_for_function(INTERACTIVE)
    phone.page.go_back()
    expect(phone.get("count")).to_be_visible()


def test_a_deep_link_opens_its_screen_and_its_arrow_leads_home(phone: Phone) -> None:
    phone.open("/order?from=mail")
    expect(phone.get("order-total")).to_be_visible()
    phone.get("back").tap()
    expect(phone.get("count")).to_be_visible()
    assert phone.page.evaluate("() => location.pathname") == "/"
