"""What the commands of counts share: where they are taken, what is held, how an event is noted."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from backend.catalog import service as catalog
from backend.counts import queries
from backend.counts.models import Count
from backend.counts.rows import settings_row
from backend.partners import service as partners
from backend.partners.service import Organisation
from backend.stock import service as stock
from backend.stock.service import Cause, PartnerBook, WarehouseBook
from backend.sync.changes import Changes
from backend.sync.commands import Context, Refused
from offline.rules.counting import TooMany, UnknownPack, base_units, counted_units, tolerance_of, variance
from offline.wire import rows
from offline.wire.counts import CountedPart, CountEvent, CountLine, CountSettings

replace = msgspec.structs.replace


@dataclass(slots=True)
class Table:
    """The books and facts of the products of one command at one partner, or in the brand's own warehouse."""

    books: Mapping[str, PartnerBook] | Mapping[str, WarehouseBook]
    products: Mapping[str, rows.Product]
    categories: Mapping[str, rows.Category]
    settings: CountSettings
    settled: list[str] = field(default_factory=list)

    async def judge(self, line: CountLine, *, second: bool) -> CountLine:
        """What becomes of a line that was just counted: booked, or to be counted again by somebody else. ``second``:
        it was; then it is booked however far off it is. A first count opens the book and is held against nothing. What
        the book cannot take is counted once more, whoever counted."""
        assert line.observed is not None
        assert line.counted_at is not None
        book = self.books[line.product]
        found = await book.settlement(self.observed(line), line.counted_at)
        opening = not book.opened
        product = self.products[line.product]
        off = variance(found.expected, line.observed, tolerance_of(self.settings, product, self.categories))
        again = bool(line.doubt) or (off.recount and not opening and not second) or not book.takes(found)
        known = None if opening else found.expected
        return replace(
            line, state="recount" if again else "settled", expected=known, opening=opening, tolerance=off.allowed
        )

    async def settle(self, line: CountLine, cause: Cause) -> CountLine:
        """Book a line at the moment it was counted, whatever was booked since it was judged."""
        assert line.counted_at is not None
        book = self.books[line.product]
        found = await book.settlement(self.observed(line), line.counted_at)
        opening = not book.opened
        await book.settle(found, cause, {part.lot: part.expires_on for part in line.parts})
        self.settled.append(line.product)
        return replace(
            line,
            state="settled",
            expected=None if opening else found.expected,
            opening=opening,
            adjustment=found.adjustment,
            later=found.later,
            on_hand=found.on_hand,
        )

    async def announce(self, changes: Changes) -> None:
        """After the last line: the books that were written to."""
        for product_id in self.settled:
            await self.books[product_id].announce(changes)

    async def check(self, line: CountLine) -> None:
        """Refuses with ``stock_negative`` {on_hand} what ``settle`` cannot book."""
        assert line.counted_at is not None
        book = self.books[line.product]
        found = await book.settlement(self.observed(line), line.counted_at)
        if not book.takes(found):
            raise Refused("stock_negative", on_hand=found.on_hand)

    def observed(self, line: CountLine) -> dict[str, int]:
        """Base units by lot; without lots where the units are in doubt."""
        assert line.observed is not None
        product = self.products[line.product]
        if not units_agree(product, line.parts, line.observed):
            return {"": line.observed}
        return {part.lot: base_units(product, part.packs) for part in line.parts}


def units_agree(product: rows.Product, parts: Collection[CountedPart], observed: int) -> bool:
    """Whether the phone's base units are ours: a pack may have been changed since."""
    try:
        return counted_units(product, tuple(parts)) == observed
    except (UnknownPack, TooMany):
        return False


async def lay_table(context: Context, organisation_id: str, product_ids: Collection[str]) -> Table:
    """Refuses with ``product_unknown`` before anything is held."""
    session, tenant_id = context.session, context.principal.tenant_id
    products = await known_products(context, product_ids)
    catalogue = await catalog.catalogue_of(context)
    await catalogue.load_small(session)
    settings = settings_row(tenant_id, await queries.settings(session, tenant_id))
    books: Mapping[str, PartnerBook] | Mapping[str, WarehouseBook]
    if await is_warehouse(context, organisation_id):
        books = await stock.warehouse_books(context, product_ids)
    else:
        books = await stock.partner_books(session, tenant_id, organisation_id, product_ids, context.now)
    return Table(books, products, catalogue.categories, settings)


async def is_warehouse(context: Context, organisation_id: str) -> bool:
    """Whether what stands there is the brand's own stock."""
    return await partners.type_of(context.session, context.principal.tenant_id, organisation_id) == "head_office"


async def known_products(context: Context, product_ids: Collection[str]) -> dict[str, rows.Product]:
    """Refuses with ``product_unknown``."""
    catalogue = await catalog.catalogue_of(context)
    await catalogue.load_products(context.session, product_ids)
    found = {id_: row for id_ in product_ids if (row := catalogue.products.get(id_)) is not None}
    if len(found) < len(set(product_ids)):
        raise Refused("product_unknown")
    return found


async def place_in_sight(context: Context, organisation_id: str) -> Organisation:
    """A partner, or the head office for those who keep the brand's stock. Refuses with ``organisation_unknown``, also
    for one that is not the person's to see."""
    principal = context.principal
    if principal.sees(organisation_id):
        found = await partners.organisations(context.session, principal.tenant_id, {organisation_id})
        row = found.get(organisation_id)
        if row is not None and (row.type != "head_office" or principal.may("stock.adjust")):
            return row
    raise Refused("organisation_unknown")


async def count_in_sight(context: Context, count_id: str) -> Count:
    """Held. Refuses with ``count_unknown``."""
    count = await queries.locked_count(context.session, context.principal.tenant_id, count_id)
    principal = context.principal
    if count is None or not principal.sees(count.organisation_id):
        raise Refused("count_unknown")
    if not principal.may("stock.adjust") and await is_warehouse(context, count.organisation_id):
        raise Refused("count_unknown")
    return count


def new_count(context: Context, count_id: str, organisation: Organisation, *, blind: bool) -> Count:
    """One that nobody has asked for or taken yet; the caller fills in which."""
    count = Count(
        tenant_id=context.principal.tenant_id,
        id=count_id,
        organisation_id=organisation.id,
        organisation_code=organisation.code,
        organisation_name=organisation.name,
        status="wanted",
        blind=blind,
        count_list_id=None,
        visit_id=None,
        due_on=None,
        note="",
        asked_by_name="",
        lines=[],
        rounds=[],
        events=[],
        created_at=context.now,
        changed_at=context.now,
    )
    context.session.add(count)
    return count


def keep_lines(count: Count, lines: Mapping[str, CountLine], now: datetime) -> None:
    """The lines as they are now, and the status they make."""
    count.lines = msgspec.to_builtins(list(lines.values()))
    again = any(line.state == "recount" for line in lines.values())
    count.status = "recount_wanted" if again else "settled"
    count.changed_at = now


def add_event(context: Context, count: Count, kind: str, *, reason: str = "", lines: int = 0) -> None:
    principal = context.principal
    event = CountEvent(
        kind=kind, at=context.now, actor=principal.user_id, actor_name=principal.name, reason=reason, lines=lines
    )
    count.events = [*count.events, msgspec.to_builtins(event)]


def cause_of(context: Context, count: Count, reason: str = "") -> Cause:
    return Cause("count", actor_id=context.principal.user_id or None, count_id=count.id, reason=reason)
