"""The limit on sign-ins: failures and running attempts are counted per login and per address, in the database, so
that it holds across processes. An attempt is counted before the password is looked at: parallel guesses do not slip
through. Keys are hashed: what people mistype as a login may be a password.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import case, delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import affected, insert_into
from backend.http.origin import network_of
from backend.identity.models import SignInAttempt

WINDOW = timedelta(minutes=15)
PER_LOGIN = 10
# A shop chain may stand behind one address.
PER_ADDRESS = 100


def login_key(login: str) -> str:
    return hashlib.sha256(f"login:{login}".encode()).hexdigest()


def address_key(address: str) -> str:
    return hashlib.sha256(f"address:{network_of(address)}".encode()).hexdigest()


async def count_attempt(session: AsyncSession, login: str, address: str, now: datetime) -> tuple[int, bool]:
    """Count one attempt. Returns seconds to wait (0 = go on) and whether this is the first refusal of the window."""
    wait, first = 0, False
    # In one order for everybody, so that two attempts cannot lock each other out.
    for key, limit in sorted(((login_key(login), PER_LOGIN), (address_key(address), PER_ADDRESS))):
        count, until = await _bump(session, key, now)
        if count > limit:
            wait = max(wait, 1 + int((until - now).total_seconds()))
            first = first or count == limit + 1
    return wait, first


async def _bump(session: AsyncSession, key: str, now: datetime) -> tuple[int, datetime]:
    # A window that lasts longer than windows do was begun by a clock that was wrong.
    over = (SignInAttempt.until <= now) | (SignInAttempt.until > now + 2 * WINDOW)
    statement = (
        insert_into(session, SignInAttempt)
        .values(key=key, count=1, until=now + WINDOW)
        .on_conflict_do_update(
            index_elements=[SignInAttempt.key],
            set_={
                "count": case((over, 1), else_=SignInAttempt.count + 1),
                "until": case((over, now + WINDOW), else_=SignInAttempt.until),
            },
        )
        .returning(SignInAttempt.count, SignInAttempt.until)
    )
    count, until = (await session.execute(statement)).one()
    return count, until


async def forgive(session: AsyncSession, login: str, address: str) -> None:
    """After a sign-in that was right: the login's failures are over, the address has one fewer."""
    for key in sorted((login_key(login), address_key(address))):
        fewer = SignInAttempt.count - 1 if key == address_key(address) else 0
        await session.execute(
            update(SignInAttempt).where(SignInAttempt.key == key, SignInAttempt.count > 0).values(count=fewer)
        )


async def forget_old_attempts(session: AsyncSession, now: datetime) -> int:
    """Housekeeping: windows that are over. Returns how many."""
    result = await session.execute(delete(SignInAttempt).where(SignInAttempt.until <= now))
    return affected(result)
