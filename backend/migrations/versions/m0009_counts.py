"""Hold partners' stock and counts, and say which products are kept by lot."""

import sqlalchemy as sa
from alembic import op

from backend.db import Amount, Json, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.String(length=36)


def upgrade() -> None:
    op.add_column("products", sa.Column("lot_tracked", sa.Boolean(), nullable=False, server_default=sa.false()))
    _stock()
    _counts()
    _grant()


_GRANTED = {
    "head_office": {"partner_stock.move", "count.make", "count.decide", "count.setup"},
    "order_desk": {"count.decide"},
    "rep": {"count.make"},
    "distributor": {"partner_stock.move", "count.make"},
    "dealer": {"partner_stock.move", "count.make"},
    "shop": {"partner_stock.move", "count.make"},
}


def _grant() -> None:
    """Brands that are there already keep their roles in their own rows."""
    roles = sa.table("roles", sa.column("tenant_id"), sa.column("name"), sa.column("permissions", Json))
    connection = op.get_bind()
    columns = (roles.c.tenant_id, roles.c.name, roles.c.permissions)
    for tenant_id, name, held in connection.execute(sa.select(*columns)).all():
        if granted := _GRANTED.get(name):
            of_brand = (roles.c.tenant_id == tenant_id) & (roles.c.name == name)
            connection.execute(roles.update().where(of_brand).values(permissions=sorted({*held, *granted})))


def _stock() -> None:
    op.create_table(
        "partner_holdings",
        sa.Column("tenant_id", _ID, nullable=False),
        sa.Column("organisation_id", _ID, nullable=False),
        sa.Column("product_id", _ID, nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("lots", Json, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Boolean(), nullable=False),
        sa.Column("latest_at", UtcDateTime(), nullable=False),
        sa.Column("counted_at", UtcDateTime(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "organisation_id", "product_id", name=op.f("pk_partner_holdings")),
    )
    op.create_table(
        "partner_movements",
        sa.Column("organisation_id", _ID, nullable=False),
        sa.Column("product_id", _ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("delta", sa.BigInteger(), nullable=False),
        sa.Column("lot", sa.String(length=64), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("order_id", _ID, nullable=True),
        sa.Column("count_id", _ID, nullable=True),
        sa.Column("actor_id", _ID, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("tenant_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.CheckConstraint(
            "kind IN ('opening', 'delivery', 'sale', 'count', 'manual')", name=op.f("ck_partner_movements_kind")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_partner_movements")),
        sa.UniqueConstraint(
            "tenant_id",
            "organisation_id",
            "product_id",
            "seq",
            name=op.f("uq_partner_movements_tenant_id_organisation_id_product_id_seq"),
        ),
    )
    op.create_index(
        "ix_partner_movements_at", "partner_movements", ["tenant_id", "organisation_id", "product_id", "at"]
    )


def _counts() -> None:
    op.create_table(
        "counts",
        sa.Column("organisation_id", _ID, nullable=False),
        sa.Column("organisation_code", sa.String(length=64), nullable=False),
        sa.Column("organisation_name", Json, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("count_list_id", _ID, nullable=True),
        sa.Column("visit_id", _ID, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("asked_by_name", sa.String(length=200), nullable=False),
        sa.Column("lines", Json, nullable=False),
        sa.Column("rounds", Json, nullable=False),
        sa.Column("events", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("tenant_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_counts")),
    )
    op.create_index("ix_counts_changed", "counts", ["tenant_id", "changed_at"])
    op.create_index("ix_counts_organisation", "counts", ["tenant_id", "organisation_id", "changed_at"])
    op.create_table(
        "count_lists",
        sa.Column("name", Json, nullable=False),
        sa.Column("sold", sa.Boolean(), nullable=False),
        sa.Column("products", Json, nullable=False),
        sa.Column("categories", Json, nullable=False),
        sa.Column("types", Json, nullable=False),
        sa.Column("groups", Json, nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("tenant_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_count_lists")),
    )
    op.create_table(
        "count_settings",
        sa.Column("tenant_id", _ID, nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("percent", Amount(), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("rules", Json, nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_count_settings")),
    )


def downgrade() -> None:
    for table in ("count_settings", "count_lists"):
        op.drop_table(table)
    op.drop_index("ix_counts_organisation", table_name="counts")
    op.drop_index("ix_counts_changed", table_name="counts")
    op.drop_table("counts")
    op.drop_index("ix_partner_movements_at", table_name="partner_movements")
    op.drop_table("partner_movements")
    op.drop_table("partner_holdings")
    with op.batch_alter_table("products") as batch_op:
        batch_op.drop_column("lot_tracked")
