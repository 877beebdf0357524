"""The stores in memory keep the contract."""

import pytest

from offline.store import OutboxStore
from offline.stores import MemoryFiles, MemoryImages, MemoryKeyValues, MemoryOutbox
from tests.offline import store_contract


@pytest.mark.parametrize("contract", store_contract.OUTBOX)
async def test_outbox(contract: object) -> None:
    store = MemoryOutbox()

    async def reopen() -> OutboxStore:
        return store

    await contract(store, reopen)  # type: ignore[operator]  # one of the contracts


async def test_key_values() -> None:
    await store_contract.key_values(MemoryKeyValues())


async def test_images() -> None:
    await store_contract.images(MemoryImages())


async def test_files() -> None:
    await store_contract.files(MemoryFiles())
