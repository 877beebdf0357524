"""Orders.

Lines have a table of their own: reports ask for them across orders. Events and parcels are JSON in the order: they
are written and read with it and the order is locked while one is added, so a table would only cost a row each.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.db import Base, Owned
from offline.wire.kinds import Shortage
from offline.wire.rows import OrderStatus


class Order(Base, Owned):
    """``number`` is given when the push that placed the order ends. ``held``: stopped by hand. ``credit_counted`` is
    what this order adds to its organisation's ``credit_used`` right now; ``price_lists`` the revision of each list its
    prices are from; ``quoted`` the phone's totals where they differ."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index("ix_orders_organisation", "tenant_id", "organisation_id", "placed_at"),
        Index("ix_orders_changed", "tenant_id", "changed_at", "id"),
        Index(
            "ix_orders_on_hold",
            "tenant_id",
            "id",
            sqlite_where=text("status = 'on_hold'"),
            postgresql_where=text("status = 'on_hold'"),
        ),
    )

    number: Mapped[str | None] = mapped_column(String(32))
    organisation_id: Mapped[str] = mapped_column(String(36))
    organisation_code: Mapped[str] = mapped_column(String(64))
    organisation_name: Mapped[dict[str, Any]]
    placed_by: Mapped[str] = mapped_column(String(36))
    placed_by_name: Mapped[str] = mapped_column(String(200))
    status: Mapped[OrderStatus] = mapped_column(String(16))
    holds: Mapped[list[Any]] = mapped_column(default=list)
    held: Mapped[bool] = mapped_column(default=False)
    currency: Mapped[str] = mapped_column(String(3))
    goods: Mapped[Decimal]
    discount: Mapped[Decimal]
    tax: Mapped[Decimal]
    total: Mapped[Decimal]
    quoted: Mapped[dict[str, Any] | None]
    credit_counted: Mapped[Decimal] = mapped_column(default=Decimal(0))
    price_lists: Mapped[dict[str, Any]] = mapped_column(default=dict)
    note: Mapped[str] = mapped_column(Text, default="")
    address_id: Mapped[str | None] = mapped_column(String(36))
    wanted_on: Mapped[date | None]
    shortage: Mapped[Shortage] = mapped_column(String(16), default="backorder")
    events: Mapped[list[Any]] = mapped_column(default=list)
    parcels: Mapped[list[Any]] = mapped_column(default=list)
    credits: Mapped[list[Any]] = mapped_column(default=list)
    local_at: Mapped[datetime | None]
    placed_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    lines: Mapped[list["OrderLine"]] = relationship(
        lazy="raise",
        order_by="OrderLine.position",
        primaryjoin="(Order.tenant_id == foreign(OrderLine.tenant_id)) & (Order.id == foreign(OrderLine.order_id))",
    )


class OrderLine(Base):
    """``cut``: what was taken off ``quantity`` since. Keyed by its order too: two phones could choose one line id.
    Written with its order and never without, and no order is ever deleted: a foreign key would look each line's order
    up once more, and on PostgreSQL by a plan that a connection keeps from when there were no orders, which reads all
    there are."""

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("shipped + reserved + backordered <= quantity", name="quantities"),
        Index(
            "ix_order_lines_backordered",
            "tenant_id",
            "product_id",
            sqlite_where=text("backordered > 0"),
            postgresql_where=text("backordered > 0"),
        ),
    )

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    order_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    position: Mapped[int]
    product_id: Mapped[str] = mapped_column(String(36))
    sku: Mapped[str] = mapped_column(String(64))
    name: Mapped[dict[str, Any]]
    quantity: Mapped[int] = mapped_column(BigInteger)
    unit_price: Mapped[Decimal]
    discount: Mapped[Decimal] = mapped_column(default=Decimal(0))
    net: Mapped[Decimal]
    tax: Mapped[Decimal] = mapped_column(default=Decimal(0))
    tax_rate: Mapped[Decimal] = mapped_column(default=Decimal(0))
    price_list_id: Mapped[str | None] = mapped_column(String(36))
    reason: Mapped[str] = mapped_column(Text, default="")
    gift: Mapped[bool] = mapped_column(default=False)
    promotion_id: Mapped[str | None] = mapped_column(String(36))
    reserved: Mapped[int] = mapped_column(BigInteger, default=0)
    backordered: Mapped[int] = mapped_column(BigInteger, default=0)
    shipped: Mapped[int] = mapped_column(BigInteger, default=0)
    cut: Mapped[int] = mapped_column(BigInteger, default=0)
    quoted_unit_price: Mapped[Decimal | None]
    quoted_net: Mapped[Decimal | None]


class OrderCounter(Base):
    """The last order number of a tenant's month."""

    __tablename__ = "order_counters"

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    last: Mapped[int] = mapped_column(default=0)
