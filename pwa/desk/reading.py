"""What the desk asks of the replica, each answer kept until the replica changes.

Every screen of the desk renders again on each change of the replica; what they share is worked out once.
"""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from offline.replica import Replica
from offline.replica_schema import code_of, organisation_text, plain, product_text, searched_words
from offline.rules.statuses import taken_at
from offline.wire.rows import (
    Assortment,
    Brand,
    Category,
    Me,
    Order,
    Organisation,
    Price,
    PriceList,
    Product,
    Promotion,
    Row,
    StockLevel,
)
from offline.wire.visits import VisitRep

T = TypeVar("T")
R = TypeVar("R", bound=Row)
PAGE = 200
EVERYTHING = 1_000_000


class Reads:
    """Answers over one replica. ``kept`` holds any further answer that depends on nothing but the replica."""

    def __init__(self, replica: Replica, user: str) -> None:
        self.replica = replica
        self._user = user
        self._version = -1
        self._kept: dict[Any, Any] = {}
        self._names: dict[str, str] = {}

    def kept(self, key: Any, make: Callable[[], T]) -> T:
        """``make()``, once for each version of the replica."""
        if self._version != self.replica.version:
            self._version = self.replica.version
            self._kept = {}
        if key not in self._kept:
            self._kept[key] = make()
        return cast("T", self._kept[key])

    def _all(self, kind: type[R], entity: str) -> list[R]:
        return self.kept(entity, lambda: [row for row in self.replica.all(entity) if isinstance(row, kind)])

    @property
    def brand(self) -> Brand | None:
        return next(iter(self._all(Brand, "brand")), None)

    @property
    def currency(self) -> str:
        return self.brand.currency if self.brand else "CNY"

    @property
    def me(self) -> Me | None:
        return self.replica.typed(Me, "me", self._user)

    def may(self, permission: str) -> bool:
        return self.me is not None and permission in self.me.permissions

    @property
    def categories(self) -> list[Category]:
        return self.kept("sorted categories", lambda: sorted(self._all(Category, "category"), key=_category_rank))

    @property
    def products(self) -> list[Product]:
        """All, withdrawn ones too, as the catalogue is sorted."""
        return self.kept(
            "sorted products", lambda: sorted(self._all(Product, "product"), key=lambda row: (row.sort, row.sku))
        )

    @property
    def organisations(self) -> list[Organisation]:
        """All partners by code, those who left too; without the head office."""
        return self.kept(
            "partners",
            lambda: sorted(
                (row for row in self._all(Organisation, "organisation") if row.type != "head_office"),
                key=lambda row: row.code,
            ),
        )

    def partner_words(self) -> dict[str, str]:
        """What else partners' papers are found by: names, places, pinyin. No figures: a part of a number would find
        somebody's telephone."""

        def words(row: Organisation) -> str:
            return " ".join(word for word in organisation_text(row).split() if not any(map(str.isdigit, word)))

        return self.kept("partner words", lambda: {row.id: words(row) for row in self.organisations})

    @property
    def head_office(self) -> Organisation | None:
        rows = self._all(Organisation, "organisation")
        return next((row for row in rows if row.type == "head_office"), None)

    @property
    def price_lists(self) -> list[PriceList]:
        return self.kept(
            "sorted lists",
            lambda: sorted(self._all(PriceList, "price_list"), key=lambda row: (-row.priority, row.code)),
        )

    @property
    def promotions(self) -> list[Promotion]:
        return self.kept(
            "sorted promotions",
            lambda: sorted(
                self._all(Promotion, "promotion"), key=lambda row: (not row.active, -row.priority, row.code)
            ),
        )

    @property
    def assortments(self) -> list[Assortment]:
        """By code."""
        return self.kept(
            "sorted assortments", lambda: sorted(self._all(Assortment, "assortment"), key=lambda row: row.code)
        )

    @property
    def prices(self) -> list[Price]:
        return self._all(Price, "price")

    def prices_by_list(self) -> dict[str, list[Price]]:
        def make() -> dict[str, list[Price]]:
            found: dict[str, list[Price]] = {}
            for price in self.prices:
                found.setdefault(price.price_list, []).append(price)
            return found

        return self.kept("prices by list", make)

    def customers_by_list(self) -> dict[str, list[Organisation]]:
        """The partners a list is assigned to themselves."""

        def make() -> dict[str, list[Organisation]]:
            found: dict[str, list[Organisation]] = {}
            for partner in self.organisations:
                for price_list in partner.price_lists:
                    found.setdefault(price_list, []).append(partner)
            return found

        return self.kept("customers by list", make)

    def stock(self) -> dict[str, StockLevel]:
        return self.kept("stock by product", lambda: {row.id: row for row in self._all(StockLevel, "stock")})

    def product(self, product_id: str) -> Product | None:
        row = self.replica.one("product", product_id)
        return row if isinstance(row, Product) else None

    def organisation(self, organisation_id: str) -> Organisation | None:
        row = self.replica.one("organisation", organisation_id)
        return row if isinstance(row, Organisation) else None

    def price_list(self, list_id: str) -> PriceList | None:
        row = self.replica.one("price_list", list_id)
        return row if isinstance(row, PriceList) else None

    def promotion(self, promotion_id: str) -> Promotion | None:
        row = self.replica.one("promotion", promotion_id)
        return row if isinstance(row, Promotion) else None

    def assortment(self, assortment_id: str) -> Assortment | None:
        row = self.replica.one("assortment", assortment_id)
        return row if isinstance(row, Assortment) else None

    def category(self, category_id: str) -> Category | None:
        row = self.replica.one("category", category_id)
        return row if isinstance(row, Category) else None

    def order(self, order_id: str) -> Order | None:
        row = self.replica.one("order", order_id)
        return row if isinstance(row, Order) else None

    def open_orders(self) -> list[Order]:
        """Those that wait for a decision, newest first."""
        statuses = ("submitted", "on_hold")
        return self.kept("open orders", lambda: self.replica.orders(statuses=statuses, limit=EVERYTHING))

    def orders_since(self, since: datetime) -> list[Order]:
        """Newest first, back to ``since``; read in pages, so that years of papers cost nothing."""

        def make() -> list[Order]:
            found: list[Order] = []
            while True:
                page = self.replica.orders(limit=PAGE, offset=len(found))
                found += page
                if len(page) < PAGE or placed(page[-1]) < since:
                    return [order for order in found if placed(order) >= since]

        return self.kept(("orders since", since), make)

    def reps(self) -> dict[str, str]:
        """User id -> name of those who look after customers or may, reps first. Of those who may not visit (any more)
        the name comes from the orders they placed."""

        def make() -> dict[str, str]:
            able = sorted(self._all(VisitRep, "visit_rep"), key=lambda row: (row.role != "rep", row.name))
            self._names |= {row.id: row.name for row in able}
            wanted = {partner.rep for partner in self.organisations if partner.rep}
            if not wanted.issubset(self._names):
                for order in self.replica.orders(limit=600):
                    self._names[order.placed_by] = order.placed_by_name
            ids = dict.fromkeys((*(row.id for row in able), *sorted(wanted)))
            return {rep: self._names.get(rep, "") for rep in ids}

        return self.kept("reps", make)


def placed(order: Order) -> datetime:
    """When the person placed it."""
    return taken_at(order) or datetime.min.replace(tzinfo=UTC)


def matches(text: str, haystack: str, codes: str = "") -> bool:
    """Every word of ``text`` is in the folded ``haystack``, or as a code in the ``plain`` ``codes``."""
    return all(
        any(form in haystack for form in forms) or bool((code := code_of(forms)) and code in codes)
        for forms in searched_words(text)
    )


def find_products(rows: Collection[Product], text: str) -> list[Product]:
    return [row for row in rows if matches(text, product_text(row), plain(row.sku))]


def find_organisations(rows: Collection[Organisation], text: str) -> list[Organisation]:
    return [row for row in rows if matches(text, organisation_text(row))]


def _category_rank(row: Category) -> tuple[int, str]:
    return row.sort, row.id
