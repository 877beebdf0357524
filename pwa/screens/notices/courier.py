"""Tells the server once what this phone holds of notices: delivered means readable without a network."""

from reactpy import component, html, use_async_effect
from reactpy.types import VdomDict

from offline.wire.notices import Notice, NoticeDelivered, NoticeState
from pwa.context import App, use_app, use_engine_version

_AT_ONCE = 200


def undelivered(app: App) -> tuple[str, ...]:
    """Ids of notices that are here, text and all, and that the server has not been told of."""
    states = (row for row in app.engine.replica.all("notice_state") if isinstance(row, NoticeState))
    ids = (state.notice for state in states if not state.delivered)
    return tuple(id_ for id_ in ids if app.engine.replica.typed(Notice, "notice", id_) is not None)[:_AT_ONCE]


@component
def NoticeCourier() -> VdomDict:
    """Shows nothing. What came in one round is told with one command."""
    app = use_app()
    version = use_engine_version()

    @use_async_effect(dependencies=[version])
    async def tell() -> None:
        found = undelivered(app)
        if found:
            await app.engine.submit(NoticeDelivered(notices=found))
            app.sync_now()

    return html.div({"hidden": True})
