"""Has products' pictures fetched while the app is open, for whoever takes orders or counts."""

from collections.abc import Callable

from reactpy import component, html, use_async_effect, use_effect, use_ref, use_state
from reactpy.types import VdomDict

from pwa.hooks import never_synced, use_app, use_sync

AGAIN_SECONDS = 20.0
IDLE_SECONDS = 1800.0


@component
def PictureCourier() -> VdomDict:
    """Shows nothing."""
    app = use_app()
    again, try_again = use_state(0)
    due = use_ref(False)

    def once_more() -> None:
        due.current = False
        try_again(lambda count: count + 1)

    def now() -> tuple[str, bool, int]:
        return app.pictures.choice, app.pictures.asked, app.pictures.lines

    # What the person chose or asks for counts at once, and so does another line.
    wanted, want = use_state(now)

    @use_effect(dependencies=[])
    def follow() -> Callable[[], None]:
        return app.pictures.subscribe(lambda: want(now()))

    # Rows that are still coming want the line first, and say what is usual.
    ready = use_sync(lambda status: not never_synced(status) and status.state != "offline")

    @use_async_effect(dependencies=[ready, again, wanted], shield=True)
    async def fetch() -> None:
        if not ready or app.room or not (app.may("order.place") or app.may("count.make")):
            return
        whole = await app.pictures.fetch()
        if not due.current:
            due.current = True
            app.later(IDLE_SECONDS if whole else AGAIN_SECONDS, once_more)

    return html.div({"hidden": True})
