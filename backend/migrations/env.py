"""Alembic's entry. It is always run through ``backend.migrations.running``, which hands over a connection."""

from alembic import context

from backend.migrations.running import run_in_context

run_in_context(context)
