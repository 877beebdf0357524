"""What the identity routes take and give."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from offline.wire.commands import Id

Locale = Literal["zh-CN", "en"]
Login = Annotated[str, Meta(min_length=1, max_length=128)]
Password = Annotated[str, Meta(min_length=1, max_length=200)]
# PostgreSQL cannot store NUL.
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
RoleName = Annotated[str, Meta(min_length=1, max_length=32)]


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``device`` is the id this browser or program made for itself."""

    login: Login
    password: Password
    device: Annotated[str, Meta(max_length=64, pattern=r"^[^\x00]*$")] = ""


class SignedInUser(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    login: str
    name: str
    role: str
    permissions: tuple[str, ...]
    organisation: str
    locale: str


class SignedInTenant(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    code: str
    name: dict[str, str]
    currency: str


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    user: SignedInUser
    tenant: SignedInTenant
    expires_at: datetime
    server_time: datetime


class NewSession(SessionView, frozen=True, kw_only=True):
    """``token`` is for ``Authorization: Bearer``; browsers use the cookie that comes beside it."""

    token: str


class PasswordChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    current: Password
    new: Password


class PasswordReset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    password: Password


class UserDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``login`` with or without ``@tenant``."""

    id: Id
    login: Login
    name: Name
    role: RoleName
    organisation: Id
    password: Password
    locale: Locale = "zh-CN"


class UserFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name | UnsetType = UNSET
    role: RoleName | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    locale: Locale | UnsetType = UNSET


class UserPatch(UserFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fields left out stay as they are. ``active`` false signs the person out everywhere. ``was``: what the fields were
    that are changed here, so that what somebody else has made of one meanwhile is not taken back."""

    was: UserFields = UserFields()


class AuditView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    at: datetime
    actor: str
    actor_name: str
    action: str
    subject: str
    address: str
    agent: str
    request_id: str
    detail: dict[str, Any]
