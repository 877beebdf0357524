"""Assortments from a file: what customers are authorised to buy between two dates.

Rows of one code add up, for a cell holds only so much: the lists are joined, the rest is read from the first row that
gives it. An empty cell leaves what is there. ``customers`` (codes) and ``groups`` get the assortment beside those they
hold; which ones a customer holds altogether is in the file of partners.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import select

from backend.catalog import queries as catalog
from backend.catalog.rows import assortment_row
from backend.catalog.service import lock_catalogue, product_ids_by_sku, save_assortments
from backend.importing.partners import HEAD_OFFICE, as_draft
from backend.importing.reasons import Reason, of_refusal
from backend.importing.records import Field, Record
from backend.importing.taking import Draft, Import, save_drafts
from backend.inputs import check_names, check_text
from backend.partners.models import Organisation
from backend.partners.saving import save_organisations
from backend.partners.service import lock_tree, organisation_row, organisations
from backend.search import fold
from backend.sync.changes import Changes
from backend.sync.commands import Refused
from offline.ids import new_id
from offline.wire import rows

MAX_CODE = 64
FIELDS = (
    Field("code", needed=True),
    Field("name_*"),
    Field("everything", "flag"),
    Field("products", "list"),
    Field("categories", "list"),
    Field("excluded", "list"),
    Field("valid_from", "day"),
    Field("valid_until", "day"),
    Field("customers", "list"),
    Field("groups", "list"),
)
_PLAIN = ("everything", "valid_from", "valid_until")
_LISTS = ("products", "categories", "excluded")


@dataclass(frozen=True, slots=True)
class _Range:
    """An assortment as it shall be, and the organisations that get it."""

    row: rows.Assortment
    holders: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the rows may refer to, by what people write; ``held``: assortment -> organisations."""

    assortments: Mapping[str, rows.Assortment]
    skus: Mapping[str, str]
    categories: Mapping[str, str]
    customers: Mapping[str, str]
    groups: Mapping[str, frozenset[str]]
    held: Mapping[str, frozenset[str]]


async def take_assortments(work: Import, records: Iterable[Record]) -> None:
    by_code: dict[str, list[Record]] = {}
    for record in records:
        by_code.setdefault(record.values["code"], []).append(record)
    await lock_tree(work.session, work.tenant_id)
    await lock_catalogue(work.session, work.tenant_id)
    known = await _read_known(work, by_code)
    drafts: list[Draft[_Range]] = []
    for code, found in by_code.items():
        existing = known.assortments.get(code)
        item = _checked(found, existing, known, work)
        if item is None:
            continue
        if item.row == existing and item.holders <= known.held.get(item.row.id, frozenset()):
            work.report.unchanged += len(found)
        else:
            drafts.append(Draft(item, found, fresh=existing is None))

    async def save(items: Sequence[_Range], changes: Changes) -> None:
        await save_assortments(work.session, work.tenant_id, [item.row for item in items], changes)
        await _give(work, items, changes)

    await save_drafts(work, drafts, save)


async def _read_known(work: Import, by_code: Mapping[str, Sequence[Record]]) -> _Known:
    session, tenant_id = work.session, work.tenant_id
    values = [record.values for records in by_code.values() for record in records]
    skus = {sku for each in values for name in ("products", "excluded") for sku in each.get(name, ())}
    categories = await catalog.categories(session, tenant_id)
    found = (await session.scalars(select(Organisation).where(Organisation.tenant_id == tenant_id))).all()
    customers = [row for row in found if row.type != HEAD_OFFICE]
    groups: dict[str, set[str]] = {}
    held: dict[str, set[str]] = {}
    for row in customers:
        groups.setdefault(row.group, set()).add(row.id)
        for assortment_id in row.assortments:
            held.setdefault(assortment_id, set()).add(row.id)
    return _Known(
        assortments={row.code: assortment_row(row) for row in (await catalog.assortments(session, tenant_id)).values()},
        skus=await product_ids_by_sku(session, tenant_id, skus),
        categories={fold(name): id_ for id_, row in categories.items() for name in row.name.values()},
        customers={row.code: row.id for row in customers},
        groups={name: frozenset(ids) for name, ids in groups.items() if name},
        held={id_: frozenset(ids) for id_, ids in held.items()},
    )


