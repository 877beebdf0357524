"""The contract of the stores, run on the phone's IndexedDB and shown as text."""

import traceback
from collections.abc import Awaitable

from reactpy import component, html, use_async_effect, use_state
from reactpy.types import VdomDict

from offline.store import OutboxStore
from pwa.browser.stores import IndexedFiles, IndexedImages, IndexedOutbox, IndexedValues
from tests.offline.store_contract import OUTBOX, files, images, key_values


async def _reopen() -> OutboxStore:
    return IndexedOutbox()


async def _emptied() -> IndexedOutbox:
    outbox = IndexedOutbox()
    await outbox.remove([entry.id for entry in await outbox.load()])
    return outbox


async def _ends_by_turn(images: IndexedImages) -> None:
    """What is told of an image's end holds until a tab that tells none takes its turn to write."""
    await images.save("u1", b"12345678")
    await images.lead("u1")
    assert await images.since("u1", b"12345678") == b""
    await images.lead("u2")  # of u1 it tells as little as a tab of an older version
    assert await images.since("u1", b"12345678") is None
    assert not await images.append("u1", b"behind what that tab wrote", b"12345678")
    await images.remove("u1")


async def _outcome(name: str, check: Awaitable[None]) -> str:
    try:
        await check
    except Exception:  # noqa: BLE001  shown to the test
        return f"{name} FAILED\n{traceback.format_exc()}"
    return f"{name} passed"


async def outcomes() -> list[str]:
    found = [await _outcome(check.__name__, check(await _emptied(), _reopen)) for check in OUTBOX]
    found.append(await _outcome("key_values", key_values(IndexedValues("contract/"))))
    found.append(await _outcome("images", images(IndexedImages())))
    found.append(await _outcome("ends_by_turn", _ends_by_turn(IndexedImages())))
    found.append(await _outcome("files", files(IndexedFiles())))
    await _emptied()
    return found


@component
def Contract() -> VdomDict:
    shown, set_shown = use_state("")

    @use_async_effect(dependencies=[])
    async def check() -> None:
        set_shown("\n".join(await outcomes()))

    return html.pre({"data-testid": "outcomes"}, shown)
