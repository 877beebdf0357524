"""One assortment: its goods at the left, what it is and who holds it at the right."""

from collections.abc import Callable
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.rules.authorisation import Range
from offline.wire.ranges import AssortmentAssign, AssortmentRemove, AssortmentSave
from offline.wire.rows import Assortment
from pwa.components.basics import Badge, Button, Child, calling
from pwa.components.overlays import Confirm
from pwa.desk.categories import category_picker
from pwa.desk.editing import Editing, use_editing, use_first_field, use_row_id
from pwa.desk.fields import Fields
from pwa.desk.history import History
from pwa.desk.listing import NEW
from pwa.desk.parts import block, columns, link, page, panel, refusal
from pwa.desk.pasting import PasteField, plain
from pwa.desk.ranges.consequences import consequences
from pwa.desk.ranges.customers import customers_block, held_by
from pwa.desk.ranges.form import FIELDS, Choice, assigning, command_of, start_of
from pwa.desk.ranges.goods import GoodsTable
from pwa.desk.ranges.reading import STANDING_TONES, categories_by_id, range_of, size_of, state_of
from pwa.desk.reading import Reads
from pwa.desk.state import DeskState, Form, use_desk
from pwa.desk.words import Words


@component
def OneAssortment(assortment_id: str, on_close: Callable[[], Any], on_made: Callable[[str], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    row_id, is_new = use_row_id(assortment_id), assortment_id == NEW
    row = desk.reads.assortment(row_id)
    editing = use_editing(
        f"assortment:{assortment_id}", AssortmentSave, row, start_of, about=("assortment", row_id), fields=FIELDS
    )
    form = editing.form
    use_first_field(is_new)
    may_edit = desk.reads.may("catalog.edit")
    none = desk.reads.kept("no range", lambda: Range(Assortment(id="", name={}), {}))
    return page(
        words("assortments.new") if is_new or row is None else words.name(row.name),
        html.nav(
            {"className": "crumbs"},
            link(desk, "/desk/assortments", words("nav.assortments")),
            html.span(" / "),
            html.span({"className": "number"}, form["code"] or "—"),
        ),
        GoodsTable(form, range_of(desk.reads, row) if row is not None else none, may_edit, is_new, key="goods"),
        panel=panel(
            words("ranges.terms"),
            editing.refusal(),
            *_refused(desk, row_id),
            *_fields(desk, words, form),
            customers_block(desk, words, form, row),
            History(row_id, key="history") if row is not None else None,
            on_close=on_close,
            over=_over(desk, words, row, row_id),
            actions=Saving(editing, row_id, on_close, on_made if is_new else None) if may_edit else None,
            testid="assortment-panel",
        ),
        testid="desk-assortment",
    )


def _refused(desk: DeskState, row_id: str) -> list[VdomDict]:
    """Giving it or removing it, beside what the form itself was refused for."""
    found = desk.refused("assortment", row_id, AssortmentAssign.NAME, AssortmentRemove.NAME)
    return [refusal(desk, entry) for entry, _ in found]


def _over(desk: DeskState, words: Words, row: Assortment | None, row_id: str) -> VdomDict:
    state = state_of(desk.reads, words, row) if row is not None else ""
    return html.span(
        {"className": "panel-badges"},
        Badge(words(f"ranges.{state}"), STANDING_TONES[state]) if state else None,
        Badge(words("waits"), "neutral") if desk.waits("assortment", row_id) else None,
    )


def _fields(desk: DeskState, words: Words, form: Form) -> list[Child]:
    fields = Fields(words, form, "ranges.field")
    return [
        block(
            "",
            *fields.names("name", required=True),
            fields.text("code", required=True, max_length=64),
            columns(fields.text("valid_from", kind="date"), fields.text("valid_until", kind="date")),
            html.p({"className": "block-note"}, words("ranges.validity_hint")),
            key="names",
        ),
        block(
            words("ranges.goods"),
            html.p(
                {"className": "block-say", "data-testid": "range-size", "aria-live": "polite"},
                words("ranges.size", count=words.number(size_of(desk.reads, _range(desk.reads, form)))),
            ),
            fields.switch("everything"),
            category_picker(
                desk,
                words,
                form,
                words("ranges.field.categories"),
                testid="field-categories",
                hint=words("ranges.categories_hint"),
            )
            if not form["everything"]
            else None,
            _listed(words, form),
            PasteField(
                form,
                "pasted_products",
                lambda: products_by_code(desk.reads),
                lambda ids: _add_goods(desk.reads, form, ids),
                texts="ranges.paste_products",
                key="paste",
            ),
            key="goods",
        ),
    ]


def _range(reads: Reads, form: Form) -> Range:
    return Choice.of(form).range(categories_by_id(reads))


def _listed(words: Words, form: Form) -> VdomDict:
    """What is named one by one, in figures: the list beside has the names."""
    error = form.error("products")
    said = []
    if form["products"] and not form["everything"]:
        said.append(words("ranges.named", count=words.number(len(form["products"]))))
    if form["excluded"]:
        said.append(words("ranges.left_out", count=words.number(len(form["excluded"]))))
    return html.div(
        {"key": "listed"},
        html.p({"className": "block-note"}, words("middle_dot").join([*said, words("ranges.tick_hint")])),
        html.p({"className": "field-note field-error", "role": "alert"}, error) if error else None,
    )


def products_by_code(reads: Reads) -> dict[str, str]:
    """By SKU and barcode; where both are the same, the SKU counts."""

    def make() -> dict[str, str]:
        found = {plain(code): row.id for row in reads.products for code in row.barcodes}
        return found | {plain(row.sku): row.id for row in reads.products}

    return reads.kept("products by code", make)


def _add_goods(reads: Reads, form: Form, ids: tuple[str, ...]) -> int:
    categories = {row.id: row.category for row in reads.products}
    found = _range(reads, form)
    new = sum(not found.has(one, categories.get(one)) for one in ids)
    Choice.of(form).with_goods(ids, categories, found).put(form)
    return new


@component
def Saving(
    editing: Editing[Any], row_id: str, on_close: Callable[[], Any], on_made: Callable[[str], Any] | None
) -> VdomDict:
    """Saves, once what follows for customers was said; ends or removes."""
    desk, form = editing.desk, editing.form
    words = desk.words()
    nothing_asked: tuple[str, ...] = ()
    asked, ask = use_state(nothing_asked)
    removing, set_removing = use_state(False)
    row = desk.reads.assortment(row_id)

    async def save(*, sure: bool = False) -> None:
        reader = editing.reader
        command = command_of(reader, row_id)
        follows = consequences(desk, words, row, command, form) if command is not None else ()
        if follows and not sure:
            ask(follows)
            return
        ask(())
        if await editing.save(reader, command, *assigning(form, row_id)) and on_made is not None:
            on_made(row_id)

    async def remove() -> None:
        set_removing(False)
        await desk.submit(AssortmentRemove(assortment=row_id), said=words("ranges.removed"))
        desk.leave("/desk/assortments")

    free = row is not None and not held_by(desk.reads, form, row)
    return html.div(
        {"className": "panel-stack"},
        editing.actions(
            save,
            other=Button(
                words("ranges.remove"), calling(set_removing, True), kind="plain", testid="remove", key="remove"
            )
            if free
            else None,
        ),
        Confirm(
            words("ranges.sure_title"),
            " ".join(asked),
            confirm=words("form.save"),
            on_confirm=lambda: save(sure=True),
            on_cancel=lambda: ask(()),
            danger=True,
            testid="range-sure",
        )
        if asked
        else None,
        Confirm(
            words("ranges.remove_title"),
            words("ranges.remove_text", count=words.number(size_of(desk.reads, _range(desk.reads, form)))),
            confirm=words("ranges.remove"),
            on_confirm=remove,
            on_cancel=lambda: set_removing(False),
            danger=True,
            testid="range-remove",
        )
        if removing
        else None,
    )
