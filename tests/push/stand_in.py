"""A push service of our own on this machine (RFC 8030): keeps what it is handed, checks who hands it over (RFC 8292),
and answers as it is told. ``Receiver`` is a browser's half: its keys, and reading what was encrypted for it."""

import asyncio
import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import http_ece  # type: ignore[import-untyped]  # without types
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Receiver:
    """``endpoint`` names a service on the internet; what is sent to it comes through the relay."""

    host: str = "push.example.com"
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    @property
    def endpoint(self) -> str:
        return f"https://{self.host}/send/{self.token}"

    @property
    def subscription(self) -> dict[str, Any]:
        """As ``PushSubscription.toJSON()``."""
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        keys = {"p256dh": encoded(point), "auth": encoded(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def read(self, body: bytes) -> dict[str, Any]:
        text = http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        found = json.loads(text)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True)
class Handed:
    """``claims`` are those of a valid signature, else None; ``signer`` the key it names."""

    token: str
    headers: dict[str, str]
    body: bytes
    claims: dict[str, Any] | None
    signer: str
    at: float


@dataclass
class StandIn:
    """``answers``: status and headers by token, 201 where nothing is said."""

    url: str = ""
    handed: list[Handed] = field(default_factory=list)
    answers: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    everything: tuple[int, dict[str, str]] = (201, {})

    def to(self, receiver: Receiver) -> list[dict[str, Any]]:
        return [receiver.read(each.body) for each in self.handed if each.token == receiver.token]

    @asynccontextmanager
    async def running(self) -> AsyncIterator["StandIn"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                line, *lines = head.rstrip().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                token = line.split(" ")[1].rpartition("/")[2]
                claims, signer = signed(headers.get("authorization", ""))
                self.handed.append(Handed(token, headers, body, claims, signer, time.monotonic()))
                status, more = self.answers.get(token, self.everything)
                told = "".join(f"{name}: {value}\r\n" for name, value in more.items())
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n{told}\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def signed(authorization: str) -> tuple[dict[str, Any] | None, str]:
    """The claims of a valid ``vapid`` header and the key that signed it."""
    try:
        parts = dict(part.strip().split("=", 1) for part in authorization.removeprefix("vapid ").split(","))
        claims, _, signature = parts["t"].rpartition(".")
        raw = decoded(signature)
        numbers = (int.from_bytes(half, "big") for half in (raw[:32], raw[32:]))
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(parts["k"]))
        key.verify(utils.encode_dss_signature(*numbers), claims.encode(), ec.ECDSA(hashes.SHA256()))
        return json.loads(decoded(claims.split(".")[1])), parts["k"]
    except (KeyError, ValueError, IndexError, InvalidSignature):
        return None, ""
