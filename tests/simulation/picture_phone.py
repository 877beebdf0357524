"""A phone that keeps files beside commands, and sends both."""

from collections.abc import Mapping
from typing import Any

from offline.media import MediaQueue
from offline.store import Response
from offline.stores import MemoryFiles
from offline.uploads import MediaFile
from tests.simulation.phone import Clock, Phone, Tab, Wire, _Store

CHUNK = 150


class Files(_Store):
    """The phone's files as one tab sees them."""

    tab: "PictureTab"

    @property
    def _files(self) -> MemoryFiles:
        return self.tab.phone.files

    async def add(self, file: MediaFile, content: bytes, preview: bytes | None = None) -> None:
        await self.durably(lambda: self._files.add(file, content, preview))

    async def load(self) -> list[MediaFile]:
        return await self.durably(self._files.load, writes=False)

    async def write(self, file: MediaFile) -> bool:
        if file.state == "stored" and file.id in self._files.records:
            self.tab.phone.believed.add(file.id)
        return await self.durably(lambda: self._files.write(file))

    async def read(self, file_id: str, offset: int, length: int) -> bytes | None:
        return await self.durably(lambda: self._files.read(file_id, offset, length), writes=False)

    async def remove(self, file_id: str) -> None:
        await self.durably(lambda: self._files.remove(file_id))


class FileWire(Wire):
    async def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Response:
        return await self.request(method, path, body, headers)


class PictureTab(Tab):
    phone: "PicturePhone"

    def __init__(self, phone: "PicturePhone") -> None:
        super().__init__(phone)
        self.queue = MediaQueue(
            Files(self),
            FileWire(self),
            Clock(self),
            phone.user_id,
            entries=self.engine.entries,
            chunk=CHUNK,
            jitter=phone.rng.random,
            on_failure=self._tell,
        )

    def lead(self) -> None:
        super().lead()
        self.spawn(self.queue.run())

    async def reload_later(self) -> None:
        await super().reload_later()
        await self.queue.reload()


class PicturePhone(Phone):
    """``believed``: files of which this phone believed that the server has verified them. ``filed``: ids of commands
    that named files."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.files = MemoryFiles()
        self.believed: set[str] = set()
        self.filed: list[str] = []

    def new_tab(self) -> Tab:
        return PictureTab(self)

    async def open_tab(self, *, leads: bool = True) -> Tab:
        tab = await super().open_tab(leads=leads)
        assert isinstance(tab, PictureTab)
        if tab.alive:
            await tab.do(tab.queue.open())
        return tab

    def sign_in(self) -> None:
        super().sign_in()
        for tab in self.tabs:
            if isinstance(tab, PictureTab) and tab.opened:
                tab.queue.signed_in()
