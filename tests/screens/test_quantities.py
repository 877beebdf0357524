"""Quantities as they are typed: what is rounded, what is no quantity, what is too much."""

from tests.screens.conftest import Start
from tests.screens.world import SHOP


async def test_what_is_no_quantity_is_said_and_changes_nothing(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    for typed, quantity in (("１２", 12), ("1,200", 1200), ("24.0", 24)):
        await phone.type("quantity-QS-0450", typed)
        assert phone.field("quantity-QS-0450")["attributes"]["config"]["value"] == str(quantity)
        assert "不是有效数量" not in phone.text("note-QS-0450")
    for typed in ("-3", "1.5", "1e12", "24 瓶"):
        await phone.type("quantity-QS-0450", typed)
        assert phone.field("quantity-QS-0450")["attributes"]["config"]["value"] == "24"
        assert f"“{typed}”不是有效数量" in phone.text("note-QS-0450")
    await phone.type("quantity-MT-2001", "两件")  # where nothing was ordered yet
    assert "“两件”不是有效数量" in phone.text("note-MT-2001")
    await phone.press("QS-0450", 1)
    assert "不是有效数量" not in phone.text("note-QS-0450")
    await phone.type("quantity-MT-2001", "")
    assert "不是有效数量" not in phone.text("note-MT-2001")


async def test_fifty_of_a_multiple_of_24_is_rounded_up_and_says_so(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.type("quantity-MT-2001", "50", leave=False)
    assert "48 或 72" in phone.text("note-MT-2001")
    await phone.type("quantity-MT-2001", "50")
    assert "50 已凑到 72" in phone.text("note-MT-2001")
    assert phone.text("line-total-MT-2001") == "¥432.00"
    assert phone.field("quantity-MT-2001")["attributes"]["config"]["value"] == "72"
    await phone.tap("lower-MT-2001")
    assert phone.text("line-total-MT-2001") == "¥288.00"


async def test_full_width_digits_are_digits(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    before = phone.field("quantity-QS-0450")["attributes"]["config"]["revision"]
    await phone.type("quantity-QS-0450", "２４")
    assert phone.text("order-total") == "¥204.00"
    field = phone.field("quantity-QS-0450")["attributes"]["config"]
    assert field["value"] == "24"
    assert field["revision"] != before


async def test_a_trillion_is_told_kept_and_never_submitted(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.type("quantity-QS-0450", "1000000000000")
    assert "一次最多可订 10,000,000" in phone.text("note-QS-0450")
    assert phone.text("order-total") == "¥0.00"
    await phone.tap("review-order")
    button = phone.port.find("submit-order")
    assert button is not None
    assert button["attributes"]["disabled"]
    assert "onClick" not in button.get("eventHandlers", {})


async def test_nonsense_changes_nothing_and_emptying_takes_the_line_out(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    await phone.type("quantity-QS-0450", "abc", leave=False)
    assert phone.text("order-total") == "¥102.00"
    await phone.type("quantity-QS-0450", "")
    assert phone.text("order-total") == "¥0.00"
