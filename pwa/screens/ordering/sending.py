"""An order into the outbox, and what is said of it until the server has decided."""

from collections.abc import Awaitable, Callable
from typing import Any

from reactpy import use_state

from pwa.components.overlays import Toast
from pwa.context import App
from pwa.hooks import use_app
from pwa.screens import mending
from pwa.screens.ordering.basket import Basket


def use_submit(basket: Basket, hold: float = 0) -> tuple[bool, Callable[[Any], Awaitable[None]]]:
    """Whether a submission is under way, and the handler that starts one: into the outbox, then to the orders. With
    ``hold`` it can be taken back for so many seconds."""
    app = use_app()
    busy, set_busy = use_state(False)

    async def submit(_event: Any) -> None:
        basket.settle_all()
        if busy or not basket.ready:
            return
        set_busy(True)
        try:
            done = await basket.submit(hold)
        finally:
            set_busy(False)
        if done:
            _say_submitted(app, basket, hold)
            sent = basket.draft
            app.router.navigate(f"/orders?placed={sent.id}", finished=f"/order/{sent.organisation}")
        else:
            app.toasts.show(app.t("review.look_again"), tone="bad")

    return busy, submit


def _say_submitted(app: App, basket: Basket, hold: float) -> None:
    key = "review.submitted" if app.engine.status.state == "offline" else "review.sending"
    entry = mending.placing(app, basket.draft.id)
    if not hold or entry is None or not app.engine.may_withdraw(entry):
        toast = Toast(app.t(key), icon="check")
        app.toasts.say(toast)
        if entry is not None:
            follow_verdict(app, entry.id, toast)
        return

    async def take_back() -> None:
        await mending.withdraw(app, entry, to="order")

    app.toasts.show(app.t(key), icon="check", undo=take_back, undo_label=app.t("common.undo"), seconds=hold - 3)
    app.later(hold, app.sync_now)


_TOAST_GONE = 10.0  # seconds, after which no toast is on screen any more


def follow_verdict(app: App, entry_id: str, toast: Toast) -> None:
    """As soon as the server has decided, the toast that says "sending" says what became of it."""

    def look() -> None:
        entry = app.engine.outbox.find(entry_id)
        if entry is not None and entry.state == "waiting":
            return
        stop()
        if entry is None:
            return
        if entry.state == "applied":
            app.toasts.replace(toast, app.t("review.delivered"), icon="check-check")
        else:
            app.toasts.replace(toast, app.t("review.not_taken"), icon="circle-alert", tone="bad", seconds=5.0)

    stop = app.engine.subscribe(look)
    app.later(_TOAST_GONE, stop)
    look()
