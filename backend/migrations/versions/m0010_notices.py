"""Notices, what they said, who gets them; and head office's right to write them."""

import sqlalchemy as sa
from alembic import op

from backend.db import Json, UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ROLES = sa.table(
    "roles",
    sa.column("tenant_id", sa.String),
    sa.column("id", sa.String),
    sa.column("name", sa.String),
    sa.column("permissions", Json),
)


def upgrade() -> None:
    op.create_table(
        "notice_readers",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("notice_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("addressed_at", UtcDateTime(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("reminded_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "notice_id", "user_id", name=op.f("pk_notice_readers")),
    )
    with op.batch_alter_table("notice_readers", schema=None) as batch_op:
        batch_op.create_index("ix_notice_readers_told", ["tenant_id", "notice_id", "told", "user_id"], unique=False)
        batch_op.create_index("ix_notice_readers_user", ["tenant_id", "user_id", "notice_id"], unique=False)

    op.create_table(
        "notice_revisions",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("notice_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", Json, nullable=False),
        sa.Column("text", Json, nullable=False),
        sa.Column("files", Json, nullable=False),
        sa.Column("confirm", sa.Boolean(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("ask_again", sa.Boolean(), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "notice_id", "revision", name=op.f("pk_notice_revisions")),
    )
    op.create_table(
        "notices",
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("title", Json, nullable=False),
        sa.Column("text", Json, nullable=False),
        sa.Column("audience", Json, nullable=False),
        sa.Column("files", Json, nullable=False),
        sa.Column("confirm", sa.Boolean(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("joiners", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.String(length=36), nullable=False),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("send_at", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("corrected_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reminded_at", UtcDateTime(), nullable=True),
        sa.Column("organisations", sa.Integer(), nullable=False),
        sa.Column("addressed", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("counted_at", UtcDateTime(), nullable=True),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_notices")),
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index("ix_notices_status", ["tenant_id", "status"], unique=False)
    _set_permission(granted=True)


def downgrade() -> None:
    _set_permission(granted=False)
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index("ix_notices_status")

    op.drop_table("notices")
    op.drop_table("notice_revisions")
    with op.batch_alter_table("notice_readers", schema=None) as batch_op:
        batch_op.drop_index("ix_notice_readers_user")
        batch_op.drop_index("ix_notice_readers_told")

    op.drop_table("notice_readers")


def _set_permission(*, granted: bool) -> None:
    """Roles are stored a tenant; those who write notices from now on could do everything before."""
    connection = op.get_bind()
    found = connection.execute(sa.select(_ROLES).where(_ROLES.c.name == "head_office")).all()
    for role in found:
        permissions = {*role.permissions} | {"notice.write"} if granted else {*role.permissions} - {"notice.write"}
        connection.execute(
            sa.update(_ROLES)
            .where(_ROLES.c.tenant_id == role.tenant_id, _ROLES.c.id == role.id)
            .values(permissions=sorted(permissions))
        )
