"""The pieces that take pictures, on a screen without a browser."""

from typing import Any

import pytest
from reactpy import component, html, use_state
from reactpy.types import Component

from offline.store import StorageFull
from offline.wire.media import MediaRef
from pwa.components.media import PhotoField, SignaturePad
from pwa.components.overlays import ToastHost, ToastsContext
from pwa.components.scanner import Scanner
from pwa.context import AppContext
from pwa.router import RouterContext
from tests.pwa.mounted import mounted
from tests.screens.conftest import Start
from tests.screens.world import Page, Phone


async def on_screen(start: Start, root: Any) -> tuple[Phone, Any]:
    phone = await start("/")
    app = phone.app
    phone.port = Page()

    def whole() -> Any:
        return AppContext(
            RouterContext(ToastsContext(html.div(root(), ToastHost()), value=app.toasts), value=app.router), value=app
        )

    return phone, mounted(whole, phone.port)


async def test_pictures_are_kept_on_the_phone_up_to_the_most(start: Start) -> None:
    told: list[tuple[MediaRef, ...]] = []

    @component
    def Root() -> Component:
        nothing: tuple[MediaRef, ...] = ()
        refs, set_refs = use_state(nothing)

        def change(given: tuple[MediaRef, ...]) -> None:
            told.append(given)
            set_refs(given)

        return PhotoField(refs, change, most=2)

    phone, shown = await on_screen(start, Root)
    async with shown:
        await phone.photographs(content=b"one", taken_at="2026-07-14T01:50:00Z")
        position = {"latitude": 31.2, "longitude": 121.4, "accuracy": 9.5, "at": "2026-07-14T01:49:58Z"}
        await phone.photographs(content=b"two", position=position)
        first, second = told[-1]
        assert (first.size, first.position, second.position and second.position.accuracy) == (3, None, 9.5)
        queue = phone.app.media.queue
        assert [file.ref for file in queue.files()] == [first, second]
        assert await queue._store.read(first.id, 0, 10) == b"one"
        # No way to add a third.
        assert not phone.has("photos-camera")
        await phone.tap("photos-0-remove")
        assert list(told[-1]) == [second]
        assert phone.has("photos-camera")
        await phone.tap("toast-undo")
        assert list(told[-1]) == [second, first]


async def test_putting_a_picture_back_keeps_what_was_taken_meanwhile(start: Start) -> None:
    told: list[tuple[MediaRef, ...]] = []

    @component
    def Root() -> Component:
        refs, set_refs = use_state(tuple[MediaRef, ...]())

        def change(given: tuple[MediaRef, ...]) -> None:
            told.append(given)
            set_refs(given)

        return PhotoField(refs, change, most=3)

    phone, shown = await on_screen(start, Root)
    async with shown:
        await phone.photographs(content=b"one")
        await phone.tap("photos-0-remove")
        await phone.photographs(content=b"three")
        await phone.tap("toast-undo")
        assert [ref.size for ref in told[-1]] == [5, 3]


async def test_a_code_typed_by_hand_is_as_good_as_a_scanned_one(start: Start) -> None:
    codes: list[str] = []

    @component
    def Root() -> Component:
        return Scanner(codes.append)

    phone, shown = await on_screen(start, Root)
    async with shown:
        (view,) = [each for each in phone.nodes() if each.get("attributes", {}).get("config", {}).get("part")]
        await phone._event(view["eventHandlers"]["report"]["target"], "6901234567892")
        await phone.type("scanner-typed", " 690 123 ")
        await phone.tap("scanner-use")
        assert codes == ["6901234567892", "690123"]
        await phone.enter("scanner-typed", "690124")
        assert codes[2:] == ["690124"]
        assert "690124" in phone.text("scanner-told")


async def test_a_signature_that_does_not_fit_is_none_and_holds_up_nobody(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[MediaRef | None] = []

    @component
    def Root() -> Component:
        return SignaturePad(said.append)

    async def full(*_taken: object) -> MediaRef:
        raise StorageFull

    phone, shown = await on_screen(start, Root)
    async with shown:
        monkeypatch.setattr(phone.app.media.queue, "add", full)
        await phone.photographs(testid="signature", content=b"png", content_type="image/png", source="file")
        assert said == [None]
        assert "手机没有空间" in phone.text("toast")
        (pad,) = [each for each in phone.nodes() if each.get("attributes", {}).get("config", {}).get("part")]
        assert pad["attributes"]["config"]["cleared"] == 1
        await phone._event(pad["eventHandlers"]["report"]["target"], "")
        assert said == [None, None]


async def test_signing_again_takes_the_first_signature_away(start: Start) -> None:
    said: list[MediaRef | None] = []

    @component
    def Root() -> Component:
        return SignaturePad(said.append)

    phone, shown = await on_screen(start, Root)
    async with shown:
        await phone.photographs(testid="signature", content=b"png", content_type="image/png", source="file")
        await phone.tap("signature-clear")
        assert said[0] is not None
        assert said[0].content_type == "image/png"
        assert said[1:] == [None]
        assert phone.app.media.queue.files() == []
