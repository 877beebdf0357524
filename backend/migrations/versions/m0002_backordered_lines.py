"""Find lines that wait for goods."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_order_lines_backordered",
        "order_lines",
        ["tenant_id", "product_id"],
        sqlite_where=sa.text("backordered > 0"),
        postgresql_where=sa.text("backordered > 0"),
    )


def downgrade() -> None:
    op.drop_index("ix_order_lines_backordered", table_name="order_lines")
