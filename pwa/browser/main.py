"""Where the phone's worker puts the app together: the only module that knows all its parts."""

import asyncio
import importlib
import json
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import js
import msgspec

from i18n.translate import CATALOGS, translate
from offline.engine import Engine
from offline.media import MediaQueue
from offline.replica import Replica
from offline.store import Entry, StorageFull, Superseded
from offline.wire.protocol import SCHEMA
from pwa.browser.device import (
    Places,
    Zone,
    drop_files,
    format_by_intl,
    held_files,
    held_pictures,
    keep_files,
    keep_pictures,
    storage,
)
from pwa.browser.network import DeviceClock, FetchTransport, Tabs, hasten, listen_again, listen_anew, live_hints
from pwa.browser.port import PagePort
from pwa.browser.stores import IndexedFiles, IndexedImages, IndexedOutbox, IndexedValues, Room
from pwa.components.overlays import ToastsContext
from pwa.context import App, AppContext, Device
from pwa.router import Router, RouterContext
from pwa.runtime import Message, run

logger = logging.getLogger(__name__)
FIRST_TAP = 0.4  # seconds

_LEAD_AGAIN_SECONDS = 5.0
# Not in the catalogue: this must show even when that is what broke.
ERROR_WORDS = {
    "zh-CN": (
        "这个页面出了点问题，已记录。您的数据都还在。",
        "回首页",
        "刚才的操作没有完成，请再试一次。",
    ),
    "en": (
        "Something went wrong on this screen and was noted. Your data is safe.",
        "To the home screen",
        "That did not go through. Please try again.",
    ),
}


def warm() -> None:
    """Run once before memory is frozen: what each start would do alike, and no start has to do again."""
    replica = Replica("warm", SCHEMA)
    replica.restore(replica.serialize())
    list(replica.all("product"))
    for locale, messages in CATALOGS.items():
        for key in messages:
            translate(locale, key)
    entry = Entry(id="", n=0, name="", args=b"{}", user="", local_at=datetime.now(UTC))
    msgspec.json.decode(msgspec.json.encode(entry), type=Entry)


def start(js_port: Any, config_json: str) -> None:
    """Called by worker.js once Python runs. ``config_json`` is what boot.js knows: session, device, path,
    language, root."""
    # The snapshot froze the generator's state: without this two phones draw the same numbers.
    random.seed()
    logging.basicConfig(level=logging.WARNING)
    port = PagePort(js_port)
    task = asyncio.ensure_future(_main(port, json.loads(config_json)))

    def ended(done: asyncio.Task[None]) -> None:
        error = None if done.cancelled() else done.exception()
        if error is not None:
            logger.error("the app ended", exc_info=error)
            port.send({"type": "failed", "reason": f"{type(error).__name__}: {error}"})

    task.add_done_callback(ended)


async def _main(port: PagePort, config: dict[str, Any]) -> None:
    app, images = _assembled(port, config)
    await app.engine.open()
    await app.load_settings()
    js.qudaoStore.forgetAhead()
    beside = [
        asyncio.ensure_future(work)
        for work in (_after_first_tap(port, app.look_for_room), _after_first_tap(port, app.media.queue.open))
    ]
    module_name, _, name = config["root"].partition(":")
    root = getattr(importlib.import_module(module_name), name)
    _ask_for_background_sync(app)
    await run(
        lambda: AppContext(
            RouterContext(ToastsContext(root(), value=app.toasts), value=app.router),
            value=app,
        ),
        port,
        on_message=_listener(app, _Leading(app, images, port)),
        on_error=logger.error,
        on_failed_deed=lambda error: app.toasts.show(_excuse(app, error), tone="bad", icon="circle-alert"),
        go_back=lambda: app.router.navigate("/"),
        error_words=lambda: ERROR_WORDS[app.locale][:2],
    )
    for work in beside:
        work.cancel()


def _excuse(app: App, error: BaseException | None) -> str:
    return app.t("sync.storage_full_deed") if isinstance(error, StorageFull) else ERROR_WORDS[app.locale][2]


def _assembled(port: PagePort, config: dict[str, Any]) -> tuple[App, IndexedImages]:
    reloading = _Reloader()
    tabs = Tabs(changed=reloading.soon, files=reloading.files_soon, sync=reloading.sync, asked=reloading.asked)
    room = Room()
    outbox, images = IndexedOutbox(tabs.changed, room), IndexedImages(tabs.changed, room)
    values = IndexedValues(room=room)
    transport, clock = FetchTransport(borrowed=config["session"].get("borrowed", False)), DeviceClock()
    user = config["session"]["user"]["id"]
    engine = Engine(outbox, images, values, transport, clock, config["device"], user)
    reloading.engine = engine
    files = MediaQueue(IndexedFiles(tabs.files, room), transport, clock, user, entries=engine.entries)
    reloading.queue = files
    places = Places(port.send)

    def asked() -> None:
        hasten()
        tabs.ask()

    device = Device(
        send=port.send,
        storage=storage,
        request=transport.request,
        exchange=transport.send,
        sync_now=tabs.sync,
        sync_asked=asked,
        locate=places.locate,
        keep_files=keep_files,
        held_files=held_files,
        drop_files=drop_files,
        keep_pictures=keep_pictures,
        held_pictures=held_pictures,
        line=config.get("line", ""),
        intl=format_by_intl,
        zone=Zone(),
        zone_named=Zone,
        install=config.get("install", ""),
        version=config.get("version", ""),
    )
    router = Router(config["path"], port.send, config.get("kept"))
    app = App(engine, router, values, clock, device, locale=config["language"], files=files)
    app.set_wide(bool(config.get("wide")))
    app.set_dark_system(bool(config.get("dark")))
    room.on_change = app.set_room
    app.device.placed = places.arrived
    return app, images


