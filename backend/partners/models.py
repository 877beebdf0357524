"""Organisations: the head office of a tenant and everybody it sells through."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Owned
from offline.wire.kinds import OrganisationType, PartnerStatus


class Organisation(Base, Owned):
    """A partner, or the head office (``parent_id`` None).

    ``ancestors`` runs from the parent up, ``applicable`` is ``[[price list id, distance], ...]``; both are derived
    from the tree and kept here because every order and every feed row needs them. Addresses are JSON: they are read
    and written with their organisation and never on their own.
    """

    __tablename__ = "organisations"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        Index("ix_organisations_parent", "tenant_id", "parent_id"),
        Index("ix_organisations_rep", "tenant_id", "rep_id"),
    )

    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[dict[str, Any]]
    type: Mapped[OrganisationType] = mapped_column(String(16))
    status: Mapped[PartnerStatus] = mapped_column(String(16), default="active")
    blocked_reason: Mapped[str] = mapped_column(Text, default="")
    parent_id: Mapped[str | None] = mapped_column(String(36))
    ancestors: Mapped[list[Any]] = mapped_column(default=list)
    group: Mapped[str] = mapped_column("customer_group", String(200), default="")
    territory: Mapped[str] = mapped_column(String(200), default="")
    rep_id: Mapped[str | None] = mapped_column(String(36))
    addresses: Mapped[list[Any]] = mapped_column(default=list)
    payment_days: Mapped[int] = mapped_column(default=0)
    credit_limit: Mapped[Decimal | None]
    credit_used: Mapped[Decimal] = mapped_column(default=Decimal(0))
    currency: Mapped[str] = mapped_column(String(3))
    price_lists: Mapped[list[Any]] = mapped_column(default=list)
    applicable: Mapped[list[Any]] = mapped_column(default=list)
    assortments: Mapped[list[Any]] = mapped_column(default=list)
    search: Mapped[str] = mapped_column(Text, default="")
    last_order_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
