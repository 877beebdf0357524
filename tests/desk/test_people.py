"""People at the desk: made, changed, kept out; with a network only, and nothing typed is lost without one."""

import json
from typing import Any

import msgspec
import pytest

from offline.rules.permissions import ROLES
from offline.store import Response
from pwa.desk.people import reading, screen
from tests.desk.conftest import Open
from tests.desk.world import DESK_CLERK, HQ, NOW, OFFICE, SHOP, Desk, uid

REP = uid("rep")


def person(user: str, name: str, role: str, **more: Any) -> dict[str, Any]:
    settings = {
        "id": user, "login": f"{role}@demo", "name": name, "role": role, "organisation": OFFICE, "locale": "zh-CN",
        "active": True, "created_at": NOW,
    }  # fmt: skip
    return settings | more


def answers(*people: dict[str, Any]) -> list[Response]:
    """To the two questions a screen asks."""
    roles = [{"name": name, "permissions": sorted(permissions)} for name, permissions in ROLES.items()]
    return [Response(200, msgspec.json.encode(people)), Response(200, msgspec.json.encode(roles))]


EVERYBODY = (
    person(HQ, "王静", "head_office"),
    person(REP, "林晓", "rep"),
    person(uid("left"), "老周", "finance", active=False),
)


async def opened(open_desk: Open, path: str = "/desk/people", **options: Any) -> Desk:
    desk = await open_desk("/desk", **options)
    desk.answers[:] = answers(*EVERYBODY)
    await desk.go(path)
    return desk


async def test_who_may_sign_in_is_listed_and_found(open_desk: Open) -> None:
    desk = await opened(open_desk)
    assert desk.requests == [("GET", "/api/users?limit=500"), ("GET", "/api/roles")]
    assert desk.has("person-rep@demo")
    assert not desk.has("person-finance@demo")
    await desk.type("desk-search", "王")
    assert not desk.has("person-rep@demo")
    await desk.type("desk-search", "")
    await desk.choose("filter-off", "1")
    assert desk.has("person-finance@demo")


async def test_of_more_people_than_are_told_at_once_the_server_is_asked(
    open_desk: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "_PAUSE_SECONDS", 0)
    monkeypatch.setattr(reading, "AT_ONCE", 3)
    desk = await opened(open_desk)
    assert desk.has("people-more")
    assert desk.has("person-rep@demo")
    found = person(uid("found"), "赵敏", "shop", login="zhao@demo")
    desk.answers[:] = [Response(200, msgspec.json.encode((found,)))]
    await desk.type("desk-search", "好邻居 赵")
    assert desk.requests[-1] == (
        "GET", "/api/users?search=%E5%A5%BD%E9%82%BB%E5%B1%85+%E8%B5%B5&active=true&limit=3",
    )  # fmt: skip
    assert desk.has("person-zhao@demo")
    assert not desk.has("person-rep@demo")
    assert not desk.has("people-more")
    # Whoever is open by a link is asked for alone.
    desk.answers[:] = [Response(200, msgspec.json.encode(person(REP, "林晓", "rep")))]
    await desk.go(f"/desk/people/{REP}?q=好邻居 赵")
    assert desk.requests[-1] == ("GET", f"/api/users/{REP}")
    assert desk.value_of("field-name") == "林晓"


async def test_a_new_person_speaks_the_language_of_who_adds_them(open_desk: Open) -> None:
    desk = await opened(open_desk, "/desk/people/new", locale="en")
    assert desk.field("field-locale")["attributes"]["config"]["value"] == "en"


async def test_a_person_is_made_and_a_refusal_stands_at_its_field(open_desk: Open, sent: list[Any]) -> None:
    desk = await opened(open_desk, "/desk/people/new")
    await desk.type("field-name", "赵敏", leave=False)
    await desk.tap("save")
    assert desk.error_of("field-login") == "请填写"
    assert sent == []
    await desk.type("field-login", "zhao", leave=False)
    await desk.type("field-password", "short", leave=False)
    await desk.choose("field-role", "shop")
    await desk.tap("field-organisation-open")
    await desk.tap(f"field-organisation-{SHOP}")
    desk.answers[:] = [Response(422, b'{"code":"password_rule"}')]
    await desk.tap("save")
    assert desk.error_of("field-password").startswith("密码至少 10 个字符")
    desk.answers[:] = [Response(422, b'{"code":"password_guessable"}')]
    await desk.tap("save")
    assert desk.error_of("field-password").endswith("请用几个互不相干的词")
    # No network: it is said, and what was typed stays.
    await desk.type("field-password", "long enough it is", leave=False)
    await desk.tap("save")
    assert "连不上服务器" in desk.text()
    assert desk.value_of("field-name") == "赵敏"
    made = person(uid("made"), "赵敏", "shop", login="zhao@demo", organisation=SHOP)
    desk.answers[:] = [Response(201, b"{}"), *answers(*EVERYBODY, made)]
    await desk.tap("save")
    body = json.loads(sent[-1])
    assert {name: body[name] for name in ("name", "login", "role", "organisation", "password")} == {
        "name": "赵敏", "login": "zhao", "role": "shop", "organisation": SHOP, "password": "long enough it is",
    }  # fmt: skip
    assert desk.has("person-zhao@demo")


