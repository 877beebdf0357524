"""The first screen by role, the tabs, the person's own page, deep links."""

from datetime import date, timedelta

import msgspec
import pytest

from offline.store import Response
from pwa.app import current_tab
from tests.screens import world
from tests.screens.conftest import Start
from tests.screens.test_claims import activity, claim
from tests.screens.test_counts import asked
from tests.screens.test_ordering import placed
from tests.screens.world import NOW, OFFICE, SHOP, SHOPKEEPER, Phone, me, order, uid


def tabs(phone: Phone) -> list[str]:
    found = [node.get("attributes", {}).get("data-testid", "") for node in phone.nodes()]
    return [name for name in found if name.startswith("tab-")]


async def test_a_rep_sees_whom_to_visit_next_and_the_month_from_the_orders(start: Start) -> None:
    last_month = NOW - timedelta(days=30)
    more = [("order", order("a")), ("order", order("b", "cancelled")), ("order", order("c", at=last_month))]
    phone = await start("/", more=more)
    assert phone.text().startswith("早上好，林晓")
    assert "小桥食品" in phone.text("next-shop")
    assert phone.text("month-total") == "¥388.80"
    assert "1 单" in phone.text("month")
    assert "上月同期 ¥388.80" in phone.text("month")
    assert tabs(phone) == ["tab-home", "tab-order", "tab-tasks", "tab-me"]
    await phone.tap("take-order")
    assert phone.app.router.path.startswith("/order/")


async def test_a_shop_ordered_from_today_is_not_next(start: Start) -> None:
    phone = await start("/", more=[("order", order("a", organisation=uid("prospect"), at=NOW - timedelta(minutes=9)))])
    assert "好邻居便利店" in phone.text("next-shop")


async def test_what_needs_a_hand_is_told_first(start: Start) -> None:
    more = [("order", order("a", "on_hold", holds=("price",))), ("order", order("b", "on_hold", holds=("credit",)))]
    phone = await start("/", more=more)
    assert "1 张订单价格待确认" in phone.text("attention")
    assert "1 张订单暂停中" in phone.text("attention")
    assert phone.text("attention-price").count("1") == 1
    await phone.tap("attention-price")
    assert phone.app.router.path == f"/orders/{uid('a')}"


async def test_what_is_asked_for_today_is_on_the_first_screen(start: Start) -> None:
    more = [asked(due_on=date(2026, 7, 16)), ("claim", claim("more_wanted")), ("activity", activity())]
    phone = await start("/", more=more, user=SHOPKEEPER)
    assert "1 项盘点待完成" in phone.text("attention-counts")
    assert "7月16日前" in phone.text("attention-counts")
    assert "1 份核销需要补充夏季堆头" in phone.text("attention-more_wanted")
    await phone.tap("attention-counts")
    assert phone.app.router.path == f"/counts/{uid('count')}"
    await phone.go("/")
    await phone.tap("attention-more_wanted")
    assert phone.app.router.path == f"/claims/{uid('claim')}"
    phone.put([asked(id=uid("another"))])
    await phone.go("/")
    assert "2 项盘点待完成" in phone.text("attention-counts")
    await phone.tap("attention-counts")
    assert phone.app.router.path == "/tasks"


async def test_a_shop_repeats_its_last_order_in_two_taps(start: Start) -> None:
    phone = await start("/", more=[("order", order("a"))], user=SHOPKEEPER)
    await phone.tap("repeat-last")
    assert phone.text("order-total") == "¥388.80"
    await phone.tap("submit-order")
    (command,) = placed(phone)
    assert str(command.total) == "388.80"


async def test_repeating_twice_makes_one_draft(start: Start) -> None:
    phone = await start("/", user=SHOPKEEPER, more=[("order", order("a"))])
    await phone.double_tap("repeat-last")
    (draft,) = phone.app.drafts.all()
    await phone.go("/")
    await phone.tap("repeat-last")
    assert phone.app.router.path == f"/order/{SHOP}/review?draft={draft.id}"
    assert len(phone.app.drafts.all()) == 1


async def test_repeating_with_one_quantity_changed(start: Start) -> None:
    phone = await start("/", more=[("order", order("a"))], user=SHOPKEEPER)
    await phone.tap("repeat-last")
    await phone.press("QS-0450", 1)
    await phone.tap("submit-order")
    assert placed(phone)[0].lines[0].quantity == 60


async def test_a_shop_has_nobody_to_choose(start: Start) -> None:
    phone = await start("/order", user=SHOPKEEPER)
    assert "product-search" in phone.fields()
    assert "customer-search" not in phone.fields()


async def test_head_office_counts_what_waits_for_it(start: Start) -> None:
    boss = uid("boss")
    more = [
        ("me", me(boss, "head_office", "王静", OFFICE)),
        ("order", order("a", "submitted")),
        ("order", order("b", "on_hold", holds=("credit",))),
    ]
    phone = await start("/", more=more, user=boss)
    assert phone.text("count-to_approve").startswith("1")
    assert phone.text("count-credit").startswith("1")
    assert phone.has(f"order-{uid('a')}")


async def test_who_may_not_order_has_no_order_tab(start: Start) -> None:
    staff = uid("staff")
    phone = await start("/", more=[("me", me(staff, "staff", "赵佳怡", OFFICE))], user=staff)
    assert tabs(phone) == ["tab-home", "tab-me"]


