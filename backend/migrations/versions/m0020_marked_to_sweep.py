"""When the store began to lose what is swept: it is deleted without a transaction, and nobody begins anew with it."""

import sqlalchemy as sa
from alembic import op

from backend.db import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("media", "released_pictures"):
        op.add_column(table, sa.Column("swept_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    for table in ("media", "released_pictures"):
        op.drop_column(table, "swept_at")
