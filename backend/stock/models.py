"""What is there and what of it is promised, per product and warehouse, with the ledger that explains it."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Owned


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

    ``kind``: receipt, adjustment, reservation, release, shipment (takes from both).
    """

    __tablename__ = "stock_movements"
    __table_args__ = (
        Index("ix_stock_movements_product", "tenant_id", "product_id", "at"),
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
