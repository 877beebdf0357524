"""Devices on which a person has signed in before (OWASP: "Slow Down Online Guessing Attacks with Device Cookies").

Such a device keeps a token in a cookie, also when it is signed out. It opens nothing: the password is asked for as
before, and wrong ones are counted for this device alone.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import affected
from backend.identity.audit import Actor
from backend.identity.models import KnownDevice, User
from backend.identity.service import token_hash
from offline.ids import new_id

KNOWN_COOKIE = "qudao_device"
KNOWN_FOR = timedelta(days=400)
"""The longest a browser keeps a cookie."""
MOST_KNOWN = 50


async def is_known(session: AsyncSession, user: User | None, token: str) -> bool:
    """Whether ``user`` has signed in on the device whose token this is."""
    if user is None or not token:
        return False
    return bool(
        await session.scalar(
            select(KnownDevice.id)
            .where(
                KnownDevice.tenant_id == user.tenant_id,
                KnownDevice.user_id == user.id,
                KnownDevice.token_hash == token_hash(token),
            )
            .limit(1)
        )
    )


async def remember(session: AsyncSession, who: Actor, device_id: str, token: str, now: datetime) -> str:
    """After a sign-in, with the person locked: the token the device keeps from now on, empty for who names no device.
    People who share one share its ``token``, unless it is none of ours."""
    if not device_id:
        return ""
    ours = token and await session.scalar(
        select(KnownDevice.id).where(KnownDevice.token_hash == token_hash(token)).limit(1)
    )
    kept = token if ours else secrets.token_urlsafe(32)
    theirs = (KnownDevice.tenant_id == who.tenant_id, KnownDevice.user_id == who.user_id)
    row = await session.scalar(select(KnownDevice).where(*theirs, KnownDevice.device_id == device_id))
    if row is None:
        row = KnownDevice(tenant_id=who.tenant_id, id=new_id(), user_id=who.user_id, device_id=device_id)
        session.add(row)
    row.token_hash, row.seen_at = token_hash(kept), now
    await session.flush()
    newest_first = select(KnownDevice.id).where(*theirs).order_by(KnownDevice.seen_at.desc(), KnownDevice.id.desc())
    too_many = (await session.scalars(newest_first.offset(MOST_KNOWN))).all()
    if too_many:
        await session.execute(delete(KnownDevice).where(*theirs, KnownDevice.id.in_(too_many)))
    return kept


async def forget_old_devices(session: AsyncSession, now: datetime) -> int:
    """Housekeeping: those whose cookie is over. Returns how many."""
    return affected(await session.execute(delete(KnownDevice).where(KnownDevice.seen_at <= now - KNOWN_FOR)))
