"""An index of the movements that move goods, in place of one of all: reservations are most of them."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
_MOVES_GOODS = sa.text("(on_hand_delta <> 0 OR count_id IS NOT NULL)")
_COLUMNS = ["tenant_id", "product_id", "at"]


def upgrade() -> None:
    op.drop_index("ix_stock_movements_product", "stock_movements")
    op.create_index(
        "ix_stock_movements_goods",
        "stock_movements",
        _COLUMNS,
        sqlite_where=_MOVES_GOODS,
        postgresql_where=_MOVES_GOODS,
    )


def downgrade() -> None:
    op.drop_index("ix_stock_movements_goods", "stock_movements")
    op.create_index("ix_stock_movements_product", "stock_movements", _COLUMNS)
