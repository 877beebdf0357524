"""Has what comes with new notices on this phone, and tells the server once what it holds of notices: delivered means
that the text can be read without a network."""

from reactpy import component, html, use_async_effect, use_state
from reactpy.types import VdomDict

from offline.wire.learning import Course
from offline.wire.notices import Notice, NoticeDelivered, NoticeState
from pwa.context import App
from pwa.hooks import never_synced, use_app, use_engine_version, use_sync
from pwa.screens.learning.keeping import addresses as course_addresses
from pwa.screens.notices.files import all_addresses, kept_by_itself
from pwa.screens.notices.inbox import letters

_AT_ONCE = 200
_AGAIN_SECONDS = 60.0


def undelivered(app: App) -> tuple[str, ...]:
    """Ids of notices that are here, text and all, and that the server has not been told of."""
    states = (row for row in app.engine.replica.all("notice_state") if isinstance(row, NoticeState))
    ids = (state.notice for state in states if not state.delivered)
    return tuple(id_ for id_ in ids if app.engine.replica.typed(Notice, "notice", id_) is not None)[:_AT_ONCE]


def wanted(app: App) -> list[tuple[str, tuple[str, ...]]]:
    """(notice, addresses of its files) that this phone keeps without being asked."""
    now = app.now()
    found = ((letter.notice.id, kept_by_itself(letter, now)) for letter in letters(app))
    return [(id_, urls) for id_, urls in found if urls]


def needs(app: App) -> dict[str, tuple[str, ...]]:
    """Addresses of all files that may be kept, by course and notice."""
    courses = (row for row in app.engine.replica.all("course") if isinstance(row, Course))
    return {letter.notice.id: all_addresses(letter) for letter in letters(app)} | {
        course.id: tuple(course_addresses(course)) for course in courses
    }


async def keep_wanted(app: App) -> bool:
    """Whether all of it is here. A phone that is short of room keeps nothing by itself."""
    if app.room:
        return True
    found = wanted(app)
    await app.kept.look([url for _, urls in found for url in urls])
    missing = [(id_, urls) for id_, urls in found if app.kept.state(urls) == "missing"]
    return all([await app.kept.keep(id_, urls) for id_, urls in missing])


@component
def NoticeCourier() -> VdomDict:
    """Shows nothing. What came in one round is told with one command."""
    app = use_app()
    version = use_engine_version()
    again, try_again = use_state(0)
    # Before a round has come to its end, rows may be missing that keep a file here.
    whole, here = use_sync(lambda status: (not never_synced(status), status.state != "offline"))

    @use_async_effect(dependencies=[version])
    async def tell() -> None:
        found = undelivered(app)
        if found:
            await app.engine.submit(NoticeDelivered(notices=found))
            app.sync_now()

    # One at a time, each to its end: what is under way is not fetched twice.
    @use_async_effect(dependencies=[version, whole, here, again], shield=True)
    async def keep() -> None:
        if not whole or not here:
            return
        await app.kept.clear(lambda: needs(app))
        if not await keep_wanted(app):
            app.later(_AGAIN_SECONDS, lambda: try_again(lambda count: count + 1))

    return html.div({"hidden": True})
