"""Notifications on the phone: offered when there is news, switched in Me, told how to where a browser can't ask."""

import msgspec

from offline.store import Response
from tests.screens.conftest import Start
from tests.screens.world import SHOPKEEPER, Phone, order


async def says(phone: Phone, state: str, *, failed: bool = False) -> None:
    """The page tells how they stand."""
    phone.app.set_push(state, failed=failed)  # type: ignore[arg-type]  # one of its words
    await phone.port.settle()


async def test_they_are_offered_from_the_first_order_on_and_once(start: Start) -> None:
    phone = await start("/", user=SHOPKEEPER)
    await says(phone, "off")
    assert not phone.has("push-offer")
    phone.put([("order", order("a"))])
    await phone.port.settle()
    assert "有进展时告诉您" in phone.text("push-offer")
    button = phone.port.find("push-on")
    assert button is not None
    assert button["attributes"]["data-push"] == "on"
    await phone.tap("push-later")
    assert not phone.has("push-offer")
    await phone.killed()
    await phone.start("/")
    await says(phone, "off")
    assert not phone.has("push-offer")


async def test_the_offer_is_in_the_first_picture_and_pushes_nothing_down(start: Start) -> None:
    phone = await start("/", user=SHOPKEEPER, more=[("order", order("a"))])
    await says(phone, "off")
    await phone.killed()
    await phone.start("/")  # the page has not said anything yet
    assert phone.has("push-offer")


async def test_who_has_them_or_blocked_them_is_not_asked(start: Start) -> None:
    phone = await start("/", more=[("order", order("a"))])
    for state in ("on", "denied", "no"):
        await says(phone, state)
        assert not phone.has("push-offer")
    await says(phone, "off")
    assert phone.has("push-offer")


async def test_an_iphone_is_told_to_install_first(start: Start) -> None:
    phone = await start("/", more=[("order", order("a"))], locale="en")
    await says(phone, "install")
    assert "Add to Home Screen" in phone.text("push-offer")
    assert not phone.has("push-on")
    await phone.go("/me")
    assert "home screen first" in phone.text("notifications")


async def test_me_says_how_they_stand_and_what_to_do(start: Start) -> None:
    phone = await start("/me")
    assert not phone.has("notifications")
    for state, words, button in (
        ("off", "已关闭", "push-on"),
        ("denied", "网站设置", ""),
        ("no", "不支持", ""),
        ("on", "已开启", "push-off"),
    ):
        await says(phone, state)
        assert words in phone.text("notifications")
        assert [name for name in ("push-on", "push-off") if phone.has(name)] == ([button] if button else [])
    await says(phone, "on", failed=True)
    assert "没能切换" in phone.text()


async def test_quiet_hours_are_the_brands_or_ones_own(start: Start) -> None:
    phone = await start("/me")
    phone.answers[:] = [Response(200, msgspec.json.encode({"quiet_hours": "", "brand_quiet_hours": "22:00-07:30"}))]
    await says(phone, "on")
    assert phone.text("quiet-now").startswith("22:00–07:30 之间")
    phone.answers[:] = [Response(204, b"")]
    await phone.tap("quiet-hours-none")
    assert ("PUT", "/api/push/settings") in phone.requests
    assert "随时送达" in phone.text("quiet-now")
    chosen = phone.port.find("quiet-hours-none")
    assert chosen is not None
    assert chosen["attributes"]["aria-checked"] == "true"
    await phone.tap("quiet-hours-20:00-09:00")
    assert "这一步需要网络" in phone.text()
    chosen = phone.port.find("quiet-hours-none")
    assert chosen is not None
    assert chosen["attributes"]["aria-checked"] == "true"
