"""One count at the desk: each product against the book, what moved since, and the decision."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec
from reactpy import component, html, use_async_effect, use_state
from reactpy.types import VdomDict

from offline.store import Unreachable
from offline.wire.counts import Count, CountAsk, CountDecide, CountLine, CountReview, CountSubmit, PartnerMovementView
from offline.wire.rows import Product
from pwa.components.basics import Badge, Button, Child, calling
from pwa.components.fields import TextField
from pwa.components.lists import Moment, Timeline
from pwa.desk.counts.entering import EntryBlock, counted_here
from pwa.desk.parts import block, last_question, pair, panel, refusal, text_button
from pwa.desk.state import DeskState, Form, use_desk, use_form
from pwa.desk.words import Words
from pwa.screens.counts.taking import lots_text

Decision = Literal["accept", "again", "drop"]
_COMMANDS = (CountAsk.NAME, CountSubmit.NAME, CountDecide.NAME)


@component
def CountPanel(count_id: str, on_close: Callable[[], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    ledger_of, set_ledger = use_state("")
    dropping, set_dropping = use_state(False)
    count = desk.app.engine.replica.typed(Count, "count", count_id)
    entering = count is not None and counted_here(desk, count)
    form = use_form(f"count:{count_id}", {"reason": ""})
    if count is None:
        return panel(words("counts.gone"), on_close=on_close, testid="count-panel")
    lines = reviewed(desk, count)
    drawn = form.revision

    async def decide(decision: Decision) -> None:
        if form.revision != drawn:
            return  # the second press of a double click: the first has emptied the form
        reason = form["reason"].strip()
        if decision == "again" and not reason:
            form.refuse({"reason": words("counts.reason_missing")})
            desk.app.device.send({"type": "focus", "selector": ".field-invalid .input"})
            return
        if decision == "drop" and not dropping:
            set_dropping(True)
            return
        set_dropping(False)
        form.reset()
        await desk.submit(
            CountDecide(count=count_id, decision=decision, reason=reason), said=words(f"counts.said_{decision}")
        )

    decisions = _decisions(count, lines) if desk.reads.may("count.decide") else []
    return panel(
        place_name(desk, count),
        *(refusal(desk, entry) for entry, _command in desk.refused("count", count_id, *_COMMANDS)),
        _asked(words, count),
        EntryBlock(count_id, key="enter") if entering else None,
        _lines(desk, words, set_ledger, [line for line in lines if not entering or line.observed is not None]),
        Ledger(count.organisation, ledger_of, key=f"ledger-{ledger_of}") if ledger_of else None,
        _decision(words, form) if decisions else None,
        _drop_question(words, lambda: decide("drop"), lambda: set_dropping(False)) if dropping else None,
        block(words("counts.history"), Timeline([_moment(words, event) for event in count.events]), key="history"),
        on_close=on_close,
        over=_status(words, count),
        actions=_actions(words, decide, decisions) if decisions else None,
        key=count_id,
        testid="count-panel",
    )


def _lines(desk: DeskState, words: Words, open_ledger: Callable[[str], Any], lines: Sequence[CountLine]) -> Child:
    if not lines:
        return None
    shown = (_line(desk, words, line, open_ledger) for line in lines)
    return block(words("counts.lines"), html.ul({"className": "variances"}, *shown), key="lines")


def reviewed(desk: DeskState, count: Count) -> Sequence[CountLine]:
    """The lines with every figure, as far as the desk has them."""
    review = desk.app.engine.replica.typed(CountReview, "count_review", count.id)
    return review.lines if review is not None and count.status != "queued" else count.lines


def place_name(desk: DeskState, count: Count) -> str:
    words, house = desk.words(), desk.reads.head_office
    own = house is not None and count.organisation == house.id
    return words("counts.warehouse") if own else words.name(count.organisation_name)


def _status(words: Words, count: Count) -> VdomDict:
    return Badge(words(f"counts.status_{count.status}"), "warning" if count.status == "recount_wanted" else "neutral")


def _drop_question(words: Words, on_confirm: Callable[[], Any], on_cancel: Callable[[], Any]) -> VdomDict:
    return last_question(words, "counts.drop", on_confirm, on_cancel, testid="count-drop-question")


def _asked(words: Words, count: Count) -> VdomDict | None:
    """Who wants it by when, and what was said to it."""
    lines: list[Child] = []
    if count.asked_by_name:
        lines.append(pair(words("counts.asked_by"), count.asked_by_name))
    if count.due_on is not None:
        lines.append(pair(words("counts.due_on"), words.format.day(count.due_on, words.now), testid="due-on"))
    if count.blind:
        lines.append(pair(words("counts.ask_blind"), words("counts.ask_blind_yes")))
    if count.note:
        lines.append(html.p({"className": "block-note", "dir": "auto"}, count.note))
    return block("", *lines, key="asked") if lines else None


def _sku(desk: DeskState, line: CountLine) -> str:
    product = desk.reads.product(line.product)
    return product.sku if product is not None else line.product


def _line(desk: DeskState, words: Words, line: CountLine, open_ledger: Callable[[str], Any]) -> VdomDict:
    """A product and, below it, its figures: a panel is too narrow for a table of six columns."""
    product = desk.reads.product(line.product)
    name = words.name(product.name) if product else line.product
    sku = _sku(desk, line)
    if line.observed is None:
        return html.li(
            {"className": "variance variance-open", "data-testid": f"variance-{sku}", "key": line.product},
            text_button(name, lambda: open_ledger(line.product), testid=f"ledger-{sku}"),
            Badge(words(f"counts.line_{line.state}"), "neutral"),
        )
    figures = [
        ("expected", _number(words, line.expected)),
        ("observed", _number(words, line.observed)),
        ("variance", _variance(words, line)),
        ("later", words.number(line.later) if line.later else "—"),
        ("now", _number(words, line.on_hand) if line.state == "settled" else words(f"counts.line_{line.state}")),
    ]
    return html.li(
        {"className": "variance", "data-testid": f"variance-{sku}", "key": line.product},
        text_button(name, lambda: open_ledger(line.product), testid=f"ledger-{sku}"),
        html.dl(
            {"className": "variance-figures"},
            *(
                html.div({"key": each}, html.dt(words(f"counts.{each}")), html.dd({"className": "number"}, value))
                for each, value in figures
            ),
        ),
        *(html.p({"className": "block-note number", "key": lot}, lot) for lot in _lots(desk, line)),
    )


def _lots(desk: DeskState, line: CountLine) -> list[str]:
    """What stands on the shelf of which lot: what expires soon is decided on otherwise than what is missing."""
    product = desk.app.engine.replica.typed(Product, "product", line.product)
    return lots_text(desk.app, product, line.parts) if product is not None else []


def _number(words: Words, value: int | None) -> str:
    return words.number(value) if value is not None else "—"


def _variance(words: Words, line: CountLine) -> Child:
    if line.observed is None or line.expected is None:
        return words("counts.opening") if line.opening else "—"
    units = line.observed - line.expected
    sign = "+" if units > 0 else "−" if units < 0 else ""
    percent = round(abs(units) * 100 / line.expected) if line.expected > 0 else 0
    share = f" ({sign}{percent}%)" if percent else ""
    text = f"{sign}{words.number(abs(units))}{share}"
    return Badge(text, "warning") if line.state == "recount" else text


def _decision(words: Words, form: Form) -> VdomDict:
    return block(
        words("counts.decision"),
        TextField(
            words("counts.reason"),
            value=form["reason"],
            on_change=form.typed("reason"),
            error=form.error("reason"),
            hint=words("counts.reason_hint"),
            max_length=2000,
            revision=form.revision,
            testid="field-reason",
            key="reason",
        ),
        key="decision",
    )


def _decisions(count: Count, lines: Sequence[CountLine]) -> list[Decision]:
    if count.status == "wanted":
        return ["drop"]
    if count.status == "recount_wanted":
        return ["accept", "again"]
    return ["again"] if count.status == "settled" and any(line.observed is not None for line in lines) else []


def _actions(words: Words, decide: Callable[[Decision], Any], decisions: Sequence[Decision]) -> VdomDict:
    return html.div(
        {"className": "panel-buttons"},
        *(
            Button(
                words(f"counts.{decision}"),
                calling(decide, decision),
                kind="primary" if decision == "accept" else "secondary",
                testid=f"count-{decision}",
                key=decision,
            )
            for decision in decisions
        ),
    )


def _moment(words: Words, event: Any) -> Moment:
    title = words(f"counts.event_{event.kind}", count=event.lines)
    detail = " · ".join(each for each in (event.actor_name, words.when(event.at), event.reason) if each)
    return Moment(title, detail, tone="warning" if event.kind in {"again", "late"} else "accent")


@component
def Ledger(organisation_id: str, product_id: str) -> VdomDict:
    """How the partner came to have it, asked online: books are not held at the desk."""
    desk = use_desk()
    words = desk.words()
    nothing: tuple[PartnerMovementView, ...] | None = None
    found, set_found = use_state(nothing)
    failed, set_failed = use_state(False)
    product = desk.reads.product(product_id)

    @use_async_effect(dependencies=[organisation_id, product_id])
    async def read() -> None:
        path = f"/api/partner-stock/{organisation_id}/{product_id}/movements?limit=30"
        try:
            answer = await desk.app.device.request("GET", path)
            set_found(msgspec.json.decode(answer.body, type=tuple[PartnerMovementView, ...]))
        except (Unreachable, msgspec.MsgspecError):
            set_failed(True)

    def line(each: PartnerMovementView) -> VdomDict:
        sign = "+" if each.delta > 0 else "−" if each.delta < 0 else ""
        return html.li(
            {"key": each.id, "className": "ledger-line"},
            html.span(words(f"counts.kind_{each.kind}")),
            html.span(
                {"className": "faint"}, " · ".join(filter(None, (words.when(each.at), each.actor_name, each.reason)))
            ),
            html.strong({"className": "number"}, f"{sign}{words.number(abs(each.delta))}"),
        )

    body: Child = html.p(
        {"className": "block-note"}, words("counts.ledger_offline" if failed else "counts.ledger_loading")
    )
    if found is not None:
        body = html.ol({"className": "ledger", "data-testid": "ledger"}, *map(line, found))
    return block(words("counts.ledger", name=words.name(product.name) if product else ""), body, key="ledger")
