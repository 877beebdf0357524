"""People at the desk: who may sign in, as what, and whom they belong to. Asked of the server when the screen opens."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec
from reactpy import component, html, use_async_effect, use_state
from reactpy.types import VdomDict

from offline.wire.people import UserView
from pwa.components.basics import Badge, Button, EmptyState, Skeleton, calling
from pwa.desk.grid import Field, Look, code_column, listed, text_column
from pwa.desk.listing import NEW, Listing, filter_choice, new_button, search, use_listing
from pwa.desk.parts import Nothing, page
from pwa.desk.people.panel import PersonPanel
from pwa.desk.people.reading import Asked, People, narrow, read_people, read_person
from pwa.desk.reading import matches
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words

_PAUSE_SECONDS = 0.25
State = People | Literal["loading", "away"]


@component
def PeopleScreen(person_id: str, query: Mapping[str, str]) -> VdomDict:
    """``query``: ``role``, and ``off`` to see those who may not sign in. ``person_id`` "new" opens an empty form."""
    desk = use_desk()
    words = desk.words()
    loading: State = "loading"
    state, set_state = use_state(loading)
    listing = use_listing("people", person_id, query, {"role": "", "off": ""})
    text = listing.text

    asked = Asked(text.strip(), listing["role"], bool(listing["off"]))
    more = isinstance(state, People) and state.narrowed is not None

    async def load() -> None:
        found: State = await read_people(desk) or "away"
        if isinstance(found, People):
            found = await _with_more(desk, found, asked, person_id)
        set_state(found)

    @use_async_effect(dependencies=[])
    async def first() -> None:
        await load()

    @use_async_effect(dependencies=[asked, person_id, more])
    async def follow() -> None:
        if isinstance(state, People) and more:
            # A word that is typed asks once.
            await asyncio.sleep(_PAUSE_SECONDS)
            set_state(await _with_more(desk, state, asked, person_id))

    if not isinstance(state, People):
        return page(words("people.title"), _not_here(words, state, load), testid="desk-people")
    found = _found(listing, state, text)
    person = next((each for each in state.people if each.id == person_id), None)
    return page(
        words("people.title"),
        html.p({"className": "desk-count", "role": "status"}, words("people.count", count=words.number(len(found)))),
        html.p({"className": "block-note", "data-testid": "people-more"}, words("people.more")) if state.cut else None,
        listed(
            _look(words, listing),
            found,
            Nothing("users", words("people.none"), words("people.none_text"), key="empty"),
            f"{text} {listing.filters}",
        ),
        tools=(
            search(words("people.search"), text, listing.look_for),
            *_filters(words, listing, state),
            new_button(listing, words("people.new"), testid="person-new"),
        ),
        panel=PersonPanel(person, state, listing.close, listing.made, load, key=person_id)
        if person is not None or person_id == NEW
        else None,
        testid="desk-people",
    )


async def _with_more(desk: DeskState, known: People, asked: Asked, person_id: str) -> People:
    """Where not all people are told at once: those asked for, and the one that is open."""
    if known.narrowed is None:
        return known
    if known.narrowed != asked:
        known = await narrow(desk, known, asked)
    if person_id in ("", NEW) or any(each.id == person_id for each in known.people):
        return known
    person = await read_person(desk, person_id)
    return known if person is None else msgspec.structs.replace(known, people=(*known.people, person))


def _not_here(words: Words, state: State, load: Callable[[], Any]) -> VdomDict:
    if state == "loading":
        return Skeleton("line", 8)
    again = Button(words("people.again"), calling(load), kind="secondary", icon="refresh-cw", testid="people-again")
    return EmptyState("cloud-off", words("people.away"), words("people.away_text"), again, testid="people-away")


def _filters(words: Words, listing: Listing, known: People) -> tuple[VdomDict, VdomDict]:
    some = known.known if known.narrowed is not None else {each.role for each in known.people}
    held = dict.fromkeys(sorted(some))
    roles = [("", words("people.any_role")), *((name, words(f"role.{name}")) for name in held)]
    standings = [("", words("people.active")), ("1", words("people.off"))]
    return (
        filter_choice(listing, "role", words("people.field.role"), roles),
        filter_choice(listing, "off", words("people.standing"), standings),
    )


def _found(listing: Listing, known: People, text: str) -> list[UserView]:
    desk, words = listing.desk, listing.desk.words()

    def haystack(each: UserView) -> str:
        return f"{each.name} {each.login} {_whose(desk, words, each)}".casefold()

    return [
        each
        for each in sorted(known.people, key=lambda each: each.login)
        if each.active != bool(listing["off"])
        and listing["role"] in ("", each.role)
        and (known.narrowed is not None or matches(text, haystack(each)))
    ]


def _whose(desk: DeskState, words: Words, person: UserView) -> str:
    found = desk.reads.organisation(person.organisation)
    return words.name(found.name) if found else ""


def _look(words: Words, listing: Listing) -> Look:
    desk, narrow = listing.desk, bool(listing.row_id)
    fields = (
        text_column(words("people.field.name"), lambda row: row.name, "minmax(110px, 1fr)"),
        code_column(words("people.field.login"), lambda row: row.login, "minmax(120px, 1fr)"),
        text_column(words("people.field.role"), lambda row: words(f"role.{row.role}"), "minmax(84px, 0.7fr)"),
        text_column(
            words("people.field.organisation"),
            lambda row: _whose(desk, words, row) or None,
            "minmax(140px, 1.6fr)",
            minor=narrow,
        ),
        Field(
            words("people.standing"),
            lambda row: Badge(
                words("people.active" if row.active else "people.off"), "accent" if row.active else "neutral"
            ),
            "92px",
            minor=narrow,
            rank=lambda row: row.active,
        ),
    )
    return Look(
        fields,
        key=lambda row: row.id,
        label=words("people.title"),
        on_open=listing.open,
        selected=listing.row_id,
        row_testid=lambda row: f"person-{row.login}",
        testid="people-grid",
    )
