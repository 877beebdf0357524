"""The key pair by which push services know us (RFC 8292): from the settings, else made once for the installation and
kept in its database, where all processes find it."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid

from backend.database import Sessions, read_sessions_of, snapshot, transaction
from backend.db import insert_missing
from backend.push.models import PushKey
from backend.settings import Settings

# Push services take a signature for a day at most.
_GOOD_FOR_SECONDS = 12 * 3600


@dataclass(slots=True)
class Keys:
    """``public`` is what browsers subscribe with (base64url), ``id`` its short name."""

    vapid: Any
    public: str
    subject: str
    id: str = field(init=False)
    _signed: dict[tuple[str, str], tuple[float, dict[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.id = hashlib.sha256(self.public.encode()).hexdigest()[:16]

    def headers(self, audience: str, origin: str, now: float) -> dict[str, str]:
        """``Authorization`` for one push service. ``origin``: where the app is, which says who we are when the
        settings name no contact."""
        known = self._signed.get((audience, origin))
        if known is None or known[0] < now + _GOOD_FOR_SECONDS / 2:
            until = now + _GOOD_FOR_SECONDS
            claims = {"aud": audience, "sub": self.subject or origin, "exp": int(until)}
            known = self._signed[audience, origin] = until, self.vapid.sign(claims)
        return known[1]


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def new_private() -> str:
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return _encoded(number.to_bytes(32, "big"))


def keys_from(private: str, subject: str = "") -> Keys:
    """From the private key, 32 bytes as base64url. Raises ``ValueError``."""
    raw = urlsafe_b64decode(private + "=" * (-len(private) % 4))
    if len(raw) != 32:
        raise ValueError("must be 32 bytes as base64url")
    key = ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
    point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    # Not strict: what a contact may look like is for the settings to say, and a job must not fail over it.
    return Keys(Vapid(key, {"no-strict": True}), _encoded(point), subject)


async def keys_of(sessions: Sessions, settings: Settings) -> Keys:
    """The installation's; kept with the maker of sessions once they are known."""
    known = sessions.kw["info"].get("push_keys")
    if isinstance(known, Keys):
        return known
    private = settings.vapid_private_key or await _kept(sessions)
    found = keys_from(private, settings.vapid_subject)
    sessions.kw["info"]["push_keys"] = found
    return found


async def _kept(sessions: Sessions) -> str:
    async with snapshot(read_sessions_of(sessions)) as session:
        row = await session.get(PushKey, "")
    if row is not None:
        return row.private
    async with transaction(sessions) as session:
        values = {"tenant_id": "", "private": new_private(), "created_at": datetime.now(UTC)}
        await insert_missing(session, PushKey, [values])
        return (await session.get_one(PushKey, "")).private
