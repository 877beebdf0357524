"""The limit on wrong passwords: failures and running attempts are counted in the database, so that it holds across
processes. An attempt is counted before the password is looked at: parallel guesses do not slip through. Keys are
hashed: what people mistype as a login may be a password.

All who never signed in as that person share one counter for the login, and one for each address. A device that did has
a counter of its own (``backend/identity/known.py``), and so has a session: whoever knows a login can keep other
strangers out with it, but not its owner.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import case, delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import affected, insert_into
from backend.http.origin import network_of
from backend.identity.models import SignInAttempt

WINDOW = timedelta(minutes=15)
PER_LOGIN = 10
PER_DEVICE = 10
# A shop chain may stand behind one address.
PER_ADDRESS = 100


class Counter(NamedTuple):
    """So many attempts a window. ``crowd``: other people's are counted here, too."""

    key: str
    limit: int
    crowd: bool = False


def counters_of_stranger(login: str, address: str) -> Sequence[Counter]:
    address_counter = Counter(_key(f"address:{network_of(address)}"), PER_ADDRESS, crowd=True)
    # In one order for everybody, so that two attempts cannot lock each other out.
    return sorted((Counter(_key(f"login:{login}"), PER_LOGIN), address_counter))


def counters_of_device(known: str, login: str) -> Sequence[Counter]:
    """``known``: the token of a device on which ``login`` has signed in before."""
    return (Counter(_key(f"device:{known}:{login}"), PER_DEVICE),)


def counters_of_session(session_id: str) -> Sequence[Counter]:
    return (Counter(_key(f"session:{session_id}"), PER_DEVICE),)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def count_attempt(session: AsyncSession, counters: Sequence[Counter], now: datetime) -> tuple[int, bool]:
    """Count one attempt. Returns seconds to wait (0 = go on) and whether this is the first refusal of the window."""
    wait, first = 0, False
    for counter in counters:
        count, until = await _bump(session, counter.key, now)
        if count > counter.limit:
            wait = max(wait, 1 + int((until - now).total_seconds()))
            first = first or count == counter.limit + 1
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


async def forgive(session: AsyncSession, counters: Sequence[Counter]) -> None:
    """After a password that was right: the failures are over; a crowd has one fewer."""
    for counter in counters:
        fewer = SignInAttempt.count - 1 if counter.crowd else 0
        await session.execute(
            update(SignInAttempt).where(SignInAttempt.key == counter.key, SignInAttempt.count > 0).values(count=fewer)
        )


async def forget_old_attempts(session: AsyncSession, now: datetime) -> int:
    """Housekeeping: windows that are over. Returns how many."""
    result = await session.execute(delete(SignInAttempt).where(SignInAttempt.until <= now))
    return affected(result)
