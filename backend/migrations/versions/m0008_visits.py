"""Visits: routes, lists of what is to be done, fences."""

import sqlalchemy as sa
from alembic import op

from backend.db import Json, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _key(length: int = 36) -> "sa.String":
    return sa.String(length=length)


def upgrade() -> None:
    op.create_table(
        "visits",
        sa.Column("tenant_id", _key(), nullable=False),
        sa.Column("id", _key(), nullable=False),
        sa.Column("organisation_id", _key(), nullable=False),
        sa.Column("organisation_code", _key(64), nullable=False),
        sa.Column("organisation_name", Json, nullable=False),
        sa.Column("rep_id", _key(), nullable=False),
        sa.Column("rep_name", _key(200), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", _key(16), nullable=False),
        sa.Column("planned", sa.Boolean(), nullable=False),
        sa.Column("route_id", _key(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("check_in", Json, nullable=True),
        sa.Column("check_out", Json, nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("items", Json, nullable=False),
        sa.Column("results", Json, nullable=False),
        sa.Column("orders", Json, nullable=False),
        sa.Column("counts", Json, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("left_open", sa.Text(), nullable=False),
        sa.Column("cancelled_for", sa.Text(), nullable=True),
        sa.Column("events", Json, nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "status IN ('planned', 'under_way', 'done', 'missed', 'cancelled')", name=op.f("ck_visits_status")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_visits")),
    )
    op.create_index("ix_visits_rep", "visits", ["tenant_id", "rep_id", "day"])
    op.create_index("ix_visits_day", "visits", ["tenant_id", "day"])
    op.create_index("ix_visits_status", "visits", ["tenant_id", "status", "day"])
    _routes()
    _rules()


def _routes() -> None:
    op.create_table(
        "visit_routes",
        sa.Column("tenant_id", _key(), nullable=False),
        sa.Column("id", _key(), nullable=False),
        sa.Column("name", _key(200), nullable=False),
        sa.Column("rep_id", _key(), nullable=False),
        sa.Column("rep_name", _key(200), nullable=False),
        sa.Column("stops", Json, nullable=False),
        sa.Column("weekdays", Json, nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("dates", Json, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_visit_routes")),
    )
    op.create_index("ix_visit_routes_rep", "visit_routes", ["tenant_id", "rep_id"])


def _rules() -> None:
    op.create_table(
        "visit_templates",
        sa.Column("tenant_id", _key(), nullable=False),
        sa.Column("type", _key(16), nullable=False),
        sa.Column("items", Json, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "type", name=op.f("pk_visit_templates")),
    )
    op.create_table(
        "visit_fences",
        sa.Column("tenant_id", _key(), nullable=False),
        sa.Column("mode", _key(8), nullable=False),
        sa.Column("radius", sa.Integer(), nullable=False),
        sa.Column("by_type", Json, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_visit_fences")),
    )
    op.create_table(
        "visit_shops",
        sa.Column("tenant_id", _key(), nullable=False),
        sa.Column("organisation_id", _key(), nullable=False),
        sa.Column("mode", _key(8), nullable=False),
        sa.Column("proposal", Json, nullable=True),
        sa.Column("proposed_by", _key(200), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "organisation_id", name=op.f("pk_visit_shops")),
    )


def downgrade() -> None:
    for table in ("visit_shops", "visit_fences", "visit_templates", "visit_routes", "visits"):
        op.drop_table(table)
