"""An assortment as it is typed and ticked, and back. Who holds it is kept as what was added and taken away, so that two
people who change that take nothing back from each other."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from offline.rules.authorisation import Range
from offline.wire.ranges import MAX_CATEGORIES, MAX_HOLDERS, MAX_PRODUCTS, AssortmentAssign, AssortmentSave
from offline.wire.rows import Assortment, Category
from pwa.desk.editing import Reader
from pwa.desk.state import Form

FIELDS = ("code", "name_zh", "name_en", "valid_from", "valid_until", "everything", "products", "categories", "excluded")
GOODS = ("everything", "products", "categories", "excluded")
PASTES = ("pasted_products", "pasted_customers")


def start_of(row: Assortment | AssortmentSave | None) -> dict[str, Any]:
    values: dict[str, Any] = dict.fromkeys(("code", "name_zh", "name_en", "valid_from", "valid_until", *PASTES), "")
    values |= {"everything": False, "products": (), "categories": (), "excluded": (), "given": (), "taken": ()}
    if row is None:
        return values
    return values | {
        "code": row.code,
        "name_zh": row.name.get("zh", ""),
        "name_en": row.name.get("en", ""),
        "valid_from": row.valid_from.isoformat() if row.valid_from else "",
        "valid_until": row.valid_until.isoformat() if row.valid_until else "",
        **{name: getattr(row, name) for name in GOODS},
    }


def command_of(reader: Reader, row_id: str) -> AssortmentSave | None:
    """The command; None when ``reader.errors`` says what is wrong. What was pasted and not found stands in the way:
    saved without it, it would be lost without a word."""
    form = reader.form
    code = reader.code("code")
    name = reader.names("name", required=True)
    first, last = reader.calendar_day("valid_from"), reader.calendar_day("valid_until")
    if first and last and last < first:
        reader.fault("valid_until", "day_order")
    if len(code) > 64:
        reader.fault("code", "too_long", most=64)
    if len(form["products"]) + len(form["excluded"]) > MAX_PRODUCTS:
        reader.fault("products", "too_many", most=reader.words.number(MAX_PRODUCTS))
    if len(form["categories"]) > MAX_CATEGORIES:
        reader.fault("categories", "too_many", most=reader.words.number(MAX_CATEGORIES))
    for name_ in PASTES:
        if form[name_].strip():
            reader.fault(name_, "pasted")
    if reader.errors:
        return None
    goods = {each: form[each] for each in GOODS}
    return AssortmentSave(assortment=row_id, code=code, name=name, valid_from=first, valid_until=last, **goods)


def assigning(form: Form, row_id: str) -> list[AssortmentAssign]:
    """What was added and taken away, in as many commands as it needs."""
    given, taken = form["given"], form["taken"]
    found = [
        AssortmentAssign(assortment=row_id, give=given[at : at + MAX_HOLDERS])
        for at in range(0, len(given), MAX_HOLDERS)
    ]
    found += [
        AssortmentAssign(assortment=row_id, take=taken[at : at + MAX_HOLDERS])
        for at in range(0, len(taken), MAX_HOLDERS)
    ]
    return found


@dataclass(frozen=True)
class Choice:
    """The goods of an assortment that is being made."""

    everything: bool
    products: tuple[str, ...]
    categories: tuple[str, ...]
    excluded: tuple[str, ...]

    @classmethod
    def of(cls, form: Form) -> "Choice":
        return cls(*(form[name] for name in GOODS))

    def range(self, categories: Mapping[str, Category]) -> Range:
        fields = {name: getattr(self, name) for name in GOODS}
        return Range(Assortment(id="", name={}, **fields), categories)

    def put(self, form: Form) -> None:
        for name in GOODS:
            form.draft.values[name] = getattr(self, name)
        form.put("products", self.products)

    def with_goods(self, chosen: Collection[str], goods: Mapping[str, str | None], found: Range) -> "Choice":
        """All of ``chosen`` in it. What a category brings needs no word of its own; ``goods``: the category of each
        product, ``found``: what this has."""
        ids = dict.fromkeys(chosen)
        excluded = tuple(id_ for id_ in self.excluded if id_ not in ids)
        known = found.products
        more = (id_ for id_ in ids if id_ not in known and not (self.everything or found.names(goods.get(id_))))
        return replace(self, products=(*self.products, *more), excluded=excluded)

    def without_goods(self, chosen: Collection[str], goods: Mapping[str, str | None], found: Range) -> "Choice":
        """None of ``chosen`` in it: what a category brings is excluded by itself."""
        ids = dict.fromkeys(chosen)
        products = tuple(id_ for id_ in self.products if id_ not in ids)
        named = (id_ for id_ in ids if self.everything or found.names(goods.get(id_)))
        excluded = (*self.excluded, *(id_ for id_ in named if id_ not in found.excluded))
        return replace(self, products=products, excluded=excluded)
