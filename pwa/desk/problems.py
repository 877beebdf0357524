"""What waits to be sent and what was refused: the desk's sync page."""

from collections.abc import Callable, Sequence
from functools import partial
from string import Formatter
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.engine import SyncStatus
from offline.outbox import REFUSED
from offline.store import Entry
from offline.wire.commands import Command
from pwa.components.basics import Badge, Button, Child, EmptyState, Progress, calling
from pwa.components.overlays import Confirm
from pwa.desk.meanwhile import OVERTAKEN
from pwa.desk.parts import link, more_note, page, pair
from pwa.desk.state import DeskState, decode, use_desk
from pwa.desk.words import Words
from pwa.hooks import use_engine_version, use_round, use_sync_status

_WAITING = 100
# Where a command's thing is looked after, by its name or what stands before the dot; its fields fill in the ids.
_PLACES = {
    "approval": "/desk/funds/approvals",
    "assortment": "/desk/assortments/{assortment}",
    "brand": "/desk/orders/rules",
    "category": "/desk/categories/{category}",
    "claim": "/desk/claims/{claim}",
    "count": "/desk/counts/{count}",
    "count.ask": "/desk/counts/ask",
    "count.configure": "/desk/counts/setup",
    "count_list": "/desk/counts/setup",
    "course": "/desk/courses/{course}",
    "fund": "/desk/funds/{fund}",
    "notice": "/desk/notices/{notice}",
    "order": "/desk/orders/{order}?tab=all",
    "organisation": "/desk/customers/{organisation}",
    "price": "/desk/price-lists/{price_list}",
    "price_list": "/desk/price-lists/{price_list}",
    "product": "/desk/products/{product}",
    "promotion": "/desk/promotions/{promotion}",
    "stock": "/desk/stock/{product}",
    "visit": "/desk/visits/{visit}",
    "visit_fence": "/desk/visits?tab=fences",
    "visit_route": "/desk/visits/{route}?tab=routes",
    "visit_shop": "/desk/visits/{organisation}?tab=fences",
    "visit_template": "/desk/visits?tab=lists",
}


@component
def ProblemsScreen() -> VdomDict:
    use_engine_version()
    status = use_sync_status()
    under_way = use_round()
    desk = use_desk()
    words = desk.words()
    entries = desk.app.engine.entries()
    refused = [entry for entry in entries if entry.state in REFUSED]
    waiting = [entry for entry in entries if entry.state == "waiting"]

    def export() -> None:
        text = desk.app.engine.export().decode()
        name = f"qudao-outbox-{words.now.date().isoformat()}.json"
        desk.app.device.send({"type": "download", "name": name, "mediaType": "application/json", "text": text})

    return page(
        words("sync.title"),
        _standing(desk, words, status),
        _refused(desk, words, refused),
        _waiting(desk, words, waiting),
        html.p({"className": "block-note"}, words("sync.kept")),
        tools=(
            Button(
                words("sync.export"),
                lambda _event: export(),
                kind="secondary",
                icon="download",
                disabled=not entries,
                testid="export-outbox",
                key="export",
            ),
            Button(
                words("sync.now"),
                lambda _event: desk.app.sync_asked(),
                icon="refresh-cw",
                busy=under_way == "under way",
                testid="sync-now",
                key="now",
            ),
        ),
        testid="desk-sync",
    )


def _standing(desk: DeskState, words: Words, status: SyncStatus) -> VdomDict:
    """How far this browser is, and what it holds."""
    state = "first" if status.state == "pending" and not status.pending else status.state
    synced = words.when(status.last_synced_at) if status.last_synced_at else words("sync.never")
    held = words(
        "sync.held_rows",
        products=words.number(len(desk.reads.products)),
        customers=words.number(len(desk.reads.organisations)),
        orders=words.number(desk.reads.replica.count_orders()),
    )
    return html.section(
        {"className": "block block-large"},
        pair(words("sync.state"), words(f"sync.state_{state}"), testid="sync-state"),
        pair(words("sync.last"), synced),
        pair(words("sync.oldest"), words.format.since(status.oldest_waiting_at, desk.app.now()))
        if status.oldest_waiting_at
        else None,
        pair(words("sync.held"), held),
        Progress(status.progress, label=words("sync.loading")) if status.progress is not None else None,
    )


