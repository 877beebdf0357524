"""What is being counted: the tally of one count at one partner, and which products are still to be counted."""

import re

import msgspec

from offline.ids import derived_id, new_id
from offline.rules.counting import added, counted_units, factors
from offline.wire.commands import MAX_QUANTITY
from offline.wire.counts import (
    MAX_LINES,
    Count,
    CountedLine,
    CountedPart,
    CountLine,
    CountList,
    CountSettings,
    CountSubmit,
)  # fmt: skip
from offline.wire.counts import PartnerStock as Stock
from offline.wire.rows import Organisation, Product
from pwa.context import App
from pwa.screens.words import counted
from pwa.tallies import Tally, TallyLine

_USUAL = 60


def waits_for(app: App, count: Count) -> bool:
    """Whether this person may take the count now."""
    if not app.may("count.make") or (is_warehouse(app, count.organisation) and not app.may("stock.adjust")):
        return False
    return count.status == "wanted" or (count.status == "recount_wanted" and bool(to_count(app, count)))


def to_count(app: App, count: Count) -> list[CountLine]:
    """The lines that wait for this person: those asked for, or counted too far off by somebody else."""
    if count.status == "wanted":
        return list(count.lines)
    return [line for line in count.lines if line.state == "recount" and app.engine.user not in line.counters]


def is_warehouse(app: App, organisation_id: str) -> bool:
    """Whether what stands there is the brand's own stock."""
    row = app.organisation(organisation_id)
    return row is not None and row.type == "head_office"


def place_name(app: App, organisation: Organisation | None) -> str:
    """Whose shelf, or the brand's own warehouse."""
    if organisation is None:
        return app.t("count.title")
    return app.t("count.warehouse") if organisation.type == "head_office" else app.name(organisation.name)


def waiting_counts(app: App) -> list[Count]:
    """Those among a person's tasks. Who decides on counts sees those of all partners, and takes only their own."""
    found = [row for row in app.engine.replica.all("count") if isinstance(row, Count) and waits_for(app, row)]
    if app.may("count.decide"):
        found = [row for row in found if is_warehouse(app, row.organisation)]
    return sorted(found, key=lambda row: (row.due_on is None, row.due_on, row.id))


def lists_for(app: App, organisation: Organisation) -> list[CountList]:
    """The lists a partner is counted by."""
    rows = [row for row in app.engine.replica.all("count_list") if isinstance(row, CountList) and row.active]
    return [
        row
        for row in rows
        if (not row.types or organisation.type in row.types) and (not row.groups or organisation.group in row.groups)
    ]


def sold_at(app: App, organisation_id: str) -> list[str]:
    """Ids of what the partner has in its book or ordered lately."""
    held = [row.product for row in app.engine.replica.partner_stock(organisation_id).values()]
    usual = [row.id for row in app.engine.replica.top_products(organisation_id, _USUAL)]
    return list(dict.fromkeys((*held, *usual)))


def listed(app: App, organisation_id: str, chosen: CountList | None) -> list[str]:
    """The products of a list; without one, what is sold there."""
    if chosen is None:
        return sold_at(app, organisation_id)
    ids = list(chosen.products)
    for category in chosen.categories:
        ids += [row.id for row in app.engine.replica.search_products("", category, limit=500)]
    return list(dict.fromkeys((*ids, *(sold_at(app, organisation_id) if chosen.sold else ()))))


