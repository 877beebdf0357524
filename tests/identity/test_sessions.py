"""The life of a session over HTTP."""

import httpx

from tests.people import PASSWORD, World


async def sign_in(client: httpx.AsyncClient, login: str, password: str = PASSWORD) -> httpx.Response:
    return await client.post("/api/session", json={"login": login, "password": password, "device": "phone-1"})


async def test_sign_in_opens_a_session(client: httpx.AsyncClient, world: World) -> None:
    answer = await sign_in(client, "rep@demo")
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["user"]["login"] == "rep@demo"
    assert body["tenant"]["code"] == "demo"
    client.cookies.clear()
    shown = await client.get("/api/session", headers={"Authorization": f"Bearer {body['token']}"})
    assert shown.status_code == 200
    assert shown.json()["user"] == body["user"]
    assert world.demo.users["rep"].id == body["user"]["id"]