def _refused(desk: DeskState, words: Words, entries: Sequence[Entry]) -> VdomDict:
    if not entries:
        return EmptyState("circle-check", words("sync.no_problems"), words("sync.no_problems_text"))
    return html.section(
        {"className": "block block-large", "data-testid": "refused"},
        html.h2({"className": "block-title"}, words("sync.refused", count=len(entries))),
        *(Refused(entry, key=entry.id) for entry in entries),
    )


@component
def Refused(entry: Entry) -> VdomDict:
    """One refused command: why, a way to mend it, to send it again, to throw it away."""
    desk = use_desk()
    words = desk.words()
    asking, set_asking = use_state(False)
    command = decode(entry)
    return html.div(
        {"className": "refused-one", "data-testid": f"refused-{entry.id}", "data-code": entry.code},
        Badge(words("refusal.short"), "bad"),
        html.div(
            {"className": "refused-body"},
            html.strong(_title(desk, words, entry, command)),
            html.p(desk.why(entry)),
            _ways_out(desk, words, entry, place_of(command), lambda: set_asking(True)),
        ),
        html.span({"className": "faint number"}, words.when(entry.local_at)),
        Confirm(
            words("sync.discard_title"),
            words("sync.discard_text"),
            confirm=words("refusal.discard"),
            on_confirm=partial(desk.app.submitting.discard, entry.id),
            on_cancel=lambda: set_asking(False),
            danger=True,
        )
        if asking
        else None,
    )


def _ways_out(desk: DeskState, words: Words, entry: Entry, place: str, ask: Callable[[], Any]) -> VdomDict:
    """``place`` is empty where there is none; ``ask`` asks before it is thrown away."""
    mend = link(desk, place, words("sync.mend"), class_name="button button-secondary button-small") if place else None
    retry = partial(desk.app.submitting.retry, entry.id)
    return html.div(
        {"className": "refused-actions"},
        mend,
        # Of what somebody else has changed since, the same would be refused again: it is to be looked at first.
        Button(words("refusal.retry"), calling(retry), kind="secondary", small=True, testid="retry")
        if entry.code != OVERTAKEN
        else None,
        Button(words("refusal.discard"), calling(ask), kind="plain", small=True, testid="discard"),
    )


def _waiting(desk: DeskState, words: Words, entries: Sequence[Entry]) -> Child:
    if not entries:
        return None
    rows = [
        html.div(
            {"className": "waiting", "key": entry.id},
            html.span(_title(desk, words, entry, decode(entry))),
            html.span({"className": "faint number"}, words.when(entry.local_at)),
            Badge(words("sync.queued"), "warning"),
        )
        for entry in entries[:_WAITING]
    ]
    return html.section(
        {"className": "block block-large", "data-testid": "waiting"},
        html.h2({"className": "block-title"}, words("sync.waiting", count=len(entries))),
        *rows,
        more_note(words, len(entries), _WAITING),
    )


def _title(desk: DeskState, words: Words, entry: Entry, command: Command | None) -> str:
    what = words(f"command.{entry.name}")
    about = _about(desk, words, command)
    return words("middle_dot").join(filter(None, (what, about)))


def _about(desk: DeskState, words: Words, command: Command | None) -> str:
    """The name of the thing a command is about."""
    order = desk.reads.order(getattr(command, "order", ""))
    if order is not None:
        return words("middle_dot").join(filter(None, (order.number, words.name(order.organisation_name))))
    name: Any = getattr(command, "name", None)
    if name:
        return words.name(name)
    product = desk.reads.product(getattr(command, "product", ""))
    return words.name(product.name) if product is not None else ""


def place_of(command: Command | None) -> str:
    """Where the thing can be mended: its panel shows the refused values. Empty where there is no such place."""
    if command is None:
        return ""
    fields = {name: getattr(command, name) for name in command.__struct_fields__}
    path = _PLACES.get(command.NAME) or _PLACES.get(command.NAME.partition(".")[0], "")
    names = {name for _text, name, _format, _conversion in Formatter().parse(path) if name}
    return path.format(**fields) if names <= fields.keys() else ""
