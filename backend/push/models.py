"""Devices that want notifications, what people chose about them, and the key we sign with."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Owned


class PushSubscription(Owned, Base):
    """A browser that wants notifications, as long as ``session_id`` runs. ``endpoint`` is a secret address at the
    browser's push service, unique for browser and key; ``endpoint_hash`` its SHA-256. ``p256dh`` and ``auth`` are the
    browser's, base64url; ``key_id`` says which of our keys it subscribed with; ``origin`` where our app is."""

    __tablename__ = "push_subscriptions"
    __table_args__ = (
        Index("ix_push_subscriptions_endpoint", "endpoint_hash", unique=True),
        Index("ix_push_subscriptions_user", "tenant_id", "user_id"),
        Index("ix_push_subscriptions_session", "tenant_id", "session_id"),
    )

    user_id: Mapped[str] = mapped_column(String(36))
    session_id: Mapped[str] = mapped_column(String(36))
    endpoint: Mapped[str] = mapped_column(Text)
    endpoint_hash: Mapped[str] = mapped_column(String(64))
    p256dh: Mapped[str] = mapped_column(String(128))
    auth: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str] = mapped_column(String(16))
    origin: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime]


class PushChoice(Base):
    """A person's own quiet hours, as ``backend.quiet_hours`` reads them."""

    __tablename__ = "push_choices"

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    quiet_hours: Mapped[str] = mapped_column(String(16))
    changed_at: Mapped[datetime]


class PushKey(Base):
    """The installation's key pair (VAPID), made when it is first asked for. ``tenant_id`` is empty; ``private`` are
    32 bytes, base64url."""

    __tablename__ = "push_keys"

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    private: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
