"""What becomes of a deed that was done to many orders at once: how far it got, and each that was not accepted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from reactpy import component, html, use_ref
from reactpy.types import VdomDict

from offline.outbox import REFUSED
from offline.store import Entry
from pwa.components.basics import Icon, IconButton, attributes, calling
from pwa.desk.parts import link, text_button
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words
from pwa.hooks import use_sync


@dataclass(frozen=True)
class Batch:
    """``kind`` as in ``actions``; ``entries``: of the outbox, with the order each is about."""

    kind: str
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Standing:
    """``refused``: entry ids; ``done`` are decided, and not refused."""

    done: int
    refused: tuple[str, ...]
    offline: bool


def batch_of(kind: str, order_ids: Sequence[str], entries: Sequence[Entry]) -> Batch:
    return Batch(kind, tuple((entry.id, order_id) for entry, order_id in zip(entries, order_ids, strict=False)))


def standing_of(desk: DeskState, batch: Batch, known: frozenset[str]) -> Standing:
    """``known``: entries that were refused when it was looked at before: thrown away since, they are not done."""
    held = {entry.id: entry.state for entry in desk.app.engine.entries()}
    ids = [entry_id for entry_id, _ in batch.entries]
    refused = tuple(id_ for id_ in ids if held.get(id_) in REFUSED or (id_ in known and id_ not in held))
    waiting = sum(held.get(id_) == "waiting" for id_ in ids)
    offline = desk.app.engine.status.state == "offline"
    return Standing(len(ids) - waiting - len(refused), refused, offline)


@component
def BatchReport(batch: Batch, on_close: Callable[[], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    nobody: frozenset[str] = frozenset()
    known = use_ref(nobody)
    stands = use_sync(lambda _status: standing_of(desk, batch, known.current))
    known.current |= frozenset(stands.refused)
    count = len(batch.entries)

    async def discard() -> None:
        for entry_id in standing_of(desk, batch, known.current).refused:
            await desk.app.submitting.discard(entry_id)
        on_close()

    open_still = count - stands.done - len(stands.refused)
    tone = "bad" if stands.refused else "accent"
    return html.section(
        attributes(f"batch batch-{tone}", "batch", more={"role": "status"}),
        html.div(
            {"className": "batch-head"},
            Icon("circle-alert" if stands.refused else "loader-circle" if open_still else "circle-check", size=18),
            html.span({"className": "batch-text number", "data-testid": "batch-text"}, _text(words, batch, stands)),
            IconButton("x", words("orders.batch_close"), calling(on_close), testid="batch-close"),
        ),
        html.progress({"max": count, "value": count - open_still, "aria-hidden": "true"}) if open_still else None,
        html.ul(
            {"className": "batch-refused", "aria-label": words("orders.batch_refused")},
            *(
                _refused(desk, words, entry_id, order_id)
                for entry_id, order_id in batch.entries
                if entry_id in stands.refused
            ),
        )
        if stands.refused
        else None,
        html.div(
            {"className": "batch-ways"},
            text_button(
                words("orders.batch_discard", count=words.number(len(stands.refused))), discard, testid="batch-discard"
            ),
        )
        if stands.refused and not open_still
        else None,
    )


def _text(words: Words, batch: Batch, stands: Standing) -> str:
    count = len(batch.entries)
    deed = words(f"orders.deed.{batch.kind}")
    refused = len(stands.refused)
    if stands.done + refused < count:
        text = words(
            "orders.batch_doing", deed=deed, done=words.number(stands.done + refused), count=words.number(count)
        )
        return words("middle_dot").join((text, words("orders.batch_waits"))) if stands.offline else text
    if refused:
        return words("orders.batch_partly", deed=deed, done=words.number(stands.done), refused=words.number(refused))
    return words("orders.batch_done", deed=deed, count=words.number(count))


def _refused(desk: DeskState, words: Words, entry_id: str, order_id: str) -> VdomDict:
    """The order, which tells what can be done about it, and why."""
    order = desk.reads.order(order_id)
    entry = desk.app.engine.outbox.find(entry_id)
    name = words("middle_dot").join(filter(None, (order.number, words.name(order.organisation_name)))) if order else ""
    return html.li(
        {"key": entry_id, "data-testid": f"batch-refused-{order_id}"},
        link(desk, f"/desk/orders/{order_id}?tab=all", name or words("orders.no_number"), class_name="quiet"),
        html.span({"className": "faint"}, desk.why(entry) if entry is not None else ""),
    )
