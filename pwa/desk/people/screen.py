"""People at the desk: who may sign in, as what, and whom they belong to. Asked of the server when the screen opens."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from reactpy import component, html, use_async_effect, use_state
from reactpy.types import VdomDict

from offline.wire.people import UserView
from pwa.components.basics import Badge, Button, EmptyState, Skeleton, calling
from pwa.components.fields import SearchField
from pwa.desk.grid import Field, Look, code_column, listed, text_column
from pwa.desk.parts import Nothing, address_of, page, select
from pwa.desk.people.panel import PersonPanel
from pwa.desk.people.reading import People, read_people
from pwa.desk.reading import matches
from pwa.desk.state import DeskState, use_desk, use_escape
from pwa.desk.words import Words

State = People | Literal["loading", "away"]


@component
def PeopleScreen(person_id: str, query: Mapping[str, str]) -> VdomDict:
    """``query``: ``role``, and ``off`` to see those who may not sign in. ``person_id`` "new" opens an empty form."""
    desk = use_desk()
    words = desk.words()
    loading: State = "loading"
    state, set_state = use_state(loading)
    text, set_text = use_state("")
    role, off = query.get("role", ""), query.get("off", "")

    def address(person: str = "", **changed: str) -> str:
        return address_of("people", person, **{"role": role, "off": off, **changed})

    async def load() -> None:
        set_state(await read_people(desk) or "away")

    @use_async_effect(dependencies=[])
    async def first() -> None:
        await load()

    use_escape(person_id, lambda: desk.go(address()))
    if not isinstance(state, People):
        again = Button(words("people.again"), calling(load), kind="secondary", icon="refresh-cw", testid="people-again")
        body = (
            Skeleton("line", 8)
            if state == "loading"
            else EmptyState("cloud-off", words("people.away"), words("people.away_text"), again, testid="people-away")
        )
        return page(words("people.title"), body, testid="desk-people")
    found = _found(desk, state, text, (role, off))
    person = next((each for each in state.people if each.id == person_id), None)
    return page(
        words("people.title"),
        html.p({"className": "desk-count"}, words("people.count", count=words.number(len(found)))),
        listed(
            _look(desk, words, person_id, lambda row: desk.go(address(row.id))),
            found,
            Nothing("users", words("people.none"), words("people.none_text"), key="empty"),
            f"{text} {role} {off}",
        ),
        tools=(
            SearchField(words("people.search"), value=text, on_change=set_text, testid="desk-search", key="search"),
            *_filters(desk, state, (role, off), address),
            Button(words("people.new"), calling(desk.go, address("new")), icon="plus", testid="person-new", key="new"),
        ),
        panel=PersonPanel(
            person, state, lambda: desk.go(address()), lambda one: desk.leave(address(one)), load, key=person_id
        )
        if person is not None or person_id == "new"
        else None,
        testid="desk-people",
    )


def _filters(
    desk: DeskState, known: People, chosen: tuple[str, str], address: Callable[..., str]
) -> tuple[VdomDict, VdomDict]:
    words, (role, off) = desk.words(), chosen
    held = dict.fromkeys(sorted({each.role for each in known.people}))
    roles = [("", words("people.any_role")), *((name, words(f"role.{name}")) for name in held)]
    standings = [("", words("people.active")), ("1", words("people.off"))]
    return (
        select(
            words("people.field.role"), roles, role, lambda value: desk.go(address(role=value)), bare=True,
            testid="filter-role", key="role",
        ),
        select(
            words("people.standing"), standings, off, lambda value: desk.go(address(off=value)), bare=True,
            testid="filter-off", key="off",
        ),
    )  # fmt: skip


def _found(desk: DeskState, known: People, text: str, chosen: tuple[str, str]) -> list[UserView]:
    words, (role, off) = desk.words(), chosen

    def haystack(each: UserView) -> str:
        return f"{each.name} {each.login} {_whose(desk, words, each)}".casefold()

    return [
        each
        for each in sorted(known.people, key=lambda each: each.login)
        if each.active != bool(off) and role in ("", each.role) and matches(text, haystack(each))
    ]


def _whose(desk: DeskState, words: Words, person: UserView) -> str:
    found = desk.reads.organisation(person.organisation)
    return words.name(found.name) if found else ""


def _look(desk: DeskState, words: Words, open_id: str, on_open: Callable[[UserView], Any]) -> Look:
    narrow = bool(open_id)
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
        on_open=on_open,
        selected=open_id,
        row_testid=lambda row: f"person-{row.login}",
        testid="people-grid",
    )
