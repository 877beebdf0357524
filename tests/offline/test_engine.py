"""The engine against a server that answers as it is told: what each answer does to the queue."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from offline.digest import digest, row_hash
from offline.engine import Engine, NotRefused
from offline.ids import new_id
from offline.store import Response, StorageFull, Unreachable
from offline.stores import MemoryImages, MemoryKeyValues, MemoryOutbox
from offline.wire import commands as c
from offline.wire.protocol import Pull, PullResult, Push, PushResult, SchemaRange, Scope, ScopePage, Scopes, Verdict
from offline.wire.protocol import Put as WirePut
from offline.wire.rows import Me, Order

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
USER, ORDER, SHOP = new_id(), new_id(), new_id()
Answer = Response | Exception | Callable[[Push], PushResult]


class Clock:
    def __init__(self) -> None:
        self.time = NOW
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Server:
    """Applies what is pushed, unless ``answers`` holds something else for the next pushes."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.pushes: list[Push] = []
        self.paths: list[str] = []
        self.verdicts: dict[str, Verdict] = {}
        self.pages: dict[str, ScopePage] = {}
        self.epoch = "e1"
        self.time = NOW
        self.scopes_too = True  # those of before did not

    def apply(self, push: Push) -> PushResult:
        for mutation in push.mutations:
            self.verdicts.setdefault(mutation.id, Verdict(id=mutation.id, status="applied"))
        return PushResult(tuple(self.verdicts[each.id] for each in push.mutations), self.time)

    async def request(self, method: str, path: str, body: bytes | None = None) -> Response:
        self.paths.append(path.removeprefix("/api/sync/"))
        allowed = Scopes(self.epoch, SchemaRange(1, 1), tuple(Scope(name) for name in self.pages), self.time)
        if path.endswith("/scopes"):
            return _ok(allowed)
        if path.endswith("/pull"):
            assert body
            asked = msgspec.json.decode(body, type=Pull)
            pages = {name: self.pages.get(name, ScopePage(reset="revoked")) for name in asked.scopes}
            return _ok(
                PullResult(pages, self.epoch, self.time, allowed if asked.scopes_too and self.scopes_too else None)
            )
        if path.endswith("/known"):
            assert body
            known = [self.verdicts[each] for each in json.loads(body)["ids"] if each in self.verdicts]
            return Response(200, msgspec.json.encode({"results": known}))
        assert method == "POST"
        assert body
        push = msgspec.json.decode(body, type=Push)
        self.pushes.append(push)
        answer = self.answers.pop(0) if self.answers else self.apply
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Response) else _ok(answer(push))


def _ok(answer: msgspec.Struct) -> Response:
    return Response(200, msgspec.json.encode(answer))


class Phone:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.clock = Clock()
        self.outbox, self.images, self.settings = MemoryOutbox(), MemoryImages(), MemoryKeyValues()

    async def open(self, user: str = USER) -> Engine:
        engine = Engine(
            self.outbox, self.images, self.settings, self.server, self.clock, "phone", user, jitter=lambda: 0.5
        )
        await engine.open()
        return engine


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def phone(server: Server) -> Phone:
    return Phone(server)


def locale() -> c.MeLocale:
    return c.MeLocale(locale="en")


def put(entity: str, row: Any, seq: int) -> WirePut:
    return WirePut(entity, row.id, seq, msgspec.Raw(msgspec.json.encode(row)))


def page(*puts: WirePut, after: int) -> ScopePage:
    total = sum(row_hash(each.entity, each.id, each.seq) for each in puts)
    return ScopePage(puts=puts, next=after, digest=digest(len(puts), total))


def states(engine: Engine) -> list[str]:
    return [entry.state for entry in engine.entries()]


@pytest.mark.parametrize(
    ("answer", "needs", "state"),
    [
        (Response(401, b"{}"), "sign_in", "problem"),
        (Response(426, b"{}"), "update", "problem"),
        (Response(429, b"", {"retry-after": "7"}), "", "offline"),
        (Response(503, b""), "", "offline"),
        (Response(500, b"oops"), "", "offline"),
        (Response(302, b""), "", "offline"),
        (Response(200, b"<html>Log in to the hotel's network</html>"), "", "offline"),
        (Response(200, b'{"results":[],"server_time":"2026-03-01T08:00:00Z"}'), "", "offline"),
        (Unreachable(), "", "offline"),
    ],
)
async def test_only_a_verdict_takes_a_command_from_the_queue(
    phone: Phone, server: Server, answer: Answer, needs: str, state: str
) -> None:
    engine = await phone.open()
    entry = await engine.submit(locale())
    server.answers = [answer]
    assert not await engine.sync()
    assert (engine.status.needs, engine.status.state, engine.status.pending) == (needs, state, 1)
    # Who is told of a network that is missing looks for one.
    answered = isinstance(answer, Response) and (answer.status in {302, 429, 500, 503} or b"results" in answer.body)
    assert engine.status.busy == answered
    assert await phone.outbox.load() == [msgspec.structs.replace(entry, unsent=False)]
    engine.signed_in()
    assert await engine.sync()
    assert (engine.status.state, engine.status.busy) == ("synced", False)
    assert await phone.outbox.load() == []


