"""Every command is decided exactly once, whatever is sent, how often, and by whom."""

import asyncio
import gzip
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar
from sqlalchemy import event, func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.app import HANDLERS
from backend.database import Sessions, transaction
from backend.identity.models import User
from backend.stock.models import StockMovement
from backend.stock.service import held_stock
from backend.sync.commands import Context, Refused
from backend.sync.models import SyncReceipt
from backend.sync.push import _lock_device
from offline.ids import new_id
from offline.wire import commands as c
from offline.wire.commands import Command
from offline.wire.protocol import MAX_BATCH
from tests.people import World
from tests.shop import Shop


def mutation(name: str, args: Any, **more: Any) -> dict[str, Any]:
    return {"id": new_id(), "n": 1, "name": name, "args": args} | more


def locale(value: str = "zh-CN", **more: Any) -> dict[str, Any]:
    return mutation("me.locale", {"locale": value}, **more)


class Device:
    def __init__(self, client: httpx.AsyncClient, world: World, login: str = "rep", tenant: str = "demo") -> None:
        self._client = client
        self._headers = getattr(world, tenant).bearer(login)

    async def post(self, *mutations: dict[str, Any], **more: Any) -> httpx.Response:
        body = {"device": "phone", "mutations": mutations} | more
        return await self._client.post("/api/sync/push", json=body, headers=self._headers)

    async def push(self, *mutations: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        response = await self.post(*mutations, **more)
        assert response.status_code == 200, response.text
        results: list[dict[str, Any]] = response.json()["results"]
        assert [result["id"] for result in results] == [each["id"] for each in mutations]
        return results

    async def raw(self, body: bytes, *, path: str = "push", **headers: str) -> httpx.Response:
        sent = self._headers | {"Content-Type": "application/json"} | headers
        return await self._client.post(f"/api/sync/{path}", content=body, headers=sent)

    async def known(self, *ids: str) -> list[dict[str, Any]]:
        response = await self._client.post("/api/sync/known", json={"ids": ids}, headers=self._headers)
        assert response.status_code == 200, response.text
        results: list[dict[str, Any]] = response.json()["results"]
        return results


@pytest.fixture
def device(client: httpx.AsyncClient, world: World) -> Device:
    return Device(client, world)


async def receipts(sessions: Sessions) -> int:
    async with sessions() as session:
        return (await session.execute(select(func.count()).select_from(SyncReceipt))).scalar_one()


async def locale_of(sessions: Sessions, world: World, login: str = "rep") -> str:
    user = world.demo.users[login]
    async with sessions() as session:
        found = await session.get(User, (user.tenant_id, user.id))
    assert found
    return found.locale


async def test_a_command_sent_again_gets_its_first_verdict(device: Device, world: World) -> None:
    sent = locale()
    (first,) = await device.push(sent)
    (again,) = await device.push(sent, device="another device")
    assert first == {"id": sent["id"], "status": "applied", "seqs": {f"user:{world.demo.users['rep'].id}": 1}}
    assert again == first | {"replayed": True}
    assert await device.known(sent["id"], new_id()) == [again]


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("course.study", {"course": new_id(), "revision": 2**63}),
        ("course.finish", {"attempt": new_id(), "course": new_id(), "revision": 2**63}),
        (
            "count.submit",
            {
                "count": new_id(),
                "organisation": new_id(),
                "lines": [{"product": new_id(), "parts": [{"packs": {"": 1}}], "observed": 1, "base_seq": 2**63}],
            },
        ),
    ],
)
async def test_a_number_no_column_holds_is_said_to_be_no_good(device: Device, name: str, args: Any) -> None:
    (result,) = await device.push(mutation(name, args))
    assert (result["status"], result["code"]) == ("rejected", "invalid")


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_disc_that_is_full_refuses_nothing(
    app: Litestar, client: httpx.AsyncClient, world: World, sessions: Sessions
) -> None:
    """No fault of any command: were each given back as refused, everybody would have to send theirs again by hand once
    there is room."""
    device, long = Device(client, world, "hq"), "x" * 5000
    sent = [mutation("notice.save", {"notice": new_id(), "title": {}, "text": {"en": long}}) for _ in range(4)]
    engine: AsyncEngine = app.state.engine

    def leave_no_room(connection: Any, *_: Any) -> None:
        connection.cursor().execute("PRAGMA max_page_count=1")

    event.listen(engine.sync_engine, "checkout", leave_no_room)
    answer = await device.post(*sent)
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert int(answer.headers["retry-after"]) > 0
    assert await receipts(sessions) == 0

    event.remove(engine.sync_engine, "checkout", leave_no_room)
    await engine.dispose()
    assert {result["status"] for result in await device.push(*sent)} == {"applied"}


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_a_database_that_only_reads_refuses_nothing(app: Litestar, device: Device, sessions: Sessions) -> None:
    """As one does for a while that another takes over from: no fault of any command."""
    engine: AsyncEngine = app.state.engine
    only_reads = f'ALTER DATABASE "{engine.url.database}" SET default_transaction_read_only'
    async with transaction(sessions) as session:
        await session.execute(text(f"{only_reads} = on"))
    await engine.dispose()
    sent = locale()
    assert (await device.post(sent)).status_code == 500
    async with transaction(sessions) as session:
        await session.execute(text("SET TRANSACTION READ WRITE"))
        await session.execute(text(f"{only_reads} = off"))
    await engine.dispose()
    assert await receipts(sessions) == 0
    assert [result["status"] for result in await device.push(sent)] == ["applied"]


