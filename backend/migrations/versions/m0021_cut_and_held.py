"""Orders stopped by hand, and what was taken off a line."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("order_lines", sa.Column("cut", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("order_lines", "cut")
    op.drop_column("orders", "held")
