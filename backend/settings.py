"""Settings from the environment, checked once at start.

Every variable is listed in ``VARIABLES``. Those marked secret may be given as ``NAME_FILE`` instead: a file that
holds the value, as container secrets are. Defaults suit a single machine: SQLite and a folder below ``QUDAO_DATA``.
"""

import difflib
import os
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar, get_args
from urllib.parse import urlsplit

import msgspec
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

T = TypeVar("T")
LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["json", "console"]
VERSION = "0.1.0"
_DRIVERS = {
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
}


class Variable(NamedTuple):
    """``secret``: may also come as ``NAME_FILE``."""

    help: str
    secret: bool = False


VARIABLES: dict[str, Variable] = {
    "PORT": Variable("Port to serve on (8000; 0: any free one)."),
    "QUDAO_DATA": Variable("Folder of the embedded database and pictures (./data)."),
    "QUDAO_DATABASE_PASSWORD": Variable("Password for QUDAO_DATABASE_URL, kept apart from it.", secret=True),
    "QUDAO_DATABASE_URL": Variable("postgresql://... or sqlite:///FILE (SQLite in QUDAO_DATA).", secret=True),
    "QUDAO_HOST": Variable("Address to serve on (127.0.0.1)."),
    "QUDAO_HOUSEKEEPING": Variable("on or off: whether serve does the worker's chores too (on)."),
    "QUDAO_LOG_FORMAT": Variable("json or console (json)."),
    "QUDAO_LOG_LEVEL": Variable("debug, info, warning or error (info)."),
    "QUDAO_METRICS_TOKEN": Variable("Bearer token that /metrics then asks for (none).", secret=True),
    "QUDAO_NOTICE_DAYS": Variable("Days after which a notice is removed for good, and who confirmed it (1100)."),
    "QUDAO_NOTICE_PHONE_DAYS": Variable("Days after which a notice leaves the phones (365)."),
    "QUDAO_PUBLIC_URL": Variable("http[s]://host[:port] where people reach the app (as each request names it)."),
    "QUDAO_PUSH_RELAY": Variable("http[s]://host[:port] called in place of every push service (none)."),
    "QUDAO_S3_ACCESS_KEY": Variable("Access key of the S3 store.", secret=True),
    "QUDAO_S3_BUCKET": Variable("Bucket of the S3 store."),
    "QUDAO_S3_ENDPOINT": Variable("http[s]://host[:port] of an S3 store, in place of QUDAO_STORAGE."),
    "QUDAO_S3_PUBLIC_ENDPOINT": Variable("Where browsers reach the S3 store, if they do: large files come from there."),
    "QUDAO_S3_REGION": Variable("Region of the S3 store (us-east-1)."),
    "QUDAO_S3_SECRET_KEY": Variable("Secret key of the S3 store.", secret=True),
    "QUDAO_SESSION_DAYS": Variable("Days without use after which a session ends (30)."),
    "QUDAO_SHELL": Variable("Folder of the built phone app (./build/pwa)."),
    "QUDAO_STORAGE": Variable("Folder of pictures and files (QUDAO_DATA/objects)."),
    "QUDAO_TRUSTED_PROXIES": Variable("Addresses whose X-Forwarded headers count, comma separated (none)."),
    "QUDAO_VAPID_PRIVATE_KEY": Variable("Key for web push, 32 bytes as base64url (made and kept).", secret=True),
    "QUDAO_VAPID_SUBJECT": Variable("mailto: or https: contact for push services (the app's address)."),
}


class SettingsError(Exception):
    """One line per wrong variable, each naming it and what is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Secret(str):
    """Text that stays out of logs and tracebacks."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'" if self else "''"


class FolderStorage(msgspec.Struct, frozen=True):
    """Objects as files below ``path``."""

    path: Path