async def test_an_id_with_other_bytes_is_refused_and_changes_nothing(
    device: Device, world: World, sessions: Sessions
) -> None:
    sent = locale("zh-CN")
    await device.push(sent)
    (other,) = await device.push(sent | {"args": {"locale": "en"}})
    (renamed,) = await device.push(sent | {"name": "order.approve"})
    assert other == renamed == {"id": sent["id"], "status": "rejected", "code": "id_reused"}
    assert await locale_of(sessions, world) == "zh-CN"
    assert (await device.push(sent))[0]["status"] == "applied"


async def test_anothers_id_leaks_nothing(
    device: Device, client: httpx.AsyncClient, world: World, sessions: Sessions
) -> None:
    sent = locale()
    await device.push(sent)
    thief = Device(client, world, "shop")
    assert await thief.push(sent) == [{"id": sent["id"], "status": "rejected", "code": "id_reused"}]
    assert await thief.known(sent["id"]) == []
    assert await locale_of(sessions, world, "shop") == "en"
    # In another brand the id is free.
    assert (await Device(client, world, "rep", "other").push(sent))[0]["status"] == "applied"
    (depends,) = await thief.push(locale(after=[sent["id"]]))
    assert (depends["status"], depends["code"]) == ("blocked", "dependency_unknown")


async def test_the_same_id_twice_in_one_push(device: Device, sessions: Sessions) -> None:
    sent = locale()
    first, again, other = await device.push(sent, sent, sent | {"args": {"locale": "en"}})
    assert first["status"] == again["status"] == "applied"
    assert again["replayed"]
    assert other["code"] == "id_reused"
    assert await receipts(sessions) == 1


async def test_what_is_no_id_is_refused_alone_each_time(device: Device, sessions: Sessions) -> None:
    for strange in (new_id().upper(), "x" * 36, "", "7"):
        for _ in range(2):
            bad, good = await device.push(locale() | {"id": strange}, locale())
            assert (bad["status"], bad["code"], bad["detail"]) == ("rejected", "invalid", {"field": "id"})
            assert good["status"] == "applied"
    assert await receipts(sessions) == 8


async def test_endless_dependencies_are_refused_alone(device: Device) -> None:
    for after in ([format(number, "x") for number in range(100_000)], [new_id()] * (MAX_BATCH + 1), ["x"], ["\0"]):
        bad, good = await device.push(locale(after=after), locale())
        assert (bad["status"], bad["code"], bad["detail"]) == ("rejected", "invalid", {"field": "after"})
        assert good["status"] == "applied"
    first = [locale() for _ in range(MAX_BATCH)]
    await device.push(*first)
    (last,) = await device.push(locale(after=[each["id"] for each in first]))
    assert last["status"] == "applied"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_deep_json_is_refused(device: Device) -> None:
    def nested(depth: int) -> bytes:
        name = b'{"name":' + b"[" * depth + b"]" * depth + b"}"
        body = b'{"device":"phone","mutations":[{"id":"%b","n":1,"name":"product.save","args":%b}]}'
        return body % (new_id().encode(), name)

    answer = await device.raw(nested(100_000))
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    for depth in (900, 1100, 3000):
        answer = await device.raw(nested(depth))
        assert answer.status_code in {200, 400}
        if answer.status_code == 200:
            assert answer.json()["results"][0]["code"] in {"invalid", "forbidden"}
    deep = b"[" * 100_000 + b"]" * 100_000
    for path, body in (("known", b'{"ids":%b}' % deep), ("pull", b'{"scopes":{"brand":0},"more":%b}' % deep)):
        answer = await device.raw(body, path=path)
        assert answer.status_code == 400


