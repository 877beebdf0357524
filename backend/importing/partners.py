"""Organisations from a file: by code, new or changed, a whole tree in any order. An empty cell leaves what is there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import select

from backend.catalog import queries as catalog
from backend.identity import queries as identity
from backend.importing.reasons import Reason, of_limit, of_refusal
from backend.importing.records import Field, Record, Type
from backend.importing.spelling import spelled
from backend.importing.taking import Draft, Import, once, save_drafts
from backend.inputs import check_names
from backend.partners.models import Organisation
from backend.partners.saving import found_tenant, save_organisations
from backend.partners.service import lock_tree, organisation_row
from backend.sync.changes import Changes
from backend.sync.commands import Refused
from backend.turns import in_turns
from offline.ids import new_id
from offline.rules.fence import LEAST_RADIUS, MOST_RADIUS, is_fence_radius
from offline.wire import rows
from offline.wire.commands import OrganisationSave
from offline.wire.rows import Address

HEAD_OFFICE = "head_office"
_TYPES = (HEAD_OFFICE, "distributor", "dealer", "shop")
_ADDRESS = ("line", "city", "region", "contact", "phone", "latitude", "longitude", "fence_radius")
_TYPE_OF: dict[str, Type] = {"latitude": "decimal", "longitude": "decimal", "fence_radius": "whole"}
FIELDS = (
    Field("code", needed=True),
    Field("name_*"),
    Field("type", choices=_TYPES),
    Field("parent"),
    Field("status", choices=("prospect", "active", "blocked", "exited")),
    Field("blocked_reason"),
    Field("group"),
    Field("territory"),
    Field("rep"),
    *(Field(f"address_{name}", _TYPE_OF.get(name, "text")) for name in _ADDRESS),
    Field("more_addresses"),
    Field("payment_days", "whole"),
    Field("credit_limit", "decimal"),
    Field("price_lists", "list"),
    Field("assortments", "list"),
)
_PLAIN = ("code", "status", "blocked_reason", "group", "territory", "payment_days", "credit_limit")


@dataclass(slots=True)
class _Known:
    """What the rows may refer to, by what people write. ``gone``: ids of users who may not sign in any more."""

    partners: dict[str, rows.Organisation]
    parents: dict[str, str]
    head_office: str
    lists: dict[str, str]
    assortments: dict[str, str]
    users: dict[str, str]
    gone: set[str]
    fresh: dict[str, str] = field(default_factory=dict)

    def id_of(self, code: str) -> str | None:
        found = self.partners.get(code)
        return found.id if found is not None else self.fresh.get(code)


async def read_known(work: Import) -> _Known:
    session, tenant_id = work.session, work.tenant_id
    found = (await session.scalars(select(Organisation).where(Organisation.tenant_id == tenant_id))).all()
    lists = await catalog.price_lists(session, tenant_id)
    assortments = await catalog.assortments(session, tenant_id)
    named = {name: id_ for id_, row in assortments.items() for name in row.name.values()}
    users = await identity.users(session, tenant_id)
    return _Known(
        partners={row.code: organisation_row(row) for row in found},
        parents={row.id: row.parent_id or "" for row in found},
        head_office=next((row.id for row in found if row.type == HEAD_OFFICE), ""),
        lists={row.code: id_ for id_, row in lists.items()},
        assortments=named | {id_: id_ for id_ in assortments} | {row.code: id_ for id_, row in assortments.items()},
        users={user.login: user.id for user in users} | {user.login.partition("@")[0]: user.id for user in users},
        gone={user.id for user in users if not user.active},
    )


async def take_partners(work: Import, records: Iterable[Record]) -> None:
    """A row of the type head_office makes or changes the head office; without a parent, a partner stands below it."""
    await lock_tree(work.session, work.tenant_id)
    known = await read_known(work)
    seen: dict[str, int] = {}
    coded = list(spelled(records, "code", known.partners, work.report))
    codes = {*known.partners, *(record.values["code"] for record in coded)}
    placed = spelled(coded, "parent", codes, work.report)
    found = [record for record in placed if once(record, record.values["code"], seen, work.report, "code")]
    known.fresh = {record.values["code"]: new_id() for record in found if record.values["code"] not in known.partners}
    chief = next((record for record in found if record.values.get("type") == HEAD_OFFICE), None)
    if chief is not None:
        found.remove(chief)
        await _take_head_office(work, chief, known)
    drafts: list[Draft[OrganisationSave]] = []
    async for record in in_turns(found):
        draft = _checked(record, known, work)
        existing = known.partners.get(record.values["code"])
        if draft is None:
            continue
        if existing is not None and draft == as_draft(existing, known.parents):
            work.report.unchanged += 1
        else:
            drafts.append(Draft(draft, [record], fresh=existing is None))

    async def save(items: Sequence[OrganisationSave], changes: Changes) -> None:
        await save_organisations(work.session, work.tenant_id, items, work.now, changes)

    await save_drafts(work, _parents_first(drafts), save)


async def _take_head_office(work: Import, record: Record, known: _Known) -> None:
    code = record.values["code"]
    existing = known.partners.get(code)
    if known.head_office and (existing is None or existing.id != known.head_office):
        record.refuse(work.report, Reason("head_office_there"), "type")
        return
    known.head_office = known.head_office or known.fresh[code]
    draft = _checked(record, known, work)
    if draft is None:
        return
    if existing is not None and draft == as_draft(existing, known.parents):
        work.report.unchanged += 1
        return
    await found_tenant(work.session, work.tenant_id, draft, work.currency, now=work.now, changes=work.changes)
    if existing is None:
        work.report.made += 1
    else:
        work.report.changed += 1


def as_draft(row: rows.Organisation, parents: Mapping[str, str]) -> OrganisationSave:
    """What would save the organisation as it is. The head office's type and parent are not looked at."""
    return OrganisationSave(
        organisation=row.id,
        code=row.code,
        name=row.name,
        type="distributor" if row.type == "head_office" else row.type,
        parent=parents.get(row.id) or row.id,
        status=row.status,
        blocked_reason=row.blocked_reason,
        group=row.group,
        territory=row.territory,
        rep=row.rep,
        addresses=row.addresses,
        payment_days=row.payment_days,
        credit_limit=row.credit_limit,
        price_lists=row.price_lists,
        assortments=row.assortments,
    )


