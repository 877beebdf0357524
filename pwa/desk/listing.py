"""A list with one of its rows open beside it, as most screens of the desk are. Their address says where they stand, so
that a link, the back button and a new start lead there again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from reactpy.types import VdomDict

from pwa.components.basics import Button, Child, Chip, ChipRow, calling
from pwa.components.fields import SearchField
from pwa.desk.parts import Nothing, address_of, select
from pwa.desk.state import DeskState, use_desk, use_keys
from pwa.desk.words import Words

NEW = "new"


@dataclass(frozen=True)
class Listing:
    """``/desk/<screen>/<row_id>?<filters>``. ``row_id`` is empty where no row is open, ``NEW`` where one is made.
    ``usual``: the filters of an address that says nothing of them. ``text``: what is looked for; in the address too,
    so that it is there again after a reload, and for who comes back from elsewhere. ``said``: what the address said
    when this was drawn."""

    desk: DeskState
    screen: str
    row_id: str
    filters: Mapping[str, str]
    usual: Mapping[str, str]
    said: Mapping[str, str]
    text: str = ""

    def __getitem__(self, name: str) -> str:
        """What a filter stands at."""
        return self.filters[name]

    def address(self, row_id: str = "", **changed: str) -> str:
        """With a row open, or none; with some filters ``changed``."""
        filters = {**self.filters, **changed}
        said = {name: value for name, value in filters.items() if value != self.usual[name]}
        return address_of(self.screen, row_id, **said, q=self.text)

    def look_for(self, text: str) -> None:
        """In place of the address as it is: nobody goes back letter by letter, and what is open stays open."""
        router = self.desk.app.router
        parts = urlsplit(router.path)
        said = {**dict(parse_qsl(parts.query)), "q": text}
        query = urlencode({name: value for name, value in said.items() if value})
        router.navigate(f"{parts.path}?{query}" if query else parts.path, replace=True)

    def by_now(self) -> "Listing":
        """As it stands when somebody presses: what was chosen since it was drawn counts."""
        parts = urlsplit(self.desk.app.router.path)
        if not f"{parts.path}/".startswith(f"/desk/{self.screen}/"):
            return self
        said = dict(parse_qsl(parts.query))
        filters = {
            name: value if said.get(name) == self.said.get(name) else said.get(name, self.usual[name])
            for name, value in self.filters.items()
        }
        return replace(self, filters=filters, said=said, text=said.get("q", ""))

    def to(self, row_id: str = "", **changed: str) -> None:
        self.desk.go(self.by_now().address(row_id, **changed))

    def open(self, row: Any) -> None:
        self.to(row.id)

    def close(self) -> None:
        self.to()

    def made(self, row_id: str) -> None:
        """From the form of a new row, which is saved now, to the row."""
        self.desk.leave(self.by_now().address(row_id))


def listing_of(
    desk: DeskState,
    screen: str,
    row_id: str,
    query: Mapping[str, str],
    usual: Mapping[str, str] | None = None,
    *,
    found: Mapping[str, str] | None = None,
) -> Listing:
    """The list of ``screen`` as its address has it. ``usual`` names its filters, ``found`` what some of them stand at,
    whether the address says so or not."""
    usual = usual or {}
    filters = {name: query.get(name, value) for name, value in usual.items()} | dict(found or {})
    return Listing(desk, screen, row_id, filters, usual, query, query.get("q", ""))


def use_listing(
    screen: str,
    row_id: str,
    query: Mapping[str, str],
    usual: Mapping[str, str] | None = None,
    keys: Mapping[str, Callable[[], Any]] | None = None,
    *,
    found: Mapping[str, str] | None = None,
) -> Listing:
    """The same, with keys: Escape closes the open row, others do what ``keys`` says."""
    listing = listing_of(use_desk(), screen, row_id, query, usual, found=found)

    def pressed(key: str) -> None:
        if key == "Escape" and row_id:
            listing.close()
        elif keys and key in keys:
            keys[key]()

    use_keys(pressed)
    return listing


def search(label: str, text: str, on_change: Callable[[str], Any]) -> VdomDict:
    """The field that the desk's key for searching leads to."""
    return SearchField(label, value=text, on_change=on_change, testid="desk-search", key="search")


def not_found(words: Words, text: str) -> Child:
    """In place of a list in which nothing fits what was typed: that there is nothing at all would be another thing."""
    return Nothing("search-x", words("found.nothing", text=text.strip()), words("found.nothing_text"), key="empty")


def new_button(listing: Listing, label: str, permission: str = "", *, testid: str) -> Child:
    """Opens an empty form; None for who may not fill it in."""
    if permission and not listing.desk.reads.may(permission):
        return None
    return Button(label, calling(listing.to, NEW), icon="plus", testid=testid, key="new")


def filter_choice(listing: Listing, name: str, label: str, options: Sequence[tuple[str, str]]) -> VdomDict:
    """A filter as a list of (value, text)."""

    def choose(value: str) -> None:
        listing.to(**{name: value})

    return select(label, options, listing[name], choose, bare=True, testid=f"filter-{name}", key=name)


def filter_chips(
    listing: Listing,
    name: str,
    options: Mapping[str, str],
    counts: Mapping[str, int | None],
    *,
    label: str,
    testid: str = "filter",
) -> VdomDict:
    """A filter as chips: value -> text, and how many rows there are of some. Closes the row that is open."""
    chips = (
        Chip(
            text,
            calling(partial(listing.to, **{name: value})),
            selected=value == listing[name],
            count=counts.get(value),
            testid=f"{testid}-{value}",
            key=value,
        )
        for value, text in options.items()
    )
    return ChipRow(*chips, label=label)
