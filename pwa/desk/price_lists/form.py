"""The terms of a price list: name, kind, priority, validity."""

from collections.abc import Callable
from functools import partial
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.wire.commands import PriceListSave
from offline.wire.ranges import PriceListAssign
from offline.wire.rows import PriceList
from pwa.components.overlays import Confirm
from pwa.desk.editing import Reader, day_text, use_editing, use_first_field
from pwa.desk.fields import Fields
from pwa.desk.history import History
from pwa.desk.parts import block, columns, panel, refusal
from pwa.desk.reading import Reads
from pwa.desk.state import DeskState, Form, use_desk

KINDS = ("base", "group", "customer", "contract")
FIELDS = ("code", "name_zh", "name_en", "kind", "priority", "merge", "valid_from", "valid_until")


def counts_for_all(reads: Reads, list_id: str) -> bool:
    """What the head office holds counts for all below it."""
    return reads.head_office is not None and list_id in reads.head_office.price_lists


def start_of(desk: DeskState, list_id: str, row: PriceList | PriceListSave | None) -> dict[str, Any]:
    """A brand's first list is its base prices, for everybody."""
    zone = desk.format.zone
    if row is None:
        blank: dict[str, Any] = dict.fromkeys(FIELDS, "")
        first = not any(each.kind == "base" for each in desk.reads.price_lists)
        return blank | {"kind": "base" if first else "customer", "priority": "0", "merge": True, "everybody": first}
    return {
        "everybody": counts_for_all(desk.reads, list_id),
        "code": row.code,
        "name_zh": row.name.get("zh", ""),
        "name_en": row.name.get("en", ""),
        "kind": row.kind,
        "priority": str(row.priority),
        "merge": row.merge,
        "valid_from": day_text(row.valid_from, zone),
        "valid_until": day_text(row.valid_until, zone, end=True),
    }


def command_of(
    desk: DeskState, reader: Reader, list_id: str, old: PriceList | PriceListSave | None
) -> PriceListSave | None:
    zone = desk.format.zone
    form = reader.form
    code = reader.code("code")
    name = reader.names("name", required=True)
    priority = reader.whole("priority", most=1_000_000, empty=0)
    # A date nobody touched keeps its hour.
    touched = {field for field in ("valid_from", "valid_until") if form[field] != start_of(desk, list_id, old)[field]}
    valid_from = reader.day("valid_from", zone) if "valid_from" in touched or old is None else old.valid_from
    valid_until = (
        reader.day("valid_until", zone, end=True) if "valid_until" in touched or old is None else old.valid_until
    )
    if valid_from is not None and valid_until is not None and valid_from >= valid_until:
        reader.fault("valid_until", "before_start")
    if len(code) > 64:
        reader.fault("code", "too_long", most=64)
    if reader.errors:
        return None
    return PriceListSave(
        price_list=list_id,
        code=code,
        name=name,
        kind=form["kind"],
        currency=old.currency if old else desk.reads.currency,
        priority=priority or 0,
        merge=form["merge"],
        valid_from=valid_from,
        valid_until=valid_until,
    )


def customers_with_none_but(reads: Reads, list_id: str) -> int:
    """How many customers have a price by this list alone, and by the head office's holding it."""
    active = (row for row in reads.organisations if row.status == "active" and list_id not in row.price_lists)
    return sum({each.price_list for each in row.applicable} == {list_id} for row in active)


def _assigning(desk: DeskState, form: Form, list_id: str) -> list[PriceListAssign]:
    office = desk.reads.head_office
    if office is None or form["everybody"] == counts_for_all(desk.reads, list_id):
        return []
    if form["everybody"]:
        return [PriceListAssign(price_list=list_id, give=(office.id,))]
    return [PriceListAssign(price_list=list_id, take=(office.id,))]


@component
def ListPanel(list_id: str, is_new: bool, on_close: Callable[[], Any], on_saved: Callable[[], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    editing = use_editing(
        f"price_list:{list_id}", PriceListSave, desk.reads.price_list(list_id), partial(start_of, desk, list_id),
        about=("price_list", list_id), fields=FIELDS,
    )  # fmt: skip
    use_first_field(is_new)
    asking, ask = use_state(False)
    takes = counts_for_all(desk.reads, list_id) and not editing.form["everybody"]
    bare = customers_with_none_but(desk.reads, list_id) if takes else 0

    async def save(*, sure: bool = False) -> None:
        reader = editing.reader
        command = command_of(desk, reader, list_id, editing.base)
        if command is not None and bare and not sure:
            ask(True)
            return
        ask(False)
        if await editing.save(reader, command, *_assigning(desk, editing.form, list_id)) and is_new:
            on_saved()

    return panel(
        words("prices.new" if is_new else "prices.edit"),
        editing.refusal(),
        *(refusal(desk, entry) for entry, _ in desk.refused("price_list", list_id, PriceListAssign.NAME)),
        _fields(desk, editing.form),
        History(list_id, key="history") if not is_new else None,
        Confirm(
            words("prices.everybody_title"),
            words("prices.everybody_text", count=words.number(bare)),
            confirm=words("form.save"),
            on_confirm=lambda: save(sure=True),
            on_cancel=lambda: ask(False),
            danger=True,
            testid="everybody-sure",
        )
        if asking
        else None,
        on_close=on_close,
        actions=editing.actions(save),
        key=list_id,
        testid="price-list-panel",
    )


def _fields(desk: DeskState, form: Form) -> VdomDict:
    words = desk.words()
    fields = Fields(words, form, "prices.field")
    kinds = [(kind, words(f"prices.kind_{kind}")) for kind in KINDS]
    until = fields.text("valid_until", kind="date", hint=words("prices.until_hint"))
    return block(
        "",
        *fields.names("name", required=True),
        columns(fields.text("code", required=True), fields.choice("kind", kinds, label=words("prices.kind"))),
        fields.switch("everybody", disabled=desk.reads.head_office is None),
        html.p({"className": "block-note"}, words("prices.everybody_hint")),
        fields.number("priority", label=words("prices.priority"), hint=words("prices.priority_hint")),
        fields.switch("merge", label=words("prices.merge_long")),
        columns(fields.text("valid_from", kind="date"), until),
    )
