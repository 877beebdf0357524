"""One import from file to commit: read and judged first, then taken in one transaction, which is rolled back in a dry
run and after a fatal problem."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import (
    DATABASE_FAULTS,
    Sessions,
    database_reason,
    is_contention,
    read_sessions_of,
    snapshot,
    transaction,
)
from backend.errors import NotFound
from backend.identity import queries as identity
from backend.identity.models import Tenant
from backend.identity.service import Actor, audit_as, brand_of
from backend.importing import assortments, orders, partners, price_lists, products, stock
from backend.importing.mapping import Kind, WrongMapping, chosen_columns, load_mapping
from backend.importing.reasons import Reason, of_refusal
from backend.importing.records import Field, Record, read_records
from backend.importing.report import Report
from backend.importing.tables import MAX_UNPACKED, TableRow, UnreadableFile, open_table
from backend.importing.taking import Import, Progress
from backend.sync.changes import BRAND, Changes
from backend.sync.commands import Refused
from backend.sync.service import flush_changes

log = structlog.get_logger("qudao.importing")
COMMAND_LINE = Actor(login="command line")
_EVERY = 5000
Take = Callable[[Import, Iterable[Record]], Awaitable[None]]

FIELDS: Mapping[Kind, tuple[Field, ...]] = {
    "products": products.FIELDS,
    "assortments": assortments.FIELDS,
    "partners": partners.FIELDS,
    "price-lists": price_lists.FIELDS,
    "stock": stock.FIELDS,
    "orders": orders.FIELDS,
}
_TAKE: Mapping[Kind, Take] = {
    "products": products.take_products,
    "assortments": assortments.take_assortments,
    "partners": partners.take_partners,
    "price-lists": price_lists.take_price_lists,
    "stock": stock.take_stock,
    "orders": orders.take_orders,
}


class _DryRun(Exception):
    """Ends a transaction that is not to be kept."""


def silent(_what: str, _count: int) -> None:
    """Progress that nobody watches."""


async def run_import(
    sessions: Sessions,
    tenant_code: str,
    kind: Kind,
    path: Path,
    *,
    mapping: str = "",
    dry_run: bool = False,
    progress: Progress = silent,
    actor: Actor = COMMAND_LINE,
    max_rows: int | None = None,
    max_unpacked: int = MAX_UNPACKED,
    columns: Mapping[str, str] | None = None,
) -> Report:
    """Take what can be taken of the file. ``columns`` (field -> header) stand in for those of the mapping.
    ``report.fatal`` says why nothing was. Raises ``NotFound`` ``unknown_tenant``."""
    report = Report(kind, dry_run=dry_run)

    def read(zone: ZoneInfo) -> list[Record]:
        chosen = load_mapping(mapping, kind, [field.name for field in FIELDS[kind]])
        if columns is not None:
            chosen = chosen_columns(chosen, columns)
        with open_table(path, chosen.sheet, max_unpacked) as table:
            watched = replace(table, rows=_watched(table.rows, progress, max_rows))
            return list(read_records(watched, chosen, FIELDS[kind], zone, report))

    with ending(report):
        # Before the transaction, which would keep others from writing meanwhile and may not stand idle for long; in
        # a thread, so that a server goes on answering.
        records = await asyncio.to_thread(read, await _zone(sessions, tenant_code))
        await carry_out(
            sessions, tenant_code, report, lambda done: _TAKE[kind](done, records), progress=progress, actor=actor
        )
    return report


async def _zone(sessions: Sessions, tenant_code: str) -> ZoneInfo:
    async with snapshot(read_sessions_of(sessions)) as session:
        tenant = await identity.tenant_by_code(session, tenant_code)
    if tenant is None:
        raise NotFound("unknown_tenant", tenant=tenant_code)
    return ZoneInfo(tenant.time_zone)


async def carry_out(
    sessions: Sessions,
    tenant_code: str,
    report: Report,
    work: Callable[[Import], Awaitable[None]],
    *,
    progress: Progress = silent,
    actor: Actor = COMMAND_LINE,
    found: Callable[[AsyncSession], Awaitable[Tenant]] | None = None,
) -> None:
    """Run ``work`` in one transaction and write the feed at its end, inside ``ending``. What takes long without the
    database is done before. ``found`` makes the tenant when there is none."""
    async with transaction(sessions) as session:
        tenant = await identity.tenant_by_code(session, tenant_code)
        if tenant is None and found is not None:
            tenant = await found(session)
        if tenant is None:
            raise NotFound("unknown_tenant", tenant=tenant_code)
        zone, changes = ZoneInfo(tenant.time_zone), Changes()
        now = datetime.now(UTC)
        await work(Import(session, tenant.id, tenant.currency, zone, now, changes, report, progress))
        if report.dry_run:
            raise _DryRun
        detail = {"rows": report.rows, "made": report.made, "changed": report.changed, "refused": report.refused}
        audit_as(session, actor._replace(tenant_id=tenant.id), "data.imported", report.kind, detail)
        if changes.puts:
            # A brand made at the command line has no phone yet that would know it.
            changes.put("brand", await brand_of(session, tenant.id), BRAND)
        progress("telling phones", len(changes.puts))
        await flush_changes(session, tenant.id, changes)


@contextmanager
def ending(report: Report) -> Iterator[None]:
    """Around the whole of an import: what ends it early is told in its report."""
    try:
        yield
    except _DryRun:
        return
    except (UnreadableFile, WrongMapping) as error:
        _end(report, error.reason)
    except Refused as refused:
        _end(report, of_refusal(refused))
    except DATABASE_FAULTS as error:
        report.busy = is_contention(error)
        log.error("the database ended an import", kind=report.kind, exc_info=None if report.busy else error)
        _end(report, Reason("database", said=database_reason(error)))


def _end(report: Report, reason: Reason) -> None:
    """Rolled back: nothing was made."""
    report.fatal = reason
    report.made = report.changed = report.unchanged = 0


def _watched(rows: Iterator[TableRow], progress: Progress, max_rows: int | None) -> Iterator[TableRow]:
    for count, row in enumerate(rows, 1):
        if max_rows is not None and count > max_rows:
            raise UnreadableFile("rows_here", most=max_rows)
        if count % _EVERY == 0:
            progress("rows read", count)
        yield row
