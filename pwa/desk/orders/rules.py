"""How the brand takes orders: from which amount somebody approves, how long prices count and are waited for."""

from collections.abc import Callable
from typing import Any

from reactpy import component, html
from reactpy.types import VdomDict

from offline.wire.commands import MAX_HOURS, BrandConfigure
from offline.wire.rows import Brand
from pwa.desk.editing import Reader, use_editing
from pwa.desk.fields import Fields
from pwa.desk.history import History
from pwa.desk.parts import block, panel
from pwa.desk.state import use_desk

FIELDS = ("approval_above", "price_grace_hours", "price_hold_hours")


def start_of(held: Brand | BrandConfigure | None) -> dict[str, Any]:
    if held is None:
        return dict.fromkeys(FIELDS, "")
    above = held.approval_above
    return {
        "approval_above": "" if above is None else f"{above.normalize():f}",
        "price_grace_hours": str(held.price_grace_hours),
        "price_hold_hours": str(held.price_hold_hours),
    }


def command_of(reader: Reader) -> BrandConfigure | None:
    above = reader.number("approval_above")
    grace, hold = (reader.whole(name, most=MAX_HOURS) for name in FIELDS[1:])
    for name, value in zip(FIELDS[1:], (grace, hold), strict=True):
        if value is None:
            reader.fault(name, "required")
    if reader.errors or grace is None or hold is None:
        return None
    return BrandConfigure(approval_above=above, price_grace_hours=grace, price_hold_hours=hold)


@component
def RulesPanel(on_close: Callable[[], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    editing = use_editing("order-rules", BrandConfigure, desk.reads.brand, start_of, fields=FIELDS)
    fields = Fields(words, editing.form, "orders.field")

    async def save() -> None:
        reader = editing.reader
        await editing.save(reader, command_of(reader))

    def hours(name: str, hint: str) -> VdomDict:
        return fields.number(name, unit=words("orders.rules_hours"), hint=words(f"orders.{hint}"))

    return panel(
        words("orders.rules"),
        editing.refusal(),
        html.p({"className": "block-note"}, words("orders.rules_text")),
        block(
            words("orders.rules_approval"),
            fields.number(
                "approval_above", decimals=True, before=words.symbol(), hint=words("orders.rules_approval_hint")
            ),
            key="approval",
        ),
        block(
            words("orders.rules_prices"),
            hours("price_grace_hours", "rules_grace_hint"),
            hours("price_hold_hours", "rules_hold_hint"),
            key="prices",
        ),
        History(desk.reads.brand.id, key="history") if desk.reads.brand is not None else None,
        on_close=on_close,
        actions=editing.actions(save),
        key="rules",
        testid="rules-panel",
    )
