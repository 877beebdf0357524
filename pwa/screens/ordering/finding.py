"""Which products an order's list shows: by filter and search, read by chunks as the window gets there."""

from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from offline.rules.facts import line_above
from offline.wire.rows import Category, Product
from pwa.context import App
from pwa.screens.ordering.basket import Basket

USUAL, PROMOTED, CHOSEN, ALL = "usual", "promoted", "chosen", "all"
CHUNK = 40
_USUAL_LIMIT = 60


class Found:
    """The products of one search, read by chunks as the window gets there. ``ids``: those that may be bought, with
    ``others`` all but those; ``near``: what is nearly so called."""

    def __init__(
        self,
        app: App,
        text: str,
        category: str | None,
        ids: Collection[str] | None,
        *,
        others: bool = False,
        near: bool = False,
    ) -> None:
        self._search = (text, category, ids, others)
        self._replica = app.engine.replica
        self._chunks: dict[int, list[Product]] = {}
        self.near = near
        self.count = self._replica.count_products(text, category, ids, others=others, near=near)

    def product(self, index: int) -> Product | None:
        number, place = divmod(index, CHUNK)
        if number not in self._chunks:
            text, category, ids, others = self._search
            self._chunks[number] = self._replica.search_products(
                text, category, CHUNK, number * CHUNK, ids, others=others, near=self.near
            )
        chunk = self._chunks[number]
        return chunk[place] if place < len(chunk) else None


class Both:
    """What was found in one place, then what in another."""

    def __init__(self, first: Found, second: Found) -> None:
        self._first, self._second = first, second
        self.near = first.near
        self.count = first.count + second.count

    def product(self, index: int) -> Product | None:
        first = self._first
        return first.product(index) if index < first.count else self._second.product(index - first.count)


class Listed:
    """Products in an order of their own."""

    def __init__(self, products: list[Product], *, near: bool = False) -> None:
        self._products = products
        self.near = near
        self.count = len(products)

    def product(self, index: int) -> Product | None:
        return self._products[index] if index < self.count else None


def searched(text: str, chip: str) -> str:
    """The chip that says where a search looks: the few usual and chosen goods are never all that is meant."""
    return ALL if text.strip() and chip in {USUAL, CHOSEN} else chip


def with_chip(path: str, chip: str) -> str:
    """The screen's address with its filter, so that the way back and a reload keep it."""
    parts = urlsplit(path)
    query = {**dict(parse_qsl(parts.query)), "chip": chip}
    return urlunsplit(parts._replace(query=urlencode(query)))


def usual_products(basket: Basket) -> list[Product]:
    return basket.app.engine.replica.top_products(basket.draft.organisation, _USUAL_LIMIT)


def find(basket: Basket, text: str, chip: str, usual: list[Product]) -> Found | Both | Listed:
    """What the list shows: what the customer may buy. A search looks everywhere but in the order's own lines and the
    customer's usual goods, which are few: there it narrows. It also finds what the customer may not buy, last, so that
    nobody is told of goods there are that there are none. What is nearly so called only where nothing is so called."""
    found = _find(basket, text, chip, usual, near=False)
    if found.count or not text.strip() or basket.app.engine.replica.count_products(text):
        return found
    return _find(basket, text, chip, usual, near=True)


def _find(basket: Basket, text: str, chip: str, usual: list[Product], *, near: bool) -> Found | Both | Listed:
    app, allowed = basket.app, basket.allowed
    if chip == CHOSEN and not text.strip():
        lines = [app.engine.replica.typed(Product, "product", line.product) for line in basket.draft.lines]
        return Listed([product for product in lines if product is not None])
    if chip == USUAL and not text.strip():
        return Listed([product for product in usual if allowed is None or product.id in allowed.ids])
    if chip == PROMOTED:
        return Listed(promoted_products(basket, text, near=near), near=near)
    category = None if chip in {ALL, USUAL, CHOSEN} else chip
    if allowed is None:
        return Found(app, text, category, None, near=near)
    found = Found(app, text, category, allowed.ids, near=near)
    return Both(found, Found(app, text, category, allowed.ids, others=True, near=near)) if text.strip() else found


def promoted_products(basket: Basket, text: str, *, near: bool = False) -> list[Product]:
    """Products some promotion names, by itself or by category; those for everything are told elsewhere."""
    replica = basket.app.engine.replica
    ids: set[str] = set()
    for promotion in basket.pricer.promotions.ranked:
        ids.update(promotion.products, promotion.reward.items)
        for category in promotion.categories:
            ids.update(product.id for product in replica.search_products("", category, limit=500))
    if basket.allowed is not None:
        ids &= basket.allowed.ids
    return replica.search_products(text, ids=ids, limit=500, near=near) if ids else []


def top_categories(basket: Basket) -> list[Category]:
    """Those that hold something the customer may buy."""
    replica = basket.app.engine.replica
    rows = {row.id: row for row in replica.all("category") if isinstance(row, Category)}
    tops = [row for row in rows.values() if row.parent is None]
    if basket.allowed is not None:
        filled = {id_ for category in basket.allowed.categories for id_ in line_above(rows, category)}
        tops = [row for row in tops if row.id in filled]
    return sorted(tops, key=lambda row: (row.sort, row.id))
