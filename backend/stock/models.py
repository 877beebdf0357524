"""What is there and what of it is promised, per product and warehouse, with the ledger that explains it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Owned
from offline.wire.counts import MovementKind

MOVES_GOODS = text("(on_hand_delta <> 0 OR count_id IS NOT NULL)")
"""Of a movement: goods came, left or were counted. Reservations, most of the ledger, only promise them."""


class Warehouse(Base, Owned):
    __tablename__ = "warehouses"
    __table_args__ = (UniqueConstraint("tenant_id", "code"),)

    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    is_default: Mapped[bool] = mapped_column(default=False)


class StockLevel(Base):
    """Base units. ``on_hand - reserved`` may fall below zero by a count, never by a reservation."""

    __tablename__ = "stock_levels"
    __table_args__ = (
        CheckConstraint("reserved >= 0", name="reserved"),
        CheckConstraint("on_hand >= 0", name="on_hand"),
    )

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    warehouse_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    product_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    on_hand: Mapped[int] = mapped_column(BigInteger, default=0)
    reserved: Mapped[int] = mapped_column(BigInteger, default=0)
    expected_at: Mapped[date | None]
    updated_at: Mapped[datetime]


class StockMovement(Base, Owned):
    """The ledger, only ever appended to: the sums of its deltas are the levels.

    ``kind``: receipt, adjustment, reservation, release, shipment (takes from both). ``count_id`` of an adjustment that
    a count made, or that takes one back; it is ``at`` the moment of the count, everything else when it was written.
    """

    __tablename__ = "stock_movements"
    __table_args__ = (
        Index(
            "ix_stock_movements_goods",
            "tenant_id",
            "product_id",
            "at",
            sqlite_where=MOVES_GOODS,
            postgresql_where=MOVES_GOODS,
        ),
        CheckConstraint("kind IN ('receipt', 'adjustment', 'reservation', 'release', 'shipment')", name="kind"),
    )

    warehouse_id: Mapped[str] = mapped_column(String(36))
    product_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(16))
    on_hand_delta: Mapped[int] = mapped_column(BigInteger)
    reserved_delta: Mapped[int] = mapped_column(BigInteger)
    order_id: Mapped[str | None] = mapped_column(String(36))
    actor_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    count_id: Mapped[str | None] = mapped_column(String(36))


class PartnerHolding(Base):
    """What a partner has of a product, as the sums of its movements. ``lots``: lot -> ``{"quantity", "expires_on"}``,
    what is not 0. ``seq``: of the last movement, from 1 on. ``latest_at``: the latest time any of them happened.
    ``opened``: somebody vouched for the book, by a count or an opening figure; deliveries alone do not."""

    __tablename__ = "partner_holdings"

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    product_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    on_hand: Mapped[int] = mapped_column(BigInteger, default=0)
    lots: Mapped[dict[str, Any]] = mapped_column(default=dict)
    seq: Mapped[int] = mapped_column(default=0)
    opened: Mapped[bool] = mapped_column(default=False)
    latest_at: Mapped[datetime]
    counted_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class PartnerMovement(Base, Owned):
    """The ledger of partners' stock, only ever appended to. ``at``: when it happened, which may be long before it was
    recorded; see offline/rules/counting.py for what that means. ``count_id`` of a count's adjustment and of what
    corrects it."""

    __tablename__ = "partner_movements"
    __table_args__ = (
        UniqueConstraint("tenant_id", "organisation_id", "product_id", "seq"),
        Index("ix_partner_movements_at", "tenant_id", "organisation_id", "product_id", "at"),
        CheckConstraint("kind IN ('opening', 'delivery', 'sale', 'count', 'manual')", name="kind"),
    )

    organisation_id: Mapped[str] = mapped_column(String(36))
    product_id: Mapped[str] = mapped_column(String(36))
    seq: Mapped[int]
    kind: Mapped[MovementKind] = mapped_column(String(16))
    delta: Mapped[int] = mapped_column(BigInteger)
    lot: Mapped[str] = mapped_column(String(64), default="")
    expires_on: Mapped[date | None]
    order_id: Mapped[str | None] = mapped_column(String(36))
    count_id: Mapped[str | None] = mapped_column(String(36))
    actor_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
