"""Order lines without a foreign key; why is told in ``backend.orders.models``."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
_KEY = "fk_order_lines_tenant_id_order_id"


def upgrade() -> None:
    with op.batch_alter_table("order_lines", schema=None) as batch_op:
        batch_op.drop_constraint(_KEY, type_="foreignkey")


def downgrade() -> None:
    with op.batch_alter_table("order_lines", schema=None) as batch_op:
        batch_op.create_foreign_key(_KEY, "orders", ["tenant_id", "order_id"], ["tenant_id", "id"], ondelete="CASCADE")
