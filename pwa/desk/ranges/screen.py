"""Assortments: the list, and one with its goods to tick, its terms and its customers."""

from collections.abc import Mapping
from typing import Any

from reactpy import component, html
from reactpy.types import VdomDict

from offline.replica_schema import fold
from offline.wire.ranges import AssortmentSave
from offline.wire.rows import Assortment
from pwa.components.basics import Badge, Child
from pwa.desk.beginning import nothing_listed
from pwa.desk.grid import Field, Look, listed
from pwa.desk.listing import Listing, new_button, search, use_listing
from pwa.desk.parts import export_link, import_link, page
from pwa.desk.product_tabs import product_tabs
from pwa.desk.ranges.one import OneAssortment
from pwa.desk.ranges.reading import STANDING_TONES, contents, free_customers, holders, size, state_of, validity
from pwa.desk.reading import Reads, matches
from pwa.desk.state import use_desk
from pwa.desk.words import Words
from pwa.hooks import use_engine_version


@component
def AssortmentsScreen(assortment_id: str, query: Mapping[str, str]) -> Any:
    """``assortment_id`` opens one; ``new`` makes one."""
    use_engine_version()
    desk = use_desk()
    listing = use_listing("assortments", assortment_id, query)
    refused = assortment_id and desk.refused("assortment", assortment_id, AssortmentSave.NAME)
    if assortment_id == "new" or refused or desk.reads.assortment(assortment_id) is not None:
        return OneAssortment(assortment_id, listing.close, listing.made, key=assortment_id)
    return _all(listing)


def _all(listing: Listing) -> VdomDict:
    desk, words = listing.desk, listing.desk.words()
    found = _found(desk.reads, listing.text)
    empty = nothing_listed(
        listing, words, "ranges", "list-checks", some=bool(desk.reads.assortments), permission="catalog.edit"
    )
    return page(
        words("nav.products"),
        product_tabs(desk, words, "assortments", words("ranges.count", count=words.number(len(found)))),
        _free(words, free_customers(desk.reads)) if desk.reads.assortments else None,
        listed(_look(words, listing), found, empty, listing.text),
        tools=(
            search(words("ranges.search"), listing.text, listing.look_for),
            import_link(desk, "assortments"),
            export_link(desk, "assortments"),
            new_button(listing, words("assortments.new"), "catalog.edit", testid="assortment-new"),
        ),
        testid="desk-assortments",
    )


def _free(words: Words, count: int) -> Child:
    """Whoever holds none may order everything: nothing in the list shows that."""
    if not count:
        return None
    return html.p({"className": "desk-count", "key": "free"}, words("ranges.free", count=words.number(count)))


def _found(reads: Reads, text: str) -> list[Assortment]:
    rows = reads.assortments
    if not text.strip():
        return rows
    return [row for row in rows if matches(text, fold(f"{row.code} {' '.join(row.name.values())}"))]


def _look(words: Words, listing: Listing) -> Look:
    return Look(
        _columns(listing.desk.reads, words),
        key=lambda row: row.id,
        label=words("nav.assortments"),
        on_open=listing.open,
        row_testid=lambda row: f"assortment-{row.code}",
        testid="assortments-grid",
    )


def _columns(reads: Reads, words: Words) -> tuple[Field, ...]:
    held = holders(reads)

    def name(row: Assortment) -> Child:
        return html.span(
            {"className": "two-lines"},
            html.strong(words.name(row.name)),
            html.span({"className": "faint number"}, row.code),
        )

    def customers(row: Assortment) -> int:
        return len(held.get(row.id, ()))

    def standing(row: Assortment) -> Child:
        state = state_of(reads, words, row)
        return Badge(words(f"ranges.{state}"), STANDING_TONES[state])

    return (
        Field(words("ranges.name"), name, "minmax(180px, 1.6fr)", rank=lambda row: row.code),
        Field(words("ranges.contents"), lambda row: contents(words, row), "minmax(180px, 1.4fr)"),
        Field(
            words("ranges.products"),
            lambda row: words.number(size(reads, row)),
            "84px",
            numeric=True,
            rank=lambda row: size(reads, row),
        ),
        Field(
            words("ranges.customers"), lambda row: words.number(customers(row)), "84px", numeric=True, rank=customers
        ),
        Field(
            words("ranges.validity"),
            lambda row: validity(words, row),
            "minmax(190px, 1.3fr)",
            rank=lambda row: row.valid_until,
        ),
        Field(words("ranges.state"), standing, "88px", rank=lambda row: state_of(reads, words, row)),
    )
