"""A brand that has nothing yet: what is needed before the first order can be taken, and where it is entered."""

from dataclasses import dataclass

from reactpy import html
from reactpy.types import VdomDict

from pwa.components.basics import Button, Child, Icon, attributes, calling, classes
from pwa.desk.imports.kinds import listed_at
from pwa.desk.listing import NEW, Listing, not_found
from pwa.desk.parts import Nothing, address_of, link
from pwa.desk.reading import Reads
from pwa.desk.state import DeskState
from pwa.desk.words import Words


@dataclass(frozen=True)
class Step:
    """``optional``: the first order can be taken without it."""

    name: str
    to: str
    done: bool
    optional: bool = False


def steps(reads: Reads) -> tuple[Step, ...]:
    base = next((row for row in reads.price_lists if row.kind == "base"), None)
    me = reads.me.id if reads.me else ""
    return (
        Step("products", "/desk/products/new", done=bool(reads.products)),
        Step(
            "prices", f"/desk/price-lists/{base.id}" if base else "/desk/price-lists?edit=new", done=bool(reads.prices)
        ),
        Step("customers", "/desk/customers/new", done=bool(reads.organisations)),
        Step("people", "/desk/people/new", done=bool(reads.reps().keys() - {me})),
        Step("stock", "/desk/stock", done=bool(reads.stock()), optional=True),
        Step("categories", "/desk/categories/new", done=bool(reads.categories), optional=True),
        Step("ranges", "/desk/assortments/new", done=bool(reads.assortments), optional=True),
    )


def first_steps(desk: DeskState, words: Words) -> Child:
    """None once there is something to sell, a price for it, somebody to buy it and somebody to take the order, or for
    who may enter none of it."""
    needed = steps(desk.reads)
    if all(step.done or step.optional for step in needed) or not desk.reads.may("catalog.edit"):
        return None
    if desk.reads.replica.count_orders():
        return None
    return html.section(
        attributes("block block-large", "first-steps"),
        html.h2({"className": "block-title"}, words("begin.title")),
        html.p({"className": "block-note"}, words("begin.text")),
        from_file(desk, words, "products"),
        html.ol(
            {"className": "first-steps"}, *(_step(desk, words, number, step) for number, step in enumerate(needed, 1))
        ),
    )


def from_file(desk: DeskState, words: Words, kind: str) -> Child:
    """The way to what is in a spreadsheet already. None for who may not."""
    if not desk.reads.may("data.import"):
        return None
    return link(
        desk,
        f"/desk/imports/{kind}",
        Icon("file-up", size=18),
        html.span({"className": "button-text"}, words("imports.from_file")),
        class_name="button button-secondary begin-import",
        testid="begin-import",
        key="import",
    )


def _step(desk: DeskState, words: Words, number: int, step: Step) -> VdomDict:
    sign = "check" if step.done else "plus" if step.optional else ""
    mark: Child = Icon(sign, size=16) if sign else words.number(number)
    return html.li(
        {"key": step.name},
        link(
            desk,
            step.to,
            html.span(
                {"className": classes("step-mark number", step.done and "step-done"), "aria-hidden": "true"}, mark
            ),
            html.span(
                {"className": "two-lines"},
                html.strong(words(f"begin.{step.name}")),
                html.span({"className": "faint"}, _note(words, step)),
            ),
            class_name="step",
            testid=f"step-{step.name}",
        ),
    )


def _note(words: Words, step: Step) -> str:
    if step.done:
        return words("begin.done")
    text = words(f"begin.{step.name}_text")
    return words("middle_dot").join((words("begin.optional"), text)) if step.optional else text


def nothing_listed(
    listing: Listing, words: Words, area: str, icon: str, *, some: bool, permission: str, screen: str = ""
) -> Child:
    """In place of an empty list: that nothing fits what was asked, or, where there are not ``some`` at all, how to
    begin. ``screen``: where they are made, if elsewhere."""
    if some:
        if listing.text.strip():
            return not_found(words, listing.text)
        return Nothing(icon, words(f"{area}.none"), words(f"{area}.none_text"), key="empty")
    screen = screen or listing.screen
    begin = Button(
        words(f"{screen}.new"),
        calling(listing.desk.go, address_of(screen, NEW)),
        kind="secondary",
        icon="plus",
        testid="begin",
    )
    ways: list[Child] = [begin] if listing.desk.reads.may(permission) else []
    if kind := listed_at(f"/desk/{screen}"):
        ways.append(from_file(listing.desk, words, kind))
    action = html.div({"className": "ways"}, *ways) if ways else None
    return Nothing(icon, words(f"{area}.first"), words(f"{area}.first_text"), action, key="first")