async def test_a_double_click_makes_one_person(open_desk: Open, sent: list[Any]) -> None:
    desk = await opened(open_desk, "/desk/people/new")
    for name, text in (("name", "赵敏"), ("login", "zhao"), ("password", "long enough it is")):
        await desk.type(f"field-{name}", text, leave=False)
    await desk.choose("field-role", "shop")
    await desk.tap("field-organisation-open")
    await desk.tap(f"field-organisation-{SHOP}")
    made = person(uid("made"), "赵敏", "shop", login="zhao@demo", organisation=SHOP)
    desk.answers[:] = [Response(201, b"{}"), *answers(*EVERYBODY, made)]
    await desk.double_tap("save")
    assert len(sent) == 1
    assert "连不上服务器" not in desk.text()


async def test_only_what_changed_is_sent(open_desk: Open, sent: list[Any]) -> None:
    desk = await opened(open_desk, f"/desk/people/{REP}")
    await desk.type("field-name", "林晓明", leave=False)
    desk.answers[:] = [Response(200, b"{}"), *answers(*EVERYBODY)]
    await desk.tap("save")
    assert ("PATCH", f"/api/users/{REP}") in desk.requests
    assert json.loads(sent[-1]) == {"name": "林晓明", "was": {"name": "林晓"}}


async def test_who_comes_second_is_told_and_keeps_what_was_typed(open_desk: Open, sent: list[Any]) -> None:
    desk = await opened(open_desk, f"/desk/people/{REP}")
    await desk.type("field-name", "林晓明", leave=False)
    theirs = person(REP, "林小", "rep")
    desk.answers[:] = [Response(409, b'{"code":"changed_meanwhile"}'), *answers(theirs)]
    await desk.tap("save")
    assert "林小" in desk.text("meanwhile")
    assert desk.value_of("field-name") == "林晓明"
    desk.answers[:] = [Response(200, b"{}"), *answers(theirs)]
    await desk.tap("save")
    assert json.loads(sent[-1]) == {"name": "林晓明", "was": {"name": "林小"}}


async def test_a_person_is_kept_out_after_a_question_and_let_in_again(open_desk: Open, sent: list[Any]) -> None:
    desk = await opened(open_desk, f"/desk/people/{REP}")
    await desk.tap("person-switch")
    assert sent == []
    desk.answers[:] = [Response(200, b"{}"), *answers(person(REP, "林晓", "rep", active=False))]
    await desk.tap("person-off-yes")
    assert json.loads(sent[-1]) == {"active": False}
    desk.answers[:] = [Response(200, b"{}"), *answers(*EVERYBODY)]
    await desk.tap("person-switch")
    assert json.loads(sent[-1]) == {"active": True}


async def test_a_password_is_reset(open_desk: Open, sent: list[Any]) -> None:
    desk = await opened(open_desk, f"/desk/people/{REP}")
    await desk.tap("person-reset")
    await desk.type("new-password", "brand new secret", leave=False)
    desk.answers[:] = [Response(403, b'{"code":"beyond_own_rights"}'), Response(204, b"")]
    await desk.tap("reset-yes")
    assert desk.error_of("new-password").startswith("这个角色的权限比您的大")
    await desk.tap("reset-yes")
    assert desk.requests[-1] == ("POST", f"/api/users/{REP}/password")
    assert json.loads(sent[-1]) == {"password": "brand new secret"}
    assert not desk.has("password-sheet")


async def test_nobody_locks_themselves_out(open_desk: Open) -> None:
    desk = await opened(open_desk, f"/desk/people/{HQ}")
    assert not desk.has("person-reset")
    assert not desk.has("person-switch")
    assert "field-role" not in desk.fields()
    await desk.tap("person-account")
    assert desk.app.router.path == "/desk/account"


async def test_without_network_it_says_so_and_tries_again(open_desk: Open) -> None:
    desk = await open_desk("/desk/people")
    assert "现在连不上服务器" in desk.text("people-away")
    desk.answers[:] = answers(*EVERYBODY)
    await desk.tap("people-again")
    assert desk.has("person-rep@demo")


async def test_who_may_not_administer_people_is_not_shown_the_way(open_desk: Open) -> None:
    desk = await open_desk("/desk", user=DESK_CLERK)
    assert not desk.has("nav-people")
