"""What can be done about a refused command: which lines of an order are at fault, and a draft to mend it in."""

from typing import Literal

import msgspec

from offline.engine import MayBeOnItsWay
from offline.rules.quantities import check, orderable_range, round_up
from offline.rules.quotes import Problem
from offline.store import Entry
from offline.wire.commands import MAX_QUANTITY, Command, OrderPlace
from offline.wire.registry import COMMANDS
from offline.wire.rows import Order, Organisation, Product
from pwa.context import App
from pwa.drafts import DraftLine, OrderDraft
from pwa.screens import words
from pwa.screens.ordering.basket import Basket
from pwa.screens.ordering.papers import is_order

# Verdicts that sending the very same again cannot change.
FINAL_CODES = frozenset({"id_reused", "order_exists", "unknown_command", "forbidden"})


def command_of(entry: Entry) -> Command | None:
    """The command, typed; None when this version does not know it."""
    kind = COMMANDS.get(entry.name)
    try:
        return msgspec.json.decode(entry.args, type=kind) if kind else None
    except msgspec.ValidationError:
        return None


def draft_of(app: App, entry: Entry, command: OrderPlace) -> OrderDraft:
    """The refused order as a draft that will take its place."""
    return OrderDraft(
        id=command.order,
        organisation=command.organisation,
        lines=tuple(DraftLine(line.id, line.product, line.quantity) for line in command.lines),
        note=command.note,
        address=command.address,
        wanted_on=command.wanted_on,
        shortage=command.shortage,
        mends=entry.id,
        changed_at=app.now(),
    )


def placing(app: App, order_id: str) -> Entry | None:
    """The command in the outbox that places this order."""
    found = (entry for entry in app.engine.entries() if is_order(entry.name, entry.args, order_id))
    return next(found, None)


async def withdraw(app: App, entry: Entry, *, to: Literal["order", "review"] = "review") -> bool:
    """Back into a draft, while it is certain that it never left the phone. The draft is durable first: whatever
    happens between, what was typed is there (and an order's id keeps it from being placed twice)."""
    command = command_of(entry)
    if not isinstance(command, OrderPlace):
        return False
    draft = msgspec.structs.replace(draft_of(app, entry, command), mends="")
    app.drafts.keep(draft)
    await app.drafts.settled()
    try:
        await app.engine.withdraw(entry.id)
    except (MayBeOnItsWay, KeyError):
        app.drafts.drop(draft.id)
        app.toasts.show(app.t("withdraw.too_late"), tone="bad")
        return False
    app.toasts.show(app.t("withdraw.done"), icon="check")
    screen = "/review" if to == "review" else ""
    app.router.navigate(f"/order/{draft.organisation}{screen}?draft={draft.id}", replace=to == "order")
    return True


def open_to_edit(app: App, entry: Entry, command: OrderPlace) -> None:
    """As a draft in the order screen; what was already changed in it stays."""
    known = app.drafts.find(command.order)
    draft = known if known is not None and known.mends == entry.id else draft_of(app, entry, command)
    app.drafts.keep(draft)
    app.router.navigate(f"/order/{draft.organisation}/review?draft={draft.id}")


def refusal_text(app: App, entry: Entry) -> str:
    """Why it was refused: each line at fault by the product's name, then that the others are fine."""
    detail = entry.detail
    lines, codes, names = (_texts(detail.get(key)) for key in ("lines", "codes", "names"))
    if not (lines and codes and len(lines) == len(codes) == len(names)):
        return words.problem_text(app, Problem(entry.code, None, detail))
    sentences = []
    for index, (line, code) in enumerate(zip(lines, codes, strict=True)):
        # Only the first problem's own details came along.
        text = words.problem_text(app, Problem(code, line, detail if index == 0 else {}))
        sentences.append(app.t("sync.about_line", name=names[index], problem=text) if names[index] else text)
    command = command_of(entry)
    at_fault = {line for line in lines if line}
    if isinstance(command, OrderPlace) and at_fault and len(at_fault) < len(command.lines):
        rest = app.t("sync.rest_fine", count=len(command.lines) - len(at_fault))
        return app.t("list.sentence").join((*sentences, rest))
    return app.t("list.sentence").join(sentences)


