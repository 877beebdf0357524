"""Give assortments a code, by which a file names them; those there are get their id."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("assortments", sa.Column("code", sa.String(length=64), nullable=False, server_default=""))
    op.execute("UPDATE assortments SET code = id")
    op.create_index("ix_assortments_code", "assortments", ["tenant_id", "code"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_assortments_code", table_name="assortments")
    op.drop_column("assortments", "code")
