"""A device that signs in again keeps its session: the next token waits beside the one in use."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_sessions", sa.Column("next_token_hash", sa.String(length=64), nullable=True))
    op.create_index("ix_user_sessions_next_token_hash", "user_sessions", ["next_token_hash"])


def downgrade() -> None:
    op.drop_index("ix_user_sessions_next_token_hash", table_name="user_sessions")
    op.drop_column("user_sessions", "next_token_hash")
