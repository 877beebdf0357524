"""Visits, what makes them due, and what is asked and judged at a shop.

What happened on a visit is JSON in it, as an order's events are: read and written with it, while it is locked. Its
status and times are columns too, because lists and housekeeping ask for them.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, Owned
from offline.rules.fence import Mode
from offline.rules.visits import Status
from offline.wire.kinds import FenceMode, PartnerType

# None is no document, and not the document "null".
_Maybe = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Visit(Base, Owned):
    """See ``offline.wire.visits.Visit``, whose documents ``check_in``, ``check_out``, ``items``, ``results`` and
    ``events`` hold. ``cancelled_for`` None: not cancelled."""

    __tablename__ = "visits"
    __table_args__ = (
        Index("ix_visits_rep", "tenant_id", "rep_id", "day"),
        Index("ix_visits_day", "tenant_id", "day"),
        Index("ix_visits_status", "tenant_id", "status", "day"),
        CheckConstraint("status IN ('planned', 'under_way', 'done', 'missed', 'cancelled')", name="status"),
    )

    organisation_id: Mapped[str] = mapped_column(String(36))
    organisation_code: Mapped[str] = mapped_column(String(64))
    organisation_name: Mapped[dict[str, Any]]
    rep_id: Mapped[str] = mapped_column(String(36))
    rep_name: Mapped[str] = mapped_column(String(200))
    day: Mapped[date]
    status: Mapped[Status] = mapped_column(String(16))
    planned: Mapped[bool]
    route_id: Mapped[str | None] = mapped_column(String(36))
    rank: Mapped[int] = mapped_column(default=0)
    check_in: Mapped[dict[str, Any] | None] = mapped_column(_Maybe)
    check_out: Mapped[dict[str, Any] | None] = mapped_column(_Maybe)
    minutes: Mapped[int | None]
    items: Mapped[list[Any]] = mapped_column(default=list)
    results: Mapped[dict[str, Any]] = mapped_column(default=dict)
    orders: Mapped[list[Any]] = mapped_column(default=list)
    counts: Mapped[list[Any]] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(Text, default="")
    left_open: Mapped[str] = mapped_column(Text, default="")
    cancelled_for: Mapped[str | None] = mapped_column(Text)
    events: Mapped[list[Any]] = mapped_column(default=list)
    changed_at: Mapped[datetime]


class VisitRoute(Base, Owned):
    """Who visits whom on which days."""

    __tablename__ = "visit_routes"
    __table_args__ = (Index("ix_visit_routes_rep", "tenant_id", "rep_id"),)

    name: Mapped[str] = mapped_column(String(200))
    rep_id: Mapped[str] = mapped_column(String(36))
    rep_name: Mapped[str] = mapped_column(String(200))
    stops: Mapped[list[Any]]
    weekdays: Mapped[list[Any]] = mapped_column(default=list)
    every: Mapped[int] = mapped_column(default=1)
    dates: Mapped[list[Any]] = mapped_column(default=list)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    active: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[datetime]


class VisitTemplate(Base):
    """What is to be done at every organisation of a type."""

    __tablename__ = "visit_templates"

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    type: Mapped[PartnerType] = mapped_column(String(16), primary_key=True)
    items: Mapped[list[Any]]


class VisitFence(Base):
    """A brand's fence; without a row the rules' own defaults count."""

    __tablename__ = "visit_fences"

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    mode: Mapped[Mode] = mapped_column(String(8))
    radius: Mapped[int]
    by_type: Mapped[dict[str, Any]] = mapped_column(default=dict)


class VisitShop(Base):
    """What one organisation has otherwise, and a position for it that waits to be looked at."""

    __tablename__ = "visit_shops"

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    mode: Mapped[FenceMode] = mapped_column(String(8), default="")
    proposal: Mapped[dict[str, Any] | None] = mapped_column(_Maybe)
    proposed_by: Mapped[str] = mapped_column(String(200), default="")
