"""What an order costs, by the server's own facts, and whether the phone's figures stand.

Never repriced in silence, never refused for its price alone: figures that are right now are taken; those that were
right when the order was taken are honoured within the brand's grace; else the order waits for a person, with both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from backend.catalog import service as catalog
from backend.inputs import is_amount
from backend.orders.sitting import Sitting
from backend.partners.service import Account, Organisation
from backend.sync.commands import Context, Detail, Refused
from offline.rules.drift import price_drift
from offline.rules.ordering import Facts, Pricer, Problem, Quote, Wanted
from offline.rules.ordering import quote as quote_order
from offline.wire import rows
from offline.wire.commands import OrderPlace, PlacedLine

# So that no total, and no sum of totals, leaves what a database column holds.
MAX_TOTAL = 10**12
MAX_EXPOSURE = 9 * 10**13


@dataclass(frozen=True, slots=True)
class Priced:
    """``basis``: ``current``, ``honoured`` (prices of the time the order was taken) or ``changed`` (a person must
    confirm: the lines' quoted prices differ)."""

    quote: Quote
    products: Mapping[str, rows.Product]
    basis: str


async def price_order(context: Context, sitting: Sitting, organisation: Organisation, command: OrderPlace) -> Priced:
    """Refuses with the code of the first problem of the quote (``offline.rules.quotes.Problem``), all of them in the
    detail: see ``refusal``."""
    catalogue = await catalog.catalogue_of(context)
    pricer = sitting.pricer(organisation, catalogue, context.now)
    wanted = [Wanted(line.id, line.product, line.quantity) for line in command.lines]
    quote = pricer.quote(wanted, command.order)
    if not quote.problems and stands(command, quote):
        return Priced(quote, _products(quote, pricer), "current")
    # A price that is gone may have been there when the order was taken; anything else stands in the way now.
    if any(problem.code != "no_price" for problem in quote.problems):
        raise refusal(quote.problems, command.lines, pricer)
    honoured = await _as_it_was(context, pricer.facts, command, wanted)
    if honoured is not None:
        return Priced(honoured, _products(honoured, pricer), "honoured")
    if quote.problems:
        raise refusal(quote.problems, command.lines, pricer)
    return Priced(quote, _products(quote, pricer), "changed")


def _products(quote: Quote, pricer: Pricer) -> dict[str, rows.Product]:
    found = {line.product: pricer.product(line.product) for line in (*quote.lines, *quote.gifts)}
    return {id_: product for id_, product in found.items() if product is not None}


def stands(command: OrderPlace, quote: Quote) -> bool:
    """Whether every figure the phone showed is what this quote says."""
    return command.total == quote.totals.total and not price_drift(command.lines, quote.lines)


async def _as_it_was(context: Context, facts: Facts, command: OrderPlace, wanted: Sequence[Wanted]) -> Quote | None:
    """The quote by the price lists that were current when the order was taken, if the brand's grace still holds, the
    revisions the phone named were the current ones then, and its figures are that quote's."""
    if context.now - context.happened_at > timedelta(hours=facts.brand.price_grace_hours):
        return None
    list_ids = {assigned.price_list for assigned in facts.organisation.applicable}
    product_ids = {line.product for line in wanted}
    product_ids |= {row.reward.product for row in facts.promotions if row.reward.product is not None}
    lists, prices = await catalog.priced_at(
        context.session, context.principal.tenant_id, list_ids, product_ids, context.happened_at
    )
    if any(list_id not in lists or lists[list_id].revision != at for list_id, at in command.price_lists.items()):
        return None
    then = replace(facts, price_lists=lists, prices=prices)
    quote = quote_order(then, wanted, context.happened_at, command.order)
    return quote if not quote.problems and stands(command, quote) else None


def refusal(problems: Sequence[Problem], lines: Sequence[PlacedLine], pricer: Pricer) -> Refused:
    """The first problem's code and detail, and of all problems, side by side: ``lines`` (ids, empty for the whole
    order), ``codes``, ``products`` (SKUs) and ``names``. What was withdrawn says when: ``withdrawn_at``."""
    first = problems[0]
    by_id = {line.id: line for line in lines}
    found = [pricer.product(by_id[each.line_id].product) if each.line_id in by_id else None for each in problems]
    detail: Detail = dict(first.detail)
    detail["lines"] = [each.line_id or "" for each in problems]
    detail["codes"] = [each.code for each in problems]
    detail["products"] = [product.sku if product is not None else "" for product in found]
    detail["names"] = [shown_name(product.name) if product is not None else "" for product in found]
    withdrawn = found[0].withdrawn_at if found[0] is not None and first.code == "withdrawn" else None
    if withdrawn is not None:
        detail["withdrawn_at"] = withdrawn.isoformat()
    return _refused(first.code, detail)


def _refused(code: str, detail: Detail) -> Refused:
    refused = Refused(code)
    refused.detail = detail
    return refused


def shown_name(name: rows.Names) -> str:
    return name.get("zh") or name.get("en") or next(iter(name.values()), "")


def check_figures(command: OrderPlace) -> None:
    """What the phone sent as money must be money."""
    figures = [command.total, *(amount for line in command.lines for amount in (line.unit_price, line.net))]
    if not all(is_amount(figure) for figure in figures):
        raise Refused("invalid", field="total")


def check_size(quote: Quote, account: Account) -> None:
    if quote.totals.goods > MAX_TOTAL or account.credit_used + quote.totals.total > MAX_EXPOSURE:
        raise Refused("total_limit", limit=MAX_TOTAL)
