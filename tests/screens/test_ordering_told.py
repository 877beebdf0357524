"""What an order being taken hears: barcodes, codes typed without their dashes, and what became of it once sent."""

import msgspec

from offline.wire import rows
from tests.screens.conftest import Start
from tests.screens.test_ordering import placed
from tests.screens.world import SHOP, SODA, Phone, order, product, uid


async def scan(phone: Phone, code: str) -> None:
    """With the camera's sheet open already, or opened."""
    if not phone.has("scanner"):
        (button,) = [node for node in phone.nodes() if node.get("attributes", {}).get("className") == "search-scan"]
        await phone._event(button["eventHandlers"]["onClick"]["target"], {})
    await phone.type("scanner-typed", code)
    await phone.tap("scanner-use")


def focus_of(phone: Phone, sku: str) -> int:
    return int(phone.field(f"quantity-{sku}")["attributes"]["config"]["focus"])


async def test_a_scan_adds_a_pack_and_leads_to_its_quantity_and_the_next_adds_another(start: Start) -> None:
    case = rows.Pack("case", {"zh": "箱", "en": "case"}, 12, barcode="16901234567899")
    soda = product("soda", "QS-0450", "清泉苏打水", "Soda", packs=(case,), minimum=12, multiple=12)
    soda = msgspec.structs.replace(soda, barcodes=("6901234567892",))
    juice = product("juice", "XG-1000", "鲜果橙汁", "Juice")
    phone = await start(f"/order/{SHOP}", more=[("product", soda), ("product", juice)])
    await phone.tap("chip-promoted")  # where the product is not
    await scan(phone, "16901234567899")
    assert not phone.has("scanner")
    assert "清泉苏打水 已加入 12 瓶" in phone.text("toast")
    assert phone.field("product-search")["attributes"]["config"]["value"] == "QS-0450"
    assert (focus_of(phone, "QS-0450"), phone.text("order-total")) == (1, "¥102.00")
    await phone.tap("toast-undo")
    assert phone.app.drafts.all() == []
    await scan(phone, "16901234567899")
    assert focus_of(phone, "QS-0450") == 2
    # A bottle of it: what may be ordered next.
    await scan(phone, "6901234567892")
    assert "又加 12 瓶，共 24 瓶" in phone.text("toast")
    assert focus_of(phone, "QS-0450") == 3
    assert [(line.product, line.quantity) for line in phone.app.drafts.all()[0].lines] == [(SODA, 24)]


async def test_many_are_scanned_in_a_row_and_then_all_shown(start: Start) -> None:
    """Each leading to its quantity, ten of them took ten more taps."""
    juice = product("juice", "XG-1000", "鲜果橙汁", "Juice", barcodes=("6901234567892",))
    soap = product("soap", "JR-0500", "净柔洗手液", "Soap", barcodes=("4006381333931",))
    phone = await start(f"/order/{SHOP}", more=[("product", juice), ("product", soap)])
    await phone.type("product-search", "清泉")
    await scan(phone, "nothing")
    await phone.tap("scan-in-a-row")
    await scan(phone, "6901234567892")
    assert "鲜果橙汁 +1 瓶，共 1 瓶" in phone.text("scanner-told")
    await scan(phone, "6901234567892")
    await scan(phone, "4006381333931")
    # What was scanned by mistake is taken back, the last first.
    await scan(phone, "4006381333931")
    assert "净柔洗手液 +1 瓶，共 2 瓶" in phone.text("scanner-told")
    await phone.tap("scan-undo")
    told = phone.text("scanner-told")
    assert told.index("净柔洗手液 +1 瓶，共 1 瓶") < told.index("鲜果橙汁 +1 瓶，共 2 瓶")
    assert "已扫 3 次" in phone.text("scan-done")
    await phone.tap("scan-done")
    assert not phone.has("scanner")
    assert not phone.field("product-search")["attributes"]["config"].get("value")
    assert [phone.has(f"product-{sku}") for sku in ("XG-1000", "JR-0500", "QS-0450")] == [True, True, False]
    lines = {line.product: line.quantity for line in phone.app.drafts.all()[0].lines}
    assert lines == {uid("juice"): 2, uid("soap"): 1}


