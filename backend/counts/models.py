"""Counts with what everybody sent for them, the lists they are taken by, and how the brand counts."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Owned
from offline.wire.counts import CountStatus


class Count(Base, Owned):
    """Lines, rounds and events are JSON (``CountLine``, ``CountRound``, ``CountEvent`` of offline/wire/counts.py):
    they are only read and written with their count while it is locked."""

    __tablename__ = "counts"
    __table_args__ = (
        Index("ix_counts_organisation", "tenant_id", "organisation_id", "changed_at"),
        Index("ix_counts_changed", "tenant_id", "changed_at"),
    )

    organisation_id: Mapped[str] = mapped_column(String(36))
    organisation_code: Mapped[str] = mapped_column(String(64))
    organisation_name: Mapped[dict[str, Any]]
    status: Mapped[CountStatus] = mapped_column(String(16))
    blind: Mapped[bool] = mapped_column(default=False)
    count_list_id: Mapped[str | None] = mapped_column(String(36))
    visit_id: Mapped[str | None] = mapped_column(String(36))
    due_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    asked_by_name: Mapped[str] = mapped_column(String(200), default="")
    lines: Mapped[list[Any]] = mapped_column(default=list)
    rounds: Mapped[list[Any]] = mapped_column(default=list)
    events: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class CountList(Base, Owned):
    __tablename__ = "count_lists"

    name: Mapped[dict[str, Any]]
    sold: Mapped[bool] = mapped_column(default=False)
    products: Mapped[list[Any]] = mapped_column(default=list)
    categories: Mapped[list[Any]] = mapped_column(default=list)
    types: Mapped[list[Any]] = mapped_column(default=list)
    groups: Mapped[list[Any]] = mapped_column(default=list)
    blind: Mapped[bool | None]
    active: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[datetime]


class CountSettings(Base):
    """One row a tenant, once somebody has set something."""

    __tablename__ = "count_settings"

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    units: Mapped[int] = mapped_column(default=0)
    percent: Mapped[Decimal] = mapped_column(default=Decimal(0))
    blind: Mapped[bool] = mapped_column(default=False)
    rules: Mapped[list[Any]] = mapped_column(default=list)
    updated_at: Mapped[datetime]
