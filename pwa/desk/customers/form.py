"""A customer as texts, and back."""

from decimal import Decimal
from typing import Any

from offline.ids import new_id
from offline.wire.commands import OrganisationSave
from offline.wire.rows import Address, Organisation
from pwa.desk.editing import Reader

TYPES = ("distributor", "dealer", "shop")
STATUSES = ("prospect", "active", "blocked", "exited")
FIELDS = ("code", "name_zh", "name_en", "type", "parent", "status", "blocked_reason", "group", "territory", "rep",
          "payment_days", "credit_limit", "price_lists", "assortments", "addresses")  # fmt: skip
ADDRESS_FIELDS = ("region", "city", "line", "contact", "phone")
Typed = tuple[str, str, str, str, str, str]
"""An address being edited: id, then ``ADDRESS_FIELDS`` as typed."""


def start_of(row: Organisation | OrganisationSave | None, parent: str) -> dict[str, Any]:
    """``parent``: of a new customer, the head office."""
    values: dict[str, Any] = dict.fromkeys(FIELDS, "")
    values |= {"type": "shop", "parent": parent, "status": "active", "payment_days": "0"}
    values |= {"price_lists": (), "assortments": (), "addresses": ()}
    if row is None:
        return values
    above = row.parent if isinstance(row, OrganisationSave) else next(iter(row.ancestors), parent)
    return values | {
        "code": row.code,
        "name_zh": row.name.get("zh", ""),
        "name_en": row.name.get("en", ""),
        "type": row.type,
        "parent": above,
        "status": row.status,
        "blocked_reason": row.blocked_reason,
        "group": row.group,
        "territory": row.territory,
        "rep": row.rep or "",
        "payment_days": str(row.payment_days),
        "credit_limit": "" if row.credit_limit is None else f"{row.credit_limit:f}",
        "price_lists": row.price_lists,
        "assortments": row.assortments,
        "addresses": tuple((one.id, one.region, one.city, one.line, one.contact, one.phone) for one in row.addresses),
    }


def command_of(reader: Reader, row_id: str, old: Organisation | OrganisationSave | None) -> OrganisationSave | None:
    form = reader.form
    code = reader.code("code")
    name = reader.names("name", required=True)
    days = reader.whole("payment_days", most=365, empty=0)
    limit = reader.number("credit_limit", least=Decimal(0))
    reason = reader.text("blocked_reason", required=form["status"] == "blocked")
    if form["parent"] == row_id or not form["parent"]:
        reader.fault("parent", "required")
    if len(code) > 64:
        reader.fault("code", "too_long", most=64)
    if reader.errors:
        return None
    return OrganisationSave(
        organisation=row_id,
        code=code,
        name=name,
        type=form["type"],
        parent=form["parent"],
        status=form["status"],
        blocked_reason=reason if form["status"] == "blocked" else "",
        group=reader.text("group"),
        territory=reader.text("territory"),
        rep=form["rep"] or None,
        addresses=_addresses(form["addresses"], old),
        payment_days=days or 0,
        credit_limit=limit,
        price_lists=form["price_lists"],
        assortments=form["assortments"],
    )


def _addresses(rows: tuple[Typed, ...], old: Organisation | OrganisationSave | None) -> tuple[Address, ...]:
    """Addresses with a street; where they are on the map stays with them."""
    known = {one.id: one for one in old.addresses} if old else {}
    found = []
    for address_id, region, city, line, contact, phone in rows:
        if not line.strip():
            continue
        before = known.get(address_id)
        same_place = before is not None and (before.region, before.city, before.line) == (region, city, line)
        found.append(
            Address(
                id=address_id or new_id(),
                line=line.strip(),
                city=city.strip(),
                region=region.strip(),
                contact=contact.strip(),
                phone=phone.strip(),
                latitude=before.latitude if before and same_place else None,
                longitude=before.longitude if before and same_place else None,
                fence_radius=before.fence_radius if before and same_place else None,
            )
        )
    return tuple(found)
