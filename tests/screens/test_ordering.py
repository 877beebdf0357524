"""Taking an order, from the customer to the outbox."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from offline.wire import rows
from offline.wire.commands import OrderPlace
from offline.wire.rows import Order
from tests.screens.conftest import Start
from tests.screens.world import (
    BISCUIT,
    BLOCKED,
    CONTRACT,
    NOW,
    REP,
    SHOP,
    SHOPKEEPER,
    SODA,
    Phone,
    catalogue,
    order,
    price_list,
    tiers,
    uid,
)


def placed(phone: Phone) -> list[OrderPlace]:
    entries = [entry for entry in phone.app.engine.entries() if entry.name == "order.place"]
    return [msgspec.json.decode(entry.args, type=OrderPlace) for entry in entries]


async def test_a_customer_is_found_by_name_code_and_city_and_a_blocked_one_says_why(start: Start) -> None:
    phone = await start("/order")
    assert phone.has("customer-S0001")
    assert "逾期 60 天" in phone.text("customer-S0002")
    for words in ("好邻居", "s0001", "上海 便利"):
        await phone.type("customer-search", words)
        assert phone.has("customer-S0001"), words
    assert not phone.has("customer-S0002")
    await phone.type("customer-search", "没有这家")
    assert "没有找到这位客户" in phone.text()


async def test_a_product_shows_price_reason_pack_minimum_stock_and_next_break(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    row = phone.text("product-QS-0450")
    for said in ("¥8.50", "¥9.00", "合同价", "12 瓶/箱", "起订 12", "库存 1,204", "08:52", "满 48 享 ¥8.10"):
        assert said in row, said
    assert "买 10 赠 1" in phone.text("product-XG-1000")
    assert "缺货，7月18日到" in phone.text("product-JR-0500")


async def test_an_open_order_follows_assortments_and_categories(start: Start) -> None:
    """What is on the screen, its chips too, goes by the rows as they come."""
    drinks = rows.Category(id=uid("drinks"), name={"zh": "饮料"})
    snacks = rows.Category(id=uid("snacks"), name={"zh": "零食"})
    goods = {row.id: row for entity, row in catalogue() if entity == "product"}
    placed = [
        ("category", drinks), ("category", snacks),
        ("product", msgspec.structs.replace(goods[SODA], category=drinks.id)),
        ("product", msgspec.structs.replace(goods[BISCUIT], category=snacks.id)),
    ]  # fmt: skip
    phone = await start(f"/order/{SHOP}", more=placed)

    async def arrive(*found: rows.Category | rows.Assortment) -> None:
        phone.put([(type(row).__name__.lower(), row) for row in found])
        await phone.port.settle()

    assert phone.has(f"chip-{snacks.id}")
    only = rows.Assortment(id=uid("assortment"), name={"zh": "饮料"}, categories=(drinks.id,))
    await arrive(only)
    assert phone.has("product-QS-0450")
    assert not phone.has("product-MT-2001")
    assert not phone.has(f"chip-{snacks.id}")
    # What is below the drinks is among them; a chip that is chosen stays, wherever its category hangs by then.
    await phone.tap(f"chip-{drinks.id}")
    await arrive(
        msgspec.structs.replace(snacks, parent=drinks.id), msgspec.structs.replace(drinks, name={"zh": "饮品"})
    )
    assert phone.has("product-MT-2001")
    assert "饮品" in phone.text(f"chip-{drinks.id}")
    assert not phone.has(f"chip-{snacks.id}")
    await arrive(msgspec.structs.replace(only, valid_until=NOW.date() - timedelta(days=1)))
    assert "目前没有可订的商品" in phone.text()


async def test_plus_steps_by_the_order_rule_and_the_total_is_right(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    assert phone.text("line-total-QS-0450") == "¥102.00"
    assert phone.text("order-total") == "¥102.00"
    for _ in range(3):
        await phone.press("QS-0450", 1)
    assert phone.text("line-total-QS-0450") == "¥388.80"
    assert "满 48 合同价" in phone.text("product-QS-0450")
    assert "再加 48 瓶 享 ¥7.80" in phone.text("note-QS-0450")
    await phone.press("QS-0450", -1)
    assert phone.text("order-total") == "¥306.00"


async def test_only_the_row_and_the_bar_are_sent_after_a_tap(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    before = len(phone.port.sent)
    await phone.press("QS-0450", 1)
    updates = [message for message in phone.port.sent[before:] if message["type"] == "layout-update"]
    assert updates
    assert all("products" not in str(message["model"]) for message in updates)
    assert sum(len(str(message)) for message in updates) < 16_000


async def test_other_lines_get_their_share_of_a_discount_once_the_tapping_pauses(start: Start) -> None:
    """Each press of "+" changes it for all of them: they must not keep the pressed one waiting."""
    reward = rows.PromotionReward(amount=Decimal(10), threshold=Decimal(50))
    offer = rows.Promotion(id=uid("ten off"), code="T10", name={"zh": "满 50 减 10"}, kind="threshold", reward=reward)
    phone = await start(f"/order/{SHOP}", more=[("promotion", offer)])
    await phone.press("QS-0450", 1)
    alone = phone.text("line-total-QS-0450")
    for _ in range(3):
        await phone.press("XG-1000", 1)
    assert phone.text("line-total-XG-1000") != "¥34.50"  # it has its share at once
    assert phone.text("line-total-QS-0450") == alone
    await phone.port.settle(0.8)
    assert phone.text("line-total-QS-0450") != alone
    shown = {name: Decimal(value) for name, value in values(phone).items()}
    assert shown.pop("order-total") == sum(shown.values())


def values(phone: Phone) -> dict[str, str]:
    """The amounts on screen, by test id."""
    found = (node.get("attributes", {}) for node in phone.nodes())
    return {each["data-testid"]: each["data-value"] for each in found if "data-value" in each}


async def test_why_this_price_and_ordering_up_to_the_next_break(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    await phone.tap("why-QS-0450")
    sheet = phone.text("why-price")
    for said in ("为什么是 ¥8.50", "HL-018 价目表 · 第 14 版", "¥9.00", "满 96 瓶", "¥7.80", "今天 09:52"):
        assert said in sheet, said
    assert phone.text("ordering-next-break") == "按 48 瓶订"
    await phone.tap("ordering-next-break")
    assert not phone.has("why-price")
    assert phone.text("order-total") == "¥388.80"


async def test_review_shows_gifts_tax_address_credit_and_submits_what_was_shown(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.type("quantity-XG-1000", "20")
    await phone.type("quantity-QS-0450", "48")
    await phone.tap("review-order")
    assert "鲜果橙汁" in phone.text("gifts")
    assert "2 瓶" in phone.text("gifts")
    said = phone.text()
    for text in ("¥618.80", "其中税额", "中山北路 137 号", "¥12,650.00", "¥12,031.20", "30 天"):
        assert text in said, text
    await phone.type("ordering-note", "请走后门 🚚 شكرا")
    await phone.tap("shortage-full")
    await phone.tap("submit-order")
    (command,) = placed(phone)
    assert str(command.total) == "618.80"
    assert command.note == "请走后门 🚚 شكرا"
    assert command.shortage == "full"
    assert [(line.quantity, str(line.unit_price), str(line.net)) for line in command.lines] == [
        (20, "11.50", "230.00"),
        (48, "8.10", "388.80"),
    ]
    assert command.price_lists
    assert command.address == uid("S0001", "address")
    assert phone.app.router.path.startswith("/orders")
    listed = phone.port.find(f"order-{command.order}")
    assert listed is not None
    assert listed["attributes"]["data-status"] == "queued"
    badge = phone.port.find("sync-badge")
    assert badge is not None
    assert badge["attributes"]["data-pending"] == "1"


async def test_submitting_twice_is_one_order(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    await phone.tap("review-order")
    button = phone.port.find("submit-order")
    assert button is not None
    target = button["eventHandlers"]["onClick"]["target"]
    for _ in range(3):
        phone.port.post({"type": "layout-event", "target": target, "data": [{}]})
    await phone.port.settle()
    assert len(placed(phone)) == 1


async def test_the_draft_survives_a_kill_with_its_note(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    await phone.type("quantity-XG-1000", "3")
    await phone.tap("review-order")
    await phone.type("ordering-note", "早上送")
    await phone.killed()
    await phone.start("/order")
    (draft,) = phone.app.drafts.all()
    assert "2 种商品" in phone.text(f"draft-{draft.id}")
    await phone.tap(f"draft-{draft.id}")
    assert phone.text("order-total") == "¥136.50"
    await phone.tap("review-order")
    assert phone.field("ordering-note")["attributes"]["config"]["value"] == "早上送"


async def test_more_products_than_one_order_takes_are_told_of_before_it_is_sent(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pwa.screens.ordering.basket.MAX_ORDER_LINES", 1)
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    await phone.type("quantity-XG-1000", "3")
    await phone.tap("review-order")
    assert "最多 1 种商品" in phone.text("obstacle-too_many_lines")
    button = phone.port.find("submit-order")
    assert button is not None
    assert button["attributes"]["disabled"]
    await phone.tap(f"remove-{phone.app.drafts.all()[0].lines[1].product}")
    assert not phone.has("obstacle-too_many_lines")
    await phone.tap("submit-order")
    assert len(placed(phone)) == 1


async def test_a_submitted_order_is_no_draft_any_more_and_outlives_a_kill(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    await phone.tap("review-order")
    await phone.tap("submit-order")
    (command,) = placed(phone)
    await phone.killed()
    await phone.start("/orders")
    assert phone.app.drafts.all() == []
    assert phone.has(f"order-{command.order}")


async def test_a_removed_line_comes_back_by_undo_in_its_place(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    await phone.press("XG-1000", 1)
    await phone.tap("review-order")
    await phone.tap(f"remove-{SODA}")
    assert phone.text("order-total") == "¥11.50"
    await phone.tap("toast-undo")
    assert phone.text("order-total") == "¥113.50"
    (draft,) = phone.app.drafts.all()
    assert draft.lines[0].product == SODA


async def test_a_price_that_changes_meanwhile_is_told_and_the_total_is_the_new_one(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    await phone.tap("review-order")
    newer = msgspec.structs.replace(price_list(CONTRACT, "HL-018", "contract", 10), revision=15)
    phone.put([("price_list", newer), ("price", tiers(CONTRACT, SODA, (1, "8.80")))])
    await phone.port.settle()
    assert phone.has("prices-changed")
    assert phone.text("order-total") == "¥105.60"
    await phone.tap("submit-order")
    assert str(placed(phone)[0].total) == "105.60"


async def test_a_price_that_ends_between_look_and_submit_is_shown_first(start: Start) -> None:
    ending = msgspec.structs.replace(
        price_list(CONTRACT, "HL-018", "contract", 10), valid_until=NOW + timedelta(hours=1)
    )
    phone = await start(f"/order/{SHOP}", more=[("price_list", ending)])
    await phone.press("QS-0450", 1)
    await phone.tap("review-order")
    phone.clock.at = NOW + timedelta(hours=2)
    await phone.tap("submit-order")
    assert placed(phone) == []
    assert phone.text("order-total") == "¥108.00"
    await phone.tap("submit-order")
    assert str(placed(phone)[0].total) == "108.00"


async def test_a_withdrawn_product_can_be_taken_out_and_put_back(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    await phone.press("XG-1000", 1)
    soda = phone.app.engine.replica.one("product", SODA)
    assert soda is not None
    phone.put([("product", msgspec.structs.replace(soda, status="withdrawn"))])
    await phone.tap("review-order")
    assert "已停售" in phone.text()
    await phone.tap("remove-broken")
    assert phone.text("order-total") == "¥11.50"
    await phone.tap("toast-undo")
    assert "有 1 行暂时不能订" in phone.text()


async def test_a_blocked_customer_cannot_be_ordered_for(start: Start) -> None:
    phone = await start(f"/order/{BLOCKED}")
    assert "逾期 60 天" in phone.text("blocked-customer")
    await phone.press("QS-0450", 1)
    await phone.tap("review-order")
    button = phone.port.find("submit-order")
    assert button is not None
    assert button["attributes"]["disabled"]


async def test_more_than_the_credit_left_is_told_and_may_be_submitted(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.type("quantity-XG-1000", "2000")
    await phone.tap("review-order")
    assert "超出可用额度" in phone.text("credit")
    await phone.tap("submit-order")
    assert len(placed(phone)) == 1


async def test_the_usual_products_come_first_for_a_known_customer(start: Start) -> None:
    phone = await start(f"/order/{SHOP}", more=[("order", order("a"))])
    assert phone.has("product-QS-0450")
    assert not phone.has("product-XG-1000")
    await phone.tap("chip-all")
    assert phone.has("product-XG-1000")


async def test_english_says_the_same(start: Start) -> None:
    phone = await start(f"/order/{SHOP}", locale="en")
    await phone.app.choose_locale("en")
    await phone.port.settle()
    row = phone.text("product-QS-0450")
    assert "Contract price" in row
    assert "¥8.10 from 48" in row
    await phone.type("quantity-MT-2001", "50")
    assert "50 rounded up to 72" in phone.text("note-MT-2001")


async def test_an_order_seen_elsewhere_first_is_still_one(start: Start) -> None:
    """Another tab submitted the same draft: nothing is placed a second time."""
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    (draft,) = phone.app.drafts.all()
    await phone.tap("review-order")
    await phone.tap("submit-order")
    phone.app.drafts.keep(draft)
    await phone.go(f"/order/{SHOP}/review?draft={draft.id}")
    await phone.tap("submit-order")
    assert len(placed(phone)) == 1
    shown = phone.app.engine.replica.one("order", draft.id)
    assert isinstance(shown, Order)


async def test_an_order_without_questions_is_submitted_at_once(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    await phone.tap("submit-order")
    assert str(placed(phone)[0].total) == "102.00"
    assert phone.app.router.path.startswith("/orders")


async def test_what_is_in_the_way_is_shown_before_submitting(start: Start) -> None:
    phone = await start(f"/order/{BLOCKED}")
    await phone.press("QS-0450", 1)
    await phone.tap("submit-order")
    assert placed(phone) == []
    assert phone.has("review-screen")


async def test_more_than_there_is_is_told_with_what_becomes_of_it(start: Start) -> None:
    few = rows.StockLevel(id=SODA, available=13, as_of=NOW)
    phone = await start(f"/order/{SHOP}", more=[("stock", few)])
    await phone.press("QS-0450", 1)
    assert not phone.has("short-QS-0450")
    await phone.type("quantity-QS-0450", "48")
    assert "现货 13，缺 35 到货补发" in phone.text("short-QS-0450")
    await phone.type("quantity-JR-0500", "5")
    await phone.tap("review-order")
    assert "现货 13，缺 35 到货补发" in phone.text("short-QS-0450")
    assert "现货 0，缺 5 到货补发" in phone.text("short-JR-0500")
    assert phone.text("short-lines") == "2 种商品现货不足"
    await phone.tap("shortage-partial")
    assert "缺 35 自动取消" in phone.text("short-QS-0450")
    await phone.type("quantity-QS-0450", "12")
    assert not phone.has("short-QS-0450")
    assert phone.text("short-lines") == "1 种商品现货不足"


async def test_a_customer_who_is_not_on_the_phone_is_told_and_not_waited_for(start: Start) -> None:
    for path in (f"/order/{uid('nobody')}", f"/order/{uid('nobody')}/review?draft=x"):
        phone = await start(path)
        assert not phone.has("gone"), "before a first pull the rows may still come"
        phone.app.engine._last_synced_at = NOW
        phone.app.engine._tell()
        await phone.port.settle()
        assert "这位客户不在手机上" in phone.text("gone")


async def test_the_arrow_leads_home_where_there_is_nobody_to_choose(start: Start) -> None:
    for user, path, fallback in ((SHOPKEEPER, "/order", "/"), (REP, f"/order/{SHOP}", "/order")):
        phone = await start(path, user=user)
        await phone.tap("back")
        assert phone.asked("back")[-1]["fallback"] == fallback


async def test_the_page_that_mends_a_refused_order_says_that_and_why(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    await phone.tap("submit-order")
    await phone.refuse("not_authorised", sku="QS-0450")
    await phone.go("/orders")
    await phone.tap(f"order-{placed(phone)[0].order}")
    assert "没有被接受" in phone.text("refused-because")
    assert "未获授权" in phone.text("refused-because")


async def test_one_tap_without_a_review_can_be_undone(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    await phone.tap("submit-order")
    assert len(placed(phone)) == 1
    (entry,) = phone.app.engine.entries()
    assert entry.not_before == NOW + timedelta(seconds=6)
    await phone.tap("toast-undo")
    assert placed(phone) == []
    assert await phone.outbox.load() == []
    assert phone.text("order-total") == "¥102.00"
    await phone.tap("review-order")
    await phone.tap("submit-order")
    (entry,) = phone.app.engine.entries()
    assert entry.not_before is None
    assert not phone.has("toast-undo")


async def test_a_gift_that_was_earned_shows_in_its_row_and_in_the_bar(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.type("quantity-XG-1000", "9")
    assert "赠" not in phone.text("total-text")
    await phone.type("quantity-XG-1000", "20")
    assert "赠 2 瓶" in phone.text("note-XG-1000")
    assert "赠品 2 件" in phone.text("total-text")


async def test_a_quantity_that_is_too_large_is_not_called_unpriced_in_the_review(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.type("quantity-QS-0450", "1000000000000")
    await phone.tap("review-order")
    assert "一次最多可订 10,000,000" in phone.text()
    assert "暂无价格" not in phone.text()