async def test_the_server_names_the_time(phone: Phone, server: Server) -> None:
    engine = await phone.open()
    await engine.submit(locale())
    server.answers = [Response(429, b"", {"retry-after": "40"})]
    await engine.sync()
    assert 40 <= engine._pace.seconds() <= 50
    server.answers = [Unreachable(), Unreachable(), Unreachable()]
    waits = []
    for _ in range(3):
        engine._pace._named = None
        await engine.sync()
        waits.append(engine._pace.seconds())
    assert waits == sorted(waits)
    assert waits[0] < waits[2]


async def test_after_a_lost_answer_it_asks_before_it_sends_again(phone: Phone, server: Server) -> None:
    engine = await phone.open()
    await engine.submit(locale())

    def applied_but_lost(push: Push) -> PushResult:
        server.apply(push)
        raise Unreachable

    server.answers = [applied_but_lost]
    assert not await engine.sync()
    server.paths.clear()
    assert await engine.sync()
    assert server.paths == ["known", "pull"]
    assert len(server.pushes) == 1


async def test_a_batch_that_is_too_large_is_halved_until_one_is_left_for_a_person(phone: Phone, server: Server) -> None:
    engine = await phone.open()
    entries = [await engine.submit(locale()) for _ in range(5)]
    culprit = entries[3].id

    def too_large(push: Push) -> PushResult:
        if any(mutation.id == culprit for mutation in push.mutations):
            raise _TooLargeError
        return server.apply(push)

    server.answers = [too_large] * 20
    request = server.request

    async def answer(method: str, path: str, body: bytes | None = None) -> Response:
        try:
            return await request(method, path, body)
        except _TooLargeError:
            return Response(413, b"{}")

    server.request = answer  # type: ignore[method-assign]  # for this test
    assert await engine.sync()
    (left,) = engine.entries()
    assert (left.id, left.state, left.code) == (culprit, "rejected", "too_large")


class _TooLargeError(Exception):
    pass


async def test_a_push_holds_a_hundred_and_a_mebibyte_at_most(phone: Phone, server: Server) -> None:
    engine = await phone.open()
    for _ in range(130):
        await engine.submit(locale())
    large = c.OrderCancel(order=ORDER, reason="x" * 2000)
    for _ in range(700):
        await engine.submit(large)
    assert await engine.sync()
    assert all(len(push.mutations) <= 100 for push in server.pushes)
    assert all(len(msgspec.json.encode(push)) <= 1 << 20 for push in server.pushes)
    assert sum(len(push.mutations) for push in server.pushes) == 830


async def test_a_refused_command_stays_until_a_person_mends_it(phone: Phone, server: Server) -> None:
    engine = await phone.open()
    bad = await engine.submit(c.OrderCancel(order=ORDER))
    dependent = await engine.submit(locale(), after=[bad.id])
    refusal = Verdict(id=bad.id, status="rejected", code="order_status", detail={"status": "shipped"})
    blocked = Verdict(id=dependent.id, status="blocked", code="dependency_refused")
    server.answers = [lambda _push: PushResult((refusal, blocked), NOW)]
    assert await engine.sync()
    assert states(engine) == ["rejected", "blocked"]
    assert (engine.status.state, engine.status.pending, engine.status.problems) == ("problem", 0, 2)
    engine = await phone.open()
    assert engine.entries()[0].detail == {"status": "shipped"}

    mended = await engine.replace(bad.id, c.OrderCancel(order=ORDER, reason="mended"))
    assert mended.id != bad.id
    assert [(entry.id, entry.state, entry.after) for entry in engine.entries()] == [
        (dependent.id, "waiting", (mended.id,)),
        (mended.id, "waiting", ()),
    ]
    assert await engine.sync()
    # What others depend on goes first.
    assert [each.id for each in server.pushes[-1].mutations] == [mended.id, dependent.id]
    assert engine.entries() == []


