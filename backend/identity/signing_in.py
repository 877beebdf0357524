"""Signing in, and changing a password. The steps have their own transactions: a counted failure must outlive its
refusal, and no lock is held while argon2 works on a sign-in.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import Sessions, transaction
from backend.db import by_key
from backend.errors import TooMany, Unauthenticated
from backend.http.origin import current_origin
from backend.identity import queries
from backend.identity.attempts import (
    Counter,
    count_attempt,
    counters_of_device,
    counters_of_session,
    counters_of_stranger,
    forgive,
)
from backend.identity.audit import Actor, audit_as
from backend.identity.known import is_known, remember
from backend.identity.models import Tenant, User, UserSession
from backend.identity.passwords import verify_password
from backend.identity.service import Signed, belongs_still, end_oldest_sessions, token_hash
from backend.identity.users import change_own_password
from offline.ids import new_id
from offline.wire.people import MOST_SESSIONS

LOGIN_LENGTH = 128


@dataclass(frozen=True, slots=True)
class Device:
    """Where somebody signs in: its own id, empty where it has none, the token in the cookie it still sends, and the
    one it was given when somebody signed in there before."""

    id: str
    token: str = ""
    known: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A session with its new token, which exists nowhere else; ``known``: what the device shows next time."""

    token: str
    known: str
    expires_at: datetime
    user: User
    tenant: Tenant
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Whom a login names: empty ids when nobody, ``stored`` None when nobody who may sign in.
    ``counters``: where the attempt was counted."""

    who: Actor
    stored: str | None
    counters: Sequence[Counter]


async def sign_in(sessions: Sessions, login: str, password: str, device: Device, days: int) -> Opened:
    """Open a session for ``login`` (``rep@demo``), or go on with the one the device has. Raises ``TooMany``, or
    ``Unauthenticated`` ``sign_in_refused``, the same and after the same time whatever was wrong."""
    login = login.strip().casefold()[:LOGIN_LENGTH]
    candidate = await _admit(sessions, login, device)
    if await verify_password(candidate.stored, password):
        async with transaction(sessions) as session:
            opened = await _open(session, candidate, device, days)
            if opened is not None:
                await forgive(session, candidate.counters)
                return opened
    async with transaction(sessions) as session:
        # An unknown login is not written down: it may be a password in the wrong field.
        audit_as(session, candidate.who, "session.refused")
    raise Unauthenticated("sign_in_refused", "Login or password is wrong.")


async def change_password(sessions: Sessions, signed: Signed, current: str, new: str) -> None:
    """By the person, who knows the current one; wrong guesses count as failed sign-ins do. Raises ``TooMany``,
    ``Forbidden`` ``wrong_password``, ``Invalid`` ``password_rule``, ``password_guessable``."""
    counters = counters_of_session(signed.session_id)
    async with transaction(sessions) as session:
        wait, _ = await count_attempt(session, counters, datetime.now(UTC))
    if wait:
        raise TooMany("sign_in_throttled", "Too many wrong passwords. Try again later.", retry_after=wait)
    async with transaction(sessions) as session:
        await change_own_password(session, signed.principal, signed.session_id, current, new)
        await forgive(session, counters)


async def _admit(sessions: Sessions, login: str, device: Device) -> _Candidate:
    """The person and the password hash to check, once the attempt is counted."""
    async with transaction(sessions) as session:
        tenant = await queries.tenant_by_code(session, login.rpartition("@")[2])
        user = await queries.user_by_login(session, tenant.id, login) if tenant else None
        counters = (
            counters_of_device(device.known, login)
            if await is_known(session, user, device.known)
            else counters_of_stranger(login, current_origin.get().address)
        )
        wait, first = await count_attempt(session, counters, datetime.now(UTC))
        who = Actor(tenant.id if tenant else "", user.id if user else "", user.login if user else "")
        if first:
            audit_as(session, who, "session.throttled")
    if wait:
        raise TooMany("sign_in_throttled", "Too many failed sign-ins. Try again later.", retry_after=wait)
    return _Candidate(who, user.password_hash if user is not None and user.active else None, counters)


async def _open(session: AsyncSession, candidate: _Candidate, device: Device, days: int) -> Opened | None:
    """None when the person's organisation has left, or when the person was deactivated or got another password while
    this one was checked."""
    now = datetime.now(UTC)
    who = candidate.who
    tenant_id, user_id, _ = who
    tenant = await session.get(Tenant, tenant_id)
    user = await by_key(session, User, (tenant_id, user_id), lock=True)
    if tenant is None or user is None or not user.active or user.password_hash != candidate.stored:
        return None
    if not await belongs_still(session, user):
        return None
    token = secrets.token_urlsafe(32)
    renewed = await _renew(session, who, device, token, now)
    user_session = renewed or _start(session, who, device, token, now)
    user_session.expires_at = now + timedelta(days=days)
    audit_as(session, who, f"session.{'renewed' if renewed else 'started'}", user_session.id, {"device": device.id})
    for ended in await end_oldest_sessions(session, tenant_id, user_id, most=MOST_SESSIONS, keep=user_session.id):
        audit_as(session, who, "session.ended", ended, {"most": MOST_SESSIONS})
    known = await remember(session, who, device.id, device.known, now)
    permissions = await queries.permissions_of(session, tenant_id, user.role)
    return Opened(token, known, user_session.expires_at, user, tenant, permissions)


async def _renew(session: AsyncSession, who: Actor, device: Device, token: str, now: datetime) -> UserSession | None:
    """The session whose cookie this device still sends: it goes on, and so do its notifications, but with ``token``.
    The old token opens it until the new one is used: on a bad line the answer with it may be lost, and the phone, let
    in by its own lock, must not be signed out for that."""
    if not device.id or not device.token:
        return None
    sent = token_hash(device.token)
    row = await queries.session_of_device(session, who.tenant_id, who.user_id, device.id, sent, now)
    if row is None:
        return None
    origin = current_origin.get()
    row.token_hash, row.next_token_hash = sent, token_hash(token)
    row.address, row.agent, row.seen_at = origin.address, origin.agent, now
    return row


def _start(session: AsyncSession, who: Actor, device: Device, token: str, now: datetime) -> UserSession:
    origin = current_origin.get()
    row = UserSession(
        tenant_id=who.tenant_id,
        id=new_id(),
        user_id=who.user_id,
        token_hash=token_hash(token),
        device_id=device.id,
        address=origin.address,
        agent=origin.agent,
        created_at=now,
        seen_at=now,
    )
    session.add(row)
    return row
