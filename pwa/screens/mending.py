"""What can be done about a refused command: which lines of an order are at fault, and a draft to mend it in."""

import msgspec

from offline.store import Entry
from offline.wire.commands import COMMANDS, Command, OrderPlace
from offline.wire.rows import Order, Organisation, Product
from pwa.context import App
from pwa.drafts import DraftLine, OrderDraft
from pwa.screens.ordering.basket import Basket

# Verdicts that sending the very same again cannot change.
FINAL_CODES = frozenset({"id_reused", "order_exists", "unknown_command", "forbidden"})

_NAMING = ("line", "lines", "line_id", "sku", "skus", "product", "products")


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
    return (app.name(names),) if isinstance(names, dict) else ()
