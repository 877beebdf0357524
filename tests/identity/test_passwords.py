"""What is taken as a new password: nothing that is guessed first."""

import httpx
import pytest

from backend.demo.people import PASSWORD as DEMO_PASSWORD
from backend.errors import Invalid
from backend.identity.models import Tenant
from backend.identity.passwords import check_new_password
from i18n.translate import translate
from tests.backend.test_errors import problem
from tests.identity.test_sessions import bearer, sign_in
from tests.identity.test_users import draft
from tests.people import PASSWORD, World

ACME = Tenant(code="acme", name={"zh": "爱克美", "en": "Blue Kettle"})


async def refused(password: str, login: str = "wxm@acme", name: str = "王晓明") -> str:
    """The code, "" for one that is taken."""
    try:
        await check_new_password(password, login, name, ACME)
    except Invalid as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    "password",
    [
        "1234567890",
        "0987654321",
        "password123",
        "Password1!",
        "qwertyuiop",
        "1qaz2wsx3edc",
        "aaaaaaaaaa",
        "abcabcabcabc",
        "1111122222",
        "5201314520",
        "woaini1314",
        "19900101ab",
        "我爱你我爱你我爱你一",
        "１２３４５６７８９０",  # full width
    ],
)
async def test_what_everybody_takes_is_refused(password: str) -> None:
    assert await refused(password) == "password_guessable"


@pytest.mark.parametrize(
    ("password", "login", "name"),
    [
        ("elenarossi1", "rep7@acme", "Elena Rossi"),
        ("Wangxiaoming88", "rep7@acme", "王晓明"),
        ("kettlewright1", "kettlewright@acme", "x"),
        ("kettlewright@acme1", "kettlewright@acme", "x"),
        ("theveryfirstrepofshanghai1", "theveryfirstrepofshanghai@acme", "x"),
        ("acme123456", "x@acme", "x"),
        ("blue kettle 1", "x@acme", "x"),
        ("BlueKettle2", "x@acme", "x"),
        ("aikemei2026", "x@acme", "x"),
    ],
)
async def test_names_with_little_added_are_refused(password: str, login: str, name: str) -> None:
    assert await refused(password, login, name) == "password_guessable"


@pytest.mark.parametrize(
    "password",
    ["lamppost bike", "another password", "没有信号也能下单好吗", "x7k2m9q4w1", "8264917350", PASSWORD, DEMO_PASSWORD],
)
async def test_others_are_taken(password: str) -> None:
    """Also the demo's, for whoever tries it out."""
    assert await refused(password) == ""


async def test_the_demo_takes_its_own_for_others_too() -> None:
    demo = Tenant(code="demo", name={"zh": "渠道演示", "en": "Qudao Demo"})
    await check_new_password(DEMO_PASSWORD, "second@demo", "second", demo)
    await check_new_password(DEMO_PASSWORD, "second@other", "second", Tenant(code="other", name={"en": "Other"}))


async def test_names_of_one_person_are_not_held_against_the_next() -> None:
    assert await refused("elena rossi sings", "rep7@acme", "Elena Rossi Sings") == "password_guessable"
    assert await refused("elena rossi sings") == ""


async def test_a_long_one_is_judged_by_how_it_begins() -> None:
    """zxcvbn takes 72 characters at most, and many seconds for so many odd ones."""
    assert await refused("4@8({[<3696&#!1/|0$5+7%2" * 8) == ""
    assert await refused("1234567890" * 20) == "password_guessable"


async def test_nobody_is_made_or_changed_by_one(client: httpx.AsyncClient, world: World) -> None:
    hq, weak = world.demo.bearer("hq"), "1234567890"
    made = await client.post("/api/users", json=draft(world, password=weak), headers=hq)
    told = problem(made, 422, "password_guessable")["errors"]
    assert told == [{"field": "password", "message": translate("en", "error.password_guessable")}]
    problem(await sign_in(client, "newcomer@demo", weak), 401, "sign_in_refused")
    path = f"/api/users/{world.demo.users['rep'].id}/password"
    problem(await client.post(path, json={"password": weak}, headers=hq), 422, "password_guessable")
    here = bearer(await sign_in(client, "rep@demo"))
    client.cookies.clear()
    own = await client.post("/api/session/password", json={"current": PASSWORD, "new": weak}, headers=here)
    assert problem(own, 422, "password_guessable")["errors"][0]["field"] == "new"
    problem(await sign_in(client, "rep@demo", weak), 401, "sign_in_refused")
    assert (await sign_in(client, "rep@demo")).status_code == 201
