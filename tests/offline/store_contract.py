"""What every implementation of the stores in ``offline.store`` must do. Plain functions over opened stores, so that
the same run in CPython (``test_stores.py``) and in a browser over IndexedDB.

``reopen`` gives a second store on the same data, as another tab or a restart would see it.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import msgspec

from offline.ids import new_id
from offline.media import MediaStore
from offline.store import Entry, ImageStore, KeyValueStore, OutboxStore
from offline.uploads import MediaFile
from offline.wire.media import MediaRef

Reopen = Callable[[], Awaitable[OutboxStore]]


def make_entry(**fields: object) -> Entry:
    entry = Entry(
        id=new_id(),
        n=0,
        name="me.locale",
        args='{"locale":"zh-CN","说明":"\u202e מה 🎉 \\u2028"}'.encode(),
        user="user-1",
        after=(new_id(),),
        local_at=datetime(2026, 3, 1, 8, 30, 0, 123456, tzinfo=UTC),
        clock_offset_ms=-86_400_000,
        detail={"field": "quantity", "lower": 48, "after": ["a", "b"]},
        seqs={"org:1": 1 << 52},
    )
    return msgspec.structs.replace(entry, **fields)


async def outbox_keeps_entries(outbox: OutboxStore, reopen: Reopen) -> None:
    """Byte for byte, in the order of ``n``, seen by whoever opens the store later."""
    assert await outbox.load() == []
    given = [make_entry() for _ in range(3)]
    stored = [await outbox.append(entry) for entry in given]
    assert [entry.n for entry in stored] == sorted({entry.n for entry in stored})
    assert [msgspec.structs.replace(entry, n=0) for entry in stored] == given
    assert await outbox.load() == stored
    assert await (await reopen()).load() == stored


async def outbox_numbers_grow(outbox: OutboxStore, reopen: Reopen) -> None:
    """``n`` is never given twice: not after a removal, not by another tab."""
    first = await outbox.append(make_entry())
    await outbox.remove([first.id])
    second = await (await reopen()).append(make_entry())
    third = await outbox.append(make_entry())
    assert first.n < second.n < third.n
    assert [entry.n for entry in await outbox.load()] == [second.n, third.n]


async def outbox_refuses_a_second_of_the_same_id(outbox: OutboxStore, reopen: Reopen) -> None:
    stored = await outbox.append(make_entry())
    try:
        await outbox.append(msgspec.structs.replace(stored, args=b"{}"))
    except Exception:  # noqa: BLE001 - stores are of several kinds
        assert await (await reopen()).load() == [stored]
    else:
        raise AssertionError("two entries with one id")


async def outbox_writes_all_that_are_there(outbox: OutboxStore, reopen: Reopen) -> None:
    """``write`` replaces by id; an entry another tab removed does not come back."""
    kept = await outbox.append(make_entry())
    gone = await outbox.append(make_entry())
    await (await reopen()).remove([gone.id])
    decided = [msgspec.structs.replace(entry, state="rejected", code="no_price") for entry in (kept, gone)]
    await outbox.write(decided)
    assert await outbox.load() == decided[:1]
    assert await (await reopen()).load() == decided[:1]


async def outbox_takes_empty_lists(outbox: OutboxStore, reopen: Reopen) -> None:
    stored = await outbox.append(make_entry())
    await outbox.write([])
    await outbox.remove([])
    await outbox.remove([new_id()])
    assert await (await reopen()).load() == [stored]


async def outbox_withdraws_what_is_unsent(outbox: OutboxStore, reopen: Reopen) -> None:
    """``write`` tells what it replaced and never makes an entry unsent again; ``withdraw`` is one step with it."""
    sent, kept = await outbox.append(make_entry(unsent=True)), await outbox.append(make_entry(unsent=True))
    old = await outbox.append(make_entry())
    marked = msgspec.structs.replace(sent, unsent=False)
    assert await outbox.write([marked, make_entry()]) == {sent.id}
    assert await (await reopen()).write([sent]) == {sent.id}
    assert await outbox.load() == [marked, kept, old]
    assert not await (await reopen()).withdraw(sent.id)
    assert not await outbox.withdraw(old.id)
    assert not await outbox.withdraw(new_id())
    assert await (await reopen()).withdraw(kept.id)
    assert not await outbox.withdraw(kept.id)
    assert await outbox.write([kept]) == set()
    assert await outbox.load() == [marked, old]


OUTBOX = (
    outbox_withdraws_what_is_unsent,
    outbox_keeps_entries,
    outbox_numbers_grow,
    outbox_refuses_a_second_of_the_same_id,
    outbox_writes_all_that_are_there,
    outbox_takes_empty_lists,
)


async def key_values(store: KeyValueStore) -> None:
    assert await store.load("draft.1") is None
    await store.save("draft.1", b"\x00\xff")
    await store.save("draft.2", b"")
    await store.save("other", b"x")
    await store.save("draft%", b"y")
    assert await store.load("draft.1") == b"\x00\xff"
    assert await store.load("draft.2") == b""
    assert sorted(await store.keys("draft.")) == ["draft.1", "draft.2"]
    assert sorted(await store.keys("")) == ["draft%", "draft.1", "draft.2", "other"]
    await store.save("draft.1", b"new")
    await store.save("draft.2", None)
    await store.save("draft.2", None)
    assert await store.load("draft.1") == b"new"
    assert await store.load("draft.2") is None
    assert await store.keys("draft.") == ["draft.1"]


async def images(store: ImageStore) -> None:
    image = bytes(range(256)) * 8192 + b"its end."
    assert await store.load("u1") is None
    await store.save("u1", image)
    await store.save("u2", b"two")
    assert await store.load("u1") == image
    assert await store.since("u1", b"its end.") == b""
    assert await store.since("u1", b"no end..") is None
    assert await store.since("u3", b"its end.") is None
    more = [bytes(range(count, 0, -1)) for count in (200, 255, 222)]
    more[1] += b"in between"
    assert await store.append("u1", more[0], image[-8:])
    assert await store.append("u1", more[1], more[0][-8:])
    assert not await store.append("u1", b"behind what is gone", image[-8:])
    assert not await store.append("u3", b"behind nothing", image[-8:])
    assert await store.append("u1", more[2], more[1][-8:])
    assert await store.load("u1") == image + more[0] + more[1] + more[2]
    assert await store.since("u1", image[-8:]) == more[0] + more[1] + more[2]
    assert await store.since("u1", more[1][-8:]) == more[2]
    assert await store.since("u1", more[2][-8:]) == b""
    assert await store.since("u1", b"no end..") is None
    assert await store.load("u3") is None
    await store.save("u1", b"one")
    assert await store.since("u1", more[2][-8:]) is None
    assert await store.since("u1", image[-8:]) is None
    assert (await store.load("u1"), await store.load("u2")) == (b"one", b"two")
    await store.save("u1", image)
    assert await store.append("u1", more[0], image[-8:])
    await store.remove("u1")
    await store.remove("u1")
    assert (await store.load("u1"), await store.load("u2")) == (None, b"two")
    assert await store.since("u1", image[-8:]) is None


async def files(store: MediaStore) -> None:
    """Record and bytes byte for byte, in pieces of any size; what was let go of is gone, and nothing else."""
    content = bytes(range(256)) * 10_000  # larger than what a store keeps in one piece
    one, two = _file("image/jpeg", 1), _file("application/pdf", 2)
    await store.add(two, b"two", b"small")
    await store.add(one, content)
    assert await store.load() == [one, two]
    for offset, length in ((0, 10), (1 << 20, 1), ((1 << 20) - 5, 10), (2_559_990, 999), (0, len(content))):
        assert await store.read(one.id, offset, length) == content[offset : offset + length]
    try:
        await store.add(one, b"again")
    except Exception:  # noqa: BLE001 - stores are of several kinds
        assert await store.read(one.id, 0, 5) == content[:5]
    sent = msgspec.structs.replace(one, sent=7, state="stored")
    assert await store.write(sent)
    assert await store.load() == [sent, two]
    assert await store.read(one.id, 0, 5) == content[:5]
    let_go = msgspec.structs.replace(sent, kept=False)
    assert await store.write(let_go)
    assert (await store.read(one.id, 0, 5), await store.read(two.id, 0, 5)) == (None, b"two")
    await store.remove(two.id)
    await store.remove(two.id)
    assert not await store.write(two)
    assert (await store.load(), await store.read(two.id, 0, 5)) == ([let_go], None)
    await store.remove(one.id)


def _file(content_type: str, minute: int) -> MediaFile:
    ref = MediaRef(id=new_id(), sha256="0" * 64, size=1, content_type=content_type, source="file")
    return MediaFile(ref=ref, user="user-1", added_at=datetime(2026, 3, 1, 8, minute, tzinfo=UTC), name="货架 🎉.jpg")
