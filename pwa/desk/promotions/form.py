"""A promotion as texts, and back."""

from collections.abc import Mapping
from typing import Any

from offline.rules.promotions import reward_faults
from offline.wire.commands import PromotionSave
from offline.wire.rows import Promotion, PromotionReward
from pwa.components.fields import parse_whole
from pwa.desk.editing import Reader, day_text
from pwa.desk.state import DeskState

KINDS = ("threshold", "buy_x_get_y", "gift", "bundle", "mix_and_match")
AMOUNTS = ("percent", "amount", "threshold", "bundle_price")
COUNTS = ("quantity", "buy", "get")
# The reward's fields each kind shows, in the order they are asked.
SHOWN: Mapping[str, tuple[str, ...]] = {
    "threshold": ("threshold", "quantity", "percent", "amount"),
    "buy_x_get_y": ("buy", "get", "product"),
    "gift": ("threshold", "quantity", "product", "get"),
    "bundle": ("items", "bundle_price"),
    "mix_and_match": ("quantity", "bundle_price", "percent"),
}
FIELDS = (
    "code",
    "name_zh",
    "name_en",
    "kind",
    *AMOUNTS,
    *COUNTS,
    "product",
    "items",
    "products",
    "categories",
    "organisations",
    "groups",
    "valid_from",
    "valid_until",
    "priority",
    "exclusive_group",
    "cap",
    "active",
)


def start_of(desk: DeskState, row: Promotion | PromotionSave | None) -> dict[str, Any]:
    """What the form starts from. ``items``: ((product id, units as typed), ...)."""
    zone = desk.format.zone
    values: dict[str, Any] = dict.fromkeys(FIELDS, "")
    values |= {"kind": "threshold", "priority": "0", "active": True, "product": (), "items": (), "products": ()}
    values |= {"categories": (), "organisations": (), "groups": ""}
    if row is None:
        return values
    reward = row.reward
    values |= {name: _number(getattr(reward, name)) for name in (*AMOUNTS, *COUNTS)}
    return values | {
        "code": row.code,
        "name_zh": row.name.get("zh", ""),
        "name_en": row.name.get("en", ""),
        "kind": row.kind,
        "product": (reward.product,) if reward.product else (),
        "items": tuple((product, str(count)) for product, count in reward.items.items()),
        "products": row.products,
        "categories": row.categories,
        "organisations": row.organisations,
        "groups": ", ".join(row.groups),
        "valid_from": day_text(row.valid_from, zone),
        "valid_until": day_text(row.valid_until, zone, end=True),
        "priority": str(row.priority),
        "exclusive_group": row.exclusive_group,
        "cap": _number(row.cap),
        "active": row.active,
    }


def _number(value: Any) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value.normalize():f}"


def reward_of(reader: Reader, kind: str) -> PromotionReward:
    """The reward as far as it can be read; only the fields of ``kind``."""
    shown = SHOWN[kind]
    values: dict[str, Any] = {name: reader.number(name, percent=name == "percent") for name in AMOUNTS if name in shown}
    values |= {name: reader.whole(name, least=1) for name in COUNTS if name in shown}
    if "product" in shown and reader.form["product"]:
        values["product"] = reader.form["product"][0]
    if "items" in shown:
        counts = {product: parse_whole(text) or 0 for product, text in reader.form["items"]}
        if any(count < 1 for count in counts.values()):
            reader.fault("items", "whole", least=1, most=reader.words.number(10_000_000))
        values["items"] = counts
    return PromotionReward(**values)


def command_of(
    desk: DeskState, reader: Reader, promotion_id: str, old: Promotion | PromotionSave | None
) -> PromotionSave | None:
    form, zone = reader.form, desk.format.zone
    code = reader.code("code")
    name = reader.names("name", required=True)
    reward = reward_of(reader, form["kind"])
    for fault in reward_faults(form["kind"], reward):
        field, _, problem = fault.partition(":")
        reader.fault(field, f"reward_{problem}")
    start = start_of(desk, old)
    untouched = {field: old is not None and form[field] == start[field] for field in ("valid_from", "valid_until")}
    valid_from = old.valid_from if old and untouched["valid_from"] else reader.day("valid_from", zone)
    valid_until = old.valid_until if old and untouched["valid_until"] else reader.day("valid_until", zone, end=True)
    if valid_from is not None and valid_until is not None and valid_from >= valid_until:
        reader.fault("valid_until", "before_start")
    priority = reader.whole("priority", most=1_000_000, empty=0)
    cap = reader.whole("cap", least=1)
    if len(code) > 64:
        reader.fault("code", "too_long", most=64)
    if reader.errors:
        return None
    return PromotionSave(
        promotion=promotion_id,
        code=code,
        name=name,
        kind=form["kind"],
        reward=reward,
        products=form["products"],
        categories=form["categories"],
        organisations=form["organisations"],
        groups=tuple(group.strip() for group in form["groups"].replace("，", ",").split(",") if group.strip()),
        valid_from=valid_from,
        valid_until=valid_until,
        priority=priority or 0,
        exclusive_group=reader.text("exclusive_group"),
        cap=cap,
        active=form["active"],
    )


def draft_of(desk: DeskState, reader: Reader, promotion_id: str) -> Promotion:
    """The promotion as it would be, for the summary while it is typed; what cannot be read is left out."""
    form = reader.form
    return Promotion(
        id=promotion_id,
        code=form["code"],
        name={},
        kind=form["kind"],
        reward=reward_of(reader, form["kind"]),
        products=form["products"],
        categories=form["categories"],
        organisations=form["organisations"],
        groups=tuple(filter(None, (group.strip() for group in form["groups"].split(",")))),
        valid_from=reader.day("valid_from", desk.format.zone),
        valid_until=reader.day("valid_until", desk.format.zone, end=True),
        exclusive_group=form["exclusive_group"],
        cap=reader.whole("cap", least=1),
        active=form["active"],
    )