class _Wrong(Exception):
    def __init__(self, record: Record, field: str, reason: Reason) -> None:
        super().__init__(reason)
        self.record, self.field, self.reason = record, field, reason


def _checked(records: Sequence[Record], existing: rows.Assortment | None, known: _Known, work: Import) -> _Range | None:
    """The assortment; None when its rows were refused: without one of them it might allow what it should not."""
    try:
        return _range(records, existing, known)
    except _Wrong as wrong:
        wrong.record.refuse(work.report, wrong.reason, wrong.field)
        for record in records:
            if record is not wrong.record:
                record.refuse(work.report, Reason("range_row", row=wrong.record.row))
    return None


def _range(records: Sequence[Record], existing: rows.Assortment | None, known: _Known) -> _Range:
    first = records[0]
    code = first.values["code"]
    base = existing or rows.Assortment(id=new_id(), code=code, name={})
    given: dict[str, Any] = {}
    names = dict(base.name)
    for record in reversed(records):
        given |= {name: record.values[name] for name in _PLAIN if name in record.values}
        names = record.names("name", names)
    for name, by in zip(_LISTS, (known.skus, known.categories, known.skus), strict=True):
        if any(name in record.values for record in records):
            ids = _ids(records, name, by)
            same = set(ids) == set(getattr(base, name))
            given[name] = getattr(base, name) if same else ids
    row = msgspec.structs.replace(base, **given, name=names)
    if not any(row.name.values()):
        raise _Wrong(first, "name", Reason("no_name"))
    try:
        check_text("code", code)
        check_names("name", row.name)
    except Refused as refused:
        raise _Wrong(first, str(refused.detail["field"]), of_refusal(refused)) from None
    if len(code) > MAX_CODE:
        raise _Wrong(first, "code", Reason("too_long", count=MAX_CODE))
    if row.valid_from and row.valid_until and row.valid_until < row.valid_from:
        raise _Wrong(first, "valid_until", Reason("before_first"))
    return _Range(row, _holders(records, known))


def _ids(records: Sequence[Record], field: str, by: Mapping[str, str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for record in records:
        for each in record.values.get(field, ()):
            id_ = by.get(fold(each) if field == "categories" else each)
            if id_ is None:
                raise _Wrong(record, field, Reason("unknown", value=each))
            found[id_] = None
    return tuple(found)


def _holders(records: Sequence[Record], known: _Known) -> frozenset[str]:
    found = set(_ids(records, "customers", known.customers))
    for record in records:
        for group in record.values.get("groups", ()):
            if group not in known.groups:
                raise _Wrong(record, "groups", Reason("empty_group", group=group))
            found |= known.groups[group]
    return frozenset(found)


async def _give(work: Import, items: Sequence[_Range], changes: Changes) -> None:
    """Those who hold it already are not touched."""
    wanted: dict[str, list[str]] = {}
    for item in items:
        for holder in sorted(item.holders):
            wanted.setdefault(holder, []).append(item.row.id)
    found = await organisations(work.session, work.tenant_id, wanted)
    parents = {row.id: row.parent_id or "" for row in found.values()}
    drafts = []
    for id_, row in found.items():
        missing = [each for each in wanted[id_] if each not in row.assortments]
        if missing:
            draft = as_draft(organisation_row(row), parents)
            drafts.append(msgspec.structs.replace(draft, assortments=(*draft.assortments, *missing)))
    if drafts:
        await save_organisations(work.session, work.tenant_id, drafts, work.now, changes)