async def test_the_language_changes_at_once_and_stays(start: Start) -> None:
    phone = await start("/me")
    await phone.tap("language-en")
    assert "Signed-in devices" in phone.text()
    assert phone.asked("language")[-1]["value"] == "en"
    assert [entry.name for entry in phone.app.engine.entries()] == ["me.locale"]
    await phone.killed()
    await phone.start("/me")
    assert "Signed-in devices" in phone.text()


async def test_looks_are_kept(start: Start) -> None:
    phone = await start("/me")
    await phone.tap("theme-dark")
    assert phone.asked("theme")[-1]["value"] == "dark"
    await phone.tap("text-size-large")
    await phone.killed()
    await phone.start("/me")
    assert (phone.app.theme, phone.app.text_size) == ("dark", "large")


async def test_signing_out_says_what_waits_and_that_it_stays(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    await phone.tap("review-order")
    await phone.tap("submit-order")
    await phone.go("/me")
    await phone.tap("sign_out")
    assert "还有 1 项没发出去" in phone.text("sign-out-question")
    assert not phone.asked("sign-out")
    await phone.tap("sign-out-question-yes")
    assert phone.asked("sign-out")
    assert len(await phone.outbox.load()) == 1


async def test_signing_out_everywhere_needs_the_network(start: Start) -> None:
    phone = await start("/me")
    phone.answers.append(Response(200, b"[]"))
    await phone.tap("devices")
    await phone.tap("sign_out_everywhere")
    await phone.tap("sign-out-question-yes")
    assert "需要网络" in phone.text("toast")
    assert not phone.asked("sign-out")
    phone.answers.append(Response(204, b""))
    await phone.tap("sign_out_everywhere")
    await phone.tap("sign-out-question-yes")
    assert phone.requests[-1] == ("DELETE", "/api/sessions")
    assert phone.asked("sign-out")


async def test_locking_keeps_the_session_of_the_server(start: Start) -> None:
    phone = await start("/me")
    await phone.tap("lock")
    assert phone.asked("sign-in-again")
    assert not phone.asked("sign-out")


async def test_any_address_shows_something(start: Start) -> None:
    phone = await start("/nowhere?snapshot=off")
    assert phone.has("next-shop")
    await phone.go("/orders?unknown=1&filter=nonsense")
    assert phone.has("orders-screen")
    assert [current_tab(path) for path in ("/", "/order/x/review", "/orders", "/sync", "/me")] == [
        "home", "order", "order", "me", "me",
    ]  # fmt: skip


async def test_the_last_order_counts_all_its_products(start: Start) -> None:
    line = order("a").lines[0]
    lines = tuple(msgspec.structs.replace(line, id=str(number), name={"zh": f"货{number}"}) for number in range(6))
    phone = await start("/", more=[("order", order("a", lines=lines))], user=SHOPKEEPER)
    assert "货0、货1、货2等 6 种" in phone.text("repeat-card")


async def test_who_has_nothing_to_do_is_told_who_grants_it(start: Start) -> None:
    staff = uid("staff")
    phone = await start("/", more=[("me", me(staff, "staff", "赵佳怡", OFFICE))], user=staff)
    assert "总部开通" in phone.text()
    assert "店员" in phone.text()
    await phone.tap("to-me")
    assert phone.app.router.path == "/me"


async def test_the_lock_says_whose_phone_it_is_and_what_waits(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    await phone.tap("review-order")
    await phone.tap("submit-order")
    await phone.go("/me")
    await phone.tap("lock")
    assert phone.asked("sign-in-again")[-1]["lock"] == {"name": "林晓", "waiting": 1}


async def test_a_brand_with_nothing_in_it_says_what_will_come_and_by_whom(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = world.catalogue()
    people = [(entity, row) for entity, row in everything if entity in {"brand", "me"}]
    monkeypatch.setattr(world, "catalogue", lambda: people)
    phone = await start("/")
    phone.app.engine._last_synced_at = NOW
    for path in ("/", "/order", "/visits/new", "/counts/new"):
        await phone.go("/me")
        await phone.go(path)
        assert "总部把客户分给您后" in phone.text("no-customers"), path
        assert "换个写法" not in phone.text(), path
    await phone.go("/order")
    await phone.type("customer-search", "好邻居")
    assert "换个写法" in phone.text()
    # The first customer, and nothing to sell yet.
    phone.put((entity, row) for entity, row in everything if row.id == SHOP)
    await phone.go(f"/order/{SHOP}")
    assert "总部上架商品后" in phone.text("ordering-screen")
    assert "换个分类" not in phone.text()


async def test_head_office_is_no_customer_of_its_own(start: Start) -> None:
    boss = uid("boss")
    phone = await start("/order", user=boss, more=[("me", me(boss, "head_office", "王静", OFFICE))])
    assert phone.has("customer-S0001")
    assert not phone.has("customer-HQ")


async def test_a_phone_that_has_nothing_yet_says_so_once_it_is_offline(start: Start) -> None:
    phone = await start("/", user=uid("newcomer"), locale="en")
    assert phone.has("home-screen")
    assert "Hello" not in phone.text("home-screen")  # nobody is called by no name
    assert not phone.has("arriving")
    assert not await phone.app.engine.sync()
    await phone.port.settle()
    assert "goes on from where it stopped" in phone.text("arriving")
    asked: list[str] = []
    phone.app.device.sync_asked = lambda: asked.append("now")
    await phone.tap("arriving-again")
    assert asked == ["now"]
