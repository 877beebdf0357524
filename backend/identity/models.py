"""Who is who: tenants (brands), their people, roles, devices, sessions, and the trail of what people did."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Owned
from offline.wire.kinds import PriceStrategy


class Tenant(Base):
    """A brand. The settings are those of ``offline.wire.rows.Brand``; ``id`` is what ``tenant_id`` refers to.
    ``quiet_hours``: when notifications wait, unless a person chose otherwise."""

    __tablename__ = "tenants"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[dict[str, Any]]
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    prices_include_tax: Mapped[bool] = mapped_column(default=True)
    price_strategy: Mapped[PriceStrategy] = mapped_column(String(16), default="priority")
    price_grace_hours: Mapped[int] = mapped_column(default=72)
    price_hold_hours: Mapped[int] = mapped_column(default=72)
    approval_above: Mapped[Decimal | None]
    industry: Mapped[str] = mapped_column(String(32), default="consumer")
    time_zone: Mapped[str] = mapped_column(String(64), default="Asia/Shanghai")
    quiet_hours: Mapped[str] = mapped_column(String(16), default="22:00-07:30")
    created_at: Mapped[datetime]


class Role(Owned, Base):
    """A named set of permissions; ``name`` is what ``User.role`` refers to."""

    __tablename__ = "roles"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    name: Mapped[str] = mapped_column(String(32))
    permissions: Mapped[list[Any]]


class User(Owned, Base):
    """A person. ``login`` is whole (``rep@demo``) and lower case; ``organisation_id`` the partner one belongs to."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("tenant_id", "login"),
        Index("ix_users_organisation", "tenant_id", "organisation_id"),
    )

    login: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(200))
    organisation_id: Mapped[str] = mapped_column(String(36))
    role: Mapped[str] = mapped_column(String(32))
    locale: Mapped[str] = mapped_column(String(16), default="zh-CN")
    password_hash: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class UserSession(Owned, Base):
    """A signed-in device. Only the token's SHA-256 is stored: 256 random bits need no slow hash. ``next_token_hash``:
    of the token given out when the device signed in again, which takes the old one's place when it is first used."""

    __tablename__ = "user_sessions"
    __table_args__ = (
        Index("ix_user_sessions_token_hash", "token_hash"),
        Index("ix_user_sessions_next_token_hash", "next_token_hash"),
        Index("ix_user_sessions_user", "tenant_id", "user_id"),
        Index("ix_user_sessions_expires_at", "expires_at"),
    )

    user_id: Mapped[str] = mapped_column(String(36))
    token_hash: Mapped[str] = mapped_column(String(64))
    next_token_hash: Mapped[str | None] = mapped_column(String(64))
    device_id: Mapped[str] = mapped_column(String(64), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class KnownDevice(Owned, Base):
    """Where a person has signed in before, signed in now or not. Only the token's SHA-256 is stored."""

    __tablename__ = "known_devices"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id", "device_id"),
        Index("ix_known_devices_token_hash", "token_hash"),
        Index("ix_known_devices_seen_at", "seen_at"),
    )

    user_id: Mapped[str] = mapped_column(String(36))
    device_id: Mapped[str] = mapped_column(String(64))
    token_hash: Mapped[str] = mapped_column(String(64))
    seen_at: Mapped[datetime]


class SignInAttempt(Base):
    """Failed and running sign-ins within a window, by ``key`` (a login, an address, a device or a session, hashed)."""

    __tablename__ = "sign_in_attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    until: Mapped[datetime] = mapped_column(index=True)


class AuditEntry(Owned, Base):
    """Who did what, to what, when, from where. Written, never changed. ``tenant_id`` is empty when a sign-in named
    no tenant we know."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_at", "tenant_id", "at"),
        Index("ix_audit_entries_subject", "tenant_id", "subject", "id"),
    )

    at: Mapped[datetime]
    actor_id: Mapped[str] = mapped_column(String(36), default="")
    actor: Mapped[str] = mapped_column(String(128), default="")
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(128), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")
    request_id: Mapped[str] = mapped_column(String(64), default="")
    detail: Mapped[dict[str, Any]]
