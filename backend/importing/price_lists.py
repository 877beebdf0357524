"""Price lists from a file: one row for each list, product and quantity from which a price counts.

All rows of one product in one list make its tiers anew; products of the list that the file does not name stay as they
are. What a list is (name, kind, validity) is read from its first row; an empty cell leaves what is there. A brand's
first base list counts for all its customers, as one made at the desk does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from backend.catalog import queries
from backend.catalog.prices import check_list, check_tiers
from backend.catalog.rows import price_list_row
from backend.catalog.service import PriceBook, all_skus, product_ids_by_sku
from backend.importing.reasons import Reason, of_limit, of_refusal
from backend.importing.records import Field, Record
from backend.importing.spelling import spelled
from backend.importing.taking import Draft, Import, save_drafts
from backend.partners.assigning import first_for_all
from backend.partners.service import lock_tree
from backend.sync.changes import Changes
from backend.sync.commands import Refused
from backend.turns import in_turns
from offline.ids import new_id
from offline.wire import rows
from offline.wire.commands import PriceListSave
from offline.wire.rows import Tier

FIELDS = (
    Field("price_list", needed=True),
    Field("name_*"),
    Field("kind", choices=("base", "group", "customer", "contract")),
    Field("currency"),
    Field("priority", "whole"),
    Field("merge", "flag"),
    Field("valid_from", "moment"),
    Field("valid_until", "moment"),
    Field("sku", needed=True),
    Field("from_quantity", "whole"),
    Field("unit_price", "decimal", needed=True),
)
_PLAIN = ("kind", "currency", "priority", "merge", "valid_from", "valid_until")

Pair = tuple[str, str]


@dataclass(slots=True)
class _Ladder:
    """The rows of one product in one list."""

    records: list[Record] = field(default_factory=list)
    tiers: dict[int, Tier] = field(default_factory=dict)


async def take_price_lists(work: Import, records: Iterable[Record]) -> None:
    # Before the catalogue, as wherever both are locked: a first base list is given to the head office.
    await lock_tree(work.session, work.tenant_id)
    skus = await all_skus(work.session, work.tenant_id)
    found = list(spelled(records, "sku", skus, work.report))
    known = {
        row.code: price_list_row(row) for row in (await queries.price_lists(work.session, work.tenant_id)).values()
    }
    book = PriceBook(work.session, work.tenant_id, work.now, work.changes)
    lists = await _save_lists(work, found, known, book)
    products = await product_ids_by_sku(work.session, work.tenant_id, {record.values["sku"] for record in found})
    ladders: dict[Pair, _Ladder] = {}
    async for record in in_turns(found):
        list_id, product_id = lists.get(record.values["price_list"]), products.get(record.values["sku"])
        if list_id is None:
            record.refuse(work.report, Reason("list_missing"), "price_list")
        elif product_id is None:
            record.refuse(work.report, Reason("no_product"), "sku")
        else:
            _add(ladders.setdefault((list_id, product_id), _Ladder()), record, work)
    await _save_prices(work, ladders, book)


def as_draft(row: rows.PriceList) -> PriceListSave:
    """What would save the list as it is."""
    return PriceListSave(
        price_list=row.id,
        code=row.code,
        name=row.name,
        kind=row.kind,
        currency=row.currency,
        priority=row.priority,
        merge=row.merge,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


async def _save_lists(
    work: Import, records: Sequence[Record], known: Mapping[str, rows.PriceList], book: PriceBook
) -> dict[str, str]:
    """Ids by code, of those that could be saved."""
    first: dict[str, Record] = {}
    for record in records:
        first.setdefault(record.values["price_list"], record)
    lists: dict[str, str] = {}
    bases: list[PriceListSave] = []
    for code, record in first.items():
        existing = known.get(code)
        draft = _list_draft(record, existing, work)
        try:
            msgspec.json.decode(msgspec.json.encode(draft), type=PriceListSave)
            check_list(draft)
            if existing is None or draft != as_draft(existing):
                await book.save_list(draft)
                bases += [draft] if existing is None and draft.kind == "base" else []
                work.report.notes[Reason("lists_made" if existing is None else "lists_changed")] += 1
            lists[code] = draft.price_list
        except msgspec.ValidationError as error:
            work.report.notes[Reason("list_not_taken", code=code, said=of_limit(error)[0])] += 1
        except Refused as refused:
            work.report.notes[Reason("list_not_taken", code=code, said=of_refusal(refused))] += 1
    await _count_for_all(work, bases)
    return lists


async def _count_for_all(work: Import, bases: Sequence[PriceListSave]) -> None:
    """The only base list of a brand that had none. Of several nobody can tell which counts for whom."""
    if len(bases) != 1:
        return
    (base,) = bases
    await work.session.flush()
    if await first_for_all(work.session, work.tenant_id, base.price_list, work.now, work.changes):
        work.report.notes[Reason("list_for_all", code=base.code)] += 1


def _list_draft(record: Record, existing: rows.PriceList | None, work: Import) -> PriceListSave:
    code = record.values["price_list"]
    if existing is not None:
        base = as_draft(existing)
    else:
        name = {"zh": code, "en": code}
        base = PriceListSave(price_list=new_id(), code=code, name=name, kind="base", currency=work.currency)
    given: dict[str, Any] = {name: record.values[name] for name in _PLAIN if name in record.values}
    for each in ("valid_from", "valid_until"):
        if each in given and _as_shown(getattr(base, each), given[each]):
            del given[each]
    return msgspec.structs.replace(base, **given, name=record.names("name", base.name))


def _as_shown(held: datetime | None, given: datetime) -> bool:
    """Whether it is what a spreadsheet keeps of a time, or shows of it and saves as .csv."""
    return held is not None and given in (held.replace(microsecond=0), held.replace(second=0, microsecond=0))


def _add(ladder: _Ladder, record: Record, work: Import) -> None:
    tier = Tier(record.values.get("from_quantity", 1), record.values["unit_price"])
    if tier.quantity in ladder.tiers:
        record.refuse(work.report, Reason("tier_twice"), "from_quantity")
        return
    try:
        check_tiers([tier])
    except Refused:
        wrong = "from_quantity" if tier.quantity < 1 else "unit_price"
        record.refuse(work.report, Reason("no_tier"), wrong)
        return
    ladder.tiers[tier.quantity] = tier
    ladder.records.append(record)


async def _save_prices(work: Import, ladders: Mapping[Pair, _Ladder], book: PriceBook) -> None:
    list_ids, product_ids = {pair[0] for pair in ladders}, {pair[1] for pair in ladders}
    stored = await queries.current_tiers(work.session, work.tenant_id, list_ids, product_ids)
    current = {
        (list_id, product_id): msgspec.convert(tiers, tuple[Tier, ...])
        async for list_id, product_id, tiers in in_turns(stored)
    }
    drafts: list[Draft[tuple[Pair, tuple[Tier, ...]]]] = []
    async for pair, ladder in in_turns(ladders.items()):
        tiers = tuple(ladder.tiers[quantity] for quantity in sorted(ladder.tiers))
        if not tiers:
            continue
        if current.get(pair) == tiers:
            work.report.unchanged += len(ladder.records)
        else:
            drafts.append(Draft((pair, tiers), ladder.records, fresh=pair not in current))

    async def save(items: Sequence[tuple[Pair, tuple[Tier, ...]]], changes: Changes) -> None:
        book.changes = changes
        await book.save_prices(dict(items))

    await save_drafts(work, drafts, save)
    book.changes = work.changes
