"""What pending commands make of assortments, of who holds them, and of categories."""

from collections.abc import Callable
from typing import Any

import msgspec

from offline.projection import View
from offline.rules.assigning import held_after
from offline.wire.ranges import (
    AssortmentAssign,
    AssortmentRemove,
    AssortmentSave,
    CategoryRemove,
    CategorySave,
    PriceListAssign,
)
from offline.wire.rows import Assortment, Category, Organisation


def _save_assortment(view: View, command: AssortmentSave) -> None:
    if view.reached("desk", f"range:{command.assortment}"):
        return
    fields = {name: getattr(command, name) for name in Assortment.__struct_fields__ if name != "id"}
    view.put("assortment", Assortment(id=command.assortment, **fields))


def _remove_assortment(view: View, command: AssortmentRemove) -> None:
    if not view.reached("desk", f"range:{command.assortment}"):
        view.hide("assortment", command.assortment)


def _assign_assortment(view: View, command: AssortmentAssign) -> None:
    _assign(view, command, "assortments", command.assortment)


def _assign_price_list(view: View, command: PriceListAssign) -> None:
    """What counts for whom, the tree's lower branches too, is the server's to work out."""
    _assign(view, command, "price_lists", command.price_list)


def _assign(view: View, command: AssortmentAssign | PriceListAssign, held_in: str, id_: str) -> None:
    """``held_in``: the field of an organisation's row in which ``id_`` is, or will be."""
    if view.reached("desk"):
        return
    for organisation_id in (*command.give, *command.take):
        row = view.row(Organisation, "organisation", organisation_id)
        if row is None:
            continue
        held = held_after(getattr(row, held_in), id_, given=organisation_id in command.give)
        view.put("organisation", msgspec.structs.replace(row, **{held_in: held}))


def _save_category(view: View, command: CategorySave) -> None:
    if not view.reached("brand"):
        row = Category(id=command.category, name=command.name, parent=command.parent, sort=command.sort)
        view.put("category", row)


def _remove_category(view: View, command: CategoryRemove) -> None:
    """The products that were in it show none until the server has moved them."""
    if view.reached("brand"):
        return
    row = view.row(Category, "category", command.category)
    for child in view.rows.all("category") if row is not None else ():
        if isinstance(child, Category) and row is not None and child.parent == row.id:
            view.put("category", msgspec.structs.replace(child, parent=row.parent))
    view.hide("category", command.category)


RANGE_PROJECTIONS: dict[str, Callable[[View, Any], None]] = {
    AssortmentSave.NAME: _save_assortment,
    AssortmentRemove.NAME: _remove_assortment,
    AssortmentAssign.NAME: _assign_assortment,
    PriceListAssign.NAME: _assign_price_list,
    CategorySave.NAME: _save_category,
    CategoryRemove.NAME: _remove_category,
}
