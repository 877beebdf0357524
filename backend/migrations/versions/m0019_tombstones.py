"""An index of rows that are gone: forgetting them read the whole feed."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None
_GONE = sa.text("gone <> ''")


def upgrade() -> None:
    op.create_index(
        "ix_sync_rows_gone", "sync_rows", ["tenant_id", "gone_at"], sqlite_where=_GONE, postgresql_where=_GONE
    )


def downgrade() -> None:
    op.drop_index("ix_sync_rows_gone", "sync_rows")
