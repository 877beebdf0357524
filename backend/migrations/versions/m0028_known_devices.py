"""Devices on which somebody has signed in before: guesses from elsewhere do not keep them out."""

import sqlalchemy as sa
from alembic import op

from backend.db import UtcDateTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_devices",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_known_devices")),
        sa.UniqueConstraint(
            "tenant_id", "user_id", "device_id", name=op.f("uq_known_devices_tenant_id_user_id_device_id")
        ),
    )
    op.create_index("ix_known_devices_token_hash", "known_devices", ["token_hash"])
    op.create_index("ix_known_devices_seen_at", "known_devices", ["seen_at"])


def downgrade() -> None:
    op.drop_table("known_devices")
