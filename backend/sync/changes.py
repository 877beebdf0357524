"""What a transaction changes for phones, collected while it runs and written to the feed as its last act.

Scopes, all within the tenant:
    brand             brand, categories, products, promotions for everyone
    stock             stock levels
    list:<id>         one price list and its prices
    range:<id>        one assortment: it may name thousands of products, and thousands of customers hold it
    promotion:<id>    one promotion that is meant for some: thousands of customers may be among them
    org:<id>          one organisation's papers: its row and orders
    desk              head office: every organisation, order, assortment and promotion
    user:<id>         one person's own rows
    approvers         who may approve, for each other
    visits            all visits and routes, for who plans them
    visit_rules       what is to be done on a visit and the fences, for who visits or plans
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from offline.wire.rows import Row

BRAND = "brand"
STOCK = "stock"
DESK = "desk"
ACCESS = "access"
"""No scope, but a hint among servers: somebody may hold other scopes than before."""
APPROVERS = "approvers"
VISITS = "visits"
VISIT_RULES = "visit_rules"


def list_scope(price_list_id: str) -> str:
    return f"list:{price_list_id}"


def range_scope(assortment_id: str) -> str:
    return f"range:{assortment_id}"


def promotion_scope(promotion_id: str) -> str:
    return f"promotion:{promotion_id}"


def org_scope(organisation_id: str) -> str:
    return f"org:{organisation_id}"


def user_scope(user_id: str) -> str:
    return f"user:{user_id}"


class Put(msgspec.Struct, frozen=True):
    """``among`` None: ``scopes`` are all that hold the row. Else they are those of ``among``, and no other is looked
    at."""

    entity: str
    row: Row
    scopes: frozenset[str]
    among: frozenset[str] | None = None

    @property
    def touched(self) -> frozenset[str]:
        """The scopes it speaks of, as far as is known before what is there is read."""
        return self.scopes if self.among is None else self.among

    def before(self, later: "Put") -> "Put":
        """Both as one."""
        if later.among is None:
            return later
        scopes = (self.scopes - later.among) | later.scopes
        among = None if self.among is None else self.among | later.among
        return Put(self.entity, later.row, scopes, among)


@dataclass(slots=True)
class Changes:
    """The last word per (entity, id) counts.

    ``cause`` is the command that is being handled: its verdict names the sequence numbers of the rows it put. A
    ``finish`` hook that puts rows for several commands sets it before each, or leaves it empty for rows whose
    arrival no phone waits for (stock, credit).

    ``access``: somebody may hold other scopes from now on, for which a row that they get themselves is no sign.
    """

    puts: dict[tuple[str, str], Put] = field(default_factory=dict)
    deletes: set[tuple[str, str]] = field(default_factory=set)
    cause: str = ""
    caused: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    access: bool = False

    def put(self, entity: str, row: Row, *scopes: str) -> None:
        """The row as it is now, and *all* scopes that hold it: from any other it is evicted."""
        self._lay(Put(entity, row, frozenset(scopes)))
        self._note(entity, row.id)

    def put_among(self, entity: str, row: Row, among: Iterable[str], scopes: Iterable[str]) -> None:
        """Of a row that has not changed and that thousands may hold: of the scopes ``among`` those in ``scopes`` hold
        it from now on. All others stay as they are, and are neither read nor locked."""
        self._lay(Put(entity, row, frozenset(scopes), frozenset(among)))
        self._note(entity, row.id)

    def _lay(self, put: Put) -> None:
        key = (put.entity, put.row.id)
        self.deletes.discard(key)
        known = self.puts.get(key)
        self.puts[key] = put if known is None else known.before(put)

    def delete(self, entity: str, row_id: str) -> None:
        """Gone for everybody."""
        self.puts.pop((entity, row_id), None)
        self.deletes.add((entity, row_id))
        self._note(entity, row_id)

    def _note(self, entity: str, row_id: str) -> None:
        if self.cause:
            self.caused.setdefault(self.cause, set()).add((entity, row_id))

    def add(self, later: "Changes") -> None:
        """Take over what was collected after this."""
        self.access = self.access or later.access
        for entity, row_id in later.deletes:
            self.delete(entity, row_id)
        for put in later.puts.values():
            self._lay(put)
        for cause, keys in later.caused.items():
            self.caused.setdefault(cause, set()).update(keys)
