"""Many rows in one statement, past what SQLAlchemy does for each row and each value.

For an ``executemany`` it builds a dictionary a row and asks each type about each value; here a statement is put
together once, rows are tuples, and only values whose type must be converted are touched, a column at a time. PostgreSQL
gets the columns as arrays, in one round trip. Nothing is flushed: say so yourself where it matters.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import BindParameter, Boolean, Dialect, String, TypeDecorator, bindparam
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType

from backend.database import to_json
from backend.db import Base

Row = tuple[Any, ...]
Process = Callable[[Any], Any]


@dataclass(slots=True)
class _Prepared:
    sql: str
    processors: Sequence[Process | None]
    as_arrays: bool


@dataclass(slots=True)
class Bulk:
    """A statement for rows of ``names``, in that order; ``inserting`` and ``updating`` make them. The templates take
    ``{table}``, ``{columns}`` and ``{values}``: the arrays as a table on PostgreSQL, marks on SQLite."""

    kind: type[Base]
    names: tuple[str, ...]
    template: str
    sqlite_template: str
    _prepared: dict[str, _Prepared] = field(default_factory=dict)

    async def run(self, session: AsyncSession, rows: Iterable[Row]) -> None:
        """Errors are SQLAlchemy's, as of any statement. No rows, no statement."""
        columns = list(zip(*rows, strict=True))
        if not columns:
            return
        connection = await session.connection()
        prepared = self._on(connection.dialect)
        values = [_processed(process, column) for process, column in zip(prepared.processors, columns, strict=True)]
        if prepared.as_arrays:
            await connection.exec_driver_sql(prepared.sql, tuple(map(list, values)))
        else:
            await connection.exec_driver_sql(prepared.sql, list(zip(*values, strict=True)))

    def _on(self, dialect: Dialect) -> _Prepared:
        found = self._prepared.get(dialect.name)
        if found is None:
            found = self._prepared[dialect.name] = self._prepare(dialect)
        return found

    def _prepare(self, dialect: Dialect) -> _Prepared:
        columns = [self.kind.__table__.c[name] for name in self.names]
        processors = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns]
        names = {"table": self.kind.__tablename__, "columns": ", ".join(self.names)}
        if dialect.name != "postgresql":
            sql = self.sqlite_template.format(values=", ".join("?" * len(columns)), **names)
            return _Prepared(sql, processors, as_arrays=False)
        types = [dialect.type_compiler_instance.process(column.type) for column in columns]
        arrays = ", ".join(f"${place}::{type_}[]" for place, type_ in enumerate(types, 1))
        sql = self.template.format(values=f"unnest({arrays}) AS given({names['columns']})", **names)
        return _Prepared(sql, processors, as_arrays=True)


def _processed(process: Process | None, column: Sequence[Any]) -> Sequence[Any]:
    if process is None:
        return column
    first = column[0]
    if all(value is first for value in column):
        return [process(first)] * len(column)
    return list(map(process, column))


def inserting(kind: type[Base], names: Sequence[str], *, changing: Sequence[str] = ()) -> Bulk:
    """``INSERT``; with ``changing``, a row whose key is there already gets these columns instead."""
    end = ""
    if changing:
        key = ", ".join(column.name for column in kind.__table__.primary_key)
        end = f" ON CONFLICT ({key}) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in changing)}"
    start = "INSERT INTO {table} ({columns}) "
    query = start + "SELECT * FROM {values}" + end  # noqa: S608 -- of names of our own
    return Bulk(kind, tuple(names), query, start + "VALUES ({values})" + end)


def updating(kind: type[Base], changing: Sequence[str]) -> Bulk:
    """``UPDATE`` by primary key; a row is the new values, then the key. Rows that are not there are passed over."""
    key = [column.name for column in kind.__table__.primary_key]
    start = "UPDATE {table} SET "
    joined = ", ".join(f"{name} = given.{name}" for name in changing)
    match = " AND ".join(f"{{table}}.{name} = given.{name}" for name in key)
    marked = ", ".join(f"{name} = ?" for name in changing) + " WHERE " + " AND ".join(f"{name} = ?" for name in key)
    return Bulk(kind, (*changing, *key), start + joined + " FROM {values} WHERE " + match, start + marked)


def columns_of(kind: type[Base]) -> tuple[str, ...]:
    return tuple(column.name for column in kind.__table__.columns)


class _Ids(TypeDecorator[Sequence[str]]):
    """A list of ids as one parameter: an array, or JSON on SQLite."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(postgresql.ARRAY(String) if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return list(value) if dialect.name == "postgresql" else to_json(list(value))


class among(FunctionElement[bool]):  # noqa: N801 - reads as the SQL function it becomes
    """``among(column, id_list("name"))``: the column is one of the ids of that parameter. One statement however many
    they are, where ``in_`` makes another for each number of them and writes each as a parameter of its own."""

    type = Boolean()
    name = "among"
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> Any:
        """As it is: SQLAlchemy would compare a function with 1 where there are no booleans, and SQLite reads all of
        the tenant's rows for ``(id IN ...) = 1``, where it looks up each id for ``id IN ...``."""
        del against
        return self


def id_list(name: str) -> BindParameter[Any]:
    return bindparam(name, type_=_Ids())


@compiles(among)
def _among_json(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, given = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({given}))"  # noqa: S608 -- both were compiled


@compiles(among, "postgresql")
def _among_array(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, given = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = ANY ({given})"


class json_text(FunctionElement[str]):  # noqa: N801 - reads as the SQL function it becomes
    """A text as JSON has it, in quotation marks."""

    type = String()
    name = "json_text"
    inherit_cache = True


@compiles(json_text)
def _json_quoted(element: json_text, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_quote({compiler.process(element.clauses, **options)})"


@compiles(json_text, "postgresql")
def _json_cast(element: json_text, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(to_json({compiler.process(element.clauses, **options)}) AS TEXT)"


def parts(ids: Collection[str], size: int = 5000) -> Iterator[list[str]]:
    """``ids`` sorted, in lists of ``size``: SQLite takes 32,766 parameters a statement, asyncpg 32,767."""
    rest = iter(sorted(ids))
    while part := list(islice(rest, size)):
        yield part
