"""Pictures and signatures: what the phone's camera and a finger bring in.

Pictures are kept on the phone at once and travel by themselves (``offline.media``); a screen holds their ``MediaRef``
and puts it into its command. The elements below are loaded when the first of them is shown (``shell/parts.js``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from reactpy import Ref, component, html, use_effect, use_ref, use_state
from reactpy.types import VdomDict

from i18n.translate import CATALOGS, DEFAULT
from offline.media import StillNamed
from offline.store import StorageFull
from offline.wire.media import MediaRef
from pwa.components.basics import Button, Child, ErrorBox, Icon, IconButton, Pieces, attributes, calling, classes
from pwa.components.overlays import Sheet
from pwa.context import App
from pwa.hooks import use_app

Source = Literal["camera", "gallery", "file"]
Variant = Literal["320", "1600", "original", "poster"]
FILES = "image/*,application/pdf,video/mp4,video/quicktime,.heic,.heif"
_UNDO_SECONDS = 9.0


def words(app: App, area: str) -> dict[str, str]:
    """The texts below ``area`` for an element of the page, which fills in numbers itself."""
    start = f"{area}."
    return {
        key.removeprefix(start): CATALOGS[app.locale].get(key, text)
        for key, text in CATALOGS[DEFAULT].items()
        if key.startswith(start)
    }


def use_upload(file_id: str) -> tuple[str, int]:
    """State of a file on this phone and the percentage that is sent; ``("", 0)`` for one that is not here."""
    queue = use_app().media.queue

    def read() -> tuple[str, int]:
        file = queue.find(file_id)
        if file is None:
            return "", 0
        sending = file.state == "waiting" and queue.status.sending == file_id
        return "sending" if sending else file.state, file.sent * 100 // file.ref.size

    shown, set_shown = use_state(read)

    @use_effect(dependencies=[file_id])
    def follow() -> Callable[[], None]:
        def update() -> None:
            current = read()
            set_shown(lambda old: old if old == current else current)

        update()
        return queue.subscribe(update)

    return shown


def Photo(
    media_id: str,
    variant: Variant = "320",
    *,
    label: str = "",
    icon: str = "image",
    class_name: str = "",
    testid: str = "",
    key: Any = None,
) -> VdomDict:
    """A picture that fills its box: this phone's own copy while it has one, else the server's. The icon shows where
    there is none to be had."""
    config = {"part": "photo", "id": media_id, "variant": variant, "label": label}
    return html.span(
        attributes(classes("photo", class_name), testid, key or media_id),
        Icon(icon, size=28),
        html.q_part({"config": config, "className": "photo-part"}),
    )


@component
def PhotoField(
    value: Sequence[MediaRef],
    on_change: Callable[[tuple[MediaRef, ...]], Any],
    *,
    most: int = 6,
    kinds: Sequence[Source] = ("camera", "gallery"),
    label: str = "",
    error: str = "",
    testid: str = "photos",
) -> VdomDict:
    """Take pictures, pick them from the gallery, look at them, remove them. ``kinds``: the ways offered.

    ``on_change`` gets all of them after each change; a new one is durable on the phone by then. Test ids:
    ``{testid}-camera``, ``-gallery``, ``-file``, and ``{testid}-0`` (open), ``{testid}-0-remove`` per picture.
    """
    app = use_app()
    refs = use_ref(tuple(value))
    refs.current = tuple(value)
    held = _Held(app, most, refs, on_change)
    camera, open_camera = use_state(False)
    looking, look = use_state("")

    async def keep(report: str) -> None:
        await held.add(await app.media.keep(report))

    way = _Way(app, most, most - len(value), keep, testid)
    tiles = [
        _Tile(place, ref, calling(look, ref.id), calling(held.remove, ref), f"{testid}-{place}", key=ref.id)
        for place, ref in enumerate(value)
    ]
    return html.div(
        # Its buttons have the same names as those of the next such field.
        attributes("photo-field", testid, more={"role": "group", "aria-label": label} if label else None),
        _head(app, label, len(value), most),
        html.div({"className": "photo-grid"}, *tiles, *way.all(kinds, lambda: open_camera(True))),
        html.p({"className": "field-note field-error", "role": "alert"}, error) if error else None,
        way.camera(len(value), lambda: open_camera(False)) if camera else None,
        *(_Look(app, place, ref, lambda: look("")) for place, ref in enumerate(value) if ref.id == looking),
    )


@dataclass(frozen=True)
class _Held:
    """The pictures of a field as they are by now: several may come or go before the screen has answered."""

    app: App
    most: int
    refs: Ref[tuple[MediaRef, ...]]
    on_change: Callable[[tuple[MediaRef, ...]], Any]

    async def add(self, ref: MediaRef) -> None:
        if len(self.refs.current) < self.most:
            await self._change((*self.refs.current, ref))

    async def remove(self, ref: MediaRef) -> None:
        """To be put back for a moment, beside what has come meanwhile."""
        await self._change(tuple(each for each in self.refs.current if each.id != ref.id))
        _forget_later(self.app, ref, lambda: self.refs.current)
        undo = calling(self._put_back, ref)
        self.app.toasts.show(self.app.t("photo.removed"), undo=undo, undo_label=self.app.t("common.undo"))

    async def _put_back(self, ref: MediaRef) -> None:
        if len(self.refs.current) < self.most:
            await self.add(ref)
        else:
            self.app.toasts.show(self.app.t("photo.too_many", count=1, most=self.most), tone="bad")

    async def _change(self, refs: tuple[MediaRef, ...]) -> None:
        self.refs.current = refs
        await calling(self.on_change, refs)()


def _forget_later(app: App, ref: MediaRef, held: Callable[[], tuple[MediaRef, ...]]) -> None:
    """The file goes once it can no longer be put back, unless a command names it."""

    def forget() -> None:
        if all(each.id != ref.id for each in held()):
            app.beside(_discard(app, ref.id))

    app.later(_UNDO_SECONDS, forget)


async def _discard(app: App, file_id: str) -> None:
    try:
        await app.media.queue.discard(file_id)
    except StillNamed:
        return


def _head(app: App, label: str, count: int, most: int) -> VdomDict:
    counted = app.t("photo.count", count=count, most=most)
    return html.div(
        {"className": "photo-head"},
        html.span({"className": "field-label"}, label) if label else html.span(),
        html.span({"className": "muted small number"}, counted),
    )


@dataclass(frozen=True)
class _Way:
    """How a picture comes into a field. ``keep`` takes an element's report; ``left``: how many still fit."""

    app: App
    most: int
    left: int
    keep: Callable[[str], Any]
    testid: str

    def all(self, kinds: Sequence[Source], open_camera: Callable[[], None]) -> list[Child]:
        if self.left <= 0:
            return []
        made: dict[Source, Callable[[], VdomDict]] = {
            "camera": lambda: self._shoot(open_camera),
            "gallery": lambda: self._pick("gallery", "images", "image/*,.heic,.heif"),
            "file": lambda: self._pick("file", "paperclip", FILES),
        }
        return [make() for source, make in made.items() if source in kinds]

    def _shoot(self, open_camera: Callable[[], None]) -> VdomDict:
        more = {"type": "button", "onClick": calling(open_camera)}
        look = attributes("photo-add", f"{self.testid}-camera", "camera", more)
        return html.button(look, Icon("camera", size=24), html.span(self.app.t("photo.take")))

    def _pick(self, source: Source, icon: str, accept: str) -> VdomDict:
        def too_many(count: str) -> None:
            text = self.app.t("photo.too_many", count=int(count), most=self.most)
            self.app.toasts.show(text, tone="bad")

        # A desk has folders, no album.
        name = "picture" if source == "gallery" and self.app.wide else source
        config = {
            "part": "pick", "source": source, "label": self.app.t(f"photo.{name}"), "icon": icon, "accept": accept,
            "multiple": self.left > 1, "left": self.left, "testid": f"{self.testid}-{source}",
            "className": "photo-add",
        }  # fmt: skip
        return html.q_part({"config": config, "report": self.keep, "tell": too_many, "key": source})

    def camera(self, count: int, close: Callable[[], None]) -> VdomDict:
        """The camera over the whole screen; going back closes it."""
        config = {"part": "camera", "count": count, "left": self.left, "words": words(self.app, "camera")}
        part = {"config": config, "className": "lens", "report": self.keep, "close": calling(close)}
        return html.q_sheet(
            {"key": f"camera-{self.testid}", "close": calling(close)},
            html.dialog(
                {"className": "lens-dialog", "aria-label": self.app.t("camera.title"), "data-testid": "camera"},
                html.q_part(part),
            ),
        )


