"""What a component asks of the running app: these render it again when the answer changes."""

from collections.abc import Callable

from reactpy import use_context, use_effect, use_state

from offline.engine import SyncStatus
from offline.media import MediaStatus
from pwa.context import App, AppContext

# Who may do one of these has the desk on a wide page; its screens ask for what each needs.
DESK_PERMISSIONS = ("order.see_all", "course.edit", "course.results")

Settings = tuple[str, str, str, bool, bool, str]


def use_app() -> App:
    app = use_context(AppContext)
    assert app is not None, "no AppContext above this component"
    return app


def use_text() -> Callable[..., str]:
    """``t(key, **values)`` in the person's language."""
    return use_app().t


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
    app = use_app()
    shown, set_shown = use_state(app.engine.status)

    def update() -> None:
        status = app.engine.status
        set_shown(lambda old: old if old == status else status)

    @use_effect(dependencies=[])
    def follow() -> Callable[[], None]:
        update()
        return app.engine.subscribe(update)

    return shown


def use_files() -> MediaStatus:
    """How uploads stand; the component renders again when that changes."""
    queue = use_app().media.queue
    shown, set_shown = use_state(queue.status)

    def update() -> None:
        status = queue.status
        set_shown(lambda old: old if old == status else status)

    @use_effect(dependencies=[])
    def follow() -> Callable[[], None]:
        update()
        return queue.subscribe(update)

    return shown


def use_settings() -> Settings:
    """Language, theme, text size, whether a new version is ready, whether the page is wide, what room is left;
    renders again when one changes."""
    app = use_app()

    def read() -> Settings:
        return app.locale, app.theme, app.text_size, app.update_ready, app.wide, app.room

    shown, set_shown = use_state(read)

    @use_effect(dependencies=[])
    def follow() -> Callable[[], None]:
        def update() -> None:
            current = read()
            set_shown(lambda old: old if old == current else current)

        update()
        return app.listen(update)

    return shown


def use_at_desk() -> bool:
    """Whether to show the desk: a wide page and a person with work there, which the first pull tells."""
    app = use_app()

    def read() -> bool:
        return app.wide and any(map(app.may, DESK_PERMISSIONS))

    shown, set_shown = use_state(read)

    @use_effect(dependencies=[])
    def follow() -> Callable[[], None]:
        def update() -> None:
            current = read()
            set_shown(lambda old: old if old == current else current)

        update()
        unlisten, unsubscribe = app.listen(update), app.engine.subscribe(update)

        def stop() -> None:
            unlisten()
            unsubscribe()

        return stop

    return shown