async def test_a_bad_command_is_refused_alone(device: Device, sessions: Sessions) -> None:
    bad = [
        mutation("order.teleport", {}),
        mutation("me.locale", {"locale": "tlh"}),
        mutation("me.locale", {"locale": "en", "more": 1}),
        mutation("me.locale", 7),
        mutation("order.place", {"order": new_id(), "lines": [{"quantity": "many"}]}),
        mutation("stock.adjust", {"movement": new_id(), "product": new_id(), "delta": 1}),
        mutation("order.cancel", {"order": new_id(), "reason": "a\u0000b"}),
        mutation("order.cancel", {"order": new_id()}),
        locale() | {"id": "not-an-id"},
    ]
    good = [locale() for _ in bad]
    results = await device.push(*(each for pair in zip(good, bad, strict=True) for each in pair))
    assert [result["status"] for result in results] == ["applied", "rejected"] * len(bad)
    codes = [result["code"] for result in results[1::2]]
    assert codes[:7] == ["unknown_command", *["invalid"] * 4, "forbidden", "invalid"]
    assert codes[7:] == ["order_unknown", "invalid"]
    assert results[3]["detail"]["field"] == "locale"
    assert results[9]["detail"]["field"] == "lines[0].quantity" or results[9]["detail"]["message"]
    again = await device.push(*bad[:-1])
    assert [result["code"] for result in again] == codes[:-1]
    assert all(result["replayed"] for result in again)
    assert await receipts(sessions) == len(good) + len(bad) - 1


async def test_what_depends_on_a_refused_command_is_blocked_and_can_come_again(
    device: Device, sessions: Sessions
) -> None:
    refused = mutation("order.cancel", {"order": new_id()})
    blocked = locale("en", after=[refused["id"]])
    follower = locale("en", after=[blocked["id"]])
    fine = locale("zh-CN")
    results = await device.push(refused, blocked, follower, fine)
    assert [result["status"] for result in results] == ["rejected", "blocked", "blocked", "applied"]
    assert results[1]["detail"] == {"after": [refused["id"]]}
    # Nothing was decided about it: mended, it may come with its old id.
    assert await receipts(sessions) == 2
    mended = locale("zh-CN")
    results = await device.push(mended, blocked | {"after": [mended["id"]]}, follower)
    assert [result["status"] for result in results] == ["applied"] * 3
    (unknown,) = await device.push(locale(after=[new_id()]))
    assert (unknown["status"], unknown["code"]) == ("blocked", "dependency_unknown")


async def test_limits(device: Device) -> None:
    many = await device.post(*(locale() for _ in range(MAX_BATCH + 1)))
    assert (many.status_code, many.json()["code"]) == (413, "too_many_commands")
    large = await device.raw(b'{"device":"d","mutations":[]}' + b" " * (1 << 20))
    assert large.status_code == 413
    bomb = await device.raw(
        gzip.compress(b'{"device":"d","mutations":[]}' + b" " * (1 << 20)), **{"Content-Encoding": "gzip"}
    )
    assert bomb.status_code == 413
    old = await device.post(locale(), schema=0)
    assert (old.status_code, old.json()["code"]) == (426, "update_needed")
    for body in (b"", b"{", b"\xff", b'{"device":"d","mutations":[{}]}', b'{"device":"","mutations":[]}', b"[]"):
        assert (await device.raw(body)).status_code in (400, 422), body


async def test_a_gzip_body_is_taken(device: Device) -> None:
    body = gzip.compress(msgspec.json.encode({"device": "d", "mutations": [locale()]}))
    response = await device.raw(body, **{"Content-Encoding": "gzip"})
    assert response.json()["results"][0]["status"] == "applied"


