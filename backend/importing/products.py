"""Products from a file: by SKU, new or changed. An empty cell leaves what is there."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from backend.catalog import queries
from backend.catalog.products import check_product
from backend.catalog.rows import category_row, product_row
from backend.catalog.service import lock_catalogue, save_categories, save_products
from backend.importing.cells import BadCell
from backend.importing.reasons import Reason, of_limit, of_refusal
from backend.importing.records import Field, Record
from backend.importing.spelling import plain, spelled
from backend.importing.taking import Draft, Import, once, save_drafts
from backend.search import fold
from backend.sync.changes import Changes
from backend.sync.commands import Refused
from backend.turns import in_turns
from offline.ids import new_id
from offline.wire import rows
from offline.wire.commands import MAX_QUANTITY, ProductSave
from offline.wire.rows import Pack

FIELDS = (
    Field("sku", needed=True),
    Field("name_*"),
    Field("unit_*"),
    Field("category_*"),
    Field("brand"),
    Field("spec_*"),
    Field("barcodes", "list"),
    Field("case_of", "whole"),
    Field("case_barcode"),
    Field("packs"),
    Field("minimum", "whole"),
    Field("multiple", "whole"),
    Field("tax_rate", "rate"),
    Field("status", choices=("active", "withdrawn")),
    Field("image"),
    Field("sort", "whole"),
    Field("available_from", "day"),
    Field("lot_tracked", choices=("yes", "no")),
)


async def take_products(work: Import, records: Iterable[Record]) -> None:
    """Categories that do not exist yet are made."""
    await lock_catalogue(work.session, work.tenant_id)
    skus = await queries.skus(work.session, work.tenant_id)
    found = list(spelled(records, "sku", skus, work.report))
    known = await _existing(work, found)
    categories = _Categories(await _category_rows(work))
    seen: dict[str, int] = {}
    drafts: list[Draft[ProductSave]] = []
    async for record in in_turns(found):
        sku = record.values["sku"]
        if not once(record, sku, seen, work.report, "sku"):
            continue
        draft = _draft(record, known.get(sku), categories, work)
        if draft is not None and sku in known and draft == as_draft(known[sku]):
            work.report.unchanged += 1
        elif draft is not None:
            drafts.append(Draft(draft, [record], fresh=sku not in known))
    if categories.made:
        await save_categories(work.session, work.tenant_id, categories.made, work.changes)
        work.report.notes[Reason("categories_made")] += len(categories.made)

    async def save(items: Sequence[ProductSave], changes: Changes) -> None:
        await save_products(work.session, work.tenant_id, items, work.now, changes)

    await save_drafts(work, drafts, save)


async def _existing(work: Import, records: Sequence[Record]) -> dict[str, rows.Product]:
    skus = {record.values["sku"] for record in records}
    ids = await queries.ids_by_sku(work.session, work.tenant_id, skus)
    found = await queries.products(work.session, work.tenant_id, set(ids.values()))
    return {row.sku: product_row(row) for row in found.values()}


async def _category_rows(work: Import) -> list[rows.Category]:
    return [category_row(row) for row in (await queries.categories(work.session, work.tenant_id)).values()]


class _Categories:
    """By any of their names, however it is written; new ones are remembered in ``made``."""

    def __init__(self, known: Sequence[rows.Category]) -> None:
        self._ids = {fold(name): row.id for row in known for name in row.name.values()}
        self._sort = max((row.sort for row in known), default=0)
        self.made: list[rows.Category] = []

    def id_of(self, names: Mapping[str, str]) -> str:
        for name in names.values():
            if fold(name) in self._ids:
                return self._ids[fold(name)]
        self._sort += 10
        row = rows.Category(id=new_id(), name=dict(names), sort=self._sort)
        self.made.append(row)
        self._ids |= {fold(name): row.id for name in names.values()}
        return row.id


def as_draft(row: rows.Product) -> ProductSave:
    """What would save the product as it is."""
    return ProductSave(
        product=row.id,
        sku=row.sku,
        name=row.name,
        unit=row.unit,
        category=row.category,
        brand=row.brand,
        spec=row.spec,
        packs=row.packs,
        barcodes=row.barcodes,
        minimum=row.minimum,
        multiple=row.multiple,
        tax_rate=row.tax_rate,
        status=row.status,
        image=row.image,
        sort=row.sort,
        available_from=row.available_from,
        lot_tracked=row.lot_tracked,
    )


def _draft(record: Record, known: rows.Product | None, categories: _Categories, work: Import) -> ProductSave | None:
    """The product as it shall be; None when the record was refused."""
    base = as_draft(known) if known else ProductSave(product=new_id(), sku=record.values["sku"], name={}, unit={})
    values = _values(record, base, work)
    if values is None:
        return None
    if any(each in values for each in ("case_of", "packs")):
        try:
            packs = _packs(values)
        except BadCell as bad:
            record.refuse(work.report, bad.reason, "packs" if "packs" in values else "case_of")
            return None
        base = msgspec.structs.replace(base, packs=packs)
    given = {name: values[name] for name in _PLAIN if name in values}
    names = {name: record.names(name, getattr(base, name)) for name in ("name", "unit", "spec")}
    if not any(names["name"].values()):
        record.refuse(work.report, Reason("no_name"))
        return None
    draft = msgspec.structs.replace(base, **given, **names)
    if "lot_tracked" in values:
        draft = msgspec.structs.replace(draft, lot_tracked=values["lot_tracked"] == "yes")
    if category := record.names("category"):
        draft = msgspec.structs.replace(draft, category=categories.id_of(category))
    try:
        # The wire's own limits (lengths, ranges), then the catalogue's.
        msgspec.json.decode(msgspec.json.encode(draft), type=ProductSave)
        check_product(draft)
    except msgspec.ValidationError as error:
        record.refuse(work.report, *of_limit(error))
        return None
    except Refused as refused:
        record.refuse(work.report, of_refusal(refused), str(refused.detail.get("field", "")))
        return None
    if known is None and "tax_rate" not in values:
        work.report.notes[Reason("no_tax")] += 1
    return draft


_PLAIN = ("sku", "brand", "barcodes", "minimum", "multiple", "tax_rate", "status", "image", "sort", "available_from")


def _values(record: Record, base: ProductSave, work: Import) -> Mapping[str, Any] | None:
    """None when the record was refused."""
    values = dict(record.values)
    for name in ("minimum", "multiple"):
        if not 1 <= values.get(name, 1) <= MAX_QUANTITY:
            record.refuse(work.report, Reason("range", least=1, most=MAX_QUANTITY), name)
            return None
    if "barcodes" in values:
        try:
            values["barcodes"] = _barcodes(values["barcodes"], base.barcodes)
        except BadCell as bad:
            record.refuse(work.report, bad.reason, "barcodes")
            return None
    return values


def _barcodes(given: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Those that lost nothing but the zeros before them, to a spreadsheet, are as they were."""
    whole = {code.lstrip("0"): code for code in known}
    return tuple(dict.fromkeys(whole.get(code.lstrip("0"), code) for code in map(plain, given)))


def _packs(values: Mapping[str, object]) -> tuple[Pack, ...]:
    """``packs`` as the export writes them: JSON; or one case of ``case_of`` units."""
    if "packs" in values:
        try:
            return msgspec.json.decode(str(values["packs"]).encode(), type=tuple[Pack, ...])
        except msgspec.DecodeError as error:
            raise BadCell("packs", said=str(error)) from error
    factor = values["case_of"]
    assert isinstance(factor, int)
    if not 1 <= factor <= MAX_QUANTITY:
        raise BadCell("range", least=1, most=MAX_QUANTITY)
    barcode = values.get("case_barcode")
    names = {"zh": f"{factor} 件/箱", "en": f"Case of {factor}"}
    return (Pack("CASE", names, factor, str(barcode) if barcode else None),) if factor > 1 else ()
