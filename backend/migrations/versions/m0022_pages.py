"""Indexes that hold their pages in order: a notice's readers by organisation, and what was done to one thing by time.
Each page of them read and sorted all of it."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_notice_readers_place", "notice_readers", ["tenant_id", "notice_id", "organisation_id", "user_id"]
    )
    op.drop_index("ix_audit_entries_subject", "audit_entries")
    op.create_index("ix_audit_entries_subject", "audit_entries", ["tenant_id", "subject", "id"])


def downgrade() -> None:
    op.drop_index("ix_audit_entries_subject", "audit_entries")
    op.create_index("ix_audit_entries_subject", "audit_entries", ["tenant_id", "subject"])
    op.drop_index("ix_notice_readers_place", "notice_readers")