async def test_who_scans_in_a_row_does_so_the_next_time_and_after_a_kill(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await scan(phone, "nothing")
    await phone.tap("scan-in-a-row")
    await phone.go("/")
    await phone.go(f"/order/{SHOP}")
    phone.app.scan_in_a_row = False  # what a kill takes
    await phone.app.load_settings()
    await scan(phone, "nothing")
    assert switched_on(phone)
    await phone.tap("scan-in-a-row")
    await phone.app.load_settings()
    await phone.go("/")
    await phone.go(f"/order/{SHOP}")
    await scan(phone, "nothing")
    assert not switched_on(phone)


def switched_on(phone: Phone) -> bool:
    switch = phone.port.find("scan-in-a-row")
    assert switch is not None
    return bool(switch["attributes"]["aria-checked"] == "true")


async def test_a_scan_of_what_cannot_be_ordered_says_so_and_goes_on_looking(start: Start) -> None:
    secret = product("secret", "LT-0505", "老坛酸菜面", "Noodles", barcodes=("6901234567892",))
    phone = await start(f"/order/{SHOP}", more=[("product", secret)])
    await scan(phone, "4006381333931")
    # Below the sheet nobody would see it.
    assert "没有找到条码 4006381333931" in phone.text("sheet-toast")
    await scan(phone, "6901234567892")
    assert "老坛酸菜面" in phone.text("toast")
    assert "未获授权" in phone.text("toast")
    assert phone.has("scanner")
    assert phone.app.drafts.all() == []


async def test_a_code_is_found_without_its_dashes(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    for typed in ("qs0450", "QS_0450", "ＱＳ０４５０", "qs 0450", "s0450"):
        await phone.type("product-search", typed)
        assert phone.has("product-QS-0450"), typed
        assert not phone.has("product-XG-1000"), typed
    await phone.type("product-search", "4.50")  # a number, and no part of a code
    assert not phone.has("product-QS-0450")


async def decided(phone: Phone, state: str, code: str = "") -> None:
    entry = msgspec.structs.replace(phone.app.engine.entries()[-1], state=state, code=code, seqs={"all": 99})
    await phone.app.engine.outbox.write([entry])
    phone.app.engine.show()
    await phone.port.settle()


async def submitted(start: Start) -> Phone:
    """Reviewed and sent: nothing holds it back."""
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    await phone.tap("review-order")
    await phone.tap("submit-order")
    return phone


async def test_what_is_delivered_is_not_said_to_wait_nor_to_be_synced(start: Start) -> None:
    phone = await submitted(start)
    (sent,) = placed(phone)
    assert "已保存" in phone.text("toast")
    assert "待发送" in phone.text(f"order-{sent.order}")
    await decided(phone, "applied")
    assert phone.text("toast") == "订单已送达总部"
    assert "已送达" in phone.text(f"order-{sent.order}")
    assert "待发送" not in phone.text(f"order-{sent.order}")
    badge = phone.port.find("sync-badge")
    assert badge is not None
    assert (badge["attributes"]["data-state"], phone.text("sync-badge")) == ("pending", "已送达，更新中")
    await phone.go(f"/orders/{sent.order}")
    assert "总部已收到" in phone.text("timeline")
    assert phone.text("ordered-status") == "已送达"
    # Its row came, and with it the end of the command.
    row = msgspec.structs.replace(order("0042", "submitted"), id=sent.order)
    phone.put([("order", row)])
    await phone.app.engine.outbox.remove([phone.app.engine.entries()[-1].id])
    phone.app.engine.show()
    await phone.port.settle()
    assert phone.text("ordered-status") == "待审核"
    assert phone.app.engine.status.arriving == 0


async def test_a_refusal_takes_the_place_of_saved(start: Start) -> None:
    phone = await submitted(start)
    await decided(phone, "rejected", "not_authorised")
    assert "没有被接受" in phone.text("toast")


async def test_a_verdict_takes_nothing_elses_place(start: Start) -> None:
    phone = await submitted(start)
    phone.app.toasts.show("别的事")
    await phone.port.settle()
    await decided(phone, "applied")
    assert phone.text("toast") == "别的事"
