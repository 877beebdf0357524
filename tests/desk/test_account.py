"""The person at the desk: the way there, their devices, and their password."""

from offline.store import Response
from tests.desk.conftest import Open
from tests.desk.world import DESK_CLERK
from tests.screens.test_account import EDGE, EVERYWHERE, LIST, NEW, devices, listed, session


async def test_the_side_bar_leads_to_ones_own_account(open_desk: Open) -> None:
    desk = await open_desk("/desk", user=DESK_CLERK)
    desk.answers[:] = [listed(*EVERYWHERE)]
    await desk.tap("desk-account-open")
    assert desk.app.router.path == "/desk/account"
    assert "周婷" in desk.text("desk-account")
    assert devices(desk) == ["phone", "tool", "office"]


async def test_the_phones_address_leads_there_too(open_desk: Open) -> None:
    desk = await open_desk("/me/devices")
    assert "这里需要网络" in desk.text("devices-away")


async def test_another_password_leaves_this_device_alone_on_the_list(open_desk: Open) -> None:
    desk = await open_desk("/desk")
    desk.answers[:] = [listed(*EVERYWHERE)]
    await desk.go("/desk/account")
    await desk.tap("change_password")
    await desk.type("current-password", "qudao-demo")
    await desk.type("new-password", NEW)
    desk.answers[:] = [Response(204, b""), listed(session("phone", EDGE, current=True))]
    await desk.tap("password-yes")
    assert desk.asked("change-lock")
    assert desk.requests == [LIST, ("POST", "/api/session/password"), LIST]
    assert devices(desk) == ["phone"]


async def test_a_list_that_cannot_be_asked_for_again_stays(open_desk: Open) -> None:
    desk = await open_desk("/desk")
    desk.answers[:] = [listed(*EVERYWHERE)]
    await desk.go("/desk/account")
    await desk.tap("change_password")
    await desk.type("current-password", "qudao-demo")
    await desk.type("new-password", NEW)
    desk.answers[:] = [Response(204, b"")]
    await desk.tap("password-yes")
    assert "这里需要网络" in desk.text("desk-account")
    assert devices(desk) == ["phone", "tool", "office"]
