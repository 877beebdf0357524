"""What is handed to push services, and what became of it."""

from dataclasses import dataclass
from typing import Literal

import msgspec

from backend.push.models import PushSubscription


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a device gets, as the service worker reads it. ``at`` are milliseconds since 1970: an older message never
    replaces a newer one."""

    title: str
    body: str
    tag: str
    url: str
    at: int
    lang: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message for one device; ``ttl`` seconds the push service keeps it for a device that is off."""

    to: PushSubscription
    message: Message
    ttl: int
    urgent: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """``gone``: the device wants no more. ``later``: not now, perhaps after ``seconds``. ``refused``: trying again
    will not help. ``why`` is a status or a kind of fault, with the push service's host."""

    kind: Literal["sent", "gone", "later", "refused"]
    why: str = ""
    seconds: float = 0.0