async def test_mending_that_was_cut_off_is_finished_later(phone: Phone) -> None:
    engine = await phone.open()
    bad = await engine.submit(locale())
    dependent = await engine.submit(locale(), after=[bad.id])
    phone.outbox.entries[bad.id] = msgspec.structs.replace(bad, state="rejected")
    phone.outbox.entries[dependent.id] = msgspec.structs.replace(dependent, state="blocked")
    # Only the append happened; then the phone died.
    await phone.outbox.append(msgspec.structs.replace(bad, id=new_id(), replaces=bad.id))
    engine = await phone.open()
    assert [(entry.id == bad.id, entry.state) for entry in engine.entries()] == [(False, "waiting"), (False, "waiting")]
    assert engine.entries()[0].after == (engine.entries()[1].id,)


async def test_only_a_refused_command_can_be_thrown_away(phone: Phone) -> None:
    engine = await phone.open()
    entry = await engine.submit(locale())
    for act in (engine.discard, engine.retry):
        with pytest.raises(NotRefused):
            await act(entry.id)
    phone.outbox.entries[entry.id] = msgspec.structs.replace(entry, state="rejected", code="no")
    await engine.reload()
    again = await engine.retry(entry.id)
    assert (again.id != entry.id, again.args, states(engine)) == (True, entry.args, ["waiting"])
    phone.outbox.entries[again.id] = msgspec.structs.replace(again, state="rejected")
    await engine.reload()
    await engine.discard(again.id)
    assert await phone.outbox.load() == []


async def test_an_order_is_shown_from_the_tap_on_and_never_flickers(phone: Phone, server: Server) -> None:
    """Queued; applied but not pulled; pulled in one scope, not yet in the other."""
    server.pages = {"org": page(after=0), "desk": page(after=0)}
    engine = await phone.open()
    assert await engine.sync()
    line = c.PlacedLine(id=new_id(), product=new_id(), quantity=3, unit_price=Decimal(2), net=Decimal(6))
    place = c.OrderPlace(order=ORDER, organisation=SHOP, lines=(line,), currency="CNY", total=Decimal(6))
    seen: list[str | None] = []

    def look() -> None:
        order = engine.replica.typed(Order, "order", ORDER)
        seen.append(order.status if order else None)

    entry = await engine.submit(place)
    engine.subscribe(look)
    look()
    assert engine.replica.count_orders() == len(engine.replica.orders(SHOP, ["queued"])) == 1
    applied = Verdict(id=entry.id, status="applied", seqs={"org": 1, "desk": 1})
    server.answers = [lambda _push: PushResult((applied,), NOW)]
    # The verdict comes, the rows do not.
    assert await engine.sync()
    assert states(engine) == ["applied"]
    queued = engine.replica.typed(Order, "order", ORDER)
    assert queued
    row = msgspec.structs.replace(queued, status="submitted", number="SO-1")
    server.pages["org"] = page(put("order", row, 1), after=1)
    assert await engine.sync()
    assert states(engine) == ["applied"]
    server.pages["desk"] = page(put("order", row, 1), after=1)
    assert await engine.sync()
    assert states(engine) == []
    assert None not in seen
    assert (seen[0], seen[-1]) == ("queued", "submitted")
    assert seen == sorted(map(str, seen))
    engine = await phone.open()
    assert [order.number for order in engine.replica.orders()] == ["SO-1"]


async def test_a_revoked_scope_takes_its_rows_and_leaves_the_queue(phone: Phone, server: Server) -> None:
    me = Me(id=USER, login="a", name="A", organisation=SHOP, role="rep", permissions=())
    server.pages = {"user": page(put("me", me, 1), after=1)}
    engine = await phone.open()
    assert await engine.sync()
    await engine.submit(c.OrderCancel(order=ORDER))
    server.answers = [Unreachable()]
    await engine.sync()
    server.pages = {"user": ScopePage(reset="revoked")}
    assert engine.replica.all("me") == [me]
    server.answers = [Response(503, b""), Response(503, b"")]
    engine.replica.drop("user")
    assert engine.replica.all("me") == []
    assert engine.status.pending == 1


@pytest.mark.parametrize("reset", ["epoch", "expired"])
async def test_a_scope_is_rebuilt_beside_what_is_shown(phone: Phone, server: Server, reset: str) -> None:
    me = Me(id=USER, login="a", name="A", organisation=SHOP, role="rep", permissions=())
    old = msgspec.structs.replace(me, id=new_id())
    server.pages = {"user": page(put("me", me, 1), put("me", old, 2), after=2)}
    engine = await phone.open()
    assert await engine.sync()
    answers = [ScopePage(reset=reset), page(put("me", me, 9), after=9)]  # type: ignore[arg-type]  # one of its words
    shown: list[int] = []
    engine.subscribe(lambda: shown.append(len(engine.replica.all("me"))))
    request = server.request

    async def answer(method: str, path: str, body: bytes | None = None) -> Response:
        if path.endswith("/pull"):
            server.pages = {"user": answers.pop(0)}
        return await request(method, path, body)

    server.request = answer  # type: ignore[method-assign]  # for this test
    assert await engine.sync()
    assert engine.replica.all("me") == [me]
    assert set(shown) == {2, 1}
    assert engine.replica.scopes()["user"].cursor == 9
    assert engine.drifts == 0


