"""Lines that are thin or keep breaking off: how much is asked for and sent at once follows what passes."""

import msgspec

from offline.portions import Portion
from offline.store import Response, Unreachable
from offline.uploads import pieces_of
from offline.wire.protocol import Pull, Push
from tests.offline.test_engine import Phone, Server, locale, page


class Breaking(Server):
    """Whatever is larger than ``most``, rows asked for or commands sent, breaks the line."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self.asked: list[int] = []
        self.sent: list[int] = []

    async def request(self, method: str, path: str, body: bytes | None = None) -> Response:
        if path.endswith("/pull"):
            assert body
            self.asked.append(msgspec.json.decode(body, type=Pull).limit)
            if self.asked[-1] > self.most:
                raise Unreachable("broke off")
        if path.endswith("/push"):
            assert body
            self.sent.append(len(msgspec.json.decode(body, type=Push).mutations))
            if self.sent[-1] > self.most:
                raise Unreachable("broke off")
        return await super().request(method, path, body)


def test_a_portion_grows_where_it_passes_at_once_and_shrinks_where_it_takes_long_or_breaks_off() -> None:
    portion = Portion(100, 25, 1000)
    sizes = []
    for seconds in (0.2, 8, 0.2, 31, 20, None, None, None, 0.2):
        portion.broke_off() if seconds is None else portion.passed(seconds)
        sizes.append(portion.size)
    assert sizes == [400, 800, 1000, 500, 500, 125, 31, 25, 100]
    assert Portion(100, 25, 10).size == 10


def test_pieces_of_a_file_grow_slower_and_shrink_sooner() -> None:
    pieces = pieces_of(256 << 10)
    sizes = []
    for seconds in (0.5, 0.5, 0.5, 2, 4.5, 4.5, None, None, None, 0.9):
        pieces.broke_off() if seconds is None else pieces.passed(seconds)
        sizes.append(pieces.size >> 10)
    assert sizes == [128, 256, 256, 256, 128, 64, 32, 16, 16, 32]


async def test_rows_come_in_fewer_at_once_until_they_pass_a_line_that_breaks() -> None:
    server = Breaking(30)
    server.pages = {"brand": page(after=1)}
    engine = await Phone(server).open()
    assert [await engine.sync() for _ in range(2)] == [False, True]
    assert server.asked[0] > 30
    assert server.asked[1] <= 30


async def test_commands_go_up_in_fewer_at_once_until_they_pass_a_line_that_breaks() -> None:
    server = Breaking(30)
    engine = await Phone(server).open()
    entries = [await engine.submit(locale()) for _ in range(60)]
    while not await engine.sync():
        assert len(server.sent) < 10
    assert max(server.sent) == 60
    applied = [mutation.id for push in server.pushes for mutation in push.mutations]
    assert applied == [entry.id for entry in entries]  # each once, in their order
