"""A feed for each promotion that is meant for some customers, in the place of a copy in the feed of each of them; and
whom it is meant for, in a table that is asked from the customers' side."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from backend.db import Json
from backend.migrations.feeds import docs_at_desk, feeds_of_holders, found, own_feeds

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_PROMOTIONS = sa.table(
    "promotions",
    *(sa.column(name) for name in ("tenant_id", "id")),
    *(sa.column(name, Json) for name in ("organisations", "groups")),
)
_ORGANISATIONS = sa.table(
    "organisations",
    *(sa.column(name) for name in ("tenant_id", "id", "customer_group")),
    sa.column("ancestors", Json),
)


def upgrade() -> None:
    targets = op.create_table(
        "promotion_targets",
        sa.Column("tenant_id", sa.String(36), nullable=False),
        sa.Column("target", sa.String(210), nullable=False),
        sa.Column("promotion_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "target", "promotion_id", name=op.f("pk_promotion_targets")),
    )
    op.create_index("ix_promotion_targets_promotion", "promotion_targets", ["tenant_id", "promotion_id"])
    lines = [
        {"tenant_id": tenant, "target": target, "promotion_id": id_}
        for tenant, id_, organisations, groups in _targeted()
        for target in sorted({*organisations, *(f"group:{group}" for group in groups)})
    ]
    if lines:
        op.bulk_insert(targets, lines)
    own_feeds("promotion", "promotion")


def downgrade() -> None:
    there = docs_at_desk("promotion")
    family = found(sa.select(*_ORGANISATIONS.c))
    holders = [
        (tenant, organisation, id_)
        for tenant, id_, named, groups in _targeted()
        if (tenant, id_) in there
        for owner, organisation, group, ancestors in family
        if owner == tenant and ((group and group in groups) or not set(named).isdisjoint((organisation, *ancestors)))
    ]
    feeds_of_holders("promotion", "promotion", holders)
    op.drop_index("ix_promotion_targets_promotion", "promotion_targets")
    op.drop_table("promotion_targets")


def _targeted() -> Iterator[Any]:
    """Tenant, id, organisations and groups."""
    return (row for row in found(sa.select(*_PROMOTIONS.c)) if row[2] or row[3])