class _Reloader:
    """Other tabs' changes are taken over one reload at a time; what comes meanwhile asks for one more."""

    engine: Engine
    queue: MediaQueue

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._wanted: set[str] = set()

    def soon(self) -> None:
        self._want("rows")

    def files_soon(self) -> None:
        self._want("files")

    def sync(self) -> None:
        self.engine.sync_soon()
        self.queue.upload_soon()

    def asked(self) -> None:
        self.engine.sync_soon(by_person=True)
        self.queue.upload_soon(by_person=True)
        hasten()

    def _want(self, what: str) -> None:
        self._wanted.add(what)
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._reload())

    async def _reload(self) -> None:
        while self._wanted:
            await (self.engine.reload() if self._wanted.pop() == "rows" else self.queue.reload())


class _Leading:
    """What this page does while it is the one that syncs."""

    def __init__(self, app: App, images: IndexedImages, port: PagePort) -> None:
        self._engine, self._queue = app.engine, app.media.queue
        self._images = images
        self._port = port
        self._work: asyncio.Task[None] | None = None
        self._leads = self._listens = False

    def lead(self, _message: Message) -> None:
        if not self._leads:
            self._leads = True
            self._work = asyncio.ensure_future(self._lead(self._work))

    def follow(self, _message: Message) -> None:
        """Another page took over while this one slept."""
        if self._leads:
            self._leads = False
            self._work = asyncio.ensure_future(self._follow(self._work))

    async def _lead(self, before: asyncio.Task[None] | None) -> None:
        """From when the first picture is there and the first tap on it had its turn."""
        await self._port.shown.wait()
        await asyncio.sleep(FIRST_TAP)
        if before is not None:
            await before
        await self._images.lead(self._engine.user)
        if not self._listens:
            self._listens = True
            live_hints(self._engine.hinted, self._engine.sync_soon)
            _keep_listening(self._engine, self._queue)
        await asyncio.gather(*(self._go_on(run) for run in (self._engine.run, self._queue.run)))

    async def _go_on(self, run: Callable[[], Awaitable[None]]) -> None:
        """The lock is this page's until it closes: if leading fails (the store would not open), begin again."""
        while True:
            try:
                await run()
            except Superseded:
                return
            except Exception:
                logger.exception("sync ended")
            await asyncio.sleep(_LEAD_AGAIN_SECONDS)

    async def _follow(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            before.cancel()
            await asyncio.wait([before])
        await self._engine.step_down()
        await self._queue.reload()


async def _after_first_tap(port: PagePort, work: Callable[[], Awaitable[None]]) -> None:
    """No start waits for pictures, nor for a look at how full the phone is."""
    await port.shown.wait()
    await asyncio.sleep(FIRST_TAP)
    await work()


def _keep_listening(engine: Engine, queue: MediaQueue) -> None:
    """A round that reached the server again says that it can be listened to again, and given files. One that brought
    another scope to hold: the server looks at who hears of what when it is asked, and seldom after that."""
    was_offline = False
    heard = frozenset(engine.replica.scopes())

    def look() -> None:
        nonlocal was_offline, heard
        offline = engine.status.state == "offline"
        held = frozenset(engine.replica.scopes())
        if was_offline and not offline:
            listen_again()
            queue.upload_soon()
        elif heard and not held <= heard:
            listen_anew()
        was_offline, heard = offline, held

    engine.subscribe(look)


def _ask_for_background_sync(app: App) -> None:
    engine, queue = app.engine, app.media.queue
    waiting = False

    def ask() -> None:
        nonlocal waiting
        if (engine.status.pending + queue.status.waiting > 0) != waiting:
            waiting = not waiting
            if waiting:
                app.device.send({"type": "background-sync"})

    engine.subscribe(ask)
    queue.subscribe(ask)


def _listener(app: App, leading: _Leading) -> Callable[[Message], None]:
    """What the page says, besides ReactPy's events."""

    def go_on() -> None:
        listen_again()
        app.sync_now()
        hasten()

    handlers: dict[str, Callable[[Message], None]] = {
        "pop": lambda message: app.router.popped(message["path"], message.get("kept")),
        "go": lambda message: app.router.navigate(message["path"], replace=True),
        "open": lambda message: app.router.navigate(message["path"]),
        "push": lambda message: app.set_push(message["state"], failed=message["failed"]),
        "lead": leading.lead,
        "follow": leading.follow,
        "bytes": app.media.arrived,
        "position": app.device.placed,
        "online": lambda _message: go_on(),
        "visible": lambda message: go_on() if message["value"] else None,
        "line": lambda message: app.set_line(message["value"]),
        "wide": lambda message: app.set_wide(message["value"]),
        "dark": lambda message: app.set_dark_system(message["value"]),
        "focus": lambda _message: app.sync_now(),
        "sync": lambda _message: app.sync_now(),
        "update-ready": lambda _message: app.offer_update(),
        "update-failed": lambda _message: app.update_failed(),
        "file-away": lambda _message: app.toasts.show(app.t("kept.unreachable"), tone="bad", icon="cloud-off"),
    }

    def on_message(message: Message) -> None:
        handler = handlers.get(message.get("type", ""))
        if handler is not None:
            handler(message)

    return on_message
