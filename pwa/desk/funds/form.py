"""Opening a fund, or changing one."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from reactpy import component, html
from reactpy.types import VdomDict

from offline.wire.funds import Fund, FundSave
from pwa.components.fields import Checkbox
from pwa.desk.choices import chosen_partners, partners_like
from pwa.desk.editing import (
    Picker,
    Reader,
    use_editing,
    use_first_field,
    use_row_id,
)
from pwa.desk.fields import Fields
from pwa.desk.parts import block, columns, panel
from pwa.desk.state import DeskState, Form, use_desk
from pwa.desk.words import Words
from pwa.screens.claims import parts

FIELDS = ("name_zh", "name_en", "code", "valid_from", "valid_until", "claim_days", "organisations", "note")


def start_of(desk: DeskState, row: Fund | FundSave | None) -> dict[str, Any]:
    today = parts.today(desk.app)
    if row is None:
        end = date(today.year, 12, 31)
        return {
            "name_zh": "", "name_en": "", "code": "", "organisations": (), "shared": False, "claim_days": "30",
            "valid_from": today.isoformat(), "valid_until": end.isoformat(), "receipt": True, "display": True,
            "open": True, "note": "",
        }  # fmt: skip
    return {
        "name_zh": row.name.get("zh", ""), "name_en": row.name.get("en", ""), "code": row.code,
        "organisations": row.organisations, "shared": row.shared, "claim_days": str(row.claim_days),
        "valid_from": row.valid_from.isoformat(), "valid_until": row.valid_until.isoformat(),
        "receipt": "receipt" in row.needs, "display": "display" in row.needs, "open": row.status == "open",
        "note": row.note,
    }  # fmt: skip


def command_of(desk: DeskState, reader: Reader, row_id: str, row: Fund | FundSave | None) -> FundSave | None:
    form, words = reader.form, desk.words()
    since, until = reader.calendar_day("valid_from"), reader.calendar_day("valid_until")
    days = reader.whole("claim_days", least=0, most=365, empty=30)
    names = reader.names("name", required=True)
    if not str(form["code"]).strip():
        reader.errors["code"] = words("fault.required")
    if not form["organisations"]:
        reader.errors["organisations"] = words("funds.wrong_organisations")
    for name, day in (("valid_from", since), ("valid_until", until)):
        if day is None:
            reader.errors.setdefault(name, words("fault.required"))
    if since is not None and until is not None and until < since:
        reader.errors["valid_until"] = words("funds.wrong_order")
    if reader.errors or since is None or until is None:
        return None
    return FundSave(
        fund=row_id,
        code=str(form["code"]).strip(),
        name=names,
        organisations=tuple(form["organisations"]),
        currency=row.currency if row is not None else desk.reads.currency,
        valid_from=since,
        valid_until=until,
        shared=bool(form["shared"]),
        needs=tuple(name for name in ("receipt", "display") if form[name]),
        claim_days=days or 0,
        status="open" if form["open"] else "closed",
        note=str(form["note"]).strip(),
    )


@component
def FundForm(fund_id: str, on_close: Callable[[], Any], on_made: Callable[[str], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    row_id = use_row_id(fund_id)
    row = desk.app.engine.replica.typed(Fund, "fund", row_id)
    editing = use_editing(
        f"fund:{fund_id}", FundSave, row, partial(start_of, desk), about=("fund", row_id), fields=FIELDS
    )
    use_first_field(fund_id == "new")

    async def save() -> None:
        reader = editing.reader
        if await editing.save(reader, command_of(desk, reader, row_id, editing.base)):
            on_made(row_id)

    return panel(
        words("funds.new" if fund_id == "new" else "funds.edit"),
        editing.refusal(),
        *_fields(desk, words, editing.form, booked=row is not None and row.budget != 0),
        on_close=on_close,
        actions=editing.actions(save),
        key=fund_id,
        testid="fund-form",
    )


def _fields(desk: DeskState, words: Words, form: Form, *, booked: bool) -> list[VdomDict]:
    fields = Fields(words, form, "funds.field")
    return [
        block(
            "", *fields.names("name", required=True), fields.text("code", required=True),
            key="names",
        ),
        _who(desk, words, form, booked=booked),
        block(
            words("funds.rules"),
            columns(fields.text("valid_from", kind="date"), fields.text("valid_until", kind="date")),
            fields.number("claim_days"),
            *(fields.switch(name) for name in ("receipt", "display", "open")),
            key="rules",
        ),
        block("", fields.text("note", rows=2), key="note"),
    ]  # fmt: skip


def _who(desk: DeskState, words: Words, form: Form, *, booked: bool) -> VdomDict:
    """Whose fund it is; of several, whether they share it, which stays as it is once something was booked."""

    chosen = chosen_partners(desk, words, form["organisations"])
    picker = Picker(
        words("funds.field.organisations"),
        chosen,
        partial(partners_like, desk, words),
        lambda ids: form.put("organisations", ids),
        error=form.error("organisations"),
        testid="field-organisations",
    )
    if len(chosen) <= 1:
        return block(words("funds.who"), picker, None, None, key="who")
    shared = Checkbox(
        words("funds.field.shared"),
        bool(form["shared"]),
        lambda on: form.put("shared", on),
        disabled=booked,
        testid="field-shared",
    )
    note = html.p({"className": "block-note"}, words("funds.shared_note" if form["shared"] else "funds.split_note"))
    return block(words("funds.who"), picker, shared, note, key="who")