async def test_nobody_pushes_without_a_session(client: httpx.AsyncClient, sessions: Sessions) -> None:
    response = await client.post("/api/sync/push", json={"device": "d", "mutations": [locale()]})
    assert response.status_code == 401
    assert await receipts(sessions) == 0


# How handlers may fail. The real ones keep their word; these break it.


def breaking(how: Any) -> list[Any]:
    """The handlers, with one of them replaced."""
    return [replace(each, handle=how) if each.command is c.MeLocale else each for each in HANDLERS]


async def test_a_fault_in_a_handler_holds_nobody_up(shop: Shop, sessions: Sessions) -> None:
    async def break_down(_context: Context, _command: Command) -> None:
        raise ZeroDivisionError

    adjust = c.StockAdjust(movement=new_id(), product=shop.products["A"], delta=5)
    verdicts = await shop.push("hq", [c.MeLocale(locale="en"), adjust], handlers=breaking(break_down))
    assert [(verdict.status, verdict.code) for verdict in verdicts] == [("rejected", "internal"), ("applied", "")]
    assert await shop.available("A") == 105
    async with sessions() as session:
        receipt = await session.get(SyncReceipt, (shop.tenant_id, verdicts[0].id))
    assert receipt is None


async def test_a_change_before_a_refusal_leaves_no_trace(shop: Shop, sessions: Sessions, world: World) -> None:
    async def change_and_refuse(context: Context, _command: Command) -> None:
        user = await context.session.get(User, (context.principal.tenant_id, context.principal.user_id))
        assert user
        user.locale = "zh-CN"
        raise Refused("changed_my_mind")

    adjust = c.StockAdjust(movement=new_id(), product=shop.products["A"], delta=5)
    verdicts = await shop.push("hq", [c.MeLocale(locale="en"), adjust], handlers=breaking(change_and_refuse))
    assert [(verdict.status, verdict.code) for verdict in verdicts] == [
        ("rejected", "changed_my_mind"),
        ("applied", ""),
    ]
    assert await locale_of(sessions, world, "hq") == "en"


async def test_goods_held_before_a_refusal_leave_no_trace(shop: Shop) -> None:
    """Stock is written past the session, which knows nothing of it."""

    async def move_and_refuse(context: Context, _command: Command) -> None:
        held = await held_stock(context, {shop.products["A"]})
        held.reserve(shop.products["A"], 30, new_id())
        raise Refused("changed_my_mind")

    draft = await shop.draft("SHOP", {"A": 5})
    verdicts = await shop.push("hq", [c.MeLocale(locale="en"), draft], handlers=breaking(move_and_refuse))
    assert [(verdict.status, verdict.code) for verdict in verdicts] == [
        ("rejected", "changed_my_mind"),
        ("applied", ""),
    ]
    assert await shop.available("A") == 95


async def test_what_the_database_refuses_is_refused_alone(shop: Shop, sessions: Sessions) -> None:
    async def break_a_rule(context: Context, _command: Command) -> None:
        movement = StockMovement(
            tenant_id=context.principal.tenant_id,
            id=new_id(),
            warehouse_id="w",
            product_id="p",
            kind="theft",
            on_hand_delta=1,
            reserved_delta=0,
            at=context.now,
        )
        context.session.add(movement)

    adjust = c.StockAdjust(movement=new_id(), product=shop.products["A"], delta=5)
    verdicts = await shop.push("hq", [c.MeLocale(locale="en"), adjust], handlers=breaking(break_a_rule))
    assert [(verdict.status, verdict.code) for verdict in verdicts] == [("rejected", "internal"), ("applied", "")]
    assert await shop.available("A") == 105


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_a_device_is_served_one_push_at_a_time(device: Device, world: World, sessions: Sessions) -> None:
    """One that sends again before the answer came would have the same work done twice, side by side."""
    async with transaction(sessions) as session:
        await _lock_device(session, world.demo.tenant.id, "phone")
        waiting = asyncio.create_task(device.push(locale()))
        other = await asyncio.wait_for(device.post(locale(), device="tablet"), 20)
        assert other.status_code == 200
        assert not (await asyncio.wait({waiting}, timeout=0.3))[0]
    assert [result["status"] for result in await asyncio.wait_for(waiting, 20)] == ["applied"]
