"""How long an order waits for a price to be confirmed, and an index of the orders that wait."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None
_ON_HOLD = sa.text("status = 'on_hold'")


def upgrade() -> None:
    op.add_column("tenants", sa.Column("price_hold_hours", sa.Integer(), nullable=False, server_default="72"))
    op.create_index(
        "ix_orders_on_hold", "orders", ["tenant_id", "id"], sqlite_where=_ON_HOLD, postgresql_where=_ON_HOLD
    )


def downgrade() -> None:
    op.drop_index("ix_orders_on_hold", "orders")
    op.drop_column("tenants", "price_hold_hours")
