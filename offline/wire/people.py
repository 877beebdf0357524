"""What the server tells of people and where they are signed in; screens that ask for it have a network."""

from datetime import datetime

import msgspec


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    login: str
    name: str
    role: str
    organisation: str
    locale: str
    active: bool
    created_at: datetime


class RoleView(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    permissions: tuple[str, ...]


class SessionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in of the person who asks that still holds. ``device`` is the id the browser made for itself."""

    id: str
    device: str
    agent: str
    address: str
    created_at: datetime
    seen_at: datetime
    current: bool
