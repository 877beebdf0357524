"""What came since the rows were saved is written behind them, and done again when they are read."""

from typing import Any
from unittest import mock

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline import journal
from offline.engine import Engine
from offline.ids import derived_id
from offline.replica import DamagedImage, Replica
from offline.store import StorageFull
from offline.stores import MemoryImages, MemoryKeyValues, MemoryOutbox
from offline.wire.protocol import Del, Put, ScopePage
from offline.wire.rows import Category
from tests.offline.test_engine import USER, Clock, Server

NAMES = ("brand", "desk")


def put(number: int, seq: int, text: str = "a") -> Put:
    row = Category(id=derived_id("category", str(number)), name={"en": text})
    return Put("category", row.id, seq, msgspec.Raw(msgspec.json.encode(row)))


def page(*puts: Put, after: int, more: bool = False) -> ScopePage:
    return ScopePage(puts=puts, next=after, more=more)


def everything(replica: Replica) -> dict[str, list[Any]]:
    """All that is stored, table by table."""
    db = replica._db
    tables = [name for (name,) in db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table' ORDER BY name")]
    return {name: db.execute(f"SELECT * FROM main.{name}").fetchall() for name in tables}


def begun() -> Replica:
    replica = Replica("user", 1)
    replica.set_scopes("e1", NAMES)
    replica.apply("brand", page(put(1, 1), put(2, 2), after=2))
    return replica


def read(saved: bytes) -> Replica:
    replica = Replica("user", 1)
    replica.restore(saved)
    return replica


def written(replica: Replica) -> bytes:
    entry = replica.journal.entry()
    assert entry is not None
    return entry[0]


some_name = st.sampled_from(NAMES)
some_rows = st.lists(st.tuples(st.integers(0, 5), st.sampled_from("ab")), max_size=3)


def a_page(numbers: list[tuple[int, str]], gone: list[int], seq: int, *, more: bool) -> ScopePage:
    puts = tuple({number: put(number, seq, text) for number, text in numbers}.values())
    held = {each.id for each in puts}
    dels = tuple(
        Del("category", row_id, seq, "deleted")
        for row_id in {derived_id("category", str(number)) for number in gone}
        if row_id not in held
    )
    return ScopePage(puts=puts, dels=dels, next=seq, more=more)


steps = st.one_of(
    st.tuples(st.just("set_scopes"), st.sampled_from(("e1", "e2")), st.sampled_from((NAMES, NAMES[:1], NAMES[1:]))),
    st.tuples(st.just("drop"), some_name),
    st.tuples(st.just("rebuild"), some_name),
    st.tuples(
        st.just("apply"),
        some_name,
        st.builds(a_page, some_rows, st.lists(st.integers(0, 5), max_size=2), st.integers(1, 50), more=st.booleans()),
    ),
)


@given(st.lists(st.lists(steps, max_size=4), max_size=4))
def test_rows_and_cursors_are_those_that_were_written(rounds: list[list[tuple[Any, ...]]]) -> None:
    replica = begun()
    saved = replica.serialize()
    for each in rounds:
        for name, *given_to in each:
            if name != "rebuild" or given_to[0] in replica.scopes():
                getattr(replica, name)(*given_to)
        saved += written(replica)
        assert replica.journal.end == saved[-8:]
        again = read(saved)
        assert everything(again) == everything(replica)
        assert again.journal.end == saved[-8:]
        # And what comes behind what was read is the same again.
        assert again.journal.entry() == replica.journal.entry()
        replica.restore(saved)


@given(st.lists(st.lists(steps, max_size=4), min_size=1, max_size=4), st.integers(0, 3))
def test_who_follows_has_the_rows_of_who_wrote(rounds: list[list[tuple[Any, ...]]], behind: int) -> None:
    """From the image on, or from an entry behind it; and goes on writing where the other ended."""
    leader = begun()
    saved = leader.serialize()
    follower = read(saved)
    more = b""
    for number, each in enumerate(rounds):
        for name, *given_to in each:
            if name != "rebuild" or given_to[0] in leader.scopes():
                getattr(leader, name)(*given_to)
        more += written(leader)
        if number >= behind:
            assert follower.follow(more)
            assert everything(follower) == everything(leader)
            assert follower.journal.end == leader.journal.end
            assert follower.journal.written == leader.journal.written
            more = b""


def test_what_does_not_fit_is_not_followed() -> None:
    leader, other = begun(), begun()
    saved = leader.serialize()
    leader.apply("brand", page(put(3, 3), after=3))
    first = written(leader)
    leader.apply("brand", page(put(4, 4), after=4))
    second = written(leader)
    other.apply("brand", page(put(5, 5), after=5))
    other.serialize()
    follower = read(saved)
    before = everything(follower)
    for wrong in (second, first + second[:-1], second + first, b"no entry" + first):
        assert not follower.follow(wrong)
    assert not other.follow(first)
    assert everything(follower) == before
    assert follower.follow(first + second)
    assert everything(follower) == everything(leader)


async def test_a_follower_reads_what_the_leader_wrote_and_no_image(monkeypatch: pytest.MonkeyPatch) -> None:
    server, disk = Brand(), Disk()
    server.grows(1)
    leader = await opened(server, disk)
    assert await leader.sync()
    follower = await opened(server, disk)
    loaded: list[str] = []

    async def load(user: str) -> bytes | None:
        loaded.append(user)
        return disk.images.get(user)

    monkeypatch.setattr(disk, "load", load)
    for number in (2, 3, 4):
        server.grows(number)
        assert await leader.sync()
        if number != 3:
            await follower.reload()
            assert everything(follower.replica) == everything(leader.replica)
    assert not loaded
    # Saved as a whole meanwhile: there is nothing to go on from.
    leader.replica.journal.lose()
    server.grows(5)
    assert await leader.sync()
    await follower.reload()
    assert loaded == [USER]
    assert everything(follower.replica) == everything(leader.replica)


def test_an_entry_behind_other_rows_is_left_out() -> None:
    """An app of before knows no entries, and may have saved its rows in front of them."""
    replica = begun()
    replica.serialize()
    replica.apply("brand", page(put(3, 3), after=3))
    entry = written(replica)
    other = begun()
    other.apply("brand", page(put(4, 4), after=4))
    again = read(other.serialize() + entry)
    assert everything(again) == everything(other)
    assert again.journal.entry() is None


def test_a_row_this_app_does_not_know_is_pulled_again() -> None:
    replica = begun()
    saved = replica.serialize()
    replica.apply("brand", page(put(3, 3), after=3))
    saved += written(replica)
    with mock.patch.object(Replica, "_put", side_effect=msgspec.ValidationError):
        again = read(saved)
    assert again.wanted()["brand"].cursor == 2
    assert again.journal.entry() is None


@pytest.mark.parametrize("cut", [1, 4, 8, 9, 12, 13, 40])
def test_a_cut_off_end_is_damage(cut: int) -> None:
    replica = begun()
    saved = replica.serialize()
    replica.apply("brand", page(put(3, 3), after=3))
    saved += written(replica)
    with pytest.raises(DamagedImage):
        read(saved[:-cut])


def test_what_says_nothing_new_is_not_written() -> None:
    replica = begun()
    end = replica.serialize()[-8:]
    replica.apply("brand", page(after=2))
    replica.set_scopes("e1", NAMES)
    assert replica.journal.end == end


class Disk(MemoryImages):
    """``wrote``: how many bytes each time."""

    def __init__(self) -> None:
        super().__init__()
        self.wrote: list[int] = []
        self.full = False

    async def save(self, user: str, image: bytes) -> None:
        await self._write(image)
        await super().save(user, image)

    async def append(self, user: str, more: bytes, ending: bytes) -> bool:
        await self._write(more)
        return await super().append(user, more, ending)

    async def _write(self, what: bytes) -> None:
        if self.full:
            raise StorageFull("no room")
        self.wrote.append(len(what))


class Brand(Server):
    """A scope whose rows come one by one."""

    def grows(self, number: int, text: str = "a") -> None:
        self.pages = {"brand": page(put(number, number, text), after=number)}


async def opened(server: Brand, disk: Disk) -> Engine:
    engine = Engine(MemoryOutbox(), disk, MemoryKeyValues(), server, Clock(), "phone", USER, jitter=lambda: 0.5)
    await engine.open()
    return engine


async def test_a_round_writes_what_it_brought() -> None:
    server, disk = Brand(), Disk()
    server.grows(1)
    engine = await opened(server, disk)
    assert await engine.sync()
    for number in (2, 3):
        server.grows(number)
        assert await engine.sync()
    # Nothing new is nothing to write.
    server.pages = {"brand": page(after=3)}
    assert await engine.sync()
    whole, *entries = disk.wrote
    assert whole > 20_000
    assert len(entries) == 2
    assert max(entries) < 1_000
    again = await opened(server, disk)
    assert everything(again.replica) == everything(engine.replica)
    # Whoever read them writes behind them.
    server.grows(4)
    assert await again.sync()
    assert disk.wrote[-1] < 1_000
    # The first one's rows are behind now: where it wrote last, others did.
    server.grows(5)
    assert await engine.sync()
    assert disk.wrote[-1] > 20_000
    assert everything((await opened(server, disk)).replica) == everything(engine.replica)


async def test_many_changes_are_saved_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "LIMIT", 2_000)
    server, disk = Brand(), Disk()
    engine = await opened(server, disk)
    for number in range(1, 30):
        server.grows(number)
        if number % 5 == 0:
            engine = await opened(server, disk)
        assert await engine.sync()
        assert len(disk.images[USER]) < disk.wrote[0] * 2
    assert 2 < sum(size > 20_000 for size in disk.wrote) < 10
    assert everything((await opened(server, disk)).replica) == everything(engine.replica)


async def test_what_found_no_room_is_saved_with_all_the_rest() -> None:
    server, disk = Brand(), Disk()
    server.grows(1)
    engine = await opened(server, disk)
    assert await engine.sync()
    disk.full = True
    server.grows(2)
    assert not await engine.sync()
    disk.full = False
    server.grows(3)
    assert await engine.sync()
    assert disk.wrote[-1] > 20_000
    assert everything((await opened(server, disk)).replica) == everything(engine.replica)
