"""What the push routes take and give."""

from typing import Annotated

import msgspec
from msgspec import Meta


class PushKeyView(msgspec.Struct, frozen=True):
    """``key`` is what a browser subscribes with (``applicationServerKey``), base64url."""

    key: str


class SubscriptionKeys(msgspec.Struct, frozen=True):
    p256dh: Annotated[str, Meta(min_length=80, max_length=128, pattern=r"^[A-Za-z0-9_-]+=*$")]
    auth: Annotated[str, Meta(min_length=16, max_length=64, pattern=r"^[A-Za-z0-9_-]+=*$")]


class SubscriptionDraft(msgspec.Struct, frozen=True):
    """As a browser's ``PushSubscription.toJSON()`` says it; what else it says is passed over."""

    endpoint: Annotated[str, Meta(min_length=1, max_length=2000)]
    keys: SubscriptionKeys


class PushSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``quiet_hours`` is the person's own choice, empty where the brand's counts; ``none``: never quiet."""

    quiet_hours: str
    brand_quiet_hours: str
    this_device: bool
    devices: int


class PushSettingsPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    quiet_hours: Annotated[str, Meta(max_length=16)]
