"""Let a trainer give one person one more try, and count tries since a certificate was last to be renewed."""

import sqlalchemy as sa
from alembic import op

from backend.db import Json

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_ENROLMENTS = sa.table(
    "enrolments", *(sa.column(name) for name in ("tenant_id", "course_id", "user_id", "period", "tries"))
)
_ATTEMPTS = sa.table(
    "course_attempts", *(sa.column(name) for name in ("tenant_id", "course_id", "user_id", "status", "period"))
)
_COUNTED = (
    *(_ATTEMPTS.c[name] == _ENROLMENTS.c[name] for name in ("tenant_id", "course_id", "user_id")),
    _ATTEMPTS.c.status.in_(("passed", "failed")),
)


def upgrade() -> None:
    op.add_column("enrolments", sa.Column("period", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("enrolments", sa.Column("extra", Json, nullable=False, server_default="[]"))
    latest = sa.select(sa.func.coalesce(sa.func.max(_ATTEMPTS.c.period), 0)).where(*_COUNTED)
    op.execute(sa.update(_ENROLMENTS).values(period=latest.scalar_subquery()))
    tries = sa.select(sa.func.count()).where(*_COUNTED, _ATTEMPTS.c.period == _ENROLMENTS.c.period)
    op.execute(sa.update(_ENROLMENTS).values(tries=tries.scalar_subquery()))


def downgrade() -> None:
    op.drop_column("enrolments", "extra")
    op.drop_column("enrolments", "period")
