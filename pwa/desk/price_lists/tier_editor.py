"""The tiers of one price, edited in place as rows of (from quantity, price)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.store import Entry
from offline.wire.commands import PriceSave
from offline.wire.rows import Price, Tier
from pwa.components.basics import Button, IconButton, calling, classes
from pwa.components.fields import NumberField
from pwa.components.overlays import Confirm
from pwa.desk.editing import as_seen
from pwa.desk.lines import Lines
from pwa.desk.meanwhile import told
from pwa.desk.parts import text_button
from pwa.desk.price_lists.tiers import Fault, TypedTier, read, rising_prices, typed
from pwa.desk.state import DeskState, use_desk, use_form, use_keys
from pwa.desk.words import Words

Part = Literal["quantity", "unit_price"]


@dataclass(frozen=True)
class Tiers:
    """The tiers as typed, and what is wrong with them: told when they are saved, and from then on as they are typed."""

    rows: Lines[TypedTier]
    faults: Sequence[Fault]
    tell: Callable[[tuple[Fault, ...]], None]

    def fault(self, place: int, part: Part) -> str:
        """Its code; "" for none."""
        return next((fault.code for fault in self.faults if (fault.row, fault.field) == (place, part)), "")

    def typed(self, place: int, part: Part) -> Callable[[str], None]:
        keep = self.rows.typed(place, lambda row, text: replace(row, **{part: text}))

        def change(text: str) -> None:
            keep(text)
            if self.faults:
                self.tell(read(self.rows.now)[1])

        return change

    def add(self) -> None:
        self.tell(())
        self.rows.add(TypedTier("", ""))

    def remove(self, place: int) -> None:
        self.tell(())
        self.rows.remove(place)


@component
def TierEditor(
    list_id: str, product_id: str, price: Price | None, on_close: Callable[[], Any], on_next: Callable[[], Any]
) -> VdomDict:
    """Faults show beside their field; nothing is lost by them. Enter saves too, and goes on with ``on_next``."""
    desk = use_desk()
    words = desk.words()
    entry, known = _refused(desk, list_id, product_id, price)
    form = use_form(f"price:{list_id}:{product_id}", {"rows": tuple(typed(known)) or (TypedTier("1", ""),)})
    faults, set_faults = use_state(tuple[Fault, ...]())
    tiers = Tiers(Lines(form, "rows"), faults, set_faults)
    asking, set_asking = use_state("")

    async def save(confirmed: str = "", then: Callable[[], Any] = on_close) -> None:
        found, wrong = read(tiers.rows.now)
        set_faults(wrong)
        question = "" if wrong else _question_about(found)
        set_asking("" if confirmed == question else question)
        if wrong or (question and confirmed != question):
            return
        form.saved()
        command = PriceSave(price_list=list_id, product=product_id, tiers=found)
        await desk.save(as_seen(command, price), entry, words("said.saved"))
        then()

    async def entered(_text: str) -> None:
        if form.dirty or entry is not None:
            await save(then=on_next)

    def cancel() -> None:
        form.reset()
        on_close()

    def pressed(key: str) -> None:
        # What was typed is not thrown away by a key that was meant for something else.
        if key == "Escape" and not form.dirty:
            on_close()

    use_keys(pressed, on_top=True)
    return html.div(
        {"className": classes("tier-editor", form.dirty and "unsaved-on"), "data-testid": "tier-editor"},
        told(desk, form, "price", entry, price),
        *(_tier_line(words, tiers, place, entered) for place in range(len(tiers.rows.now))),
        html.div(
            {"className": "tier-buttons"},
            text_button(words("prices.tier_add"), tiers.add, testid="tier-add"),
            html.span({"className": "spring"}),
            *_save_or_not(words, save, cancel, able=form.dirty or entry is not None),
        ),
        _question(words, asking, lambda: save(asking), lambda: set_asking("")) if asking else None,
    )


def _question_about(tiers: Sequence[Tier]) -> str:
    """What is asked before these are saved: that there is no price left, that a larger quantity costs more."""
    return "remove" if not tiers else "rising" if rising_prices(tiers) else ""


def _tier_line(words: Words, tiers: Tiers, place: int, entered: Callable[[str], Any]) -> VdomDict:
    row, revision = tiers.rows.now[place], tiers.rows.form.revision

    def error(part: Part) -> str:
        code = tiers.fault(place, part)
        return words(f"tier_fault.{code}") if code else ""

    return html.div(
        {"className": "tier-line", "key": str(place)},
        NumberField(
            words("prices.tier_from"),
            value=row.quantity,
            on_change=tiers.typed(place, "quantity"),
            on_enter=entered,
            error=error("quantity"),
            autofocus=row.is_blank,
            revision=revision,
            testid=f"tier-quantity-{place}",
            key="quantity",
        ),
        NumberField(
            words("prices.tier_price"),
            value=row.unit_price,
            on_change=tiers.typed(place, "unit_price"),
            on_enter=entered,
            error=error("unit_price"),
            decimals=True,
            before=words.symbol(),
            autofocus=bool(row.quantity) and not row.unit_price,
            revision=revision,
            testid=f"tier-price-{place}",
            key="price",
        ),
        IconButton("trash-2", words("prices.tier_remove"), calling(tiers.remove, place)),
    )


def _save_or_not(words: Words, save: Callable[..., Any], cancel: Callable[[], Any], *, able: bool) -> list[VdomDict]:
    return [
        Button(words("form.cancel"), calling(cancel), kind="secondary", small=True, testid="tier-cancel", key="cancel"),
        Button(words("form.save"), calling(save), small=True, disabled=not able, testid="tier-save", key="save"),
    ]


def _question(words: Words, about: str, on_confirm: Callable[[], Any], on_cancel: Callable[[], Any]) -> VdomDict:
    return Confirm(
        words(f"prices.ask_{about}"),
        words(f"prices.ask_{about}_text"),
        confirm=words(f"prices.do_{about}"),
        on_confirm=on_confirm,
        on_cancel=on_cancel,
        danger=about == "remove",
        testid="tier-confirm",
    )


def _refused(
    desk: DeskState, list_id: str, product_id: str, price: Price | None
) -> tuple[Entry | None, Sequence[Tier]]:
    """The refused change of this price, with its tiers, else the tiers that count."""
    for entry, command in desk.refused("product", product_id, "price.save"):
        if isinstance(command, PriceSave) and command.price_list == list_id:
            return entry, command.tiers
    return None, price.tiers if price is not None else ()
