"""What every screen may use: the engine, the router, the person's language, the drafts, the device."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Literal, get_args

from reactpy import create_context
from reactpy.types import Context

from i18n.format import Format, Intl
from i18n.translate import DEFAULT, LOCALES, translate, translated
from offline.engine import Engine
from offline.media import MediaQueue
from offline.money import quantise
from offline.store import Clock, KeyValueStore, Response, Unreachable
from offline.stores import MemoryFiles
from offline.wire.media import Position
from offline.wire.rows import Brand, Me, Names, Organisation
from pwa.components.overlays import Toasts
from pwa.drafts import Drafts
from pwa.jottings import Jottings
from pwa.kept import Kept
from pwa.media import Media
from pwa.pictures import CHOICES, Choice, Line, Pictures
from pwa.router import Router
from pwa.studies import Studies
from pwa.submitting import Submitting
from pwa.tallies import Tallies

LOCALE_KEY = "app.locale"
THEME_KEY = "app.theme"
TEXT_SIZE_KEY = "app.text_size"
SCANNING_KEY = "app.scan_in_a_row"
PICTURES_KEY = "app.pictures"
PUSH_KEY = "app.push"
PUSH_ANSWERED_KEY = "notifications.later"


@dataclass(frozen=True)
class Storage:
    """Bytes in use and allowed for this origin (0: the browser does not tell); ``persisted``: the browser promised not
    to clear them; ``tight``: hardly anything more fits, as was tried."""

    usage: int
    quota: int
    persisted: bool = False
    tight: bool = False

    @property
    def nearly_full(self) -> bool:
        return self.tight or (
            self.quota > 0 and (self.usage > self.quota * 0.9 or self.quota - self.usage < 20_000_000)
        )


async def _no_storage() -> Storage | None:
    return None


@dataclass(frozen=True)
class Located:
    """Where this device is, or why nobody knows: ``denied``, ``unavailable``, ``timeout``, ``unsupported``."""

    position: Position | None = None
    problem: str = ""


async def _kept_nowhere(_urls: Sequence[str]) -> bool:
    return False


async def _none_held(_urls: Sequence[str]) -> frozenset[str]:
    return frozenset()


async def _none_dropped(_urls: Sequence[str]) -> None:
    return None


async def _nowhere() -> Located:
    return Located(problem="unsupported")


async def _no_network(*_asked: Any) -> Response:
    raise Unreachable


@dataclass
class Device:
    """What the surroundings can do for the app. Under CPython nothing happens.

    ``send`` posts a message to the page (navigate, title, language, theme, download, sign-out ...), ``storage`` asks
    how full the phone is, ``request`` asks the server something online, ``exchange`` with headers of one's own too,
    ``sync_now`` has the leading tab sync, ``sync_asked`` because a person asks for it, ``locate`` finds where it is,
    ``keep_files`` fetches files of ours to have them without network, and says whether all are there; ``held_files``
    says which are, ``drop_files`` lets go of them (``pwa.kept``); ``keep_pictures`` and ``held_pictures`` are the same
    with products' pictures (``pwa.pictures``), ``line`` is how the line asks to be used.
    ``placed`` takes the page's answer to that. ``zone`` is where it is, ``zone_named`` any by its IANA name.
    ``install``: "" when installed or not installable by hand, else ``ios``.
    """

    send: Callable[[dict[str, Any]], None] = lambda _message: None
    storage: Callable[[], Awaitable[Storage | None]] = _no_storage
    request: Callable[..., Awaitable[Response]] = _no_network
    exchange: Callable[..., Awaitable[Response]] = _no_network
    sync_now: Callable[[], None] = lambda: None
    sync_asked: Callable[[], None] = lambda: None
    locate: Callable[[], Awaitable[Located]] = _nowhere
    keep_files: Callable[[Sequence[str]], Awaitable[bool]] = _kept_nowhere
    held_files: Callable[[Sequence[str]], Awaitable[frozenset[str]]] = _none_held
    drop_files: Callable[[Sequence[str]], Awaitable[None]] = _none_dropped
    keep_pictures: Callable[[Sequence[str]], Awaitable[bool]] = _kept_nowhere
    held_pictures: Callable[[Sequence[str]], Awaitable[frozenset[str]]] = _none_held
    line: Line = ""
    placed: Callable[[dict[str, Any]], None] = lambda _message: None
    intl: Intl | None = None
    zone: tzinfo = UTC
    zone_named: Callable[[str], tzinfo] = lambda _name: UTC
    install: str = ""
    version: str = ""


Push = Literal["", "on", "off", "denied", "install", "no"]


@dataclass
class App:
    """One running app. Settings change through ``choose_*``, which keep them and tell whoever listens."""

    engine: Engine
    router: Router
    settings: KeyValueStore
    clock: Clock
    device: Device = field(default_factory=Device)
    toasts: Toasts = field(default_factory=Toasts)
    locale: str = DEFAULT
    theme: str = ""
    dark_system: bool = False
    text_size: str = ""
    scan_in_a_row: bool = False
    update_ready: bool = False
    updating: bool = False
    wide: bool = False
    room: Literal["", "little", "none"] = ""
    media: Media = field(init=False)
    files: MediaQueue | None = None
    place_problem: str = ""
    push: Push = ""
    push_answered: bool = False
    drafts: Drafts = field(init=False)
    studies: Studies = field(init=False)
    tallies: Tallies = field(init=False)
    jottings: Jottings = field(init=False)
    kept: Kept = field(init=False)
    pictures: Pictures = field(init=False)
    submitting: Submitting = field(init=False)
    _listeners: list[Callable[[], None]] = field(default_factory=list)
    _waiting: set[asyncio.Future[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.format = Format(self.locale, self.device.zone, self.device.intl)
        self.drafts = Drafts(self.settings, self.engine.user)
        self.studies = Studies(self.settings, self.engine.user)
        self.tallies = Tallies(self.settings, self.engine.user)
        self.jottings = Jottings(self.settings, self.clock, self.engine.user)
        self.kept = Kept(self.device, self.settings, self.engine.user)
        self.pictures = Pictures(self.device, self.engine, self.clock)
        self.submitting = Submitting(self.engine, self.clock)
        # What is typed into the desk's forms and not saved: a page that is made narrow, or zoomed into, has no desk.
        self.desk_forms: dict[str, Any] = {}
        self.media = Media(self.files or _memory_files(self))

    # the person

    @property
    def me(self) -> Me | None:
        row = self.engine.replica.one("me", self.engine.user)
        return row if isinstance(row, Me) else None

    @property
    def brand(self) -> Brand | None:
        row = next(iter(self.engine.replica.all("brand")), None)
        return row if isinstance(row, Brand) else None

    def may(self, permission: str) -> bool:
        return self.me is not None and permission in self.me.permissions

    def organisation(self, organisation_id: str) -> Organisation | None:
        return self.engine.replica.typed(Organisation, "organisation", organisation_id)

    def now(self) -> datetime:
        """By this phone's clock."""
        return self.clock.now()

    @property
    def clock_behind(self) -> timedelta:
        """By how much this phone's clock is behind the server's, as far as the phone knows."""
        return timedelta(milliseconds=self.engine.exchange.offset_ms)

    def server_now(self) -> datetime:
        """By the server's clock: it says what day it is and which prices are valid."""
        return self.now() + self.clock_behind

    # words

    def t(self, key: str, **values: Any) -> str:
        return translate(self.locale, key, **values)

    def name(self, names: Names) -> str:
        return translated(self.locale, names)

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount with its currency's digits: ``¥12,650.00``."""
        return self.format.money(quantise(amount, currency), currency)

    # settings

    async def load_settings(self) -> None:
        """What the person chose on this phone, the sign-in page's language where nothing was chosen; and the drafts."""
        await self.drafts.load()
        await self.studies.load()
        await self.tallies.load()
        await self.jottings.load()
        locale = await self.settings.load(LOCALE_KEY)
        self.theme = ((await self.settings.load(THEME_KEY)) or b"").decode()
        self.text_size = ((await self.settings.load(TEXT_SIZE_KEY)) or b"").decode()
        self.scan_in_a_row = bool(await self.settings.load(SCANNING_KEY))
        chosen = ((await self.settings.load(PICTURES_KEY)) or b"").decode()
        self.pictures.choice = next((each for each in CHOICES if each == chosen), "")
        await self._load_push()
        wanted = locale.decode() if locale else self.locale
        if wanted in LOCALES:
            self._speak(wanted)

    async def _load_push(self) -> None:
        """How notifications stood last time: the page says how they stand now when the first screen is there, and what
        came into it only then would push down what a thumb is about to hit."""
        known = ((await self.settings.load(f"{PUSH_KEY}.{self.engine.user}")) or b"").decode()
        self.push = next((each for each in get_args(Push) if each == known), "")
        self.push_answered = await self.settings.load(f"{PUSH_ANSWERED_KEY}.{self.engine.user}") is not None

    def _speak(self, locale: str) -> None:
        self.locale = locale
        self.format = Format(locale, self.device.zone, self.device.intl)

    async def choose_locale(self, locale: str) -> None:
        self._speak(locale)
        self.device.send({"type": "language", "value": locale})
        self.changed()
        await self.settings.save(LOCALE_KEY, locale.encode())

    @property
    def dark(self) -> bool:
        """What is seen now: as chosen, else as the device has it."""
        return self.theme == "dark" or (self.theme == "" and self.dark_system)

    def set_dark_system(self, dark: bool) -> None:
        if dark != self.dark_system:
            self.dark_system = dark
            self.changed()

    async def choose_theme(self, theme: str) -> None:
        self.theme = theme
        self.device.send({"type": "theme", "value": theme})
        self.changed()
        await self.settings.save(THEME_KEY, theme.encode())

    async def choose_text_size(self, size: str) -> None:
        self.text_size = size
        self.changed()
        await self.settings.save(TEXT_SIZE_KEY, size.encode())

    async def choose_scanning(self, *, in_a_row: bool) -> None:
        self.scan_in_a_row = in_a_row
        await self.settings.save(SCANNING_KEY, b"1" if in_a_row else b"")

    async def choose_pictures(self, choice: Choice) -> None:
        self.pictures.choose(choice)
        self.changed()
        await self.settings.save(PICTURES_KEY, choice.encode())

    def offer_update(self) -> None:
        """The page says that a new version is ready."""
        self.update_ready = True
        self.changed()

    def take_update(self) -> None:
        """The page loads the newest version, fetching it first where it has not, and starts anew."""
        self.updating = True
        self.pictures.held_up = True  # what is under way holds the new version up
        self.changed()
        self.device.send({"type": "activate"})

    def update_failed(self) -> None:
        self.updating = self.pictures.held_up = False
        self.toasts.show(self.t("update.failed"), tone="bad", icon="cloud-off")
        self.changed()

    def set_line(self, line: Line) -> None:
        self.device.line = line
        self.pictures.line_changed()

    def set_wide(self, wide: bool) -> None:
        """The page is at least 1024 px wide: a desk."""
        if wide != self.wide:
            self.wide = wide
            self.changed()

    async def position(self) -> Position | None:
        """Where this device is; None when it can't or may not be told: ``place_problem`` then says why, and
        ``components.media.PlaceProblem`` what to do. May take some seconds."""
        found = await self.device.locate()
        self.place_problem = found.problem
        return found.position

    async def look_for_room(self) -> None:
        """Whether this phone is nearly full, before something does not fit."""
        storage = await self.device.storage()
        if storage is not None and storage.nearly_full:
            self.room = self.room or "little"
            self.changed()

    def set_room(self, fits: bool) -> None:
        """A write to this phone's storage went through, or did not for want of room."""
        if fits != (self.room != "none"):
            self.room = "little" if fits else "none"
            self.changed()

    def set_push(self, state: Push, *, failed: bool = False) -> None:
        """How notifications stand on this device, as the page says; ``failed``: switching them did."""
        if failed:
            self.toasts.show(self.t("notifications.failed"), tone="bad")
        if state != self.push:
            self.push = state
            self.changed()
            self.beside(self.settings.save(f"{PUSH_KEY}.{self.engine.user}", state.encode()))

    async def answer_push(self) -> None:
        """The person has said whether they want notifications, and is not asked again."""
        self.push_answered = True
        await self.settings.save(f"{PUSH_ANSWERED_KEY}.{self.engine.user}", b"1")

    def changed(self) -> None:
        for listener in list(self._listeners):
            listener()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def later(self, seconds: float, deed: Callable[[], None]) -> None:
        """Do it when the time has passed, if the app still runs."""

        async def wait() -> None:
            await self.clock.sleep(seconds)
            deed()

        self.beside(wait())

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it while the app goes on."""
        task = asyncio.ensure_future(work)
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    def sync_now(self) -> None:
        self.engine.sync_soon()
        self.media.queue.upload_soon()
        self.device.sync_now()

    def sync_asked(self) -> None:
        """A person asks for it: whatever time the server named."""
        self.engine.sync_soon(by_person=True)
        self.media.queue.upload_soon(by_person=True)
        self.device.sync_asked()


class _NoUploads:
    async def send(self, *_request: Any) -> Response:
        raise Unreachable


def _memory_files(app: App) -> MediaQueue:
    """Where the surroundings bring no store for files, as under CPython."""
    return MediaQueue(MemoryFiles(), _NoUploads(), app.clock, app.engine.user, entries=app.engine.entries)


AppContext: Context[App | None] = create_context(None)


STATUS_WORDS = {
    "order_status": "status",
    "activity_status": "claims.activity_status",
    "claim_status": "claims.status",
    "count_status": "count.status",
}
"""Where the texts of the ``status`` in a refusal stand."""


def error_text(app: App, code: str, detail: Mapping[str, Any]) -> str:
    """A refusal in the person's words; a code this version does not know says so and names it."""
    key = f"error.{code}"
    values = readable_detail(app, detail)
    if code in STATUS_WORDS and "status" in values:
        word = f"{STATUS_WORDS[code]}.{values['status']}"
        said = app.t(word)
        values["status"] = said if said != word else values["status"]
    text = app.t(key, **values)
    return text if text != key else app.t("error.unknown", code=code)


def readable_detail(app: App, detail: Mapping[str, Any]) -> dict[str, str]:
    """A refusal's parameters as text: products by name beside their SKU, numbers grouped, lists joined."""
    values: dict[str, str] = {}
    for name, value in detail.items():
        if isinstance(value, bool) or not isinstance(value, int):
            values[name] = app.t("list.separator").join(map(str, value)) if isinstance(value, list) else str(value)
        else:
            values[name] = app.format.number(value)
    return values
