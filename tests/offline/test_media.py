"""The queue of pictures and files: nothing is lost, whatever becomes of the line, the server and the app."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offline.media import KEEP_PREVIEWS, KEEP_UNNAMED, MediaQueue, StillNamed, Taken
from offline.store import Entry, Response, Unreachable
from offline.stores import MemoryFiles
from offline.uploads import MediaFile
from offline.wire.media import MediaRef
from tests.offline.tus import START, Clock, Tus, problem

CHUNK = 1000
CONTENT = bytes(range(256)) * 9
PHOTO = Taken(content_type="image/jpeg", source="camera", name="货架.jpg")


class World:
    """One phone and one server. ``restart`` is a kill: what is not in the store is gone."""

    def __init__(self) -> None:
        self.store = MemoryFiles()
        self.tus = Tus()
        self.clock = Clock()
        self.entries: list[Entry] = []
        self.failures: list[Exception] = []
        self.queue = self.opened()

    def opened(self) -> MediaQueue:
        return MediaQueue(
            self.store, self.tus, self.clock, "user", entries=lambda: self.entries, chunk=CHUNK,
            jitter=lambda: 0.5, on_failure=self.failures.append,
        )  # fmt: skip

    async def restart(self) -> None:
        self.queue = self.opened()
        await self.queue.open()

    async def add(self, content: bytes = CONTENT, **taken: object) -> MediaRef:
        return await self.queue.add(content, msgspec.structs.replace(PHOTO, **taken))

    def names(self, ref: MediaRef, state: str = "waiting") -> None:
        """A command with the file waits in the outbox."""
        args = msgspec.json.encode({"photos": [ref]})
        self.entries = [Entry(id="e", n=1, name="visit", args=args, user="user", local_at=START, state=state)]  # type: ignore[arg-type]  # a state

    def fail_once(self, wanted: str, fault: Response | str) -> None:
        """The next request of that method goes wrong."""
        left = [fault]
        self.tus.faults = lambda method, _path: left.pop() if left and method == wanted else None


@pytest.fixture
def world() -> World:
    return World()


async def test_a_file_is_kept_before_it_is_said_to_be_and_survives_a_kill(world: World) -> None:
    ref = await world.add()
    assert (ref.sha256, ref.size) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
    await world.restart()
    (file,) = world.queue.files()
    assert (file.ref, file.state, file.name) == (ref, "waiting", "货架.jpg")
    assert await world.store.read(ref.id, 0, 9999) == CONTENT


class ThinLine(Tus):
    """Lets no request through that carries more than ``most`` bytes; each thousand takes ``seconds``."""

    def __init__(self, clock: Clock, most: int, seconds: float) -> None:
        super().__init__()
        self.clock, self.most, self.seconds = clock, most, seconds
        self.bodies: list[int] = []

    async def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Response:
        if len(body or b"") > self.most:
            raise Unreachable("timed out")
        if method == "PATCH":
            self.bodies.append(len(body or b""))
            await self.clock.sleep(self.seconds * len(body or b"") / 1000)
        return await super().send(method, path, headers, body)


async def test_pieces_grow_on_a_good_line_and_shrink_until_a_thin_one_lets_them_through() -> None:
    content = bytes(1_000_000)
    for most, seconds, first, last in ((10**9, 0.0, 64 << 10, 256 << 10), (40_000, 0.2, 32 << 10, 16 << 10)):
        clock = Clock()
        line = ThinLine(clock, most, seconds)
        queue = MediaQueue(MemoryFiles(), line, clock, "user")
        ref = await queue.add(content, PHOTO)
        for _ in range(3):
            await queue.upload()
        file = queue.find(ref.id)
        assert file is not None
        assert (file.state, line.bodies[0], max(line.bodies[1:-1])) == ("stored", first, last)


async def test_it_travels_in_pieces_and_is_stored_once_the_server_says_so(world: World) -> None:
    ref = await world.add()
    sent: list[int] = []
    world.queue.subscribe(lambda: sent.append(world.queue.status.sent))
    assert await world.queue.upload()
    assert world.tus.stored == {ref.id: CONTENT}
    assert world.tus.log == ["POST", "PATCH", "PATCH", "PATCH"]
    assert {1000, 2000} <= set(sent)
    (file,) = world.queue.files()
    assert (file.state, file.kept) == ("stored", True)
    assert world.queue.status.waiting == 0


@pytest.mark.parametrize("method", ["POST", "HEAD", "PATCH"])
@pytest.mark.parametrize("fault", ["lost", "unheard"])
async def test_a_dropped_line_costs_at_most_the_piece_under_way(world: World, method: str, fault: str) -> None:
    ref = await world.add()
    if method == "HEAD":
        world.fail_once("PATCH", "unheard")
        assert not await world.queue.upload()
    world.fail_once(method, fault)
    assert not await world.queue.upload()
    assert (world.queue.status.offline, world.queue.status.waiting) == (True, 1)
    await world.restart()
    world.tus.faults = lambda _method, _path: None
    assert await world.queue.upload()
    assert world.tus.stored == {ref.id: CONTENT}


async def test_after_a_kill_it_goes_on_where_the_server_says(world: World) -> None:
    await world.add()
    answers = iter([None, None, "unheard"])
    world.tus.faults = lambda _method, _path: next(answers)
    assert not await world.queue.upload()
    await world.restart()
    assert world.queue.files()[0].sent == 1000
    world.tus.log.clear()
    world.tus.faults = lambda _method, _path: None
    assert await world.queue.upload()
    # Two pieces are there, the second of which nobody had heard of.
    assert world.tus.log == ["HEAD", "PATCH"]


@pytest.mark.parametrize("status", [404, 410])
async def test_an_upload_the_server_forgot_begins_anew(world: World, status: int) -> None:
    ref = await world.add()
    answers = iter([None, None, "lost"])
    world.tus.faults = lambda _method, _path: next(answers)
    await world.queue.upload()
    world.tus.uploads.clear()
    world.fail_once("HEAD", problem(status, "upload_unknown"))
    assert await world.queue.upload()
    assert world.tus.stored == {ref.id: CONTENT}


async def test_where_the_offset_is_another_the_server_is_asked(world: World) -> None:
    ref = await world.add()
    await world.queue.add(b"other", PHOTO)
    world.fail_once("PATCH", problem(409, "upload_offset"))
    assert await world.queue.upload()
    assert world.tus.stored[ref.id] == CONTENT
    assert world.tus.log[:3] == ["POST", "PATCH", "HEAD"]


async def test_a_piece_that_came_in_damaged_is_sent_again(world: World) -> None:
    ref = await world.add()
    world.fail_once("PATCH", problem(460, "checksum_mismatch"))
    assert await world.queue.upload()
    assert world.tus.stored == {ref.id: CONTENT}


async def test_a_whole_that_came_in_damaged_is_sent_anew(world: World) -> None:
    ref = await world.add()
    answers = iter([None, None, None, "unheard"])
    world.tus.faults = lambda _method, _path: next(answers)
    await world.queue.upload()
    world.tus.uploads.clear()
    world.fail_once("HEAD", problem(460, "checksum_mismatch"))
    assert await world.queue.upload()
    assert world.tus.stored == {ref.id: CONTENT}


async def test_a_server_that_never_takes_a_piece_is_not_asked_for_ever(world: World) -> None:
    await world.add()
    world.tus.faults = lambda method, _path: problem(460, "checksum_mismatch") if method == "PATCH" else None
    assert not await world.queue.upload()
    assert len(world.tus.log) < 20
    assert world.queue.status.waiting == 1


@pytest.mark.parametrize(
    ("method", "answer", "code"),
    [
        ("POST", problem(413, "media_too_large"), "media_too_large"),
        ("POST", problem(409, "media_taken"), "media_taken"),
        ("PATCH", problem(415, "unsupported_media_type"), "unsupported_media_type"),
    ],
)
async def test_what_the_server_refuses_is_kept_and_told_and_holds_nobody_up(
    world: World, method: str, answer: Response, code: str
) -> None:
    ref = await world.add()
    other = await world.add(b"other")
    world.fail_once(method, answer)
    assert await world.queue.upload()
    await world.restart()
    file = world.queue.find(ref.id)
    assert file is not None
    assert (file.state, file.code) == ("refused", code)
    assert await world.store.read(ref.id, 0, 9999) == CONTENT
    assert set(world.tus.stored) == {other.id}
    assert (world.queue.status.refused, world.queue.status.waiting) == (1, 0)
    await world.queue.retry(ref.id)
    assert await world.queue.upload()
    assert set(world.tus.stored) == {other.id, ref.id}


async def test_a_file_that_is_no_good_is_refused_with_the_server_s_reason(world: World) -> None:
    world.tus.judge = lambda _content: "media_unreadable"
    ref = await world.add()
    assert await world.queue.upload()
    file = world.queue.find(ref.id)
    assert file is not None
    assert (file.state, file.code, file.kept) == ("refused", "media_unreadable", True)


@pytest.mark.parametrize("status", [403, 413, 422])
async def test_a_proxy_s_own_page_refuses_nothing(world: World, status: int) -> None:
    await world.add()
    world.fail_once("POST", problem(status))
    assert not await world.queue.upload()
    assert (world.queue.status.waiting, world.queue.status.refused) == (1, 0)


async def test_a_captive_portal_is_no_server(world: World) -> None:
    await world.add()
    world.tus.faults = lambda _method, _path: Response(200, b"<html>please sign in</html>", {})
    assert not await world.queue.upload()
    assert (world.queue.status.waiting, world.queue.status.offline) == (1, True)


async def test_signed_out_waits_for_the_person_and_goes_on(world: World) -> None:
    await world.add()
    world.fail_once("POST", problem(401, "signed_out"))
    assert not await world.queue.upload()
    assert "sign_in" in world.queue.status.needs
    world.queue.signed_in()
    assert await world.queue.upload()
    assert not world.queue.status.needs


async def test_an_app_that_is_too_old_waits_for_its_update(world: World) -> None:
    await world.add()
    world.fail_once("POST", problem(426, "update_needed"))
    assert not await world.queue.upload()
    assert (world.queue.status.needs, world.queue.status.offline) == ("update", False)


async def test_the_time_the_server_names_is_kept(world: World) -> None:
    await world.add()
    world.fail_once("POST", problem(503, "storage_down", **{"retry-after": "40"}))
    assert not await world.queue.upload()
    assert world.queue._pace.seconds() == pytest.approx(45)
    assert world.queue.status.busy  # there is a network
    assert await world.queue.upload()
    assert not world.queue.status.busy


async def test_a_file_at_which_the_server_fails_holds_up_no_other(world: World) -> None:
    ref, other = await world.add(), await world.add(b"other")
    world.tus.faults = lambda method, path: problem(500) if ref.id in path else None
    assert not await world.queue.upload()
    assert set(world.tus.stored) == {other.id}
    assert (world.queue.status.waiting, world.queue.status.refused) == (1, 0)
    # Where the whole server cannot, none is tried after the first.
    await world.add(b"third")
    world.tus.log.clear()
    world.tus.faults = lambda _method, _path: problem(503)
    assert not await world.queue.upload()
    assert len(world.tus.log) == 1


async def test_bytes_that_the_browser_threw_away_are_told(world: World) -> None:
    ref = await world.add()
    world.store.contents.clear()
    assert await world.queue.upload()
    file = world.queue.find(ref.id)
    assert file is not None
    assert (file.state, file.code) == ("refused", "media_lost")


async def test_a_file_that_a_command_names_cannot_be_removed(world: World) -> None:
    ref = await world.add()
    world.names(ref)
    with pytest.raises(StillNamed):
        await world.queue.discard(ref.id)
    assert await world.store.read(ref.id, 0, 9999) == CONTENT
    world.entries = []
    await world.queue.discard(ref.id)
    assert (world.queue.files(), world.store.contents) == ([], {})


async def test_what_is_removed_while_others_are_tidied_is_no_failure(world: World) -> None:
    """Each step of tidying waits for the store, and the person has the phone in the hand."""
    first, second = await world.add(), await world.add(b"other")
    args = msgspec.json.encode({"photos": [first, second]})
    world.entries = [Entry(id="e", n=1, name="visit", args=args, user="user", local_at=START)]
    write = world.store.write

    async def removing(file: MediaFile) -> bool:
        world.store.write = write  # type: ignore[method-assign]  # once
        await world.store.remove(second.id)
        return await write(file)

    world.store.write = removing  # type: ignore[method-assign]  # for this test
    assert await world.queue.upload()
    assert world.failures == []
    assert [file.id for file in world.queue.files()] == [first.id]


async def test_what_is_tried_again_while_others_are_tidied_is_sent(world: World) -> None:
    first, second = await world.add(), await world.add(b"other")
    world.tus.faults = lambda method, path: problem(422, "media_unreadable") if second.id in path else None
    assert await world.queue.upload()
    world.tus.faults = lambda _method, _path: None
    args = msgspec.json.encode({"photos": [first, second]})
    world.entries = [Entry(id="e", n=1, name="visit", args=args, user="user", local_at=START)]
    write = world.store.write

    async def retrying(file: MediaFile) -> bool:
        world.store.write = write  # type: ignore[method-assign]  # once
        asked.append(asyncio.ensure_future(world.queue.retry(second.id)))
        await asyncio.sleep(0)
        return await write(file)

    asked: list[asyncio.Future[None]] = []
    world.store.write = retrying  # type: ignore[method-assign]  # for this test
    await world.queue.upload()
    await asyncio.gather(*asked)
    await world.queue.upload()
    found = world.queue.find(second.id)
    assert found is not None
    assert found.state == "stored"


async def test_what_is_removed_while_it_travels_stops(world: World) -> None:
    ref = await world.add()
    other = await world.add(b"other")

    def remove(method: str, _path: str) -> None:
        if method == "PATCH":
            world.store.records.pop(ref.id, None)

    world.tus.faults = remove
    assert await world.queue.upload()
    assert set(world.tus.stored) == {other.id}
    assert [file.id for file in world.queue.files()] == [other.id]


async def test_bytes_stay_while_a_draft_or_an_undecided_command_may_need_them(world: World) -> None:
    ref = await world.add()
    await world.queue.upload()
    await world.queue.upload()
    # Verified, and no command has named it: a draft may.
    assert await world.store.read(ref.id, 0, 9999) == CONTENT
    world.names(ref)
    await world.queue.upload()
    assert await world.store.read(ref.id, 0, 9999) == CONTENT
    world.entries = []
    await world.queue.upload()
    assert await world.store.read(ref.id, 0, 9999) is None
    assert [file.kept for file in world.queue.files()] == [False]
    world.clock.at += KEEP_PREVIEWS + timedelta(seconds=1)
    await world.queue.upload()
    assert world.queue.files() == []


async def test_a_paper_that_comes_weeks_later_finds_its_picture_even_if_the_server_let_go_of_it(world: World) -> None:
    ref, other = await world.add(), await world.add(b"other")
    await world.queue.upload()
    del world.tus.uploads[ref.id]
    world.names(ref)
    world.tus.log.clear()
    await world.queue.upload()
    assert world.tus.log == ["HEAD", "POST", "PATCH", "PATCH", "PATCH"]
    assert world.tus.stored == {ref.id: CONTENT, other.id: b"other"}
    # One question a file, once.
    world.names(other)
    world.tus.log.clear()
    await world.queue.upload()
    await world.queue.upload()
    assert world.tus.log == ["HEAD"]


async def test_what_nobody_names_goes_after_weeks_but_never_before_it_is_verified(world: World) -> None:
    ref = await world.add()
    world.tus.faults = lambda _method, _path: "lost"
    world.clock.at += KEEP_UNNAMED * 3
    await world.queue.upload()
    assert await world.store.read(ref.id, 0, 9999) == CONTENT
    world.tus.faults = lambda _method, _path: None
    await world.queue.upload()
    await world.queue.upload()
    assert await world.store.read(ref.id, 0, 9999) is None
    assert world.tus.stored == {ref.id: CONTENT}


async def test_another_tab_s_file_is_sent_by_the_leader(world: World) -> None:
    leader = asyncio.create_task(world.queue.run())
    await asyncio.sleep(0)
    other = world.opened()
    ref = await other.add(CONTENT, PHOTO)
    await world.queue.reload()
    for _ in range(200):
        await asyncio.sleep(0)
        if ref.id in world.tus.stored:
            break
    leader.cancel()
    with suppress(asyncio.CancelledError):
        await leader
    assert world.tus.stored == {ref.id: CONTENT}
    await other.reload()
    assert [file.state for file in other.files()] == ["stored"]


async def test_files_of_another_person_stay_and_are_not_sent(world: World) -> None:
    theirs = MediaQueue(world.store, world.tus, world.clock, "somebody else")
    await theirs.add(b"theirs", PHOTO)
    await world.restart()
    assert world.queue.files() == []
    assert await world.queue.upload()
    assert world.tus.log == []
    assert len(world.store.contents) == 1


async def test_a_store_that_breaks_is_told_and_tried_again(world: World) -> None:
    await world.add()
    read = world.store.read

    async def broken(file_id: str, offset: int, length: int) -> bytes | None:
        raise OSError("disk")

    world.store.read = broken  # type: ignore[method-assign]  # for this test
    assert not await world.queue.upload()
    assert [str(failure) for failure in world.failures] == ["disk"]
    world.store.read = read  # type: ignore[method-assign]  # for this test
    assert await world.queue.upload()


def faulty(rng: Random, left: list[int]) -> Callable[[str, str], Response | str | None]:
    """Everything at once, until ``left`` is used up."""
    any_time: list[Response | str] = [
        "lost",
        "unheard",
        problem(503),
        problem(500),
        problem(423, "locked"),
        problem(429),
    ]
    under_way = [problem(409, "upload_offset"), problem(460, "checksum_mismatch"), problem(404, "upload_unknown")]

    def fault(method: str, _path: str) -> Response | str | None:
        if not left[0] or rng.random() < 0.3:
            return None
        left[0] -= 1
        return rng.choice(any_time if method == "POST" else [*any_time, *under_way])

    return fault


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.lists(st.binary(min_size=1, max_size=4000), min_size=1, max_size=4))
def test_whatever_goes_wrong_every_file_arrives_whole_and_once(seed: int, contents: list[bytes]) -> None:
    async def walk() -> None:
        world, rng, left = World(), Random(seed), [40]
        refs = [await world.add(content) for content in contents]
        world.tus.faults = faulty(rng, left)
        for _ in range(80):
            if rng.random() < 0.3:
                await world.restart()
            if rng.random() < 0.05 and left[0]:
                world.tus.uploads = {key: held for key, held in world.tus.uploads.items() if held.status}
            if await world.queue.upload() and not left[0]:
                break
        assert world.failures == []
        assert world.tus.stored == {ref.id: content for ref, content in zip(refs, contents, strict=True)}
        assert {(file.state, file.code) for file in world.queue.files()} == {("stored", "")}

    asyncio.run(walk())
