"""What a component asks of the running app: these render it again when the answer changes."""

from collections.abc import Callable
from typing import Literal, TypeVar

from reactpy import use_async_effect, use_context, use_effect, use_state

from offline.engine import SyncStatus
from offline.media import MediaStatus
from pwa.context import App, AppContext

# Who may do one of these has the desk on a wide page; its screens ask for what each needs.
DESK_PERMISSIONS = ("order.see_all", "course.edit", "course.results")

LONG_SECONDS = 5.0
"""After so much silence a request is given up where somebody asks for it: ``HUNG`` in ``pwa/shell/network.js``."""

T = TypeVar("T")
Settings = tuple[str, str, str, tuple[bool, bool], bool, str, bool, str]


def use_app() -> App:
    app = use_context(AppContext)
    assert app is not None, "no AppContext above this component"
    return app


def _use_shown(read: Callable[[], T], *listens: Callable[[Callable[[], None]], Callable[[], None]]) -> T:
    """What ``read`` gives; the component renders again when that changes. Each of ``listens`` has a function called
    when it may have, and returns what stops it."""
    shown, set_shown = use_state(read)

    def update() -> None:
        current = read()
        set_shown(lambda old: old if old == current else current)

    @use_effect(dependencies=[])
    def follow() -> Callable[[], None]:
        update()
        stops = [listen(update) for listen in listens]

        def stop() -> None:
            for each in stops:
                each()

        return stop

    return shown


def use_engine_version() -> int:
    """The version of the rows shown; the component renders again when it changes, not at every step of a round."""
    app = use_app()
    version, set_version = use_state(app.engine.replica.version)

    @use_effect(dependencies=[])
    def follow() -> Callable[[], None]:
        set_version(app.engine.replica.version)
        return app.engine.subscribe(lambda: set_version(app.engine.replica.version))

    return version


def use_sync_status() -> SyncStatus:
    """How sync stands; the component renders again when that changes."""
    engine = use_app().engine
    return _use_shown(lambda: engine.status, engine.subscribe)


def use_sync(read: Callable[[SyncStatus], T]) -> T:
    """What ``read`` makes of how sync stands; the component renders again when that changes, not at every step of a
    round, of which there is one every few seconds where there is no signal."""
    engine = use_app().engine
    return _use_shown(lambda: read(engine.status), engine.subscribe)


def use_round() -> Literal["", "under way", "long"]:
    """Whether a round of sync is under way; ``long``: for a while already, and the person may want it begun anew. A
    first pull takes long by itself, and tells how far it is."""
    app = use_app()
    syncing, pulls = use_sync(lambda status: (status.syncing, status.progress is not None))
    long, set_long = use_state(False)

    @use_async_effect(dependencies=[syncing])
    async def watch() -> None:
        set_long(False)
        if syncing:
            await app.clock.sleep(LONG_SECONDS)
            set_long(True)

    if not syncing:
        return ""
    return "long" if long and not pulls else "under way"


def never_synced(status: SyncStatus) -> bool:
    """No first pull came to its end: what is missing may be on its way."""
    return status.last_synced_at is None


def use_files() -> MediaStatus:
    """How uploads stand; the component renders again when that changes."""
    queue = use_app().media.queue
    return _use_shown(lambda: queue.status, queue.subscribe)


def use_settings() -> Settings:
    """Language, theme, text size, whether a new version is ready and whether it is being taken, whether the page is
    wide, what room is left, whether it is dark, which pictures come ahead; renders again when one changes."""
    app = use_app()

    def read() -> Settings:
        update = app.update_ready, app.updating
        return app.locale, app.theme, app.text_size, update, app.wide, app.room, app.dark, app.pictures.choice

    return _use_shown(read, app.listen)


def use_at_desk() -> bool:
    """Whether to show the desk: a wide page and a person with work there, which the first pull tells."""
    app = use_app()
    return _use_shown(lambda: app.wide and any(map(app.may, DESK_PERMISSIONS)), app.listen, app.engine.subscribe)
