"""The declarative base and its column types, the same on SQLite and PostgreSQL.

Every table's key begins with ``tenant_id``, so that sharding by tenant stays a deployment choice. Relationships
are not used across slices; loads are explicit (``lazy="raise"``).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any, TypeVar, cast

from sqlalchemy import (
    JSON,
    CursorResult,
    DateTime,
    Dialect,
    MetaData,
    Numeric,
    Result,
    String,
    Table,
    TypeDecorator,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, class_mapper, mapped_column

R = TypeVar("R", bound="Base")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC on both engines: SQLite drops the zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Amount(TypeDecorator[Decimal]):
    """Exact decimals: NUMERIC on PostgreSQL, text on SQLite, whose NUMERIC would be a float."""

    impl = Numeric(20, 6)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(String(32) if dialect.name == "sqlite" else Numeric(20, 6))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        return str(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


Json = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), Decimal: Amount(), dict[str, Any]: Json, list[Any]: Json}  # noqa: RUF012 - as SQLAlchemy wants it


def made(kind: type[R], values: dict[str, Any]) -> R:
    """A row from ``values``, all its columns, for a bulk insert: without the events that setting each attribute
    sends, in a fifth of the time. It belongs to no session."""
    instance: R = class_mapper(kind).class_manager.new_instance()
    instance.__dict__.update(values)
    return instance


def values_of(row: Base, names: tuple[str, ...]) -> tuple[Any, ...]:
    """The columns ``names`` of a row that ``made`` made, as ``backend.bulk`` takes them."""
    return itemgetter(*names)(row.__dict__)  # type: ignore[no-any-return]  # a tuple: two names or more


class Owned:
    """A row of one tenant, keyed by a UUIDv7 the client made."""

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)


async def by_key(session: AsyncSession, kind: type[R], key: Any, *, lock: bool = False) -> R | None:
    """The row of a primary key. ``lock``: as it is now, until the transaction ends. Who changes a row reads it so:
    otherwise two who change it at once each write only what differs from what they read, and phones are told more."""
    if not lock:
        return await session.get(kind, key)
    # What is not written yet must not be read over.
    await session.flush()
    return await session.get(kind, key, with_for_update=True, populate_existing=True)


def insert_into(session: AsyncSession, kind: type[Base]) -> postgresql.Insert:
    """An INSERT that knows ON CONFLICT, of the session's engine."""
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    # SQLite's takes the same arguments.
    return cast("postgresql.Insert", make(kind))


async def insert_missing(session: AsyncSession, kind: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Those whose key is not there yet."""
    if rows:
        await session.execute(insert_into(session, kind).on_conflict_do_nothing(), list(rows))


def affected(result: Result[Any]) -> int:
    """How many rows an UPDATE or DELETE met."""
    assert isinstance(result, CursorResult)
    return int(result.rowcount)


def table_of(kind: type[Base]) -> Table:
    """The table behind a model, for statements that go past the unit of work."""
    assert isinstance(kind.__table__, Table)
    return kind.__table__
