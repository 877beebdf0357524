"""What other screens show of assortments: those a product is in, what a customer may order by its own."""

from reactpy import html
from reactpy.types import VdomDict

from offline.wire.rows import Assortment, Organisation, Product
from pwa.components.basics import Badge, Child
from pwa.desk.listing import Listing
from pwa.desk.parts import address_of, block, link
from pwa.desk.ranges.reading import (
    STANDING_TONES,
    assortments_with,
    free_customers,
    goods,
    orderable,
    state_of,
    validity,
)
from pwa.desk.state import DeskState
from pwa.desk.words import Words


def _links(desk: DeskState, words: Words, rows: list[Assortment]) -> VdomDict:
    """A line each, with when it counts."""
    return html.ul({"className": "range-list"}, *(_line(desk, words, row) for row in rows))


def _line(desk: DeskState, words: Words, row: Assortment) -> VdomDict:
    state = state_of(desk.reads, words, row)
    return html.li(
        {"key": row.id},
        link(
            desk,
            address_of("assortments", row.id),
            words.name(row.name),
            class_name="text-button",
            testid=f"range-{row.code}",
        ),
        html.span({"className": "faint number"}, validity(words, row)),
        Badge(words(f"ranges.{state}"), STANDING_TONES[state]) if state != "valid" else None,
    )


def product_ranges(desk: DeskState, words: Words, row: Product) -> VdomDict:
    found = assortments_with(desk.reads, row)
    free = free_customers(desk.reads)
    return block(
        words("nav.assortments"),
        _links(desk, words, found) if found else html.p({"className": "block-note"}, words("ranges.in_none")),
        html.p({"className": "block-note"}, words("ranges.free", count=words.number(free))) if free else None,
        key="ranges",
        testid="ranges-of-product",
    )


def customer_ranges(desk: DeskState, words: Words, row: Organisation, held: tuple[str, ...]) -> VdomDict:
    """What the customer may order with the assortments it ``held`` in its form; the way to the goods themselves, once
    that is saved."""
    able, all_goods = orderable(desk.reads, words, held), goods(desk.reads)
    found = [each for each in desk.reads.assortments if each.id in held]
    say = "ranges.may_all" if not held else "ranges.may_some" if able else "ranges.may_nothing"
    text = words(say, count=words.number(len(able)), all=words.number(len(all_goods)))
    is_saved = set(held) == set(row.assortments)
    return block(
        words("ranges.orderable"),
        html.p(
            {"className": "block-say", "data-testid": "may-order", "aria-live": "polite"},
            text if is_saved else words("ranges.once_saved", text=text),
        ),
        _links(desk, words, found) if found else None,
        link(
            desk,
            address_of("products", customer=row.id),
            words("ranges.see_goods"),
            class_name="text-button",
            testid="see-goods",
        )
        if is_saved
        else None,
        key="ranges",
        testid="ranges-of-customer",
    )


def of_assortment(listing: Listing, words: Words) -> Child:
    """Above a list of customers: whose assortment they hold, and the way back."""
    desk = listing.desk
    row = desk.reads.assortment(listing["assortment"])
    name = words.name(row.name) if row is not None else ""
    return html.div(
        {"className": "range-links", "data-testid": "of-assortment", "key": "of-assortment"},
        html.span(words("ranges.held_here", name=name)),
        link(
            desk,
            address_of("assortments", listing["assortment"]),
            words("ranges.to_assortment"),
            class_name="text-button",
        ),
        link(desk, listing.address(assortment=""), words("ranges.all_customers"), class_name="text-button"),
    )
