"""No index of files by their content any more: the same picture is looked for among those of claims."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_media_sha256", "media")


def downgrade() -> None:
    op.create_index("ix_media_sha256", "media", ["tenant_id", "sha256"])