class Taking:
    """The tally being filled. ``keep`` is called at every figure."""

    def __init__(self, app: App, organisation_id: str, count: Count | None, visit: str, tally_id: str = "") -> None:
        self.app = app
        self.count = count
        name = count.id if count is not None else tally_id
        found = app.tallies.find(name) if name else None
        if found is None:
            found = next((each for each in app.tallies.all() if self._is_new(each, organisation_id, name)), None)
        self.tally = found or Tally(
            id=name or new_id(),
            organisation=organisation_id,
            count_list=count.count_list if count is not None else None,
            visit=visit or None,
        )
        if visit and self.tally.visit != visit:
            self.tally = msgspec.structs.replace(self.tally, visit=visit)

    def _is_new(self, tally: Tally, organisation_id: str, name: str) -> bool:
        """A count of this person's own that was begun at this partner and not handed in."""
        asked = self.app.engine.replica.one("count", tally.id) is not None
        return not name and tally.organisation == organisation_id and not asked

    @property
    def blind(self) -> bool:
        if self.count is not None:
            return self.count.blind
        chosen = self.chosen
        if chosen is not None and chosen.blind is not None:
            return chosen.blind
        rows = self.app.engine.replica.all("count_settings")
        return any(isinstance(row, CountSettings) and row.blind for row in rows)

    @property
    def chosen(self) -> CountList | None:
        list_id = self.tally.count_list
        return self.app.engine.replica.typed(CountList, "count_list", list_id) if list_id else None

    def wanted(self) -> list[str]:
        """Ids of the products on the list, and what was counted beyond it."""
        if self.count is not None:
            ids = [line.product for line in to_count(self.app, self.count)]
        else:
            ids = listed(self.app, self.tally.organisation, self.chosen)
        return list(dict.fromkeys((*ids, *(line.product for line in self.tally.lines))))

    def line(self, product_id: str) -> TallyLine | None:
        return next((line for line in self.tally.lines if line.product == product_id), None)

    def book(self, product_id: str) -> Stock | None:
        """As the server sent it: pending commands have no number yet."""
        row_id = derived_id("partner_stock", self.tally.organisation, product_id)
        row = self.app.engine.replica.base("partner_stock", row_id)
        return row if isinstance(row, Stock) else None

    def choose_list(self, list_id: str) -> None:
        self.tally = msgspec.structs.replace(self.tally, count_list=list_id or None)
        if self.tally.lines:
            self.app.tallies.keep(self.tally)

    def put(self, product: Product, part: CountedPart, *, add: bool) -> str:
        """What was found in one place: beside what is there already, or in its stead. Returns what is wrong, as the
        last part of a text's key, and keeps nothing then."""
        before = self.line(product.id)
        parts = added(before.parts, part) if before is not None and add else (part,)
        if any(code not in factors(product) for code in part.packs):
            return "pack"
        if (
            sum(count * factors(product).get(code, 1) for each in parts for code, count in each.packs.items())
            > MAX_QUANTITY
        ):
            return "too_many"
        book = self.book(product.id)
        line = TallyLine(
            product=product.id,
            parts=parts,
            base_seq=book.seq if book is not None else 0,
            counted_at=self.app.now(),
        )
        others = tuple(each for each in self.tally.lines if each.product != product.id)
        self._keep((*others, line))
        return ""

    def take_out(self, product_id: str) -> None:
        self._keep(tuple(each for each in self.tally.lines if each.product != product_id))

    def _keep(self, lines: tuple[TallyLine, ...]) -> None:
        self.tally = msgspec.structs.replace(self.tally, lines=lines, changed_at=self.app.now())
        self.app.tallies.keep(self.tally)

    async def hand_in(self) -> None:
        """Into the outbox; the tally is dropped once that is durable."""
        lines = []
        for line in self.tally.lines:
            product = self.app.engine.replica.typed(Product, "product", line.product)
            if product is not None:
                lines.append(
                    CountedLine(
                        product=line.product,
                        parts=line.parts,
                        observed=counted_units(product, line.parts),
                        base_seq=line.base_seq,
                        counted_at=line.counted_at,
                    )
                )
        # A day in a large shop: what does not go into one count goes into others beside it.
        commands = [
            CountSubmit(
                count=derived_id("count", self.tally.id, str(start)) if start else self.tally.id,
                organisation=self.tally.organisation,
                lines=tuple(lines[start : start + MAX_LINES]),
                count_list=self.tally.count_list if self.count is None else None,
                visit=self.tally.visit,
            )
            for start in range(0, len(lines), MAX_LINES)
        ]
        await self.app.submitting.submit(*commands)
        self.app.tallies.drop(self.tally.id)
        self.app.sync_now()


def units_text(app: App, product: Product, parts: tuple[CountedPart, ...]) -> str:
    """``3 cases + 5 bottles``, largest first. What a pack holds was told where it was counted, so that its kind is
    enough, unless two packs are of one kind."""
    totals: dict[str, int] = {}
    for part in parts:
        for code, count in part.packs.items():
            totals[code] = totals.get(code, 0) + count
    full = unit_names(app, product)
    kinds = {code: pack_kind(name) for code, name in full.items()}
    names = kinds if len(set(kinds.values())) == len(kinds) else full
    shown = [counted(app, names[code], totals[code]) for code in factors(product) if totals.get(code)]
    return " + ".join(shown) or counted(app, names[""], 0)


def lots_text(app: App, product: Product, parts: tuple[CountedPart, ...]) -> list[str]:
    """What was typed of each lot: ``Lot A7 × 13, expires Dec 3``; nothing for what has no lot and no expiry."""
    said = []
    for part in parts:
        key = "parcel.lot_until" if part.lot and part.expires_on else "parcel.lot" if part.lot else "count.expiring"
        if part.lot or part.expires_on:
            count = app.format.number(counted_units(product, (part,)))
            day = app.format.day(part.expires_on, app.now()) if part.expires_on else ""
            said.append(app.t(key, lot=part.lot, count=count, day=day))
    return said


def pack_kind(name: str) -> str:
    """``箱`` of "12 瓶/箱", ``case`` of "Case of 12 (bottle)"; other names as they are."""
    found = re.match(r"\d.*/(?P<zh>[^/]+)$|(?P<en>[A-Za-z]+) of \d", name)
    return (found["zh"] or found["en"].lower()) if found else name


def unit_names(app: App, product: Product) -> dict[str, str]:
    return {**{pack.code: app.name(pack.name) for pack in product.packs}, "": app.name(product.unit)}
