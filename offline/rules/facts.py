"""What the order rules know of the world: rows as they are on the wire, handed in by the phone or the server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from offline.wire.rows import Assortment, Brand, Category, Organisation, Price, PriceList, Product, Promotion


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a quote for ``organisation`` may depend on. All mappings go by id and may be lazy (read from a
    database on ``get``): rules read a key once. ``prices`` goes by ``(price list id, product id)``.

    ``categories`` may be left empty: assortments and promotions then match a product's own category only, not the
    ones above it. Phone and server must hand in the same.
    """

    brand: Brand
    organisation: Organisation
    products: Mapping[str, Product]
    price_lists: Mapping[str, PriceList]
    prices: Mapping[tuple[str, str], Price]
    promotions: Sequence[Promotion] = ()
    assortments: Mapping[str, Assortment] = field(default_factory=dict)
    categories: Mapping[str, Category] = field(default_factory=dict)


def category_line(facts: Facts, product: Product) -> tuple[str, ...]:
    """The product's category and those above it, nearest first."""
    return line_above(facts.categories, product.category)


def line_above(categories: Mapping[str, Category], category: str | None) -> tuple[str, ...]:
    """``category`` and those above it, nearest first. A circle in the tree ends the walk."""
    line: list[str] = []
    while category is not None and category not in line:
        line.append(category)
        row = categories.get(category)
        category = row.parent if row is not None else None
    return tuple(line)
