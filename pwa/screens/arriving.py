"""In place of rows that no pull has brought yet."""

from typing import Literal

from reactpy import component
from reactpy.types import VdomDict

from pwa.components.basics import Button, EmptyState, Skeleton, calling
from pwa.hooks import use_app, use_sync


@component
def Arriving(kind: Literal["line", "card"], count: int) -> VdomDict:
    """Bones while they are on their way; without a network, that they come by themselves."""
    app = use_app()
    away, busy = use_sync(lambda status: (status.state == "offline", status.syncing))
    if not away:
        return Skeleton(kind, count)
    label = app.t("arriving.again")
    again = Button(label, calling(app.sync_asked), kind="secondary", busy=busy, testid="arriving-again")
    return EmptyState("cloud-off", app.t("arriving.title"), app.t("arriving.hint"), again, testid="arriving")
