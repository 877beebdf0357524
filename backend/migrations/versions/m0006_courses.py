"""Courses: what is taught, who takes it, every attempt, certificates. Built-in roles learn what they may do there."""

import sqlalchemy as sa
from alembic import op

from backend.db import Json, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TAKERS = ("head_office", "order_desk", "finance", "rep", "distributor", "dealer", "shop", "trainer", "staff")
_TRAINERS = ("head_office", "trainer")


def upgrade() -> None:
    op.create_table(
        "certificates",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("course_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("user_name", sa.String(length=200), nullable=False),
        sa.Column("organisation_name", Json, nullable=False),
        sa.Column("title", Json, nullable=False),
        sa.Column("attempt_id", sa.String(length=36), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_certificates")),
    )
    with op.batch_alter_table("certificates", schema=None) as batch_op:
        batch_op.create_index("ix_certificates_code", ["code"], unique=True)
        batch_op.create_index("ix_certificates_person", ["tenant_id", "course_id", "user_id"], unique=False)

    op.create_table(
        "course_attempts",
        sa.Column("course_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("answers", Json, nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_course_attempts")),
    )
    with op.batch_alter_table("course_attempts", schema=None) as batch_op:
        batch_op.create_index("ix_course_attempts_person", ["tenant_id", "course_id", "user_id"], unique=False)

    op.create_table(
        "course_revisions",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("course_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("doc", Json, nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("published_by", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "course_id", "revision", name=op.f("pk_course_revisions")),
    )
    op.create_table(
        "course_tallies",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("course_id", sa.String(length=36), nullable=False),
        sa.Column("questions", Json, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "course_id", name=op.f("pk_course_tallies")),
    )
    op.create_table(
        "courses",
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.Column("doc", Json, nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_courses")),
    )
    op.create_table(
        "enrolments",
        sa.Column("course_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("user_name", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_name", Json, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("cards", Json, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("best", sa.Integer(), nullable=True),
        sa.Column("passed_at", UtcDateTime(), nullable=True),
        sa.Column("last_at", UtcDateTime(), nullable=True),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_enrolments")),
        sa.UniqueConstraint(
            "tenant_id", "course_id", "user_id", name=op.f("uq_enrolments_tenant_id_course_id_user_id")
        ),
    )
    _give_permissions()


def _give_permissions() -> None:
    roles = sa.table(
        "roles", sa.column("tenant_id"), sa.column("id"), sa.column("name"), sa.column("permissions", Json)
    )
    connection = op.get_bind()
    for tenant_id, role_id, name, permissions in connection.execute(sa.select(roles)).all():
        more = ["course.take"] if name in _TAKERS else []
        more += ["course.edit", "course.results"] if name in _TRAINERS else []
        if more:
            wanted = sorted({*permissions, *more})
            here = (roles.c.tenant_id == tenant_id, roles.c.id == role_id)
            connection.execute(sa.update(roles).where(*here).values(permissions=wanted))


def downgrade() -> None:
    op.drop_table("enrolments")
    op.drop_table("courses")
    op.drop_table("course_tallies")
    op.drop_table("course_revisions")
    with op.batch_alter_table("course_attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_course_attempts_person")

    op.drop_table("course_attempts")
    with op.batch_alter_table("certificates", schema=None) as batch_op:
        batch_op.drop_index("ix_certificates_person")
        batch_op.drop_index("ix_certificates_code")

    op.drop_table("certificates")
