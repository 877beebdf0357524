"""People as the server tells of them, and what it says when it takes no change: this is done with a network only,
because nobody may sign in, or be kept out, by a change that still waits on somebody's desk."""

from collections.abc import Mapping
from typing import Any

import msgspec

from offline.store import Response, Unreachable
from offline.wire.people import RoleView, UserView
from pwa.desk.state import DeskState

# Refusals that speak of one field, by code.
FIELDS = {
    "login_taken": "login",
    "bad_login": "login",
    "password_rule": "password",
    "unknown_organisation": "organisation",
    "unknown_role": "role",
    "beyond_own_rights": "role",
}
KNOWN = {*FIELDS, "changed_meanwhile", "own_account", "unknown_user"}


class People(msgspec.Struct, frozen=True):
    """``roles``: those this person may give."""

    people: tuple[UserView, ...]
    roles: tuple[str, ...]


class Fault(msgspec.Struct, frozen=True):
    code: str = ""


async def read_people(desk: DeskState) -> People | None:
    """None where the server can't be reached, or does not tell."""
    try:
        users = await desk.app.device.request("GET", "/api/users")
        roles = await desk.app.device.request("GET", "/api/roles")
    except Unreachable:
        return None
    if users.status != 200 or roles.status != 200:
        return None
    mine = set(desk.reads.me.permissions) if desk.reads.me else set()
    known = msgspec.json.decode(roles.body, type=tuple[RoleView, ...])
    able = tuple(role.name for role in known if mine.issuperset(role.permissions))
    return People(msgspec.json.decode(users.body, type=tuple[UserView, ...]), able)


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
    return desk.words()(f"people.fault_{code if code in (*KNOWN, 'away') else 'other'}")
