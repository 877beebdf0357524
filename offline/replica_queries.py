"""What the screens ask the replica. Text search folds case and finds every word anywhere in a row's text, so a
single Chinese character counts; over 10,000 products that is a scan of one narrow table."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar, cast

from offline import slips
from offline.replica_schema import HALF_WIDTH, apart, code_of, fold, searched_words
from offline.rules.facts import Facts
from offline.wire.counts import PartnerStock
from offline.wire.rows import (
    Assortment,
    Brand,
    Category,
    Order,
    Organisation,
    Price,
    PriceList,
    Product,
    Promotion,
    Row,
)

R = TypeVar("R", bound=Row)
K = TypeVar("K", bound=Hashable)
_TOP_ORDERS = 60
Filter = tuple[list[str], list[Any]]
"""Clauses and the values of their marks."""


class Lazy(Mapping[K, R], Generic[K, R]):
    """Rows read from the replica when asked for; ``keys`` gives all there are."""

    def __init__(self, read: Callable[[K], R | None], keys: Callable[[], list[K]]) -> None:
        self._read = read
        self._keys = keys

    def __getitem__(self, key: K) -> R:
        row = self._read(key)
        if row is None:
            raise KeyError(key)
        return row

    def __iter__(self) -> Iterator[K]:
        return iter(self._keys())

    def __len__(self) -> int:
        return len(self._keys())


class Queries:
    """The questions; ``Replica`` holds the answers."""

    _db: sqlite3.Connection
    _over: dict[tuple[str, str], Row | None]
    _chosen: tuple[sqlite3.Connection, frozenset[str]] | None = None
    _nearest: tuple[sqlite3.Connection, int, str, str] | None = None
    version: int

    def one(self, entity: str, row_id: str) -> Row | None:
        raise NotImplementedError

    def all(self, entity: str) -> list[Row]:
        raise NotImplementedError

    def _table(self, entity: str) -> str:
        """The narrow table, or the view with the overlay where that has rows of this entity."""
        if any(over == entity for over, _ in self._over):
            return f"temp.{entity}_shown"
        return f"main.{entity}_narrow"

    def _rows(self, entity: str, ids: list[tuple[str]]) -> list[Any]:
        found = (self.one(entity, row_id) for (row_id,) in ids)
        return [row for row in found if row is not None]

    def _ids(self, entity: str, tail: str, values: list[Any]) -> list[tuple[str]]:
        return self._db.execute(f"SELECT id FROM {self._table(entity)} {tail}", values).fetchall()  # noqa: S608 - of names of our own

    def _said(self, entity: str, text: str, code: str = "", *, near: bool = False) -> Filter:
        """Every word of ``text``; where nothing has them as they are, its Chinese characters one by one. ``near``: with
        a slip in some of them."""
        if near:
            return self._near(entity, text)
        as_typed = _words(text, code)
        loose = apart(text)
        if loose == " ".join(text.split()) or self._any(entity, as_typed):
            return as_typed
        return _words(loose, code)

    def _any(self, entity: str, wanted: Filter) -> bool:
        clauses, values = wanted
        return bool(self._ids(entity, f"WHERE {' AND '.join(clauses)} LIMIT 1", values))

    def _near(self, entity: str, text: str) -> Filter:
        """What has each word of ``text`` or one near to it: looked for once for all that is asked of one search."""
        asked = (self._db, self.version, entity, text)
        if self._nearest != asked:
            parts = slips.parts_of(fold(text.translate(HALF_WIDTH)))
            found = [set(self._having(entity, part)) for part in parts] if slips.any_slip(parts) else []
            self._fill("nearest", set.intersection(*found) if found else ())
            self._nearest = asked
        return ["id IN (SELECT id FROM temp.nearest)"], []

    def _having(self, entity: str, part: str) -> Iterable[str]:
        """Ids of the rows that have this part, or one near to it where it may have slipped."""
        if not slips.may_have_slipped(part):
            return (row_id for (row_id,) in self._ids(entity, "WHERE instr(text, ?)", [part]))
        if slips.is_chinese(part):
            characters = list(dict.fromkeys(part))
            has = " + ".join(["(instr(text, ?) > 0)"] * len(characters))
            return (row_id for (row_id,) in self._ids(entity, f"WHERE {has} >= ?", [*characters, len(characters) - 1]))
        any_of = "instr(text, ?) OR instr(text, ?) OR instr(text, ?)"
        sql = f"SELECT id, text FROM {self._table(entity)} WHERE {any_of}"  # noqa: S608 - of names of our own
        texts = dict(self._db.execute(sql, slips.kept_by_a_slip(part)).fetchall())
        words = slips.near_words(part, texts.values())
        return (row_id for row_id, text in texts.items() if any(word in text for word in words))

    def _fill(self, name: str, ids: Iterable[str]) -> None:
        self._db.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} (id TEXT PRIMARY KEY) WITHOUT ROWID")
        self._db.execute(f"DELETE FROM temp.{name}")  # noqa: S608 - of names of our own
        self._db.executemany(f"INSERT OR IGNORE INTO temp.{name} VALUES (?)", ((row_id,) for row_id in ids))  # noqa: S608 - of names of our own

    def _count(self, entity: str, where: str, values: list[Any]) -> int:
        sql = f"SELECT count(*) FROM {self._table(entity)} {where}"  # noqa: S608 - of names of our own
        return int(self._db.execute(sql, values).fetchone()[0])

    # products

    def search_products(
        self,
        text: str = "",
        category: str | None = None,
        limit: int = 50,
        offset: int = 0,
        ids: Collection[str] | None = None,
        *,
        others: bool = False,
        near: bool = False,
    ) -> list[Product]:
        """Active products with every word of ``text``; those whose SKU begins with it first. ``category`` takes in
        the categories below it; ``ids`` narrows to an assortment, with ``others`` to what is not in it. ``near``: with
        words that are nearly those."""
        where, values = self._product_filter(text, category, ids, others=others, near=near)
        order = "sort, sku"
        ranked: list[Any] = []
        if words := searched_words(text):
            first = words[0][0]
            order = "substr(sku, 1, ?) = ? DESC, instr(' ' || text, ?) = 0, sort, sku"
            ranked = [len(first), first, " " + first]
        found = self._ids("product", f"{where} ORDER BY {order} LIMIT ? OFFSET ?", [*values, *ranked, limit, offset])
        return cast("list[Product]", self._rows("product", found))

    def count_products(
        self,
        text: str = "",
        category: str | None = None,
        ids: Collection[str] | None = None,
        *,
        others: bool = False,
        near: bool = False,
    ) -> int:
        return self._count("product", *self._product_filter(text, category, ids, others=others, near=near))

    def goods(self) -> list[tuple[str, str | None]]:
        """Every active product with its category: for rules that are asked about all of them."""
        return self._db.execute(f"SELECT id, category FROM {self._table('product')} WHERE status = 'active'").fetchall()  # noqa: S608 - of names of our own

    def _product_filter(
        self, text: str, category: str | None, ids: Collection[str] | None, *, others: bool, near: bool
    ) -> tuple[str, list[Any]]:
        clauses, values = self._said("product", text, "sku", near=near)
        clauses.append("status = 'active'")
        if category is not None:
            below = self._below(category)
            clauses.append(f"category IN ({', '.join('?' * len(below))})")
            values += below
        if ids is not None:
            self._choose(ids)
            clauses.append("id NOT IN (SELECT id FROM temp.chosen)" if others else "id IN (SELECT id FROM temp.chosen)")
        return "WHERE " + " AND ".join(clauses), values

    def _choose(self, ids: Collection[str]) -> None:
        """Into a table of their own; an assortment, which does not change, once for all that is asked of it."""
        if self._chosen is not None and self._chosen[0] is self._db and self._chosen[1] is ids:
            return
        self._fill("chosen", ids)
        self._chosen = (self._db, ids) if isinstance(ids, frozenset) else None

    def _below(self, category: str) -> list[str]:
        found = [category]
        rows = cast("list[Category]", self.all("category"))
        for parent in found:
            found += [row.id for row in rows if row.parent == parent and row.id not in found]
        return found

    def prices_of(self, product_id: str) -> list[Price]:
        """Its price in every list the phone holds."""
        found = self._ids("price", "WHERE product = ? ORDER BY price_list", [product_id])
        return cast("list[Price]", self._rows("price", found))

    # products' pictures: of the rows as pulled, without making rows of them

    def pictures(self, limit: int) -> list[str]:
        """Addresses of active products' pictures, in the catalogue's order."""
        return self._pictures(
            "SELECT picture FROM (SELECT json_extract(doc, '$.image') AS picture, sort, sku FROM main.product_narrow"
            " JOIN main.row ON row.entity = 'product' AND row.id = product_narrow.id WHERE status = 'active')"
            " WHERE picture != '' ORDER BY sort, sku LIMIT ?",
            [limit],
        )

    def usual_pictures(self, orders: int, limit: int) -> list[str]:
        """Of what is in the latest so many orders: what is in most of them first."""
        return self._pictures(
            "SELECT json_extract(row.doc, '$.image') FROM (SELECT json_extract(line.value, '$.product') AS product,"
            " count(*) AS times FROM (SELECT id FROM main.order_narrow ORDER BY at DESC LIMIT ?) AS latest"
            " JOIN main.row AS paper ON paper.entity = 'order' AND paper.id = latest.id,"
            " json_each(paper.doc, '$.lines') AS line GROUP BY 1) AS bought"
            " JOIN main.row ON row.entity = 'product' AND row.id = bought.product"
            " WHERE json_extract(row.doc, '$.image') != '' ORDER BY times DESC, product LIMIT ?",
            [orders, limit],
        )

    def _pictures(self, sql: str, values: list[Any]) -> list[str]:
        return [url for (url,) in self._db.execute(sql, values)]

    # organisations

    def search_organisations(
        self, text: str = "", limit: int = 50, offset: int = 0, *, customers: bool = False, near: bool = False
    ) -> list[Organisation]:
        """By code; those whose code begins with the text first. Those who left are not shown. ``customers``: without
        the head office. ``near``: with words that are nearly those."""
        where, values = self._organisation_filter(text, customers=customers, near=near)
        order, ranked = "code", []
        if words := searched_words(text):
            first = words[0][0]
            order, ranked = "substr(code, 1, ?) = ? DESC, code", [len(first), first]
        found = self._ids(
            "organisation", f"{where} ORDER BY {order} LIMIT ? OFFSET ?", [*values, *ranked, limit, offset]
        )
        return cast("list[Organisation]", self._rows("organisation", found))

    def count_organisations(self, text: str = "", *, customers: bool = False, near: bool = False) -> int:
        return self._count("organisation", *self._organisation_filter(text, customers=customers, near=near))

    def _organisation_filter(self, text: str, *, customers: bool, near: bool) -> tuple[str, list[Any]]:
        clauses, values = self._said("organisation", text, near=near)
        clauses += ["status != 'exited'", *(["type != 'head_office'"] if customers else [])]
        return "WHERE " + " AND ".join(clauses), values

    # orders

    def orders(
        self,
        organisation: str | None = None,
        statuses: Collection[str] | None = None,
        text: str = "",
        limit: int = 50,
        offset: int = 0,
        *,
        near: bool = False,
        lacking: bool = False,
    ) -> list[Order]:
        """Newest first. ``near``: with words that are nearly those of ``text``; ``lacking``: of which something did
        not arrive as it was sent."""
        said = self._said("order", text, near=near)
        where, values = _order_filter(organisation, statuses, said, lacking=lacking)
        found = self._ids("order", f"{where} ORDER BY at DESC, id DESC LIMIT ? OFFSET ?", [*values, limit, offset])
        return cast("list[Order]", self._rows("order", found))

    def count_orders(
        self,
        organisation: str | None = None,
        statuses: Collection[str] | None = None,
        text: str = "",
        *,
        near: bool = False,
        lacking: bool = False,
    ) -> int:
        said = self._said("order", text, near=near)
        return self._count("order", *_order_filter(organisation, statuses, said, lacking=lacking))

    def top_products(self, organisation_id: str, limit: int = 20) -> list[Product]:
        """What it ordered in most of its latest orders, then in the largest quantity."""
        times: Counter[str] = Counter()
        units: Counter[str] = Counter()
        for order in self.orders(organisation_id, limit=_TOP_ORDERS):
            bought = [line for line in order.lines if not line.gift]
            times.update({line.product for line in bought})
            for line in bought:
                units[line.product] += line.quantity
        ranked = sorted(times, key=lambda product: (-times[product], -units[product], product))
        products = (self.one("product", product) for product in ranked)
        shown = [row for row in products if isinstance(row, Product) and row.status == "active"]
        return shown[:limit]

    # partners' stock

    def partner_stock(self, organisation_id: str) -> dict[str, PartnerStock]:
        """What a partner has, by product."""
        found = self._ids("partner_stock", "WHERE organisation = ?", [organisation_id])
        return {row.product: row for row in cast("list[PartnerStock]", self._rows("partner_stock", found))}

    # rules

    def facts(self, organisation_id: str) -> Facts | None:
        """What the order rules may read for this organisation, read on demand; None when the phone lacks the brand
        or the organisation."""
        brand = next(iter(self.all("brand")), None)
        organisation = self.one("organisation", organisation_id)
        if not isinstance(brand, Brand) or not isinstance(organisation, Organisation):
            return None
        return Facts(
            brand=brand,
            organisation=organisation,
            products=self._lazy(Product, "product"),
            price_lists=self._lazy(PriceList, "price_list"),
            prices=Lazy(self._price, self._price_keys),
            promotions=cast("list[Promotion]", self.all("promotion")),
            assortments=self._lazy(Assortment, "assortment"),
            categories=self._lazy(Category, "category"),
        )

    def _lazy(self, kind: type[R], entity: str) -> Lazy[str, R]:
        def read(row_id: str) -> R | None:
            row = self.one(entity, row_id)
            return row if isinstance(row, kind) else None

        return Lazy(read, lambda: [row.id for row in self.all(entity)])

    def _price(self, key: tuple[str, str]) -> Price | None:
        # A product is in few lists, a list has thousands of products; SQLite does not know and must be told (+).
        found = self._ids("price", "WHERE product = ? AND +price_list = ?", [key[1], key[0]])
        row = self.one("price", found[0][0]) if found else None
        return row if isinstance(row, Price) else None

    def _price_keys(self) -> list[tuple[str, str]]:
        return self._db.execute(f"SELECT price_list, product FROM {self._table('price')}").fetchall()  # noqa: S608 - of names of our own


def _words(text: str, code: str = "") -> Filter:
    """Every word is in the text, or as a code in the column ``code``, which is read as ``plain`` does: what is saved
    need not be written anew for it."""
    clauses: list[str] = []
    values: list[Any] = []
    for forms in searched_words(text):
        tests = ["instr(text, ?)"] * len(forms)
        values += forms
        if code and (word := code_of(forms)):
            tests.append(f"instr({_plain_sql(code)}, ?)")
            values.append(word)
        clauses.append(f"({' OR '.join(tests)})")
    return clauses, values


def _plain_sql(column: str) -> str:
    for mark in " -_./":
        column = f"replace({column}, '{mark}', '')"
    return column


def _order_filter(
    organisation: str | None, statuses: Collection[str] | None, said: Filter, *, lacking: bool
) -> tuple[str, list[Any]]:
    clauses, values = said
    if lacking:
        clauses.append("lacking")
    if organisation is not None:
        clauses.append("organisation = ?")
        values.append(organisation)
    if statuses is not None:
        clauses.append(f"status IN ({', '.join('?' * len(statuses))})")
        values += statuses
    return ("WHERE " + " AND ".join(clauses) if clauses else ""), values
