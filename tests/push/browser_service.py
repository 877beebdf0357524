"""What a real Chromium takes for its maker's push service, on this machine: it can subscribe and be reached without a
network.

    POST /checkin            the browser's device id                    (protobuf)
    POST /register3          a token for one subscription               (form in, ``token=...`` out)
    TLS  (MCS)               the connection on which messages come      (protobuf frames)
    POST /fcm/send/<token>   where an application server hands them over (RFC 8030, signed by RFC 8292)

Numbers of tags and fields are those of Chromium's google_apis/gcm/protocol. It shows delivery end to end; limits,
time to live and topics of the real service are not imitated.
"""

import asyncio
import base64
import hashlib
import secrets
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.push.stand_in import decoded, signed

_VERSION = bytes([41])
_PING, _ACK, _LOGIN, _LOGGED_IN, _MESSAGE = 0, 1, 2, 3, 8


def _varint(number: int) -> bytes:
    found = b""
    while number > 0x7F:
        found += bytes([number & 0x7F | 0x80])
        number >>= 7
    return found + bytes([number])


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(raw)) + raw


def _frame(tag: int, message: bytes) -> bytes:
    return bytes([tag]) + _varint(len(message)) + message


def _now_ms() -> int:
    return int(time.time() * 1000)


def _message(registration: dict[str, str], encoding: str, ttl: int, body: bytes) -> bytes:
    """The encrypted body, and what Chromium finds the subscription by."""
    about = {"content-encoding": encoding, "subtype": registration.get("X-subtype", "")}
    return (
        _field(2, secrets.token_hex(4))
        + _field(3, registration["sender"])
        + _field(5, registration["app"])
        + b"".join(_field(7, _field(1, key) + _field(2, value)) for key, value in about.items())
        + _field(9, "0:" + secrets.token_hex(8))
        + _field(17, ttl)
        + _field(18, _now_ms())
        + _field(21, body)
    )


@dataclass
class BrowserPushService:
    """``tokens``: subscriptions; ``sent``: status by which each message was answered."""

    folder: Path
    tokens: dict[str, dict[str, str]] = field(default_factory=dict)
    sent: list[int] = field(default_factory=list)
    url: str = ""
    switches: list[str] = field(default_factory=list)
    _connections: set[asyncio.StreamWriter] = field(default_factory=set)
    _servers: list[asyncio.Server] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator["BrowserPushService"]:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._start(), loop).result(60)
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self._stop(), loop).result(60)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    async def _start(self) -> None:
        certificate, key, known_by = _certificate(self.folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        http = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        mcs = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=context)
        self._servers = [http, mcs]
        self.url = f"http://127.0.0.1:{http.sockets[0].getsockname()[1]}"
        self.switches = [
            f"--gcm-checkin-url={self.url}/checkin",
            f"--gcm-registration-url={self.url}/register3",
            f"--gcm-mcs-endpoint=https://localhost:{mcs.sockets[0].getsockname()[1]}",
            f"--ignore-certificate-errors-spki-list={known_by}",
        ]

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                line, *lines = head.rstrip().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                status, answer = self._answer(line.split(" ")[1], headers, body)
                kind = "text/plain" if answer.startswith(b"token") else "application/x-protobuf"
                told = f"HTTP/1.1 {status} X\r\nContent-Length: {len(answer)}\r\nContent-Type: {kind}\r\n\r\n"
                writer.write(told.encode() + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        if path == "/checkin":
            device = _varint(7 << 3 | 1) + struct.pack("<Q", 7) + _varint(8 << 3 | 1) + struct.pack("<Q", 8)
            return 200, _field(1, 1) + _field(3, _now_ms()) + device + _field(9, 0) + _field(11, "v")
        if path == "/register3":
            return 200, self._register(dict(parse_qsl(body.decode())))
        if path.startswith("/fcm/send/"):
            status = self._send(path.rpartition("/")[2], headers, body)
            self.sent.append(status)
            return status, b""
        return 404, b""

    def _register(self, form: dict[str, str]) -> bytes:
        if form.get("delete"):
            return b"token=gone"
        token = f"token-{secrets.token_urlsafe(24)}"
        self.tokens[token] = form
        return b"token=" + token.encode()

    def _send(self, token: str, headers: dict[str, str], body: bytes) -> int:
        registration = self.tokens.get(token)
        if registration is None:
            return 410
        claims, signer = signed(headers.get("authorization", ""))
        # The browser subscribed with our key: another may not send.
        if not claims or decoded(signer) != decoded(registration["sender"]):
            return 403
        # The browser names a host of its maker's, not always the same one.
        theirs = str(claims["aud"]).startswith("https://") and str(claims["aud"]).endswith(
            (".googleapis.com", ".google.com")
        )
        if not theirs or not time.time() < claims["exp"] < time.time() + 86400:
            return 403
        message = _message(registration, headers["content-encoding"], int(headers["ttl"]), body)
        for connection in self._connections:
            connection.write(_frame(_MESSAGE, message))
        return 201

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readexactly(1)  # the version
            while True:
                tag = (await reader.readexactly(1))[0]
                await reader.readexactly(await _read_varint(reader))
                if tag == _LOGIN:
                    told = _field(1, "login") + _field(2, "u@x") + _field(8, _now_ms())
                    writer.write(_VERSION + _frame(_LOGGED_IN, told))
                    self._connections.add(writer)
                elif tag == _PING:
                    writer.write(_frame(_ACK, b""))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            self._connections.discard(writer)
            writer.close()


async def _read_varint(reader: asyncio.StreamReader) -> int:
    number = shift = 0
    while True:
        byte = (await reader.readexactly(1))[0]
        number |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return number


def _certificate(folder: Path) -> tuple[Path, Path, str]:
    """One of our own for localhost: its files, and the base64 SHA-256 of its public key, which Chromium is to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, der = serialization.Encoding.PEM, serialization.Encoding.DER
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(made.public_bytes(pem))
    key_file.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    public = key.public_key().public_bytes(der, serialization.PublicFormat.SubjectPublicKeyInfo)
    return certificate_file, key_file, base64.b64encode(hashlib.sha256(public).digest()).decode()
