"""Push subscriptions, quiet hours, and the key that push services know us by."""

import sqlalchemy as sa
from alembic import op

from backend.db import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "push_subscriptions",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("endpoint_hash", sa.String(length=64), nullable=False),
        sa.Column("p256dh", sa.String(length=128), nullable=False),
        sa.Column("auth", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("origin", sa.String(length=300), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_push_subscriptions")),
    )
    op.create_index("ix_push_subscriptions_endpoint", "push_subscriptions", ["endpoint_hash"], unique=True)
    op.create_index("ix_push_subscriptions_user", "push_subscriptions", ["tenant_id", "user_id"])
    op.create_index("ix_push_subscriptions_session", "push_subscriptions", ["tenant_id", "session_id"])
    op.create_table(
        "push_choices",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("quiet_hours", sa.String(length=16), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", name=op.f("pk_push_choices")),
    )
    op.create_table(
        "push_keys",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("private", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_push_keys")),
    )
    op.add_column(
        "tenants", sa.Column("quiet_hours", sa.String(length=16), nullable=False, server_default="22:00-07:30")
    )


def downgrade() -> None:
    op.drop_column("tenants", "quiet_hours")
    op.drop_table("push_keys")
    op.drop_table("push_choices")
    op.drop_table("push_subscriptions")
