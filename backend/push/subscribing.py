"""Devices that want notifications, and when."""

import hashlib
from base64 import urlsafe_b64decode
from binascii import Error as BadBase64
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import FieldError, Invalid
from backend.identity.service import Signed, tenant_of
from backend.push import queries
from backend.push.models import PushChoice, PushSubscription
from backend.push.rules import is_endpoint
from backend.push.schemas import PushSettings, SubscriptionDraft
from backend.push.vapid import Keys
from backend.quiet_hours import are_quiet_hours
from backend.sync.commands import Principal
from offline.ids import new_id

MOST_DEVICES = 20


async def subscribe(session: AsyncSession, signed: Signed, draft: SubscriptionDraft, keys: Keys, origin: str) -> None:
    """The device the request came from wants notifications; again is harmless. Raises ``Invalid``."""
    _check(draft)
    who = signed.principal
    hashed = hashlib.sha256(draft.endpoint.encode()).hexdigest()
    for other in await queries.of_session(session, who.tenant_id, signed.session_id):
        if other.endpoint_hash != hashed:
            await session.delete(other)
    known = await queries.by_endpoint(session, hashed)
    values = {
        "user_id": who.user_id,
        "session_id": signed.session_id,
        "p256dh": draft.keys.p256dh,
        "auth": draft.keys.auth,
        "key_id": keys.id,
        "origin": origin[:300],
    }
    if known is not None and known.tenant_id == who.tenant_id:
        for name, value in values.items():
            setattr(known, name, value)
        return
    if known is not None:
        # The browser was another brand's before.
        await session.delete(known)
        await session.flush()
    await _make_room(session, who)
    session.add(
        PushSubscription(
            tenant_id=who.tenant_id,
            id=new_id(),
            endpoint=draft.endpoint,
            endpoint_hash=hashed,
            created_at=datetime.now(UTC),
            **values,
        )
    )


async def _make_room(session: AsyncSession, who: Principal) -> None:
    """The oldest devices of a person give way."""
    found = await queries.of_people(session, who.tenant_id, {who.user_id})
    for old in found[: max(0, len(found) - MOST_DEVICES + 1)]:
        await session.delete(old)


async def unsubscribe(session: AsyncSession, signed: Signed) -> None:
    await queries.remove_of_sessions(session, signed.principal.tenant_id, {signed.session_id})


def _check(draft: SubscriptionDraft) -> None:
    if not is_endpoint(draft.endpoint):
        raise _bad("endpoint", "Not the address of a push service.")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(draft.keys.p256dh))
    except ValueError:
        raise _bad("keys.p256dh", "Not a public key on the curve P-256.") from None
    try:
        right = len(_decoded(draft.keys.auth)) == 16
    except ValueError:
        right = False
    if not right:
        raise _bad("keys.auth", "Must be 16 bytes as base64url.")


def _decoded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except BadBase64 as error:
        raise ValueError(str(error)) from None


def _bad(field: str, message: str) -> Invalid:
    return Invalid("bad_subscription", message, errors=(FieldError(field, message),))


async def settings_of(session: AsyncSession, signed: Signed) -> PushSettings:
    who = signed.principal
    chosen = await queries.quiet_hours(session, who.tenant_id, {who.user_id})
    here = await queries.of_session(session, who.tenant_id, signed.session_id)
    return PushSettings(
        quiet_hours=chosen.get(who.user_id, ""),
        brand_quiet_hours=(await tenant_of(session, who.tenant_id)).quiet_hours,
        this_device=bool(here),
        devices=await queries.count_of(session, who.tenant_id, who.user_id),
    )


async def choose_quiet_hours(session: AsyncSession, who: Principal, hours: str) -> None:
    """``22:00-07:30`` at the brand's place, ``none``, or empty for the brand's own. Raises ``Invalid``."""
    if hours and not are_quiet_hours(hours):
        raise Invalid("bad_setting", errors=(FieldError("quiet_hours", "Like 22:00-07:30, none, or empty."),))
    row = await session.get(PushChoice, (who.tenant_id, who.user_id))
    if row is not None and not hours:
        await session.delete(row)
    elif row is not None:
        row.quiet_hours, row.changed_at = hours, datetime.now(UTC)
    elif hours:
        session.add(
            PushChoice(tenant_id=who.tenant_id, user_id=who.user_id, quiet_hours=hours, changed_at=datetime.now(UTC))
        )
