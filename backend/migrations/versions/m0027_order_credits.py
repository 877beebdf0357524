"""What is not charged of an order, because it did not arrive."""

import sqlalchemy as sa
from alembic import op

from backend.db import Json

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("credits", Json, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("orders", "credits")
