"""Commands for what is sold to whom: assortments, who holds them and price lists, the tree of categories. Their rows
are in ``offline/wire/rows.py``."""

from datetime import date
from typing import Annotated, ClassVar

from msgspec import Meta

from offline.wire.commands import Code, Command, Id, Seen
from offline.wire.rows import Names

MAX_PRODUCTS = 20_000
"""In the lists of one assortment together: a command of so many ids is 0.8 MiB of JSON, and a push takes 1 MiB. Who
sells more has categories for it."""
MAX_CATEGORIES = 500
MAX_HOLDERS = 500
"""Of one command; for more, several are sent."""

Products = Annotated[tuple[Id, ...], Meta(max_length=MAX_PRODUCTS)]
Holders = Annotated[tuple[Id, ...], Meta(max_length=MAX_HOLDERS)]


class AssortmentSave(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Makes or replaces an assortment; ``valid_from`` and ``valid_until`` are its first and last day at the brand. Who
    holds it, ``assortment.assign`` says."""

    NAME: ClassVar[str] = "assortment.save"
    assortment: Id
    code: Code
    name: Names
    everything: bool = False
    products: Products = ()
    categories: Annotated[tuple[Id, ...], Meta(max_length=MAX_CATEGORIES)] = ()
    excluded: Products = ()
    valid_from: date | None = None
    valid_until: date | None = None
    seen: Seen = ""


class AssortmentRemove(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One that nobody holds: whoever loses their last one may buy everything, so that is said first."""

    NAME: ClassVar[str] = "assortment.remove"
    assortment: Id


class AssortmentAssign(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """``give`` it to organisations beside what they hold, ``take`` it from others; all the others keep what they
    have."""

    NAME: ClassVar[str] = "assortment.assign"
    assortment: Id
    give: Holders = ()
    take: Holders = ()


class PriceListAssign(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The same for a price list. The head office may hold one too: it then counts for everybody."""

    NAME: ClassVar[str] = "price_list.assign"
    price_list: Id
    give: Holders = ()
    take: Holders = ()


class CategorySave(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Makes, renames or moves a category; ``sort`` orders those of one parent."""

    NAME: ClassVar[str] = "category.save"
    category: Id
    name: Names
    parent: Id | None = None
    sort: Annotated[int, Meta(ge=-(2**31), lt=2**31)] = 0
    seen: Seen = ""


class CategoryRemove(Command, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What was in it or below it goes to the one above it."""

    NAME: ClassVar[str] = "category.remove"
    category: Id


COMMANDS: dict[str, type[Command]] = {
    command.NAME: command
    for command in (AssortmentSave, AssortmentRemove, AssortmentAssign, PriceListAssign, CategorySave, CategoryRemove)
}
