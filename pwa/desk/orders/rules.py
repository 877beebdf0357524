"""How the brand takes orders: from which amount somebody approves, how long prices count and are waited for."""

from collections.abc import Callable
from typing import Any

from reactpy import component, html
from reactpy.types import VdomDict

from offline.wire.commands import MAX_HOURS, BrandConfigure
from offline.wire.rows import Brand
from pwa.desk.editing import Reader, form_actions, refused_errors, save_form
from pwa.desk.fields import Fields
from pwa.desk.history import History
from pwa.desk.parts import block, panel, refusal
from pwa.desk.state import use_desk, use_form

FIELDS = ("approval_above", "price_grace_hours", "price_hold_hours")


def start_of(held: Brand | BrandConfigure) -> dict[str, Any]:
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
    entry, command = next(iter(desk.refused("NAME", BrandConfigure.NAME, BrandConfigure.NAME)), (None, None))
    held = command if isinstance(command, BrandConfigure) else desk.reads.brand
    form = use_form("order-rules", start_of(held) if held is not None else dict.fromkeys(FIELDS, ""))
    if entry is not None and not form.draft.errors:
        form.draft.errors = refused_errors(desk, entry, FIELDS)
    fields = Fields(words, form, "orders.field")

    async def save() -> None:
        reader = Reader(form, desk)
        await save_form(desk, form, command_of(reader), reader.errors, entry)

    def hours(name: str, hint: str) -> VdomDict:
        return fields.number(name, unit=words("orders.rules_hours"), hint=words(f"orders.{hint}"))

    return panel(
        words("orders.rules"),
        refusal(desk, entry, retry=False) if entry is not None else None,
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
        actions=form_actions(desk, form, save, always=entry is not None),
        key="rules",
        testid="rules-panel",
    )