class S3Storage(msgspec.Struct, frozen=True, kw_only=True):
    """An S3 store; ``endpoint`` is ``http[s]://host[:port]``, ``public_endpoint`` the same for browsers, or empty."""

    endpoint: str
    bucket: str
    access_key: Secret
    secret_key: Secret
    region: str = "us-east-1"
    public_endpoint: str = ""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the processes need to know. ``database_url`` names an async driver. ``shell`` is the folder of the built
    phone app; ``trusted_proxies`` the addresses whose ``X-Forwarded-*`` headers count, comma separated; ``public_url``
    where people reach the app, or empty. ``housekeeping``: whether ``qudao serve`` does the worker's chores and jobs
    too; ``push_relay`` is called in place of push services."""

    data: Path
    database_url: Secret
    storage: FolderStorage | S3Storage
    shell: Path
    host: str = "127.0.0.1"
    port: int = 8000
    session_days: int = 30
    notice_phone_days: int = 365
    notice_days: int = 1100
    trusted_proxies: str = ""
    public_url: str = ""
    metrics_token: Secret = Secret("")
    push_relay: str = ""
    vapid_private_key: Secret = Secret("")
    vapid_subject: str = ""
    housekeeping: bool = True
    log_level: LogLevel = "info"
    log_format: LogFormat = "json"

    @property
    def on_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


@dataclass(slots=True)
class _Reader:
    """Reads variables and collects what is wrong with them, so that all is told at once."""

    environ: Mapping[str, str]
    problems: list[str] = field(default_factory=list)

    def text(self, name: str, default: str = "") -> str:
        value = self.environ.get(name, "").strip()
        path = self.environ.get(f"{name}_FILE", "").strip() if VARIABLES[name].secret else ""
        if not path:
            return value or default
        if value:
            self.problems.append(f"{name}: set as {name} and as {name}_FILE; keep one")
            return value
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            self.problems.append(f"{name}_FILE: cannot read {path}: {reason}")
            return default

    def read(self, name: str, default: str, convert: Callable[[str], T], fallback: T) -> T:
        """``convert`` raises ``ValueError`` with what is wrong, as in "is 0, must be 1 or more"."""
        try:
            return convert(self.text(name, default))
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return fallback


def _whole(low: int, high: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        if not text.isascii() or not text.isdecimal() or not low <= int(text[:12]) <= high:
            raise ValueError(f"is {text!r}, must be a whole number from {low} to {high}")
        return int(text)

    return convert


def _one_of(*choices: T) -> Callable[[str], T]:
    """Words, of a literal's type where the setting has one."""
    known = {str(each): each for each in choices}

    def convert(text: str) -> T:
        if text.lower() not in known:
            raise ValueError(f"is {text!r}, must be one of {', '.join(known)}")
        return known[text.lower()]

    return convert