@component
def _Tile(
    place: int, ref: MediaRef, on_open: Callable[..., Any], on_remove: Callable[..., Any], testid: str
) -> VdomDict:
    app = use_app()
    state, percent = use_upload(ref.id)
    number = app.format.number(place + 1)
    told = app.t(f"photo.state.{state}", percent=app.format.percent(Decimal(percent) / 100)) if state else ""
    icons = {"waiting": "cloud-upload", "sending": "cloud-upload", "stored": "check", "refused": "circle-alert"}
    badge = html.span(
        {"className": f"photo-state photo-state-{state}", "role": "img", "aria-label": told, "title": told},
        # A picture that came from elsewhere has no state here.
        Icon(icons.get(state, "check"), size=16),
    )
    open_it = {"type": "button", "aria-label": app.t("photo.open", number=number), "onClick": on_open}
    icon = "image" if ref.content_type.startswith("image/") else "file-text"
    return html.div(
        {"className": "photo-tile", "data-state": state, "data-media": ref.id},
        html.button(attributes("photo-open", testid, more=open_it), Photo(ref.id, icon=icon)),
        badge if state else None,
        IconButton(
            "x",
            app.t("photo.remove", number=number),
            on_remove,
            class_name="photo-remove",
            testid=f"{testid}-remove",
        ),
    )