async def test_a_wrong_digest_is_noticed_and_mended(phone: Phone, server: Server) -> None:
    me = Me(id=USER, login="a", name="A", organisation=SHOP, role="rep", permissions=())
    right = page(put("me", me, 1), after=1)
    server.pages = {"user": msgspec.structs.replace(right, digest="2:7")}
    engine = await phone.open()
    assert await engine.sync()
    assert engine.drifts == 2
    server.pages = {"user": right}
    assert await engine.sync()
    assert engine.drifts == 2
    assert engine.replica.all("me") == [me]


async def test_another_epoch_sends_unsettled_commands_again(phone: Phone, server: Server) -> None:
    """The server's disk was restored: it may have lost what it had applied."""
    server.pages = {"org": page(after=0)}
    engine = await phone.open()
    entry = await engine.submit(locale())
    server.answers = [lambda _push: PushResult((Verdict(id=entry.id, status="applied", seqs={"org": 5}),), NOW)]
    assert await engine.sync()
    assert states(engine) == ["applied"]
    server.epoch = "e2"
    assert await engine.sync()
    assert [push.mutations[0].id for push in server.pushes] == [entry.id, entry.id]
    assert states(engine) == []


@pytest.mark.parametrize(
    "damage", [lambda _image: b"", lambda image: image[:-1], lambda image: b"x" + image[1:], lambda _image: b"x" * 9]
)
async def test_a_damaged_image_costs_nothing_but_a_pull(phone: Phone, server: Server, damage: Any) -> None:
    me = Me(id=USER, login="a", name="A", organisation=SHOP, role="rep", permissions=())
    server.pages = {"user": page(put("me", me, 1), after=1)}
    engine = await phone.open()
    assert await engine.sync()
    await engine.submit(locale())
    phone.images.images[USER] = damage(phone.images.images[USER])
    engine = await phone.open()
    assert engine.replica.all("me") == []
    assert engine.status.pending == 1
    assert await engine.sync()
    assert engine.replica.all("me") == [me]


async def test_people_who_share_a_phone_see_their_own_queue_only(phone: Phone, server: Server) -> None:
    mine = await phone.open()
    await mine.submit(locale())
    others = await phone.open(new_id())
    assert others.entries() == []
    assert await others.sync()
    assert server.pushes == []
    assert len(await phone.outbox.load()) == 1


async def test_the_clock_is_corrected_by_the_servers(phone: Phone, server: Server) -> None:
    engine = await phone.open()
    phone.clock.time = NOW - timedelta(days=1)
    assert await engine.sync()
    entry = await engine.submit(locale())
    assert entry.local_at == NOW - timedelta(days=1)
    assert entry.clock_offset_ms == 86_400_000
    assert (await phone.open()).exchange.offset_ms == 86_400_000


async def test_the_queue_can_be_exported(phone: Phone) -> None:
    engine = await phone.open()
    entry = await engine.submit(c.OrderCancel(order=ORDER, reason="备注 🎉 \u200fעברית"))
    exported = json.loads(engine.export())
    assert exported["device"] == "phone"
    assert exported["commands"][0]["id"] == entry.id
    assert exported["commands"][0]["args"] == {"order": ORDER, "reason": "备注 🎉 \u200fעברית"}


async def test_a_phone_without_room_loses_nothing_and_goes_on_later(
    phone: Phone, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await phone.open()
    await engine.submit(locale())
    kept = phone.outbox.write

    async def full(_entries: object) -> None:
        raise StorageFull

    monkeypatch.setattr(phone.outbox, "write", full)
    assert not await engine.sync()
    assert states(engine) == ["waiting"]
    monkeypatch.setattr(phone.outbox, "write", kept)
    assert await engine.sync()
    assert (states(engine), len(server.verdicts)) == ([], 1)


async def test_a_schema_that_is_not_named_is_the_first() -> None:
    """Apps of the first schema leave it out; a newer server must not take them for its own."""
    named = msgspec.json.encode(Push("phone", (), schema=1))
    assert b"schema" not in named
    assert msgspec.json.decode(named, type=Push).schema == 1
    assert b'"schema":2' in msgspec.json.encode(Push("phone", (), schema=2))