def _texts(value: str | int | list[str] | None) -> list[str]:
    return value if isinstance(value, list) else []


def faulty_lines(app: App, entry: Entry, command: OrderPlace) -> tuple[str, ...]:
    """Ids of the lines at fault: those the verdict names (by line id or SKU), and those the rules refuse by the rows
    the phone has now."""
    named = {
        str(value) for key in ("line", "lines", "line_id", "sku", "skus", "product") for value in _listed(entry, key)
    }
    found = {line.id for line in command.lines if named.intersection(_names(app, line.id, line.product))}
    basket = Basket(app, draft_of(app, entry, command))
    if not basket.facts_missing:
        found.update(problem.line_id for problem in basket.blockers() if problem.line_id is not None)
    return tuple(line.id for line in command.lines if line.id in found)


def _listed(entry: Entry, key: str) -> list[str | int]:
    value = entry.detail.get(key)
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _names(app: App, line_id: str, product_id: str) -> set[str]:
    product = app.engine.replica.typed(Product, "product", product_id)
    return {line_id, product_id, product.sku} if product else {line_id, product_id}


def _rounded(app: App, entry: Entry, command: OrderPlace) -> Basket:
    basket = Basket(app, draft_of(app, entry, command))
    if not basket.facts_missing:
        basket.draft = msgspec.structs.replace(
            basket.draft, lines=tuple(_orderable(basket, line) for line in basket.draft.lines)
        )
        basket.refresh()
    return basket


def _orderable(basket: Basket, line: DraftLine) -> DraftLine:
    product = basket.pricer.product(line.product)
    if product is None or line.quantity > MAX_QUANTITY:
        return line
    first, last = orderable_range(product)
    if first > last or check(product, line.quantity).ok:
        return line
    return msgspec.structs.replace(line, quantity=round_up(product, line.quantity))


def other_quantities(app: App, entry: Entry, command: OrderPlace) -> tuple[int, ...]:
    """The quantities to put in place of those that broke the order rule, by the rules the phone has now; none when
    that alone would not do."""
    basket = _rounded(app, entry, command)
    if basket.facts_missing or not basket.ready:
        return ()
    before = {line.id: line.quantity for line in command.lines}
    return tuple(line.quantity for line in basket.draft.lines if before[line.id] != line.quantity)


async def submit_rounded(app: App, entry: Entry, command: OrderPlace) -> bool:
    """Send the order again with quantities that may be ordered. False when something else stands in its way."""
    basket = _rounded(app, entry, command)
    return not basket.facts_missing and basket.ready and await basket.submit()


async def submit_without(app: App, entry: Entry, command: OrderPlace, lines: tuple[str, ...]) -> bool:
    """Send the order again without these lines, priced anew. False when something else stands in its way: it is
    then a draft to be looked at."""
    draft = draft_of(app, entry, command)
    kept = tuple(line for line in draft.lines if line.id not in lines)
    basket = Basket(app, msgspec.structs.replace(draft, lines=kept))
    if basket.facts_missing or not basket.ready:
        if kept:
            app.drafts.keep(basket.draft)
        return False
    return await basket.submit()


def subject(app: App, command: Command | None) -> tuple[str, ...]:
    """What a command is about: the customer and amount of an order, an order's number and customer, a name."""
    if isinstance(command, OrderPlace):
        buyer = app.engine.replica.typed(Organisation, "organisation", command.organisation)
        return app.name(buyer.name) if buyer else "", app.money(command.total, command.currency)
    order_id = getattr(command, "order", None)
    if isinstance(order_id, str):
        order = app.engine.replica.typed(Order, "order", order_id)
        return (order.number, app.name(order.organisation_name)) if order is not None else ()
    names = getattr(command, "name", None)
    if isinstance(names, dict):
        return (app.name(names),)
    where = app.organisation(str(getattr(command, "organisation", "")))
    item = getattr(command, "item", None)
    return (app.name(item.title) if item is not None else "", app.name(where.name) if where is not None else "")