def _Look(app: App, place: int, ref: MediaRef, close: Callable[[], None]) -> VdomDict:
    """A picture, large, with what is known of it."""
    taken = app.format.moment(ref.taken_at, app.now()) if ref.taken_at else ""
    facts = [app.t("photo.taken", at=taken) if taken else app.t("photo.taken_unknown")]
    position = ref.position
    if position is None:
        facts.append(app.t("photo.without_position"))
    else:
        facts.append(app.t("photo.with_position", metres=app.format.number(round(position.accuracy))))
    facts.append(app.format.bytes(ref.size))
    title = app.t("photo.title", number=app.format.number(place + 1))
    return Sheet(
        title,
        Photo(ref.id, "1600", label=title, class_name="photo-large", testid="photo-large"),
        html.p({"className": "muted small"}, Pieces(*facts)),
        on_close=close,
        testid="photo-sheet",
        key=f"look-{ref.id}",
    )


@component
def SignaturePad(
    on_change: Callable[[MediaRef | None], Any],
    *,
    on_begin: Callable[[], Any] = lambda: None,
    label: str = "",
    error: str = "",
    testid: str = "signature",
) -> VdomDict:
    """A field to sign in. ``on_change`` gets a PNG's ``MediaRef`` a moment after the last stroke, None when cleared;
    ``on_begin`` is called with each stroke: what is held until ``on_change`` is not all of it."""
    app = use_app()
    cleared, set_cleared = use_state(0)
    signed, set_signed = use_state("")
    begun, set_begun = use_state(False)

    async def begin(*_report: Any) -> None:
        set_begun(True)
        await calling(on_begin)()

    async def change(ref: MediaRef | None) -> None:
        """What was signed before is not needed any more."""
        set_signed(ref.id if ref is not None else "")
        await calling(on_change, ref)()
        if signed:
            await _discard(app, signed)

    async def clear() -> None:
        set_cleared(lambda count: count + 1)
        set_begun(False)
        await change(None)

    async def keep(report: str) -> None:
        """Empty where the page could make no picture of it. What is not kept must not look as if it were, nor hold up
        whoever waits for it."""
        if not report:
            await clear()
            return
        try:
            ref = await app.media.keep(report)
        except StorageFull:
            await clear()
            app.toasts.show(app.t("sync.storage_full_deed"), tone="bad", icon="circle-alert")
            return
        await change(ref)

    title = label or app.t("sign.label")
    config = {"part": "signature", "cleared": cleared, "label": title, "testid": testid}
    clear_button = Button(
        app.t("sign.clear"), calling(clear), kind="plain", small=True, testid=f"{testid}-clear",
        disabled=not (begun or signed),
    )  # fmt: skip
    return html.div(
        {"className": classes("signature", error and "signature-invalid")},
        html.div({"className": "photo-head"}, html.span({"className": "field-label"}, title), clear_button),
        html.q_part({"config": config, "className": "signature-part", "report": keep, "tell": begin}),
        html.p(
            {"className": classes("field-note", error and "field-error"), "data-testid": f"{testid}-told"},
            error or app.t("sign.done" if signed else "sign.hint"),
        ),
    )


def PlaceProblem(app: App, problem: str, again: Callable[[], Any] | None = None) -> VdomDict:
    """Why there is no position and what to do; ``problem`` is ``app.place_problem``. It is never an end of the way."""
    actions: list[Child] = []
    if again is not None:
        press = calling(again)
        actions.append(Button(app.t("place.again"), press, small=True, kind="secondary", testid="place-again"))
    return ErrorBox(
        app.t(f"place.{problem}"),
        app.t(f"place.{problem}_hint"),
        *actions,
        tone="warning",
        testid="place-problem",
    )