def _address(text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise ValueError(f"is {text!r}, must begin with http:// or https://")
    return text.rstrip("/")


def _origin(text: str) -> str:
    address = _address(text)
    parts = urlsplit(address)
    try:
        sound = parts.port != 0
    except ValueError:
        sound = False
    if text and not (sound and parts.hostname and address == f"{parts.scheme}://{parts.netloc}" and "@" not in address):
        raise ValueError(f"is {text!r}, must be an address without a path, such as https://qudao.example.com")
    return address


def _contact(text: str) -> str:
    if text and not text.startswith(("mailto:", "https://")):
        raise ValueError(f"is {text!r}, must begin with mailto: or https://")
    return text


def _vapid_key(text: str) -> Secret:
    try:
        right = not text or len(urlsafe_b64decode(text + "=" * (-len(text) % 4))) == 32
    except ValueError:
        right = False
    if not right:
        # It is a secret: it is not repeated.
        raise ValueError("must be 32 bytes as base64url, or left out: then one is made")
    return Secret(text)


def _database(password: str) -> Callable[[str], Secret]:
    def convert(text: str) -> Secret:
        try:
            url: URL = make_url(text)
        except (ArgumentError, ValueError):
            # The text may hold a password: it is not repeated.
            raise ValueError("is not a database URL such as postgresql://user@host/name") from None
        driver = _DRIVERS.get(url.drivername)
        if driver is None:
            raise ValueError(f"names {url.drivername!r}, must be postgresql:// or sqlite://")
        url = url.set(drivername=driver)
        if driver == "postgresql+asyncpg" and "sslmode" in url.query:
            # As libpq spells it, and whoever hosts a database; the driver takes the same words by another name.
            url = url.set(query={"ssl" if name == "sslmode" else name: text for name, text in url.query.items()})
        if driver == "sqlite+aiosqlite" and url.database in (None, "", ":memory:"):
            raise ValueError("names an SQLite database in memory, which connections cannot share; name a file")
        if password:
            if url.password:
                raise ValueError("holds a password although QUDAO_DATABASE_PASSWORD is set; keep one")
            url = url.set(password=password)
        return Secret(url.render_as_string(hide_password=False))

    return convert


def _storage(reader: _Reader, data: Path) -> FolderStorage | S3Storage:
    endpoint = reader.text("QUDAO_S3_ENDPOINT")
    names = ("QUDAO_S3_BUCKET", "QUDAO_S3_ACCESS_KEY", "QUDAO_S3_SECRET_KEY")
    bucket, access_key, secret_key = (reader.text(name) for name in names)
    folder = FolderStorage(Path(reader.text("QUDAO_STORAGE", str(data / "objects"))).absolute())
    if not endpoint:
        reader.problems += [
            f"{name}: set although QUDAO_S3_ENDPOINT is not"
            for name, value in zip(names, (bucket, access_key, secret_key), strict=True)
            if value
        ]
        return folder
    public = reader.text("QUDAO_S3_PUBLIC_ENDPOINT")
    for name, value in (("QUDAO_S3_ENDPOINT", endpoint), ("QUDAO_S3_PUBLIC_ENDPOINT", public)):
        if value and not value.startswith(("http://", "https://")):
            reader.problems.append(f"{name}: is {value!r}, must begin with http:// or https://")
    for name, value in zip(names, (bucket, access_key, secret_key), strict=True):
        if not value:
            reader.problems.append(f"{name}: missing although QUDAO_S3_ENDPOINT is set")
    return S3Storage(
        endpoint=endpoint.rstrip("/"),
        bucket=bucket,
        access_key=Secret(access_key),
        secret_key=Secret(secret_key),
        region=reader.text("QUDAO_S3_REGION", "us-east-1"),
        public_endpoint=public.rstrip("/"),
    )


def _misspelt(environ: Mapping[str, str]) -> list[str]:
    """Variables that are nearly one of ours: a typo would otherwise be a silent default."""
    known = {*VARIABLES, *(f"{name}_FILE" for name, variable in VARIABLES.items() if variable.secret)}
    problems = []
    for name in sorted(environ):
        if name.startswith("QUDAO_") and name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.85)
            problems += [f"{name}: unknown; did you mean {near[0]}?"] if near else []
    return problems


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings that ``environ`` (default: the process's) asks for; raises ``SettingsError``."""
    reader = _Reader(os.environ if environ is None else environ)
    data = Path(reader.text("QUDAO_DATA", "data")).absolute()
    default_url = f"sqlite+aiosqlite:///{data / 'qudao.sqlite3'}"
    password = reader.text("QUDAO_DATABASE_PASSWORD")
    settings = Settings(
        data=data,
        database_url=reader.read("QUDAO_DATABASE_URL", default_url, _database(password), Secret(default_url)),
        storage=_storage(reader, data),
        shell=Path(reader.text("QUDAO_SHELL", "build/pwa")).absolute(),
        host=reader.text("QUDAO_HOST", "127.0.0.1"),
        port=reader.read("PORT", "8000", _whole(0, 65535), 8000),
        session_days=reader.read("QUDAO_SESSION_DAYS", "30", _whole(1, 365), 30),
        notice_phone_days=reader.read("QUDAO_NOTICE_PHONE_DAYS", "365", _whole(30, 36500), 365),
        notice_days=reader.read("QUDAO_NOTICE_DAYS", "1100", _whole(30, 36500), 1100),
        trusted_proxies=reader.text("QUDAO_TRUSTED_PROXIES"),
        public_url=reader.read("QUDAO_PUBLIC_URL", "", _origin, ""),
        metrics_token=Secret(reader.text("QUDAO_METRICS_TOKEN")),
        push_relay=reader.read("QUDAO_PUSH_RELAY", "", _address, ""),
        vapid_private_key=reader.read("QUDAO_VAPID_PRIVATE_KEY", "", _vapid_key, Secret("")),
        vapid_subject=reader.read("QUDAO_VAPID_SUBJECT", "", _contact, ""),
        housekeeping=reader.read("QUDAO_HOUSEKEEPING", "on", _one_of("on", "off"), "on") == "on",
        log_level=reader.read("QUDAO_LOG_LEVEL", "info", _one_of(*get_args(LogLevel)), "info"),
        log_format=reader.read("QUDAO_LOG_FORMAT", "json", _one_of(*get_args(LogFormat)), "json"),
    )
    if problems := reader.problems + _misspelt(reader.environ):
        raise SettingsError(problems)
    return settings
