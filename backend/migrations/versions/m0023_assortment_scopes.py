"""A feed for each assortment, as each price list has one, in the place of a copy in the feed of every holder: one that
names thousands of products, with thousands of holders, was gigabytes."""

import sqlalchemy as sa

from backend.db import Json
from backend.migrations.feeds import docs_at_desk, feeds_of_holders, found, own_feeds

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_ORGANISATIONS = sa.table("organisations", sa.column("tenant_id"), sa.column("id"), sa.column("assortments", Json))


def upgrade() -> None:
    own_feeds("assortment", "range")


def downgrade() -> None:
    there = docs_at_desk("assortment")
    organisations = found(sa.select(_ORGANISATIONS.c.tenant_id, _ORGANISATIONS.c.id, _ORGANISATIONS.c.assortments))
    holders = (
        (tenant, organisation, id_)
        for tenant, organisation, held in organisations
        for id_ in sorted(set(held))
        if (tenant, id_) in there
    )
    feeds_of_holders("assortment", "range", holders)
