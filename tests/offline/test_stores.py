"""The stores in memory and in files keep the contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from offline.store import OutboxStore
from offline.stores import (
    FileImages,
    FileKeyValues,
    FileOutbox,
    MemoryFiles,
    MemoryImages,
    MemoryKeyValues,
    MemoryOutbox,
)
from tests.offline import store_contract
from tests.offline.store_contract import Reopen


@pytest.fixture(params=["memory", "file"])
def outbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[OutboxStore, Reopen]]:
    memory = MemoryOutbox()
    opened: list[FileOutbox] = []

    def open_one() -> OutboxStore:
        if request.param == "memory":
            return memory
        opened.append(FileOutbox(tmp_path / "outbox.sqlite3"))
        return opened[-1]

    async def reopen() -> OutboxStore:
        return open_one()

    yield open_one(), reopen
    for store in opened:
        store.close()


@pytest.mark.parametrize("contract", store_contract.OUTBOX)
async def test_outbox(contract: object, outbox: tuple[OutboxStore, Reopen]) -> None:
    await contract(*outbox)  # type: ignore[operator]  # one of the contracts


async def test_key_values(tmp_path: Path) -> None:
    await store_contract.key_values(MemoryKeyValues())
    store = FileKeyValues(tmp_path / "values.sqlite3")
    await store_contract.key_values(store)
    store.close()


async def test_images(tmp_path: Path) -> None:
    await store_contract.images(MemoryImages())
    store = FileImages(tmp_path / "images.sqlite3")
    await store_contract.images(store)
    store.close()


async def test_files() -> None:
    await store_contract.files(MemoryFiles())
