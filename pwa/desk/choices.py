"""What a picker offers: partners and products found by typing, each with the code people know it by."""

from collections.abc import Callable, Iterable
from typing import Any

from offline.wire.rows import Organisation, Product
from pwa.desk.editing import Choice
from pwa.desk.reading import find_organisations, find_products
from pwa.desk.state import DeskState
from pwa.desk.words import Words

MOST_FOUND = 40


def partner_choices(words: Words, rows: Iterable[Organisation]) -> list[Choice]:
    return [(row.id, f"{row.code} {words.name(row.name)}") for row in rows][:MOST_FOUND]


def partners_like(
    desk: DeskState,
    words: Words,
    text: str,
    *,
    fits: Callable[[Organisation], bool] = lambda _row: True,
    rank: Callable[[Organisation], Any] | None = None,
) -> list[Choice]:
    """By code, or by ``rank``; only those that fit."""
    found = filter(fits, find_organisations(desk.reads.organisations, text))
    return partner_choices(words, sorted(found, key=rank) if rank is not None else found)


def products_like(
    desk: DeskState, words: Words, text: str, *, fits: Callable[[Product], bool] = lambda _row: True
) -> list[Choice]:
    found = filter(fits, find_products(desk.reads.products, text))
    return [(row.id, f"{row.sku} {words.name(row.name)}") for row in found][:MOST_FOUND]


def chosen_partners(desk: DeskState, words: Words, ids: Iterable[str]) -> list[Choice]:
    """Those that were chosen, by name; one that this desk does not know by its id."""
    found = ((one, desk.reads.organisation(one)) for one in ids)
    return [(one, words.name(row.name) if row else one) for one, row in found]


def chosen_products(desk: DeskState, words: Words, ids: Iterable[str]) -> list[Choice]:
    found = ((one, desk.reads.product(one)) for one in ids)
    return [(one, words.name(row.name) if row else one) for one, row in found]
