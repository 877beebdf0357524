"""Counts of the brand's own stock: which adjustments they made."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stock_movements", sa.Column("count_id", sa.String(length=36), nullable=True))


def downgrade() -> None:
    op.drop_column("stock_movements", "count_id")
