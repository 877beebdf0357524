"""Where a person is signed in, and their own password: told by the server, and of a password nothing is kept."""

import json
from datetime import datetime, timedelta
from typing import Any

import msgspec

from offline.store import Response
from tests.screens.conftest import Start
from tests.screens.world import NOW, Phone

ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 "
    "Edg/131.0.0.0"
)
NEW = "a much better one"
LIST, CHANGE = ("GET", "/api/sessions"), ("POST", "/api/session/password")


def session(name: str, agent: str = ANDROID, *, seen: datetime = NOW, **more: Any) -> dict[str, Any]:
    settings = {"device": name, "address": "203.0.113.7", "created_at": NOW - timedelta(days=9), "current": False}
    return {"id": name, "agent": agent, "seen_at": seen, **settings, **more}


def listed(*sessions: dict[str, Any]) -> Response:
    return Response(200, msgspec.json.encode(sessions))


EVERYWHERE = (
    session("office", EDGE, seen=NOW - timedelta(hours=3), address="2001:db8::7"),
    session("phone", current=True),
    session("yesterday", seen=NOW - timedelta(days=1), device="phone"),
    session("tool", "python-httpx/0.28", seen=NOW - timedelta(minutes=50), device=""),
)


async def at_devices(start: Start, *answers: Response, **options: Any) -> Phone:
    phone = await start("/me", **options)
    phone.answers[:] = answers
    await phone.tap("devices")
    return phone


def devices(phone: Phone) -> list[str]:
    found = (str(node.get("attributes", {}).get("data-testid", "")) for node in phone.nodes())
    return [name.removeprefix("device-") for name in found if name.startswith("device-")]


async def test_each_device_is_told_in_words_this_one_first(start: Start) -> None:
    phone = await at_devices(start, listed(*EVERYWHERE))
    assert phone.app.router.path == "/me/devices"
    assert devices(phone) == ["phone", "tool", "office"]
    assert phone.text("device-phone") == "安卓手机 · Chrome本机正在使用203.0.113.7退出登录"
    assert phone.text("device-office") == "Windows 电脑 · Edge3 小时前用过2001:db8::7退出登录"
    assert phone.text("device-tool").startswith("程序 python-httpx一小时内用过")


async def test_when_devices_are_signed_out_by_themselves_is_told(start: Start) -> None:
    days = timedelta(days=30)
    devices = (session("phone", current=True, expires_at=NOW + days), session("pc", expires_at=NOW + days))
    phone = await at_devices(start, listed(*devices))
    assert "30 天没有使用的设备会自动退出。同一账号最多登录 300 处，再多时退出最久没用的。" in phone.text()
    # A server that does not say: neither does the phone.
    phone = await at_devices(start, listed(*EVERYWHERE))
    assert "会自动退出" not in phone.text()


async def test_a_device_is_signed_out_after_a_question(start: Start) -> None:
    phone = await at_devices(start, listed(*EVERYWHERE))
    await phone.tap("end-office")
    assert "Windows 电脑 · Edge" in phone.text("end-question")
    assert phone.requests == [LIST]
    await phone.tap("end-question-no")
    assert not phone.has("end-question")
    await phone.tap("end-office")
    phone.answers[:] = [Response(204, b"")]
    await phone.tap("end-question-yes")
    assert phone.requests == [LIST, ("DELETE", "/api/sessions/office")]
    assert devices(phone) == ["phone", "tool"]
    assert "已退出登录" in phone.text("toast")


async def test_all_that_one_browser_opened_ends_with_it(start: Start) -> None:
    """Each time somebody unlocks a phone with a network is a session of its own. One that is over is no trouble."""
    twice = (session("a", EDGE, device="pc"), session("b", EDGE, device="pc", seen=NOW - timedelta(days=2)))
    phone = await at_devices(start, listed(session("phone", current=True), *twice))
    assert devices(phone) == ["phone", "a"]
    await phone.tap("end-a")
    phone.answers[:] = [Response(204, b""), Response(404, b'{"code":"session_unknown"}')]
    await phone.tap("end-question-yes")
    assert phone.requests[1:] == [("DELETE", "/api/sessions/a"), ("DELETE", "/api/sessions/b")]
    assert devices(phone) == ["phone"]


async def test_what_goes_wrong_is_told_and_keeps_the_list(start: Start) -> None:
    phone = await at_devices(start, listed(*EVERYWHERE))
    for answer, told in (
        (None, "没有网络，这台设备还没退出"),
        (Response(500, b""), "可能还没退出"),
        (Response(401, b"{}"), "登录已失效"),
    ):
        phone.answers[:] = [answer] if answer else []
        await phone.tap("end-office")
        await phone.tap("end-question-yes")
        assert told in phone.text("toast")
        assert devices(phone) == ["phone", "tool", "office"]


async def test_without_network_it_says_so_and_tries_again(start: Start) -> None:
    phone = await at_devices(start)
    assert "这里需要网络" in phone.text("devices-away")
    assert not phone.has("sign_out_everywhere")
    phone.answers[:] = [Response(503, b"")]
    await phone.tap("devices-again")
    assert "服务器没有给出结果" in phone.text("devices-away")
    phone.answers[:] = [listed(*EVERYWHERE)]
    await phone.tap("devices-again")
    assert devices(phone) == ["phone", "tool", "office"]


