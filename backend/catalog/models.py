"""What may be sold and for how much: products, assortments, price lists with their history, promotions."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Owned
from offline.wire.kinds import PriceListKind, ProductStatus, PromotionKind


class CatalogueVersion(Base):
    """Grows with every change of anything in this slice: facts read under one version may be kept until the next."""

    __tablename__ = "catalogue_versions"

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    version: Mapped[int] = mapped_column(default=0)


class Category(Base, Owned):
    __tablename__ = "categories"

    name: Mapped[dict[str, Any]]
    parent_id: Mapped[str | None] = mapped_column(String(36))
    sort: Mapped[int] = mapped_column(default=0)


class Product(Base, Owned):
    """Packs and barcodes are JSON: they travel with their product, and are found through ``search``."""

    __tablename__ = "products"
    __table_args__ = (
        UniqueConstraint("tenant_id", "sku"),
        Index("ix_products_category", "tenant_id", "category_id"),
    )

    sku: Mapped[str] = mapped_column(String(64))
    name: Mapped[dict[str, Any]]
    unit: Mapped[dict[str, Any]]
    category_id: Mapped[str | None] = mapped_column(String(36))
    brand: Mapped[str] = mapped_column(String(200), default="")
    spec: Mapped[dict[str, Any]] = mapped_column(default=dict)
    packs: Mapped[list[Any]] = mapped_column(default=list)
    barcodes: Mapped[list[Any]] = mapped_column(default=list)
    minimum: Mapped[int] = mapped_column(default=1)
    multiple: Mapped[int] = mapped_column(default=1)
    tax_rate: Mapped[Decimal] = mapped_column(default=Decimal(0))
    status: Mapped[ProductStatus] = mapped_column(String(16), default="active")
    withdrawn_at: Mapped[datetime | None]
    available_from: Mapped[date | None]
    lot_tracked: Mapped[bool] = mapped_column(default=False, server_default=false())
    image: Mapped[str | None] = mapped_column(String(200))
    search: Mapped[str] = mapped_column(Text, default="")
    sort: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Assortment(Base, Owned):
    """What its holders (``Organisation.assortments``) are authorised to buy between two dates."""

    __tablename__ = "assortments"
    __table_args__ = (Index("ix_assortments_code", "tenant_id", "code", unique=True),)

    code: Mapped[str] = mapped_column(String(64), server_default="")
    name: Mapped[dict[str, Any]]
    everything: Mapped[bool] = mapped_column(default=False)
    products: Mapped[list[Any]] = mapped_column(default=list)
    categories: Mapped[list[Any]] = mapped_column(default=list)
    excluded: Mapped[list[Any]] = mapped_column(default=list)
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]


class PriceList(Base, Owned):
    __tablename__ = "price_lists"
    __table_args__ = (UniqueConstraint("tenant_id", "code"),)

    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[dict[str, Any]]
    kind: Mapped[PriceListKind] = mapped_column(String(16))
    currency: Mapped[str] = mapped_column(String(3))
    revision: Mapped[int] = mapped_column(default=1)
    priority: Mapped[int] = mapped_column(default=0)
    merge: Mapped[bool] = mapped_column(default=True)
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class PriceListRevision(Base):
    """A list as it was in one revision (``doc``: the wire row), current from ``since`` until ``until`` (None: now)."""

    __tablename__ = "price_list_revisions"

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    price_list_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    doc: Mapped[dict[str, Any]]


class Price(Base):
    """All tiers of one product in one list, from ``from_revision`` of the list until before ``until_revision``.

    The row without an end is the price of today; the others are its history, by which an order taken without a
    signal is still judged at the price the phone showed. No tiers: not in the list from then on.
    """

    __tablename__ = "prices"
    __table_args__ = (
        Index(
            "ix_prices_current",
            "tenant_id",
            "product_id",
            sqlite_where=text("until_revision IS NULL"),
            postgresql_where=text("until_revision IS NULL"),
        ),
    )

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    price_list_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    product_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    from_revision: Mapped[int] = mapped_column(primary_key=True)
    until_revision: Mapped[int | None]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    tiers: Mapped[list[Any]]


class PromotionTarget(Base):
    """Whom a promotion is meant for, as ``targets.targets_of`` names them: from a customer's side, which is how each
    pull asks. Those for everybody have none."""

    __tablename__ = "promotion_targets"
    __table_args__ = (Index("ix_promotion_targets_promotion", "tenant_id", "promotion_id"),)

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    target: Mapped[str] = mapped_column(String(210), primary_key=True)
    promotion_id: Mapped[str] = mapped_column(String(36), primary_key=True)


class Promotion(Base, Owned):
    __tablename__ = "promotions"
    __table_args__ = (UniqueConstraint("tenant_id", "code"),)

    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[dict[str, Any]]
    kind: Mapped[PromotionKind] = mapped_column(String(16))
    reward: Mapped[dict[str, Any]]
    products: Mapped[list[Any]] = mapped_column(default=list)
    categories: Mapped[list[Any]] = mapped_column(default=list)
    organisations: Mapped[list[Any]] = mapped_column(default=list)
    groups: Mapped[list[Any]] = mapped_column(default=list)
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    priority: Mapped[int] = mapped_column(default=0)
    exclusive_group: Mapped[str] = mapped_column(String(64), default="")
    cap: Mapped[int | None]
    active: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[datetime]
