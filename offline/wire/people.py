"""What the server tells of people and where they are signed in; screens that ask for it have a network."""

from datetime import datetime

import msgspec

MOST_SESSIONS = 300
"""Of one person at once: enough for a shop whose people share an account, and for programs that sign in each time."""


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
    """One sign-in of the person who asks that still holds. ``device`` is the id the browser made for itself;
    ``expires_at`` when it ends if it is not used until then."""

    id: str
    device: str
    agent: str
    address: str
    created_at: datetime
    seen_at: datetime
    current: bool
    expires_at: datetime | None = None
