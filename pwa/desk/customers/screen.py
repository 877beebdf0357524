"""Customers: the list with its filters, and the open customer at the right: terms, credit, orders, editing."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from offline.wire.commands import OrganisationSave
from offline.wire.rows import Organisation
from pwa.components.basics import Badge, Child, Tone
from pwa.desk.beginning import nothing_listed
from pwa.desk.customers.fields import customer_fields
from pwa.desk.customers.form import FIELDS, STATUSES, command_of, start_of
from pwa.desk.customers.summary import credit_bar, customer_orders
from pwa.desk.editing import use_editing, use_first_field, use_row_id
from pwa.desk.grid import Field, Look, code_column, listed, name_column, text_column
from pwa.desk.history import History
from pwa.desk.listing import NEW, Listing, filter_choice, new_button, search, use_listing
from pwa.desk.parts import export_link, import_link, last_question, page, panel
from pwa.desk.ranges.summary import customer_ranges, of_assortment
from pwa.desk.reading import Reads, find_organisations
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words
from pwa.hooks import use_engine_version

TONES: Mapping[str, Tone] = {"active": "accent", "prospect": "info", "blocked": "bad", "exited": "neutral"}
FILTERS = {"status": "", "territory": "", "rep": ""}
BY_ADDRESS = {"assortment": ""}
"""Filters that no list offers: other screens lead to them."""


@component
def CustomersScreen(customer_id: str, query: Mapping[str, str]) -> VdomDict:
    """``query``: ``status``, ``territory``, ``rep``, and ``assortment``: only those that hold it. ``customer_id``
    ``new`` opens an empty form."""
    use_engine_version()
    desk = use_desk()
    words = desk.words()
    listing = use_listing("customers", customer_id, query, FILTERS | BY_ADDRESS)
    text = listing.text
    found = _found(desk.reads, text, listing.filters)
    return page(
        words("customers.title"),
        html.p({"className": "desk-count", "role": "status"}, words("customers.count", count=words.number(len(found)))),
        of_assortment(listing, words) if listing["assortment"] else None,
        listed(
            _look(words, listing),
            found,
            nothing_listed(
                listing,
                words,
                "customers",
                "store",
                some=bool(desk.reads.organisations),
                permission="organisation.edit",
            ),
            f"{text} {listing.filters}",
        ),
        tools=(
            search(words("customers.search"), text, listing.look_for),
            *_filters(words, listing),
            import_link(desk, "partners"),
            export_link(desk, "partners"),
            new_button(listing, words("customers.new"), "organisation.edit", testid="customer-new"),
        ),
        panel=CustomerPanel(customer_id, listing.close, listing.made, key=f"panel-{customer_id}")
        if customer_id
        else None,
        testid="desk-customers",
    )


def _found(reads: Reads, text: str, filters: Mapping[str, str]) -> list[Organisation]:
    def make() -> list[Organisation]:
        rows = [
            row
            for row in reads.organisations
            if all(not value or _fits(row, name, value) for name, value in filters.items())
        ]
        return find_organisations(rows, text) if text.strip() else rows

    return reads.kept(("customers", text, *filters.values()), make)


def _fits(row: Organisation, name: str, value: str) -> bool:
    return value in row.assortments if name == "assortment" else (getattr(row, name) or "") == value


def _filters(words: Words, listing: Listing) -> list[VdomDict]:
    return [
        filter_choice(listing, name, words(f"customers.{name}"), _options(listing.desk, words, name))
        for name in FILTERS
    ]


def _options(desk: DeskState, words: Words, name: str) -> list[tuple[str, str]]:
    """What a filter can be set to."""
    anyone = ("", words(f"customers.any_{name}"))
    if name == "status":
        return [anyone, *((one, words(f"customers.status_{one}")) for one in STATUSES)]
    if name == "territory":
        return [anyone, *((one, one) for one in territories(desk.reads))]
    reps = desk.reads.reps().items()
    return [anyone, *((rep, who or words("customers.unknown_rep", id=rep[-4:])) for rep, who in reps)]


def territories(reads: Reads) -> list[str]:
    return reads.kept("territories", lambda: sorted({row.territory for row in reads.organisations if row.territory}))


def _look(words: Words, listing: Listing) -> Look:
    return Look(
        _columns(listing.desk, words, narrow=bool(listing.row_id)),
        key=lambda row: row.id,
        label=words("customers.title"),
        on_open=listing.open,
        selected=listing.row_id,
        row_testid=lambda row: f"customer-{row.code}",
        row_data=lambda row: {"status": row.status},
        testid="customers-grid",
    )


def _columns(desk: DeskState, words: Words, *, narrow: bool) -> tuple[Field, ...]:
    reps = desk.reads.reps()
    middling = "minmax(78px, 0.7fr)"
    return (
        name_column(words("customers.name"), words, "minmax(190px, 2.6fr)"),
        code_column(words("customers.code"), lambda row: row.code, middling),
        Field(
            words("customers.type"),
            lambda row: words(f"customers.type_{row.type}"),
            "84px",
            minor=narrow,
            rank=lambda row: row.type,
        ),
        text_column(words("customers.territory"), lambda row: row.territory, middling, minor=narrow),
        text_column(
            words("customers.rep"), lambda row: reps.get(row.rep or "") or None, "minmax(64px, 0.5fr)", minor=narrow
        ),
        Field(words("customers.credit"), partial(_credit, words), "minmax(116px, 0.8fr)", rank=_credit_used),
        Field(
            words("customers.last_order"),
            lambda row: words.day(row.last_order_at) if row.last_order_at else "—",
            "92px",
            minor=narrow,
            rank=lambda row: row.last_order_at,
        ),
        Field(
            words("customers.status"),
            lambda row: Badge(words(f"customers.status_{row.status}"), TONES[row.status]),
            "90px",
            rank=lambda row: row.status,
        ),
    )


def _credit_used(row: Organisation) -> Decimal | None:
    """The share of its limit."""
    return row.credit_used / row.credit_limit if row.credit_limit else None


def _credit(words: Words, row: Organisation) -> Child:
    if row.credit_limit is None:
        return html.span({"className": "faint"}, words("customers.no_limit"))
    return credit_bar(words, row, small=True)


@component
def CustomerPanel(customer_id: str, on_close: Callable[[], Any], on_made: Callable[[str], Any]) -> VdomDict:
    """Editing one customer; ``customer_id`` ``new`` makes one."""
    desk = use_desk()
    words = desk.words()
    row_id, is_new = use_row_id(customer_id), customer_id == NEW
    row = desk.reads.organisation(row_id)
    above = desk.reads.head_office.id if desk.reads.head_office else ""
    editing = use_editing(
        f"customer:{customer_id}", OrganisationSave, row, partial(start_of, parent=above),
        about=("organisation", row_id), fields=FIELDS,
    )  # fmt: skip
    form, base = editing.form, editing.base
    use_first_field(is_new)
    asking, set_asking = use_state(False)
    blocks = form["status"] in ("blocked", "exited") and (row is None or row.status not in ("blocked", "exited"))

    async def save() -> None:
        reader = editing.reader
        made = command_of(reader, row_id, base)
        if made is not None and blocks and not asking:
            set_asking(True)
            return
        set_asking(False)
        if await editing.save(reader, made) and is_new:
            on_made(row_id)

    if base is None and not is_new:
        return panel(words("customers.gone"), on_close=on_close, testid="customer-panel")
    may_edit = desk.reads.may("organisation.edit")
    return panel(
        words("customers.new") if is_new else words.name(base.name if base else {}),
        editing.refusal(),
        *(
            (
                credit_bar(words, row),
                customer_orders(desk, words, row),
                customer_ranges(desk, words, row, form["assortments"]),
            )
            if row is not None
            else ()
        ),
        *customer_fields(desk, words, form, row_id),
        History(row_id, key="history") if row is not None else None,
        last_question(words, "customers.block", save, lambda: set_asking(False), testid="block") if asking else None,
        on_close=on_close,
        over=html.span(
            {"className": "panel-badges"},
            html.span({"className": "number"}, base.code if base else ""),
            Badge(words(f"customers.status_{row.status}"), TONES[row.status]) if row else None,
            Badge(words("waits"), "neutral") if desk.waits("organisation", row_id) else None,
        ),
        actions=editing.actions(save) if may_edit else None,
        key=customer_id,
        testid="customer-panel",
    )
