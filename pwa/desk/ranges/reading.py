"""What the desk asks of assortments: what is in one, who holds it, what a customer may order."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import msgspec

from offline.rules.authorisation import Authorisation, Range, standing
from offline.rules.days import local_day
from offline.wire.rows import Assortment, Category, Organisation, Product
from pwa.components.basics import Tone
from pwa.desk.reading import Reads
from pwa.desk.words import Words

STANDING_TONES: Mapping[str, Tone] = {"valid": "accent", "planned": "info", "ended": "neutral"}


def brand_day(reads: Reads, words: Words) -> date:
    """Today at the brand."""
    brand = reads.brand
    return local_day(words.now, brand.time_zone) if brand else words.now.date()


def categories_by_id(reads: Reads) -> Mapping[str, Category]:
    return reads.kept("categories by id", lambda: {row.id: row for row in reads.categories})


def range_of(reads: Reads, row: Assortment) -> Range:
    return reads.kept(("range", row.id), lambda: Range(row, categories_by_id(reads)))


def goods(reads: Reads) -> Mapping[str, str | None]:
    """The category of each product that is sold, by the product's id."""
    return reads.kept("goods", lambda: {row.id: row.category for row in reads.products if row.status == "active"})


def goods_by_category(reads: Reads) -> Mapping[str | None, int]:
    """How many products that are sold each category has itself."""

    def make() -> dict[str | None, int]:
        found: dict[str | None, int] = {}
        for category in goods(reads).values():
            found[category] = found.get(category, 0) + 1
        return found

    return reads.kept("goods by category", make)


def size(reads: Reads, row: Assortment) -> int:
    """How many products that are sold it has."""
    return reads.kept(("range size", row.id), lambda: size_of(reads, range_of(reads, row)))


def size_of(reads: Reads, found: Range) -> int:
    """By categories: there may be many assortments of thousands of products each."""
    sold = goods(reads)
    if found.everything:
        return len(sold) - len(found.excluded & sold.keys())
    within = sum(count for category, count in goods_by_category(reads).items() if found.names(category))
    named = {id_ for id_ in found.products & sold.keys() if not found.names(sold[id_])}
    out = {id_ for id_ in found.excluded & sold.keys() if id_ in found.products or found.names(sold[id_])}
    return within + len(named) - len(out)


def holders(reads: Reads) -> Mapping[str, list[Organisation]]:
    """The customers that hold an assortment, by its id; those who left count no more."""

    def make() -> dict[str, list[Organisation]]:
        found: dict[str, list[Organisation]] = {}
        for row in reads.organisations:
            for assortment in row.assortments if row.status != "exited" else ():
                found.setdefault(assortment, []).append(row)
        return found

    return reads.kept("holders", make)


def free_customers(reads: Reads) -> int:
    """How many customers hold none, and so may order everything."""
    return reads.kept(
        "free customers", lambda: sum(not row.assortments and row.status != "exited" for row in reads.organisations)
    )


def orderable(reads: Reads, words: Words, held: tuple[str, ...]) -> frozenset[str]:
    """The ids of the products that are sold and that who holds these assortments may order today."""

    def make() -> frozenset[str]:
        facts = reads.replica.facts(reads.head_office.id) if reads.head_office else None
        if facts is None:
            return frozenset()
        holder = msgspec.structs.replace(facts.organisation, assortments=held)
        return Authorisation(replace(facts, organisation=holder), words.now).among(goods(reads).items())

    return reads.kept(("orderable", held, brand_day(reads, words)), make)


def assortments_with(reads: Reads, product: Product) -> list[Assortment]:
    return [row for row in reads.assortments if range_of(reads, row).has(product.id, product.category)]


def state_of(reads: Reads, words: Words, row: Assortment) -> str:
    """``valid``, ``planned`` or ``ended``."""
    return standing(row, brand_day(reads, words))


def validity(words: Words, row: Assortment) -> str:
    """``长期``, ``7月1日 起``, ``至 9月30日``, ``7月1日 – 9月30日``: both days included."""
    if row.valid_from and row.valid_until:
        return f"{_day(words, row.valid_from)} – {_day(words, row.valid_until)}"
    start = words("prices.from_day", day=_day(words, row.valid_from)) if row.valid_from else ""
    stop = words("prices.until_day", day=_day(words, row.valid_until)) if row.valid_until else ""
    return start or stop or words("prices.always")


def _day(words: Words, day: date) -> str:
    return words.format.day(day, words.now)


def contents(words: Words, row: Assortment) -> str:
    """``3 个分类、12 个商品，除去 2 个``."""
    parts = []
    if row.everything:
        parts.append(words("ranges.all_goods"))
    elif row.categories:
        parts.append(words("ranges.of_categories", count=len(row.categories)))
    if row.products and not row.everything:
        parts.append(words("ranges.of_products", count=words.number(len(row.products))))
    if not parts:
        return words("ranges.of_nothing")
    if row.excluded:
        parts.append(words("ranges.but", count=words.number(len(row.excluded))))
    return words("list_comma").join(parts)