class _Unknown(Exception):
    def __init__(self, field: str, reason: Reason) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


def _checked(record: Record, known: _Known, work: Import) -> OrganisationSave | None:
    """The partner as it shall be; None when the record was refused."""
    try:
        draft = _draft(record, known)
        if not any(draft.name.values()):
            raise _Unknown("name", Reason("no_name"))
        check_names("name", draft.name)
        msgspec.json.decode(msgspec.json.encode(draft), type=OrganisationSave)
    except _Unknown as unknown:
        record.refuse(work.report, unknown.reason, unknown.field)
    except msgspec.ValidationError as error:
        record.refuse(work.report, *of_limit(error))
    except Refused as refused:
        record.refuse(work.report, of_refusal(refused), str(refused.detail.get("field", "")))
    else:
        return draft
    return None


def _draft(record: Record, known: _Known) -> OrganisationSave:
    values = record.values
    existing = known.partners.get(values["code"])
    if existing is not None:
        base = as_draft(existing, known.parents)
    else:
        id_ = known.fresh[values["code"]]
        base = OrganisationSave(organisation=id_, code=values["code"], name={}, type="shop", parent=known.head_office)
    changes: dict[str, Any] = {name: values[name] for name in _PLAIN if name in values}
    if values.get("type", HEAD_OFFICE) != HEAD_OFFICE:
        changes["type"] = values["type"]
    if "parent" in values:
        changes["parent"] = _found(known.id_of(values["parent"]), "parent", Reason("no_partner"))
    if not changes.get("parent", base.parent):
        raise _Unknown("parent", Reason("no_head_office"))
    if "rep" in values:
        changes["rep"] = _found(known.users.get(values["rep"].casefold()), "rep", Reason("no_login"))
        if changes["rep"] in known.gone and changes["rep"] != base.rep:
            raise _Unknown("rep", Reason("rep_gone"))
    for name, by in (("price_lists", known.lists), ("assortments", known.assortments)):
        if name in values:
            changes[name] = tuple(_found(by.get(each), name, Reason("unknown", value=each)) for each in values[name])
    changes["name"] = record.names("name", base.name)
    changes["addresses"] = _addresses(record, base.addresses)
    return msgspec.structs.replace(base, **changes)


def _found(value: str | None, field: str, reason: Reason) -> str:
    if value is None:
        raise _Unknown(field, reason)
    return value


def _addresses(record: Record, known: tuple[Address, ...]) -> tuple[Address, ...]:
    values = record.values
    more = known[1:]
    if "more_addresses" in values:
        try:
            more = msgspec.json.decode(values["more_addresses"].encode(), type=tuple[Address, ...])
        except msgspec.DecodeError as error:
            raise _Unknown("more_addresses", Reason("addresses", said=str(error))) from error
        more = _with_known_fences(more, known)
    given = {name: values[f"address_{name}"] for name in _ADDRESS if f"address_{name}" in values}
    for name in ("latitude", "longitude"):
        if name in given:
            given[name] = float(given[name])
            if abs(given[name]) > (90 if name == "latitude" else 180):
                raise _Unknown(f"address_{name}", Reason("no_place"))
    if not is_fence_radius(given.get("fence_radius")):
        raise _Unknown("address_fence_radius", Reason("metres", least=LEAST_RADIUS, most=MOST_RADIUS))
    if known:
        return (msgspec.structs.replace(known[0], **given), *more)
    if not given:
        return more
    return (Address(**{"id": new_id(), "line": "", **given}), *more)


def _with_known_fences(given: tuple[Address, ...], known: tuple[Address, ...]) -> tuple[Address, ...]:
    """A file that tells no fence of an address leaves the one it has."""
    kept = {each.id: each.fence_radius for each in known}
    return tuple(
        each if each.fence_radius is not None else msgspec.structs.replace(each, fence_radius=kept.get(each.id))
        for each in given
    )


def _parents_first(drafts: Sequence[Draft[OrganisationSave]]) -> list[Draft[OrganisationSave]]:
    """So that halving a refused batch leaves a parent before what stands below it."""
    waiting = {draft.item.organisation: draft for draft in drafts}
    ordered: dict[str, Draft[OrganisationSave]] = {}
    for draft in drafts:
        line = [draft]
        while (above := waiting.get(line[-1].item.parent)) is not None and above not in line:
            line.append(above)
        for each in reversed(line):
            ordered.setdefault(each.item.organisation, each)
    return list(ordered.values())
