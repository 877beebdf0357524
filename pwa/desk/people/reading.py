"""People as the server tells of them, and what it says when it takes no change: this is done with a network only,
because nobody may sign in, or be kept out, by a change that still waits on somebody's desk."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from offline.store import Response, Unreachable
from offline.wire.people import RoleView, UserView
from pwa.desk.state import DeskState

# Refusals that speak of one field, by code.
FIELDS = {
    "login_taken": "login",
    "bad_login": "login",
    "password_rule": "password",
    "password_guessable": "password",
    "unknown_organisation": "organisation",
    "unknown_role": "role",
    "beyond_own_rights": "role",
}
KNOWN = {*FIELDS, "changed_meanwhile", "own_account", "unknown_user"}


AT_ONCE = 500


class Asked(msgspec.Struct, frozen=True):
    """What a list of people is narrowed down by."""

    text: str = ""
    role: str = ""
    off: bool = False


class People(msgspec.Struct, frozen=True):
    """``roles``: those this person may give; ``known``: all there are. ``narrowed``: by what the server looked, where
    it has more people than it tells at once; None: these are all."""

    people: tuple[UserView, ...]
    roles: tuple[str, ...]
    known: tuple[str, ...]
    narrowed: Asked | None = None

    @property
    def cut(self) -> bool:
        """Whether there are more that were asked for."""
        return len(self.people) >= AT_ONCE


class Fault(msgspec.Struct, frozen=True):
    code: str = ""


async def read_people(desk: DeskState) -> People | None:
    """None where the server can't be reached, or does not tell."""
    try:
        users = await desk.app.device.request("GET", f"/api/users?limit={AT_ONCE}")
        roles = await desk.app.device.request("GET", "/api/roles")
    except Unreachable:
        return None
    if users.status != 200 or roles.status != 200:
        return None
    mine = set(desk.reads.me.permissions) if desk.reads.me else set()
    known = msgspec.json.decode(roles.body, type=tuple[RoleView, ...])
    able = tuple(role.name for role in known if mine.issuperset(role.permissions))
    found = People(_views(users), able, tuple(role.name for role in known))
    return msgspec.structs.replace(found, narrowed=Asked()) if found.cut else found


async def narrow(desk: DeskState, known: People, asked: Asked) -> People:
    """Of more people than are told at once those ``asked`` for; as it was where the server can't be reached."""
    said = {"search": asked.text, "role": asked.role, "active": str(not asked.off).lower(), "limit": AT_ONCE}
    query = urlencode({name: value for name, value in said.items() if value})
    answer = await _answer(desk, f"/api/users?{query}")
    if answer is None:
        return known
    return msgspec.structs.replace(known, people=_views(answer), narrowed=asked)


async def read_person(desk: DeskState, user_id: str) -> UserView | None:
    answer = await _answer(desk, f"/api/users/{user_id}")
    return msgspec.json.decode(answer.body, type=UserView) if answer is not None else None


async def _answer(desk: DeskState, path: str) -> Response | None:
    try:
        answer = await desk.app.device.request("GET", path)
    except Unreachable:
        return None
    return answer if answer.status == 200 else None


def _views(answer: Response) -> tuple[UserView, ...]:
    return msgspec.json.decode(answer.body, type=tuple[UserView, ...])


async def send(desk: DeskState, method: str, path: str, body: Mapping[str, Any]) -> str:
    """``""`` when it was done, else the refusal's code; ``away`` where the server can't be reached."""
    try:
        answer = await desk.app.device.request(method, path, msgspec.json.encode(body))
    except Unreachable:
        return "away"
    return "" if answer.status < 300 else _code(answer)


def _code(answer: Response) -> str:
    try:
        return msgspec.json.decode(answer.body, type=Fault).code or "other"
    except msgspec.MsgspecError:
        return "other"


def said(desk: DeskState, code: str) -> str:
    """A refusal in words."""
    if code == "password_guessable":  # as the person would be told of their own
        return desk.app.t(f"error.{code}")
    return desk.words()(f"people.fault_{code if code in (*KNOWN, 'away') else 'other'}")