async def test_this_device_is_signed_out_as_ever(start: Start) -> None:
    phone = await at_devices(start, listed(*EVERYWHERE))
    await phone.tap("end-phone")
    assert "没有等着发送的内容" in phone.text("sign-out-question")
    assert not phone.asked("sign-out")
    await phone.tap("sign-out-question-yes")
    assert phone.asked("sign-out")


async def changing(start: Start, current: str = "qudao-demo", new: str = NEW, **options: Any) -> Phone:
    phone = await start("/me", **options)
    await phone.tap("change_password")
    await phone.type("current-password", current)
    await phone.type("new-password", new)
    return phone


def error_of(phone: Phone, name: str) -> str:
    return str(phone.field(name)["attributes"]["config"].get("error", ""))


async def test_another_password_opens_this_phone_from_now_on(start: Start) -> None:
    phone = await changing(start)
    assert "至少 10 个字符" in str(phone.field("new-password")["attributes"]["config"]["hint"])
    phone.answers[:] = [Response(204, b"")]
    await phone.tap("password-yes")
    assert phone.requests == [CHANGE]
    assert json.loads(phone.bodies[-1] or b"") == {"current": "qudao-demo", "new": NEW}
    # Made before the server is asked, put in force after its word.
    kinds = [message["type"] for message in phone.port.sent if str(message.get("type", "")).endswith("-lock")]
    assert kinds == ["prepare-lock", "change-lock"]
    assert phone.asked("prepare-lock")[0]["password"] == NEW
    assert not phone.has("password-sheet")
    assert "密码已修改" in phone.text("toast")


async def test_nothing_of_a_password_is_kept_or_shown_again(start: Start) -> None:
    phone = await changing(start, current="old and secret", new="new and secret")
    shown = json.dumps(phone.port.model, ensure_ascii=False)
    await phone.tap("password-yes")  # there is no network
    assert "没有收到服务器的答复" in phone.text("password-trouble")
    shown += json.dumps(phone.port.model, ensure_ascii=False)
    assert "and secret" not in shown
    assert all(b"and secret" not in value for value in phone.values.values.values())
    assert await phone.outbox.load() == []


async def test_what_will_not_do_is_told_before_it_is_sent(start: Start) -> None:
    for current, new, where, told in (
        ("", NEW, "current-password", "请填写现在的密码"),
        ("qudao-demo", "too short", "new-password", "至少 10 个字符"),
        ("qudao-demo", "qudao-demo", "new-password", "和现在的密码一样"),
    ):
        phone = await changing(start, current, new)
        await phone.tap("password-yes")
        assert told in error_of(phone, where)
        assert phone.requests == []
        assert not phone.asked("prepare-lock")


async def test_what_the_server_refuses_stands_at_its_field_and_leaves_the_lock(start: Start) -> None:
    phone = await changing(start)
    for answer, where, told in (
        (Response(403, b'{"code":"wrong_password"}'), "current-password", "现在的密码不对"),
        (Response(422, b'{"code":"password_rule"}'), "new-password", "至少 10 个字符"),
        (Response(422, b'{"code":"password_guessable"}'), "new-password", "请用几个互不相干的词"),
        (Response(429, b'{"code":"sign_in_throttled"}', {"retry-after": "601"}), "", "请 11 分钟后再试"),
        (Response(401, b'{"code":"session_ended"}'), "", "请重新登录"),
        (Response(502, b"<html>"), "", "请稍后再试"),
    ):
        phone.answers[:] = [answer]
        await phone.tap("password-yes")
        assert told in (error_of(phone, where) if where else phone.text("password-trouble"))
    assert not phone.asked("change-lock")


async def test_a_change_whose_answer_was_lost_is_found_out(start: Start) -> None:
    """Tried again, the current password is wrong because the new one is in force: then that proves it."""
    phone = await changing(start)
    await phone.tap("password-yes")
    assert not phone.asked("change-lock")
    phone.answers[:] = [Response(403, b'{"code":"wrong_password"}'), Response(204, b"")]
    await phone.tap("password-yes")
    assert json.loads(phone.bodies[-1] or b"") == {"current": NEW, "new": NEW}
    assert phone.asked("change-lock")
    assert not phone.has("password-sheet")


async def test_a_wrong_password_after_a_lost_answer_is_still_wrong(start: Start) -> None:
    phone = await changing(start, current="mistyped it")
    await phone.tap("password-yes")
    wrong = Response(403, b'{"code":"wrong_password"}')
    phone.answers[:] = [wrong, wrong]
    await phone.tap("password-yes")
    assert error_of(phone, "current-password") == "现在的密码不对"
    await phone.type("current-password", "qudao-demo")
    phone.answers[:] = [wrong]
    await phone.tap("password-yes")
    assert len(phone.requests) == 4  # another pair: nothing to find out
