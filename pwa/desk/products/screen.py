"""Products: the list, and the panel in which one is edited or made."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.wire.commands import ProductSave
from offline.wire.media import MediaRef, ProductPicture
from offline.wire.rows import Category, Product
from pwa.components.basics import Badge, Child, IconButton, Picture, calling
from pwa.components.fields import NumberField, TextField
from pwa.components.media import PhotoField
from pwa.desk.beginning import nothing_listed
from pwa.desk.categories import category_tree
from pwa.desk.editing import use_editing, use_first_field, use_row_id
from pwa.desk.fields import Fields
from pwa.desk.grid import Field, Look, code_column, listed, name_column, text_column
from pwa.desk.history import History
from pwa.desk.lines import Lines, with_part
from pwa.desk.listing import NEW, Listing, filter_choice, new_button, search, use_listing
from pwa.desk.parts import (
    address_of,
    block,
    columns,
    export_link,
    import_link,
    last_question,
    link,
    page,
    panel,
    text_button,
)
from pwa.desk.product_tabs import product_tabs
from pwa.desk.products.form import FIELDS, command_of, start_of, usual_tax
from pwa.desk.ranges.reading import orderable
from pwa.desk.ranges.summary import product_ranges
from pwa.desk.reading import Reads, find_products
from pwa.desk.state import DeskState, Form, decode, use_desk
from pwa.desk.words import Words
from pwa.hooks import use_engine_version

STATUSES = ("active", "withdrawn")
# A pack as typed: name in both languages, how many base units, barcode.
PACK_FIELDS = ("zh", "en", "factor", "barcode")
NO_PACK = ("",) * len(PACK_FIELDS)


@component
def ProductsScreen(product_id: str, query: Mapping[str, str]) -> VdomDict:
    """``query``: ``status``, ``category``, and ``customer``: only what that one may order. ``product_id`` ``new`` opens
    an empty form."""
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    listing = use_listing("products", product_id, query, {"status": "", "category": "", "customer": ""})
    text = listing.text
    found = _found(listing, words)
    return page(
        words("products.title"),
        product_tabs(desk, words, "products", words("products.count", count=words.number(len(found)))),
        _for_customer(listing, words) if listing["customer"] else None,
        listed(
            _look(words, listing),
            found,
            nothing_listed(
                listing, words, "products", "package-search", some=bool(desk.reads.products), permission="catalog.edit"
            ),
            f"{text} {listing.filters}",
        ),
        tools=(
            search(words("products.search"), text, listing.look_for),
            *_filters(words, listing),
            import_link(desk, "products"),
            export_link(desk, "products"),
            new_button(listing, words("products.new"), "catalog.edit", testid="product-new"),
        ),
        panel=ProductPanel(product_id, listing.close, listing.made, key=f"panel-{product_id}") if product_id else None,
        testid="desk-products",
    )


def _filters(words: Words, listing: Listing) -> tuple[VdomDict, VdomDict]:
    statuses = [("", words("products.any_status")), *((one, words(f"products.{one}")) for one in STATUSES)]
    categories = _category_options(listing.desk.reads, words, words("products.any_category"))
    return (
        filter_choice(listing, "category", words("products.category"), categories),
        filter_choice(listing, "status", words("products.status"), statuses),
    )


def _found(listing: Listing, words: Words) -> list[Product]:
    reads, text = listing.desk.reads, listing.text
    status, category, customer = listing["status"], listing["category"], listing["customer"]
    buyer = reads.organisation(customer) if customer else None
    allowed = orderable(reads, words, buyer.assortments) if buyer is not None else None

    def make() -> list[Product]:
        inside = _below(reads.categories, category) if category else set()
        rows = [
            row
            for row in reads.products
            if (not status or row.status == status)
            and (not category or row.category in inside)
            and (allowed is None or row.id in allowed)
        ]
        return find_products(rows, text) if text.strip() else rows

    return reads.kept(("products", text, status, category, customer), make)


def _for_customer(listing: Listing, words: Words) -> VdomDict:
    """Whose goods these are, with the way back to the customer and to all goods."""
    desk, customer = listing.desk, listing["customer"]
    row = desk.reads.organisation(customer)
    name = words.name(row.name) if row is not None else customer
    return html.div(
        {"className": "range-links", "data-testid": "for-customer", "key": "for-customer"},
        html.span(words("ranges.may_order", name=name)),
        link(desk, address_of("customers", customer), words("ranges.to_customer"), class_name="text-button"),
        link(
            desk, listing.address(customer=""), words("ranges.all_again"), class_name="text-button", testid="all-again"
        ),
    )


def _below(categories: Sequence[Category], top: str) -> set[str]:
    found = [top]
    for parent in found:
        found += [row.id for row in categories if row.parent == parent and row.id not in found]
    return set(found)


def _category_options(reads: Reads, words: Words, nothing: str) -> list[tuple[str, str]]:
    """The tree, flat: children after their parent, moved in."""
    return [("", nothing), *((place.row.id, place.indented(words)) for place in category_tree(reads))]


def _look(words: Words, listing: Listing) -> Look:
    return Look(
        _columns(listing.desk, words, narrow=bool(listing.row_id)),
        key=lambda row: row.id,
        label=words("products.title"),
        on_open=listing.open,
        selected=listing.row_id,
        row_testid=lambda row: f"product-{row.sku}",
        testid="products-grid",
    )


def _columns(desk: DeskState, words: Words, *, narrow: bool) -> tuple[Field, ...]:
    stock = desk.reads.stock()
    categories = {row.id: words.name(row.name) for row in desk.reads.categories}

    def held(row: Product) -> int | None:
        level = stock.get(row.id)
        return level.available if level else None

    def available(row: Product) -> str:
        count = held(row)
        return "—" if count is None else words.number(count)

    def status(row: Product) -> Child:
        return Badge(words(f"products.{row.status}"), "accent" if row.status == "active" else "neutral")

    def rule(row: Product) -> str:
        return words("products.rule", minimum=words.number(row.minimum), multiple=words.number(row.multiple))

    return (
        Field("", lambda row: Picture(row.image or "", size=32), "40px", minor=narrow),
        name_column(words("products.name"), words, "minmax(160px, 2fr)"),
        code_column(words("products.sku"), lambda row: row.sku, "minmax(110px, 1fr)"),
        text_column(
            words("products.category"),
            lambda row: categories.get(row.category or "") or None,
            "minmax(80px, 0.8fr)",
            minor=narrow,
        ),
        Field(words("products.order_rule"), rule, "minmax(110px, 0.9fr)", minor=narrow),
        Field(words("products.stock"), available, "90px", numeric=True, rank=held),
        Field(words("products.status"), status, "96px", rank=lambda row: row.status),
    )


@component
def ProductPanel(product_id: str, on_close: Callable[[], Any], on_made: Callable[[str], Any]) -> VdomDict:
    """Editing one product; ``product_id`` ``new`` makes one. A refused change is shown as it was typed."""
    desk = use_desk()
    words = desk.words()
    row_id, is_new = use_row_id(product_id), product_id == NEW
    row = desk.reads.product(row_id)
    start = partial(start_of, tax=usual_tax(desk.reads) if is_new else "")
    editing = use_editing(f"product:{product_id}", ProductSave, row, start, about=("product", row_id), fields=FIELDS)
    form, base = editing.form, editing.base
    use_first_field(is_new)
    asking, set_asking = use_state(False)
    withdraws = form["status"] == "withdrawn" and (row is None or row.status == "active")

    async def save() -> None:
        reader = editing.reader
        made = command_of(reader, row_id, base)
        if made is not None and withdraws and not asking:
            set_asking(True)
            return
        set_asking(False)
        first = [ProductPicture(product=row_id, picture=ref) for ref in form["picture"]]
        if await editing.save(reader, made, *first) and is_new:
            on_made(row_id)

    if base is None and not is_new:
        return panel(words("products.gone"), on_close=on_close, testid="product-panel")
    may_edit = desk.reads.may("catalog.edit")
    return panel(
        words("products.new") if is_new else words.name(base.name if base else {}),
        editing.refusal(),
        ProductPhoto(row, key=f"photo-{row.image}") if may_edit and row is not None else None,
        _first_photo(words, form) if is_new else None,
        *_fields(desk, words, form),
        product_ranges(desk, words, row) if row is not None else None,
        History(row_id, key="history") if row is not None else None,
        last_question(words, "products.withdraw", save, lambda: set_asking(False), testid="withdraw")
        if asking
        else None,
        on_close=on_close,
        over=html.span(
            {"className": "panel-badges"},
            html.span({"className": "number"}, base.sku if base else ""),
            Badge(words("waits"), "neutral") if desk.waits("product", row_id) else None,
        ),
        actions=editing.actions(save) if may_edit else None,
        key=product_id,
        testid="product-panel",
    )


def _first_photo(words: Words, form: Form) -> VdomDict:
    """The picture of a product that is being made: it goes with the first save."""
    return block(
        words("products.picture"),
        PhotoField(
            form["picture"],
            lambda refs: form.put("picture", refs),
            most=1,
            kinds=("gallery",),
            testid="product-photo",
        ),
        html.p({"className": "block-note"}, words("products.picture_first")),
        key="picture",
    )


@component
def ProductPhoto(row: Product) -> VdomDict:
    """The picture everybody sees, and another one in its place: sent at once, whatever else the form holds."""
    desk = use_desk()
    words = desk.words()
    picked, pick = use_state(lambda: _on_its_way(desk, row.id))

    async def send(refs: tuple[MediaRef, ...]) -> None:
        pick(refs)
        for ref in refs:
            await desk.submit(ProductPicture(product=row.id, picture=ref), said=words("products.picture_sent"))

    return block(
        words("products.picture"),
        html.div(
            {"className": "product-photo"},
            Picture(row.image or "", size=96),
            PhotoField(picked, send, most=1, kinds=("gallery",), testid="product-photo"),
        ),
        html.p({"className": "block-note"}, words("products.picture_hint")),
        key="picture",
    )


def _on_its_way(desk: DeskState, product_id: str) -> tuple[MediaRef, ...]:
    """The picture that was given last and that the server does not have yet."""
    sent = [decode(entry) for entry in desk.app.engine.entries() if entry.name == ProductPicture.NAME]
    refs = [one.picture for one in sent if isinstance(one, ProductPicture) and one.product == product_id]
    return tuple(refs[-1:])


def _fields(desk: DeskState, words: Words, form: Form) -> list[Child]:
    return [_naming(desk, words, form), _ordering(words, form), _more(words, form)]


def _naming(desk: DeskState, words: Words, form: Form) -> VdomDict:
    fields = Fields(words, form, "products.field")
    categories = _category_options(desk.reads, words, words("products.no_category"))
    return block(
        "",
        *fields.names("name", required=True),
        columns(fields.text("sku", required=True, max_length=64), fields.text("brand")),
        columns(*fields.names("spec")),
        fields.choice("category", categories, label=words("products.category")),
        key="names",
    )


def _ordering(words: Words, form: Form) -> VdomDict:
    fields = Fields(words, form, "products.field")
    return block(
        words("products.ordering"),
        columns(*fields.names("unit", required=True)),
        columns(fields.number("minimum"), fields.number("multiple")),
        html.p({"className": "block-note"}, words("products.rule_hint")),
        _packs(words, form),
        key="ordering",
    )


def _more(words: Words, form: Form) -> VdomDict:
    fields = Fields(words, form, "products.field")
    statuses = [(status, words(f"products.{status}")) for status in STATUSES]
    lots = [(each, words(f"products.lots_{each}")) for each in ("no", "yes")]
    return block(
        words("products.more"),
        fields.text("barcodes", hint=words("products.barcodes_hint"), max_length=1000),
        columns(
            fields.number("tax", decimals=True, unit="%"),
            fields.choice("status", statuses, label=words("products.status")),
        ),
        fields.text("available_from", kind="date", hint=words("products.available_hint")),
        fields.choice("lots", lots, label=words("products.lots")),
        key="more",
    )


def _packs(words: Words, form: Form) -> VdomDict:
    packs: Lines[tuple[str, ...]] = Lines(form, "packs")
    error = form.error("packs")
    return html.div(
        {"className": "packs", "key": "packs"},
        html.span({"className": "field-label"}, words("products.packs")),
        *(_pack(words, packs, place) for place in range(len(packs.now))),
        html.p({"className": "field-note field-error", "role": "alert"}, error) if error else None,
        text_button(words("products.pack.add"), lambda: packs.add(NO_PACK), testid="pack-add"),
    )


def _pack(words: Words, packs: Lines[tuple[str, ...]], place: int) -> VdomDict:
    def field(part: int, name: str) -> VdomDict:
        made: Callable[..., VdomDict] = NumberField if name == "factor" else TextField
        return made(
            words(f"products.pack.{name}"),
            value=packs.now[place][part],
            on_change=packs.typed(place, with_part(part)),
            revision=packs.form.revision,
            testid=f"pack-{name}-{place}",
            key=name,
        )

    return html.div(
        {"className": "pack-line", "key": str(place)},
        *(field(PACK_FIELDS.index(name), name) for name in (*words.languages, "factor", "barcode")),
        IconButton("trash-2", words("products.pack.remove"), calling(packs.remove, place)),
    )
