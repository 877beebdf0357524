"""Which products an order's list shows: by filter and search, read by chunks as the window gets there."""

from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from offline.wire.rows import Product
from pwa.context import App
from pwa.screens.ordering.basket import Basket

USUAL, PROMOTED, CHOSEN, ALL = "usual", "promoted", "chosen", "all"
CHUNK = 40
_USUAL_LIMIT = 60


class Found:
    """The products of one search, read by chunks as the window gets there."""

    def __init__(self, app: App, text: str, category: str | None, ids: Collection[str] | None) -> None:
        self._search = (text, category, ids)
        self._replica = app.engine.replica
        self._chunks: dict[int, list[Product]] = {}
        self.count = self._replica.count_products(text, category, ids)

    def product(self, index: int) -> Product | None:
        number, place = divmod(index, CHUNK)
        if number not in self._chunks:
            text, category, ids = self._search
            self._chunks[number] = self._replica.search_products(text, category, CHUNK, number * CHUNK, ids)
        chunk = self._chunks[number]
        return chunk[place] if place < len(chunk) else None


class Listed:
    """Products in an order of their own."""

    def __init__(self, products: list[Product]) -> None:
        self._products = products
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


def find(basket: Basket, text: str, chip: str, usual: list[Product]) -> Found | Listed:
    """What the list shows. A search looks everywhere but in the order's own lines and the customer's usual goods,
    which are few: there it narrows."""
    app = basket.app
    if chip == CHOSEN and not text.strip():
        lines = [app.engine.replica.typed(Product, "product", line.product) for line in basket.draft.lines]
        return Listed([product for product in lines if product is not None])
    if chip == USUAL and not text.strip():
        return Listed(usual)
    if chip == PROMOTED:
        return Listed(promoted_products(basket, text))
    return Found(app, text, None if chip in {ALL, USUAL, CHOSEN} else chip, None)


def promoted_products(basket: Basket, text: str) -> list[Product]:
    """Products some promotion names, by itself or by category; those for everything are told elsewhere."""
    replica = basket.app.engine.replica
    ids: set[str] = set()
    for promotion in basket.pricer.promotions.ranked:
        ids.update(promotion.products, promotion.reward.items)
        for category in promotion.categories:
            ids.update(product.id for product in replica.search_products("", category, limit=500))
    return replica.search_products(text, ids=ids, limit=500) if ids else []
