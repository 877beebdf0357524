"""The replica's tables: rows as JSON text, which scope holds which row, and narrow tables the screens search.

Everything in ``main`` is in the image that is saved. What pending commands lay over it lives in TEMP tables of
the same shape, so that it never is.
"""

import re
import sqlite3
from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec

from offline.rules.settling import is_open
from offline.rules.statuses import taken_at
from offline.wire.counts import PartnerStock
from offline.wire.rows import Order, Organisation, Price, Product, Row

FORMAT = 3

MAIN = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE scope (
    sid INTEGER PRIMARY KEY, name TEXT NOT NULL, shadow INTEGER NOT NULL DEFAULT 0,
    cursor INTEGER NOT NULL DEFAULT 0, horizon INTEGER NOT NULL DEFAULT 0,
    count INTEGER NOT NULL DEFAULT 0, hash INTEGER, whole INTEGER NOT NULL DEFAULT 0, UNIQUE (name, shadow)
);
CREATE TABLE row (rid INTEGER PRIMARY KEY, entity TEXT NOT NULL, id TEXT NOT NULL, doc TEXT NOT NULL,
    UNIQUE (entity, id));
CREATE TABLE member (sid INTEGER NOT NULL, rid INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (sid, rid))
    WITHOUT ROWID;
CREATE INDEX member_rid ON member (rid);
"""


class Narrow(msgspec.Struct, frozen=True):
    """One narrow table. ``columns`` follow ``id``; ``indexes`` are lists of columns; ``values`` makes a line."""

    columns: tuple[str, ...]
    indexes: tuple[str, ...]
    values: Callable[[Any], tuple[Any, ...]]


def fold(text: str) -> str:
    """As search text is compared: case folded."""
    return text.casefold()


HALF_WIDTH = {0xFF01 + place: 0x21 + place for place in range(94)}


def searched_words(text: str) -> list[tuple[str, ...]]:
    """The folded words of what was typed, each as it is; one with full-width letters or digits, as a Chinese keyboard
    gives them, in half width as well, which comes first."""
    pairs = ((word.translate(HALF_WIDTH), word) for word in fold(text).split())
    return [tuple(dict.fromkeys((fold(half), word))) for half, word in pairs]


_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")


def apart(text: str) -> str:
    """With each Chinese character a word of its own: nobody types the spaces of a name, nor all of it."""
    return " ".join(_CHINESE.sub(r" \g<0> ", text).split())


_LEAST_CODE = 4


def plain(code: str) -> str:
    """Letters and digits only, folded: SKUs and numbers are written with and without what stands between them."""
    return "".join(filter(str.isalnum, fold(code)))


def code_of(forms: tuple[str, ...]) -> str:
    """A word of ``searched_words`` as ``plain`` codes are compared with it; "" for one so short that it would be found
    in codes by chance: 1.5 is no 15."""
    code = plain(forms[0])
    return code if len(code) >= _LEAST_CODE else ""


def product_text(product: Product) -> str:
    """The server's search text (with pinyin) or, for a product not pushed yet, what can be made here."""
    return fold(product.search or " ".join((product.sku, *product.name.values(), *product.barcodes)))


def organisation_text(organisation: Organisation) -> str:
    return fold(organisation.search or " ".join((organisation.code, *organisation.name.values())))


def _product(row: Product) -> tuple[Any, ...]:
    return fold(row.sku), row.category, row.status, row.sort, product_text(row)


def _organisation(row: Organisation) -> tuple[Any, ...]:
    last = row.last_order_at.isoformat() if row.last_order_at else ""
    return fold(row.code), row.type, row.status, last, organisation_text(row)


def _order(row: Order) -> tuple[Any, ...]:
    at = taken_at(row)
    text = " ".join((row.number, row.organisation_code, *row.organisation_name.values(), row.note))
    lacking = int(any(map(is_open, row.parcels)))
    return row.organisation, row.status, f"{at.timestamp():017.6f}" if at else "", lacking, fold(text)


def _price(row: Price) -> tuple[Any, ...]:
    return row.product, row.price_list


def _partner_stock(row: PartnerStock) -> tuple[Any, ...]:
    return row.organisation, row.product


NARROW: dict[str, Narrow] = {
    "product": Narrow(("sku", "category", "status", "sort", "text"), ("category, sort, sku", "sort, sku"), _product),
    "organisation": Narrow(("code", "type", "status", "last_order", "text"), ("code",), _organisation),
    "order": Narrow(
        ("organisation", "status", "at", "lacking", "text"), ("at", "organisation, at", "status, at"), _order
    ),
    "price": Narrow(("product", "price_list"), ("product", "price_list"), _price),
    "partner_stock": Narrow(("organisation", "product"), ("organisation",), _partner_stock),
}


def line_of(entity: str, row: Row) -> tuple[Any, ...]:
    """A row's line in its narrow table, ``id`` first."""
    return row.id, *NARROW[entity].values(row)


def insert_sql(schema: str, entity: str) -> str:
    marks = ", ".join("?" * (len(NARROW[entity].columns) + 1))
    return f"INSERT OR REPLACE INTO {schema}.{entity}_narrow VALUES ({marks})"  # noqa: S608 - of names of our own


def _table(schema: str, entity: str, narrow: Narrow) -> str:
    return f"CREATE TABLE {schema}.{entity}_narrow (id TEXT PRIMARY KEY, {', '.join(narrow.columns)}) WITHOUT ROWID;\n"


@cache
def empty_image() -> bytes:
    """A fresh image, made once: copying it is quicker than making its tables."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.executescript(_main_script())
    image = db.serialize()
    db.close()
    return image


def _main_script() -> str:
    script = MAIN
    for entity, narrow in NARROW.items():
        script += _table("main", entity, narrow)
        for number, columns in enumerate(narrow.indexes):
            script += f"CREATE INDEX {entity}_narrow_{number} ON {entity}_narrow ({columns});\n"
        script += (
            f"CREATE TRIGGER {entity}_gone AFTER DELETE ON row WHEN old.entity = '{entity}' "  # noqa: S608 - of names of our own
            f"BEGIN DELETE FROM {entity}_narrow WHERE id = old.id; END;\n"
        )
    return script


@cache
def temp_script() -> str:
    """The overlay's tables, with the ids that hide rows of ``main``, and views that show both as one."""
    script = "CREATE TEMP TABLE hidden (entity TEXT, id TEXT, PRIMARY KEY (entity, id)) WITHOUT ROWID;\n"
    for entity, narrow in NARROW.items():
        columns = ", ".join(("id", *narrow.columns))
        script += _table("temp", entity, narrow)
        script += (
            f"CREATE TEMP VIEW {entity}_shown AS SELECT {columns} FROM main.{entity}_narrow "  # noqa: S608 - of names of our own
            f"WHERE id NOT IN (SELECT id FROM temp.hidden WHERE entity = '{entity}') "
            f"UNION ALL SELECT {columns} FROM temp.{entity}_narrow;\n"
        )
    return script
