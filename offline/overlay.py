"""What pending commands make of the rows: each is played over the server's rows, in the outbox's order.

A projection is a forecast for the screen, never a decision. It must be harmless to play it over a row that already
holds its effect: a command is still pending when the first of several scopes brought the server's row.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from offline.ids import derived_id
from offline.overlay_claims import CLAIMS_PROJECTIONS
from offline.overlay_counts import COUNT_PROJECTIONS
from offline.overlay_learning import LEARNING_PROJECTIONS
from offline.overlay_notices import NOTICE_PROJECTIONS
from offline.overlay_orders import ORDER_PROJECTIONS
from offline.overlay_ranges import RANGE_PROJECTIONS
from offline.overlay_visits import VISIT_PROJECTIONS
from offline.projection import Memo, Patch, Rows, View
from offline.store import Entry
from offline.wire import commands as c
from offline.wire.registry import COMMANDS
from offline.wire.rows import Brand, Me, Organisation, Price, PriceList, Product, Promotion, Row, StockLevel

_DECODERS = {name: msgspec.json.Decoder(kind) for name, kind in COMMANDS.items()}
Cursors = Mapping[str, int]


def replay(
    entries: Iterable[Entry], rows: Rows, cursors: Cursors, user: str, memo: Memo
) -> dict[tuple[str, str], Row | None]:
    """All rows that pending commands change, as they will look. ``cursors``: how far each scope held is; ``memo``
    is kept by the caller from one replay to the next."""
    patch = Patch(rows)
    for entry in entries:
        project = _PROJECTIONS.get(entry.name)
        if project is None or entry.state not in ("waiting", "applied"):
            continue
        try:
            command = _DECODERS[entry.name].decode(entry.args)
        except msgspec.ValidationError:
            continue
        project(View(patch, entry, cursors, user, memo), command)
    return patch.changed


def _save_product(view: View, command: c.ProductSave) -> None:
    if view.reached("brand"):
        return
    old = view.row(Product, "product", command.product)
    fields = _fields(command, "product")
    view.put("product", Product(id=command.product, **_kept(old, "withdrawn_at"), **fields))


def _save_price_list(view: View, command: c.PriceListSave) -> None:
    if view.reached(f"list:{command.price_list}"):
        return
    old = view.row(PriceList, "price_list", command.price_list)
    revision = old.revision if old else 0
    view.put("price_list", PriceList(id=command.price_list, revision=revision, **_fields(command, "price_list")))


def _save_price(view: View, command: c.PriceSave) -> None:
    if view.reached(f"list:{command.price_list}"):
        return
    row_id = derived_id("price", command.price_list, command.product)
    if not command.tiers:
        view.hide("price", row_id)
        return
    row = Price(id=row_id, price_list=command.price_list, product=command.product, tiers=command.tiers)
    view.put("price", row)


def _save_promotion(view: View, command: c.PromotionSave) -> None:
    if view.reached("brand", "desk", f"promotion:{command.promotion}"):
        return
    view.put("promotion", Promotion(id=command.promotion, **_fields(command, "promotion")))


def _save_organisation(view: View, command: c.OrganisationSave) -> None:
    if view.reached(f"org:{command.organisation}", "desk"):
        return
    old = view.row(Organisation, "organisation", command.organisation)
    parent = view.row(Organisation, "organisation", command.parent)
    fields = _fields(command, "organisation", "parent")
    view.put(
        "organisation",
        Organisation(
            id=command.organisation,
            ancestors=(command.parent, *(parent.ancestors if parent else ())),
            **_kept(old, "credit_used", "currency", "applicable", "last_order_at"),
            **fields,
        ),
    )


def _adjust_stock(view: View, command: c.StockAdjust) -> None:
    if view.reached("stock"):
        return
    old = view.row(StockLevel, "stock", command.product)
    available = (old.available if old else 0) + command.delta
    as_of = old.as_of if old else view.entry.local_at
    expected_at = old.expected_at if old else None
    view.put("stock", StockLevel(id=command.product, available=available, as_of=as_of, expected_at=expected_at))


def _configure_brand(view: View, command: c.BrandConfigure) -> None:
    brand = next((row for row in view.rows.all("brand") if isinstance(row, Brand)), None)
    if brand is not None and not view.reached("brand"):
        view.put("brand", msgspec.structs.replace(brand, **_fields(command)))


def _set_locale(view: View, command: c.MeLocale) -> None:
    me = view.row(Me, "me", view.user)
    if me is not None and not view.reached(f"user:{view.user}"):
        view.put("me", msgspec.structs.replace(me, locale=command.locale))


def _fields(command: c.Command, *left_out: str) -> dict[str, Any]:
    """Without what is about the command itself."""
    left_out = *left_out, "seen"
    return {name: value for name, value in msgspec.structs.asdict(command).items() if name not in left_out}


def _kept(old: Row | None, *names: str) -> dict[str, Any]:
    return {name: getattr(old, name) for name in names} if old is not None else {}


_PROJECTIONS: dict[str, Callable[[View, Any], None]] = {
    **ORDER_PROJECTIONS,
    **VISIT_PROJECTIONS,
    **LEARNING_PROJECTIONS,
    **COUNT_PROJECTIONS,
    **CLAIMS_PROJECTIONS,
    **NOTICE_PROJECTIONS,
    **RANGE_PROJECTIONS,
    c.ProductSave.NAME: _save_product,
    c.PriceListSave.NAME: _save_price_list,
    c.PriceSave.NAME: _save_price,
    c.PromotionSave.NAME: _save_promotion,
    c.OrganisationSave.NAME: _save_organisation,
    c.StockAdjust.NAME: _adjust_stock,
    c.BrandConfigure.NAME: _configure_brand,
    c.MeLocale.NAME: _set_locale,
}
