"""Handing encrypted messages to push services, many at once, and what they answer.

Where a browser's endpoint leads is a stranger's word: names are looked up here, and only addresses of the open
internet are called; redirects are not followed; answers are read no further than their head.
"""

import asyncio
import importlib
import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import aiohttp  # comes with pywebpush
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult

from backend.push.parcels import Outcome, Parcel
from backend.push.rules import is_public
from backend.push.vapid import Keys

_AT_ONCE = 16
_TIMEOUT = aiohttp.ClientTimeout(total=20, connect=10)
_LONGEST_WAIT = 86_400.0
_ENCRYPT_AT_ONCE = 50


class PublicOnly(AbstractResolver):
    """Names lead to the open internet or nowhere, whatever they led to when they were checked."""

    def __init__(self) -> None:
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if not found or not all(is_public(each["host"]) for each in found):
            raise OSError(None, f"{host} is not on the open internet")
        return found

    async def close(self) -> None:
        await self._inner.close()


class Gateway:
    """``relay``: ``http[s]://host[:port]`` that takes the place of every push service's own address; trusted."""

    def __init__(self, keys: Keys, relay: str = "") -> None:
        self.keys = keys
        self.relay = relay

    async def deliver(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        """In the order of ``parcels``; does not raise for one that fails."""
        resolver = None if self.relay else PublicOnly()
        connector = aiohttp.TCPConnector(limit=_AT_ONCE, resolver=resolver, ttl_dns_cache=60)
        jar = aiohttp.DummyCookieJar()
        outcomes: list[Outcome] = []
        async with aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT, cookie_jar=jar) as session:
            for start in range(0, len(parcels), _ENCRYPT_AT_ONCE):
                part = parcels[start : start + _ENCRYPT_AT_ONCE]
                # A tenth of a millisecond each, in a thread so that requests get their turn.
                bodies = await asyncio.to_thread(_all_encrypted, part)
                outcomes += await asyncio.gather(
                    *(self._post(session, parcel, body) for parcel, body in zip(part, bodies, strict=True))
                )
        return outcomes

    async def _post(self, session: aiohttp.ClientSession, parcel: Parcel, body: bytes) -> Outcome:
        parts = urlsplit(parcel.to.endpoint)
        url = f"{self.relay}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        headers = {
            **self.keys.headers(f"{parts.scheme}://{parts.netloc}", parcel.to.origin, time.time()),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(parcel.ttl),
            "Topic": parcel.message.tag,
            "Urgency": "high" if parcel.urgent else "normal",
        }
        try:
            async with session.post(
                url if self.relay else parcel.to.endpoint, data=body, headers=headers, allow_redirects=False
            ) as answer:
                return _outcome(answer.status, answer.headers.get("Retry-After", ""), str(parts.hostname))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Outcome("later", f"{type(error).__name__} {parts.hostname}")


def _all_encrypted(parcels: Sequence[Parcel]) -> list[bytes]:
    return list(map(_encrypted, parcels))


def _encrypted(parcel: Parcel) -> bytes:
    to = parcel.to
    info: dict[str, Any] = {"endpoint": to.endpoint, "keys": {"p256dh": to.p256dh, "auth": to.auth}}
    pusher = _pywebpush().WebPusher(info)
    return bytes(pusher.encode(msgspec.json.encode(parcel.message), "aes128gcm")["body"])


@cache
def _pywebpush() -> Any:
    """Late, and in a thread: it brings a whole HTTP client of its own, which no start of a server waits for."""
    return importlib.import_module("pywebpush")


def _outcome(status: int, retry_after: str, host: str) -> Outcome:
    if 200 <= status < 300:
        return Outcome("sent")
    if status in {404, 410}:
        return Outcome("gone")
    why = f"{status} {host}"
    if status in {408, 425, 429} or status >= 500:
        return Outcome("later", why, _seconds(retry_after))
    return Outcome("refused", why)


def _seconds(retry_after: str) -> float:
    """``Retry-After`` as seconds or as a date; 0 when it is neither."""
    text = retry_after.strip()
    if text.isascii() and text.isdecimal():
        return min(float(text[:9]), _LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text)
        wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)
    except (ValueError, OverflowError):
        return 0.0
    return min(max(wait.total_seconds(), 0.0), _LONGEST_WAIT)
