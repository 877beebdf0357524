"""A phone screen: top bar with the live sync badge, content, actions."""

from typing import Any

from reactpy import component
from reactpy.types import VdomDict

from offline.engine import SyncStatus
from offline.media import MediaStatus
from pwa.components.basics import Child
from pwa.components.frame import Screen, SyncBadge, SyncState, TopBar
from pwa.context import App
from pwa.hooks import use_app, use_files, use_sync


@component
def LiveBadge() -> VdomDict:
    """How sync stands, always in sight; a tap opens the sync centre."""
    app = use_app()
    sync_state, sync_text, pending = use_sync(lambda status: (status.state, badge_text(app, status), status.pending))
    files = use_files()

    def follow(_event: Any) -> None:
        app.router.navigate("/sync")

    state, text = with_files(app, files, sync_state, sync_text)
    return SyncBadge(state, text, pending + files.waiting, on_press=follow)


def with_files(app: App, files: MediaStatus, state: SyncState, text: str) -> tuple[SyncState, str]:
    """Commands are told of first; "synced" must hold for pictures too, and a refused one needs a hand."""
    if files.refused and state != "problem":
        return "problem", app.t("upload.badge.refused", count=files.refused)
    if files.waiting and state == "synced":
        return "pending", app.t("upload.badge.waiting", count=files.waiting)
    return state, text


def badge_text(app: App, status: SyncStatus) -> str:
    if status.needs:
        return app.t(f"sync.badge.{status.needs}")
    if status.problems:
        return app.t("sync.badge.problem", count=status.problems)
    if status.state == "offline":
        why = "busy" if status.busy else "offline"
        return app.t(f"sync.badge.{why}_waiting" if status.pending else f"sync.badge.{why}", count=status.pending)
    if status.progress is not None and status.progress < 1:
        return app.t("sync.badge.progress", percent=round(status.progress * 100))
    if status.pending:
        return app.t("sync.badge.pending", count=status.pending)
    if status.arriving:
        return app.t("sync.badge.arriving")
    if status.last_synced_at is None:
        return app.t("sync.badge.syncing")
    return app.t("sync.badge.synced")


def Page(
    title: str,
    *children: Child,
    subtitle: Child = "",
    back: str = "",
    actions: Child = None,
    large: bool = False,
    testid: str = "",
    key: Any = None,
) -> VdomDict:
    bar = TopBar(title, subtitle, back=back, trailing=LiveBadge(), large=large)
    return Screen(bar, *children, actions=actions, testid=testid, key=key)
