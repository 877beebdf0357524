"""Bugs of files put in on purpose, to show that the runs with pictures notice."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any
from unittest import mock

import msgspec

from backend.media import finishing
from media.storage import StorageDown
from offline.store import Unreachable
from offline.uploads import MediaFile, Upload


@contextmanager
def let_go_early() -> Iterator[None]:
    """The phone takes a file for verified once its last piece was sent, heard of or not."""
    run = Upload.run

    async def trusting(self: Upload, file: MediaFile) -> MediaFile:
        last: list[MediaFile] = []
        keep = self._keep

        async def noted(file: MediaFile) -> None:
            last.append(file)
            await keep(file)

        self._keep = noted
        try:
            return await run(self, file)
        except Unreachable:
            if last and last[-1].sent + self._length(file) >= file.ref.size:
                return msgspec.structs.replace(last[-1], state="stored")
            raise

    with mock.patch.object(Upload, "run", trusting):
        yield


@contextmanager
def stored_in_hope() -> Iterator[None]:
    """The server says "stored" although the store was down just then."""
    keep = finishing._keep

    async def hopeful(*given: Any) -> None:
        with suppress(StorageDown):
            await keep(*given)

    with mock.patch.object(finishing, "_keep", hopeful):
        yield


BUGS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "": nullcontext,
    "let_go_early": let_go_early,
    "stored_in_hope": stored_in_hope,
}
