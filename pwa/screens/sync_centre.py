"""What waits to be sent, what was refused and how to mend it, and what this phone holds."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from reactpy import component, html, use_async_effect, use_effect, use_state
from reactpy.types import VdomDict

from offline.engine import SyncStatus
from offline.store import Entry
from offline.wire.commands import OrderPlace
from offline.wire.rows import PriceList, StockLevel
from pwa.components.basics import Badge, Button, Card, Child, EmptyState, ErrorBox, Kind, Pieces, Progress, Row, calling
from pwa.components.lists import Facts
from pwa.components.overlays import Confirm
from pwa.components.updating import UpdateButton
from pwa.context import App, Storage
from pwa.hooks import use_app, use_engine_version, use_files, use_round, use_settings, use_sync_status
from pwa.pictures import BYTES as PICTURE_BYTES
from pwa.screens import mending, uploads
from pwa.screens.page import Page
from pwa.screens.uploads import Uploads

CLOCK_FAULT = timedelta(minutes=30)


@component
def SyncCentre() -> VdomDict:
    app = use_app()
    status = use_sync_status()
    use_engine_version()
    use_settings()
    discarding, discard = use_state("")
    entries = app.engine.entries()
    refused = [entry for entry in entries if entry.state in {"rejected", "blocked"}]
    waiting = [entry for entry in entries if entry.state == "waiting"]
    arriving = [entry for entry in entries if entry.state == "applied"]
    return Page(
        app.t("sync.title"),
        *_needs(app, status),
        *(RefusedCard(app, entry, discard) for entry in refused),
        _queue(app, waiting, arriving) if waiting or arriving else None,
        Uploads(),
        AllSent(key="all-sent") if not entries else None,
        SyncButtons(bool(entries), key="buttons"),
        html.p({"className": "muted small centred"}, app.t("sync.kept_safe")),
        Holdings(),
        _confirm(app, discarding, lambda: discard("")) if discarding else None,
        back="/",
        testid="sync-centre",
    )


def _needs(app: App, status: SyncStatus) -> list[Child]:
    """What only the person can do: sign in again, update, free some space."""
    shown: list[Child] = []
    if status.needs == "sign_in":
        again = Button(
            app.t("sync.sign_in"),
            calling(app.device.send, {"type": "sign-in-again"}),
            small=True,
            testid="sign-in-again",
        )
        shown.append(ErrorBox(app.t("sync.signed_out"), app.t("sync.signed_out_hint"), again, testid="needs-sign-in"))
    if status.needs == "update":
        update = UpdateButton(app)
        shown.append(ErrorBox(app.t("sync.too_old"), app.t("sync.too_old_hint"), update, testid="needs-update"))
    if status.needs == "storage":
        now = Button(app.t("sync.now"), calling(app.sync_asked), small=True, testid="needs-storage-now")
        shown.append(ErrorBox(app.t("sync.storage_full"), app.t("sync.storage_full_hint"), now, testid="needs-storage"))
    clock = clock_fault(app)
    if clock:
        text = app.t("sync.clock_hint", span=clock)
        shown.append(ErrorBox(app.t("sync.clock"), text, tone="warning", testid="clock-fault"))
    if status.needs != "update" and app.update_ready:
        update = UpdateButton(app)
        shown.append(
            ErrorBox(app.t("update.ready"), app.t("update.ready_hint"), update, tone="info", testid="update-ready")
        )
    return shown


def clock_fault(app: App) -> str:
    """How far this phone's clock is from the server's, where that is more than a while; else empty."""
    off, now = abs(app.clock_behind), app.now()
    return app.format.since(now - off, now) if off >= CLOCK_FAULT else ""


def title_of(app: App, entry: Entry) -> VdomDict:
    """``订单 · 好邻居便利店 · ¥604.80``."""
    parts = (app.t(f"command.{entry.name}"), *mending.subject(app, mending.command_of(entry)))
    return Pieces(*parts)


@component
def Refused(entry: Entry) -> VdomDict:
    """A refused command where it is the only thing to show."""
    app = use_app()
    discarding, discard = use_state("")
    question = _confirm(app, discarding, lambda: discard("")) if discarding else None
    return html.div({"className": "stack"}, RefusedCard(app, entry, discard), question)


def RefusedCard(app: App, entry: Entry, discard: Callable[[str], Any]) -> VdomDict:
    """A refused command: what it was, why not, and the ways on."""
    command = mending.command_of(entry)
    blocked = entry.state == "blocked"
    reason = app.t("sync.blocked") if blocked else mending.refusal_text(app, entry)
    return Card(
        html.div(
            {"className": "refused-head"},
            Badge(app.t("sync.refused"), "bad"),
            html.strong({"className": "card-title"}, title_of(app, entry)),
        ),
        html.p({"className": "refused-reason", "dir": "auto"}, reason),
        html.p({"className": "muted small"}, app.t("sync.made_at", at=app.format.moment(entry.local_at, app.now()))),
        html.div({"className": "cluster"}, *_ways(app, entry, command, discard)),
        class_name="refused",
        testid=f"refused-{entry.id}",
        key=entry.id,
    )


def _ways(app: App, entry: Entry, command: Any, discard: Callable[[str], Any]) -> list[Child]:
    ways: list[Child] = []
    if isinstance(command, OrderPlace) and entry.state == "rejected":
        quantities = mending.other_quantities(app, entry, command)
        if quantities:
            label = (
                app.t("sync.with_quantity", quantity=app.format.number(quantities[0]))
                if len(quantities) == 1
                else app.t("sync.with_quantities", count=len(quantities))
            )
            press = calling(send_rounded, app, entry, command)
            ways.append(Button(label, press, small=True, testid=f"round-{entry.id}"))
        faulty = mending.faulty_lines(app, entry, command)
        if 0 < len(faulty) < len(command.lines):
            label = app.t("sync.without_lines", count=len(faulty))
            press = calling(send_without, app, entry, command, faulty)
            kind: Kind = "secondary" if ways else "primary"
            ways.append(Button(label, press, kind=kind, small=True, testid=f"mend-{entry.id}"))
        edit = calling(mending.open_to_edit, app, entry, command)
        kind = "secondary" if ways else "primary"
        ways.append(Button(app.t("sync.edit"), edit, kind=kind, small=True, testid=f"edit-{entry.id}"))
    if entry.state == "blocked" or entry.code not in mending.FINAL_CODES:
        retry = calling(_retry, app, entry)
        ways.append(Button(app.t("sync.retry"), retry, kind="secondary", small=True, testid=f"retry-{entry.id}"))
    away = calling(discard, entry.id)
    ways.append(Button(app.t("sync.discard"), away, kind="plain", small=True, testid=f"discard-{entry.id}"))
    return ways


async def send_rounded(app: App, entry: Entry, command: OrderPlace) -> None:
    if await mending.submit_rounded(app, entry, command):
        app.toasts.show(app.t("sync.sent_again"), icon="check")
    else:
        mending.open_to_edit(app, entry, command)
        app.toasts.show(app.t("sync.look_first"))


async def send_without(app: App, entry: Entry, command: OrderPlace, lines: tuple[str, ...]) -> None:
    if await mending.submit_without(app, entry, command, lines):
        app.toasts.show(app.t("sync.sent_again"), icon="check")
    else:
        mending.open_to_edit(app, entry, command)
        app.toasts.show(app.t("sync.look_first"))


async def _retry(app: App, entry: Entry) -> None:
    await app.submitting.retry(entry.id)
    app.sync_now()
    app.toasts.show(app.t("sync.sent_again"))


def _confirm(app: App, entry_id: str, close: Callable[[], Any]) -> VdomDict:
    async def throw_away() -> None:
        close()
        entry = app.engine.outbox.find(entry_id)
        if entry is not None and entry.state in {"rejected", "blocked"}:
            await app.submitting.discard(entry_id)
            app.toasts.show(app.t("sync.discarded"))

    return Confirm(
        app.t("sync.discard_title"),
        app.t("sync.discard_text"),
        confirm=app.t("sync.discard_yes"),
        on_confirm=throw_away,
        on_cancel=close,
        danger=True,
        testid="discard",
    )


def _queue(app: App, waiting: list[Entry], arriving: list[Entry]) -> VdomDict:
    rows = [_queued(app, entry, app.t("sync.state.waiting"), "warning") for entry in waiting]
    rows += [_queued(app, entry, app.t("sync.state.applied"), "accent") for entry in arriving]
    oldest = min((entry.local_at for entry in waiting), default=None)
    age = (
        html.span({"className": "muted small"}, app.t("sync.oldest", span=app.format.since(oldest, app.now())))
        if oldest
        else None
    )
    title = app.t("sync.queue", count=len(waiting)) if waiting else app.t("sync.arriving")
    return Card(
        html.div({"className": "spread"}, html.h2({"className": "card-title"}, title), age),
        *rows,
        testid="queue",
    )


def _queued(app: App, entry: Entry, word: str, tone: Any) -> VdomDict:
    parts = [app.format.moment(entry.local_at, app.now())]
    if entry.state == "waiting" and not entry.unsent:
        parts.append(app.t("sync.maybe_sent"))
    order_id = getattr(mending.command_of(entry), "order", None)
    opens = order_id is not None and app.engine.replica.one("order", order_id) is not None
    row = Row(
        title_of(app, entry),
        Pieces(*parts),
        trailing=Badge(word, tone),
        on_press=calling(app.router.navigate, f"/orders/{order_id}") if opens else None,
        chevron=opens,
        testid=f"entry-{entry.id}",
    )
    take_back: Child = None
    if entry.name == OrderPlace.NAME and app.engine.may_withdraw(entry):
        press = calling(mending.withdraw, app, entry)
        take_back = Button(app.t("withdraw.do"), press, kind="plain", small=True, testid=f"withdraw-{entry.id}")
    return html.div({"className": "queued", "key": entry.id}, row, take_back)


@component
def AllSent() -> VdomDict:
    """Commands are; are files?"""
    app = use_app()
    files = use_files()
    if files.waiting or files.refused:
        return html.div({"hidden": True})
    return EmptyState("cloud-check", app.t("sync.all_sent"), app.t("sync.all_sent_hint"))


@component
def SyncButtons(has_entries: bool) -> VdomDict:
    app = use_app()
    under_way = use_round()
    export = Button(
        app.t("sync.export"), calling(export_queue, app), kind="secondary", testid="export", disabled=not has_entries
    )
    label = app.t({"": "sync.now", "under way": "sync.syncing", "long": "sync.again"}[under_way])
    now = Button(label, calling(app.sync_asked), disabled=under_way == "under way", testid="sync-now")
    return html.div({"className": "button-row"}, export, now)


def export_queue(app: App) -> None:
    """Hands the outbox to the person as a file."""
    day = app.format.local(app.now()).date().isoformat()
    text = app.engine.export().decode()
    app.device.send({"type": "download", "name": f"qudao-{day}.json", "mediaType": "application/json", "text": text})


@component
def Holdings() -> VdomDict:
    """What the phone holds, how fresh it is, and how much room it takes."""
    app = use_app()
    status = use_sync_status()
    use_files()
    unknown: Storage | None = None
    storage, set_storage = use_state(unknown)

    @use_async_effect(dependencies=[])
    async def measure() -> None:
        set_storage(await app.device.storage())

    _, follow = use_state(app.pictures.version)

    @use_effect(dependencies=[])
    def follow_pictures() -> Callable[[], None]:
        return app.pictures.subscribe(lambda: follow(app.pictures.version))

    replica = app.engine.replica
    facts: list[tuple[str, str]] = [
        (app.t("sync.held.products"), app.format.number(replica.count_products())),
        (app.t("sync.held.customers"), app.format.number(replica.count_organisations())),
        (app.t("sync.held.orders"), app.format.number(replica.count_orders())),
    ]
    facts += [(app.t(key), app.format.moment(at, app.now())) for key, at in freshness(app) if at is not None]
    if app.pictures.wanted:
        facts.append((app.t("sync.held.pictures"), _pictures_text(app)))
    if files := uploads.held(app):
        facts.append((app.t("upload.held"), files))
    if storage is not None:
        facts.append((app.t("sync.storage"), storage_text(app, storage)))
    synced = status.last_synced_at
    head = app.t("sync.updated", at=app.format.moment(synced, app.now())) if synced else app.t("sync.never")
    return Card(
        html.div(
            {"className": "spread"},
            html.h2({"className": "card-title"}, app.t("sync.data")),
            html.span({"className": "muted small"}, head),
        ),
        Progress(status.progress, label=app.t("sync.data")) if status.progress is not None else None,
        Facts(facts, number=True),
        _spared_pictures(app),
        _meter(app, storage),
        _storage_warning(app, storage),
        testid="holdings",
    )


def _pictures_text(app: App) -> str:
    here, wanted = (app.format.number(count) for count in (app.pictures.here, app.pictures.wanted))
    return here if here == wanted else app.t("sync.held.pictures_of", here=here, wanted=wanted)


def _spared_pictures(app: App) -> Child:
    """Why they are not all here, and a way to have them all the same."""
    left = app.pictures.wanted - app.pictures.here
    if not app.pictures.spared or left <= 0:
        return None
    size = app.format.bytes(left * PICTURE_BYTES)
    return html.div(
        {"className": "pictures-spared", "data-testid": "pictures-spared"},
        html.p({"className": "muted small"}, app.t(f"sync.pictures.{app.pictures.spared}")),
        Button(
            app.t("sync.pictures.get", size=size),
            calling(app.pictures.ask),
            kind="secondary",
            small=True,
            testid="pictures-get",
        ),
    )


def storage_text(app: App, storage: Storage) -> str:
    used = app.format.bytes(storage.usage)
    return app.t("sync.storage_of", used=used, quota=app.format.bytes(storage.quota)) if storage.quota else used


def _meter(app: App, storage: Storage | None) -> Child:
    """How full the phone is, as a bar."""
    if storage is None or not storage.quota:
        return None
    return Progress(storage.usage / storage.quota, label=storage_text(app, storage), testid="storage-meter")


def _storage_warning(app: App, storage: Storage | None) -> Child:
    if not app.room and (storage is None or not storage.nearly_full):
        return None
    return ErrorBox(app.t("sync.full"), app.t("sync.full_hint"), tone="warning", testid="storage-warning")


def freshness(app: App) -> list[tuple[str, datetime | None]]:
    """When prices and stock were last changed at the server, as far as this phone knows."""
    replica = app.engine.replica
    lists = [row.updated_at for row in replica.all("price_list") if isinstance(row, PriceList) and row.updated_at]
    stock = [row.as_of for row in replica.all("stock") if isinstance(row, StockLevel)]
    return [("sync.fresh.prices", max(lists, default=None)), ("sync.fresh.stock", max(stock, default=None))]
