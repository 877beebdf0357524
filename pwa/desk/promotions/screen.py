"""Promotions: the list with what each does in plain words, and the panel to make or change one."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from reactpy import component, html
from reactpy.types import VdomDict

from offline.rules.promotions import reward_faults
from offline.wire.commands import PromotionSave
from offline.wire.rows import Promotion
from pwa.components.basics import Badge, Child, Icon, Pieces, Tone
from pwa.components.fields import NumberField
from pwa.desk.categories import category_picker
from pwa.desk.choices import chosen_partners, chosen_products, partners_like, products_like
from pwa.desk.editing import Picker, Reader, use_editing, use_first_field, use_row_id
from pwa.desk.fields import Fields
from pwa.desk.history import History
from pwa.desk.listing import NEW, Listing, new_button, search, use_listing
from pwa.desk.parts import Nothing, block, columns, link, page, panel
from pwa.desk.promotions.form import FIELDS, KINDS, SHOWN, command_of, draft_of, start_of
from pwa.desk.promotions.summary import conditions, state, summary
from pwa.desk.reading import matches
from pwa.desk.state import DeskState, Form, use_desk
from pwa.desk.words import Words
from pwa.hooks import use_engine_version

STATE_TONES: Mapping[str, Tone] = {"running": "accent", "planned": "info", "ended": "neutral", "off": "neutral"}
_AMOUNTS = {"amount", "threshold", "bundle_price"}
ICONS = {
    "threshold": "percent",
    "buy_x_get_y": "copy-plus",
    "gift": "gift",
    "bundle": "boxes",
    "mix_and_match": "shuffle",
}


@component
def PromotionsScreen(promotion_id: str, query: Mapping[str, str]) -> VdomDict:
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    listing = use_listing("promotions", promotion_id, query)
    text = listing.text
    rows = [
        row for row in desk.reads.promotions if matches(text, f"{row.code} {' '.join(row.name.values())}".casefold())
    ]

    return page(
        words("promotions.title"),
        html.div({"className": "promotion-list"}, *(_card(listing, words, row) for row in rows))
        if rows
        else Nothing("search-x", words("promotions.no_match"), words("promotions.no_match_text"), key="empty")
        if text.strip()
        else Nothing("ticket-percent", words("promotions.none"), words("promotions.none_text"), key="empty"),
        tools=(
            search(words("promotions.search"), text, listing.look_for),
            new_button(listing, words("promotions.new"), "promotion.edit", testid="promotion-new"),
        ),
        panel=PromotionPanel(promotion_id, listing.close, listing.made, key=promotion_id) if promotion_id else None,
        testid="desk-promotions",
    )


def _card(listing: Listing, words: Words, row: Promotion) -> VdomDict:
    desk, selected = listing.desk, row.id == listing.row_id
    how = state(row, words)
    return link(
        desk,
        listing.address(row.id),
        html.span({"className": "promotion-icon"}, Icon(ICONS[row.kind], size=20)),
        html.span(
            {"className": "promotion-body"},
            html.span(
                {"className": "promotion-head"},
                html.strong(words.name(row.name)),
                html.span({"className": "faint number"}, row.code),
            ),
            html.span({"className": "promotion-say"}, summary(row, words, desk.reads)),
            html.span({"className": "promotion-limits faint"}, Pieces(*conditions(row, words, desk.reads))),
        ),
        Badge(words(f"promotions.{how}"), STATE_TONES[how]),
        class_name="promotion promotion-selected" if selected else "promotion",
        testid=f"promotion-{row.code}",
        key=row.id,
    )


@component
def PromotionPanel(promotion_id: str, on_close: Callable[[], Any], on_made: Callable[[str], Any]) -> VdomDict:
    desk = use_desk()
    words = desk.words()
    row_id, is_new = use_row_id(promotion_id), promotion_id == NEW
    editing = use_editing(
        f"promotion:{promotion_id}", PromotionSave, desk.reads.promotion(row_id), partial(start_of, desk),
        about=("promotion", row_id), fields=FIELDS,
    )  # fmt: skip
    form, base = editing.form, editing.base
    use_first_field(is_new)

    async def save() -> None:
        reader = editing.reader
        if await editing.save(reader, command_of(desk, reader, row_id, base)) and is_new:
            on_made(row_id)

    if base is None and not is_new:
        return panel(words("promotions.gone"), on_close=on_close, testid="promotion-panel")
    may_edit = desk.reads.may("promotion.edit")
    return panel(
        words("promotions.new") if is_new else words.name(base.name if base else {}),
        editing.refusal(),
        Saying(form, row_id, key="saying"),
        *_fields(desk, words, form),
        History(row_id, key="history") if not is_new else None,
        on_close=on_close,
        over=html.span({"className": "number"}, base.code if base else ""),
        actions=editing.actions(save) if may_edit else None,
        key=promotion_id,
        testid="promotion-panel",
    )


@component
def Saying(form: Form, promotion_id: str) -> VdomDict:
    """What the promotion would do, in plain words, as it is typed."""
    desk = use_desk()
    words = desk.words()
    draft = draft_of(desk, Reader(form, desk), promotion_id)
    sound = not reward_faults(draft.kind, draft.reward)
    said = summary(draft, words, desk.reads) if sound else words("promotion.incomplete")
    return html.section(
        {"className": "block block-accent", "data-testid": "promotion-summary", "aria-live": "polite"},
        html.p({"className": "block-say"}, said),
        html.p({"className": "block-note"}, Pieces(*conditions(draft, words, desk.reads))),
    )


def _fields(desk: DeskState, words: Words, form: Form) -> list[Child]:
    fields = Fields(words, form, "promotions.field", redraws=True)
    kinds = [(kind, words(f"promotions.kind_{kind}")) for kind in KINDS]
    return [
        block(
            "",
            *fields.names("name", required=True),
            columns(fields.text("code", required=True), fields.choice("kind", kinds, label=words("promotions.kind"))),
            key="names",
        ),
        block(
            words("promotions.what"),
            html.p({"className": "block-note"}, words(f"promotions.help_{form['kind']}")),
            *(_reward_field(desk, fields, name) for name in SHOWN[form["kind"]]),
            key=f"reward-{form['kind']}",
        ),
        block(
            words("promotions.which"),
            _products(desk, words, form, "products") if form["kind"] != "bundle" else None,
            category_picker(desk, words, form, words("promotions.field.categories"), testid="field-categories")
            if form["kind"] != "bundle"
            else None,
            _organisations(desk, words, form),
            fields.text("groups", hint=words("promotions.groups_hint")),
            key="which",
        ),
        _limits(words, fields),
    ]


def _limits(words: Words, fields: Fields) -> VdomDict:
    until = fields.text("valid_until", kind="date", hint=words("prices.until_hint"))
    return block(
        words("promotions.limits"),
        columns(fields.text("valid_from", kind="date"), until),
        columns(_number(fields, "cap", hint=words("promotions.cap_hint")), _number(fields, "priority")),
        fields.text("exclusive_group", hint=words("promotions.exclusive_hint")),
        fields.switch("active", label=words("promotions.active")),
        key="limits",
    )


def _number(fields: Fields, name: str, hint: str = "") -> VdomDict:
    return fields.number(
        name,
        decimals=True,
        hint=hint,
        unit="%" if name == "percent" else "",
        before=fields.words.symbol() if name in _AMOUNTS else "",
    )


def _reward_field(desk: DeskState, fields: Fields, name: str) -> Child:
    if name == "product":
        return _products(desk, fields.words, fields.form, "product")
    if name == "items":
        return _items(desk, fields.words, fields.form)
    return _number(fields, name)


def _products(desk: DeskState, words: Words, form: Form, name: str) -> Any:
    """``product`` is one at most, ``products`` any number."""

    def chosen(ids: tuple[str, ...]) -> None:
        form.put(name, ids[-1:] if name == "product" else ids)

    label, hint = words(f"promotions.field.{name}"), words(f"promotions.{name}_hint")
    return Picker(
        label,
        chosen_products(desk, words, form[name]),
        partial(products_like, desk, words),
        chosen,
        error=form.error(name),
        hint=hint,
        testid=f"field-{name}",
        single=name == "product",
        key=name,
    )


def _items(desk: DeskState, words: Words, form: Form) -> VdomDict:
    """The products of a bundle, with how many of each."""
    counts: dict[str, str] = dict(form["items"])

    def chosen(ids: tuple[str, ...]) -> None:
        form.put("items", tuple((one, counts.get(one, "1")) for one in ids))

    def typed(product: str) -> Callable[[str], None]:
        keep = form.typed("items")

        def change(text: str) -> None:
            keep(tuple((one, text if one == product else count) for one, count in form["items"]))

        return change

    names = dict(chosen_products(desk, words, counts))
    return html.div(
        {"key": "items"},
        Picker(
            words("promotions.field.items"),
            list(names.items()),
            partial(products_like, desk, words),
            chosen,
            error=form.error("items"),
            testid="field-items",
            key="items",
        ),
        *(
            NumberField(
                words("promotions.item_count", name=names[one]),
                value=count,
                on_change=typed(one),
                on_commit=lambda _text: form.put("items", form["items"]),
                revision=form.revision,
                testid=f"item-{one}",
                key=one,
            )
            for one, count in form["items"]
        ),
    )


def _organisations(desk: DeskState, words: Words, form: Form) -> Any:
    return Picker(
        words("promotions.field.organisations"),
        chosen_partners(desk, words, form["organisations"]),
        partial(partners_like, desk, words),
        partial(form.put, "organisations"),
        error=form.error("organisations"),
        hint=words("promotions.organisations_hint"),
        testid="field-organisations",
        key="organisations",
    )
