"""Public pictures that nothing shows any more: kept for a time, then swept."""

import sqlalchemy as sa
from alembic import op

from backend.db import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "released_pictures",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name", name=op.f("pk_released_pictures")),
    )
    op.create_index("ix_released_pictures_name", "released_pictures", ["name"])
    op.create_index("ix_released_pictures_expires_at", "released_pictures", ["expires_at"])


def downgrade() -> None:
    op.drop_table("released_pictures")
