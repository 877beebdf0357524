"""How the brand counts: what is tolerated, whether counts are blind, the lists they are taken by."""

from collections.abc import Callable
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.wire.counts import CountConfigure, CountList, CountListSave, CountSettings
from pwa.components.basics import Button, calling
from pwa.components.fields import Checkbox, TextField
from pwa.desk.categories import category_picker
from pwa.desk.counts import tolerances
from pwa.desk.editing import names_of, use_editing, use_row_id
from pwa.desk.parts import block, panel, text_button
from pwa.desk.state import Form, use_desk
from pwa.desk.words import Words

# What is ticked -> the form's value.
_LIST_FIELDS = ("name_zh", "name_en", "categories")
_CHECKED = {"sold": "sold", "on": "active"}


@component
def SetupPanel(on_close: Callable[[], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    held = next((row for row in desk.app.engine.replica.all("count_settings") if isinstance(row, CountSettings)), None)
    editing = use_editing(
        "counts:setup", CountConfigure, held, lambda base: tolerances.start_of(base or CountSettings(id=""))
    )
    form = editing.form

    async def save() -> None:
        reader = editing.reader
        made, errors = tolerances.command_of(form, words)
        reader.errors |= errors
        await editing.save(reader, made)

    return panel(
        words("counts.setup"),
        editing.refusal(),
        block(
            words("counts.tolerance"),
            html.p({"className": "block-note"}, words("counts.tolerance_hint")),
            tolerances.fields(form, words),
            Checkbox(
                words("counts.blind"),
                bool(form["blind"]),
                lambda on: form.put("blind", on),
                testid="field-blind",
                key="b",
            ),
            key="tolerance",
        ),
        tolerances.rules_block(desk, form),
        Lists(key="lists"),
        on_close=on_close,
        actions=editing.actions(save),
        testid="setup-panel",
    )


@component
def Lists() -> VdomDict:
    """The lists there are, and the one that is being changed."""
    desk = use_desk()
    words = desk.words()
    open_list, set_open = use_state("")
    lists = [row for row in desk.app.engine.replica.all("count_list") if isinstance(row, CountList)]

    def line(row: CountList) -> VdomDict:
        return html.div(
            {"className": "ledger-line", "key": row.id},
            html.span(words.name(row.name)),
            html.span({"className": "faint"}, "" if row.active else words("counts.list_off")),
            text_button(words("counts.list_edit"), calling(set_open, row.id), testid=f"list-{row.id}"),
        )

    return html.div(
        {"className": "stack"},
        block(
            words("counts.lists"),
            *map(line, lists),
            text_button(words("counts.list_new"), calling(set_open, "new"), testid="list-new", key="new"),
        ),
        ListForm(open_list, calling(set_open, ""), key=f"list-{open_list}") if open_list else None,
    )


@component
def ListForm(list_id: str, on_done: Callable[[], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    old = desk.app.engine.replica.typed(CountList, "count_list", list_id)
    row_id = use_row_id(list_id)
    editing = use_editing(
        f"count-list:{list_id}", CountListSave, old, _list_start, about=("count_list", row_id), fields=_LIST_FIELDS
    )
    form = editing.form

    async def save() -> None:
        reader = editing.reader
        command, errors = _list_of(form, words, editing.base, row_id)
        reader.errors |= errors
        if await editing.save(reader, command):
            await on_done()

    def checkbox(name: str) -> VdomDict:
        return Checkbox(
            words(f"counts.list_{name}"), bool(form[_CHECKED[name]]), lambda on: form.put(_CHECKED[name], on),
            testid=f"list-{name}", key=name,
        )  # fmt: skip

    return block(
        words("counts.list_edit" if old else "counts.list_new"),
        editing.refusal(),
        *(_list_name(form, words, f"name_{language}") for language in words.languages),
        checkbox("sold"),
        category_picker(
            desk,
            words,
            form,
            words("counts.list_categories"),
            hint=words("counts.list_categories_hint"),
            testid="list-categories",
        ),
        checkbox("on"),
        Button(words("counts.list_save"), calling(save), kind="secondary", testid="list-save", key="save"),
        key="list",
    )


def _list_start(old: CountList | CountListSave | None) -> dict[str, Any]:
    return {
        "name_zh": old.name.get("zh", "") if old else "",
        "name_en": old.name.get("en", "") if old else "",
        "sold": old.sold if old else True,
        "categories": old.categories if old else (),
        "active": old.active if old else True,
    }


def _list_of(
    form: Form, words: Words, old: CountList | CountListSave | None, row_id: str
) -> tuple[CountListSave, dict[str, str]]:
    """The list as typed, and what is wrong with it, by field. What the form has no field for stays as it was."""
    name = names_of(form["name_zh"].strip(), form["name_en"].strip())
    products = old.products if old else ()
    errors = {}
    if not name:
        errors[f"name_{words.languages[0]}"] = words("counts.list_name_missing")
    elif not (form["sold"] or form["categories"] or products):
        errors["categories"] = words("counts.list_empty")
    command = CountListSave(
        count_list=row_id,
        name=name,
        sold=bool(form["sold"]),
        products=products,
        categories=form["categories"],
        types=old.types if old else (),  # type: ignore[arg-type]  # as it was saved
        groups=old.groups if old else (),
        blind=old.blind if old else None,
        active=bool(form["active"]),
    )
    return command, errors


def _list_name(form: Form, words: Words, name: str) -> VdomDict:
    return TextField(
        words(f"counts.list_{name}"),
        value=form[name],
        on_change=form.typed(name),
        error=form.error(name),
        max_length=200,
        revision=form.revision,
        testid=f"field-{name}",
        key=name,
    )
