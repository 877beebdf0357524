"""Imports and exports over HTTP, for the desk. What is larger than a request may be goes through the command line."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile, TemporaryDirectory
from typing import IO, Annotated

from litestar import Request, Router, get, post
from litestar.datastructures import State, UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.response import Stream

from backend.database import snapshot
from backend.errors import FieldError, Invalid, NotFound, Unavailable
from backend.http.given import Session, Who
from backend.identity.guards import requires
from backend.identity.service import Actor, Signed, tenant_of
from backend.importing.exporting import export_table
from backend.importing.mapping import KINDS, Kind
from backend.importing.report import Summary
from backend.importing.reports import REPORTS
from backend.importing.running import run_import
from backend.importing.writing import CSV_TYPE, XLSX_TYPE, write_table
from backend.sync.commands import Principal

MAX_ROWS = 20_000
# Some three times what so many rows take: others are served meanwhile.
MAX_UNPACKED = 64 << 20
_IN_MEMORY = 4 << 20
_CHUNK = 1 << 16
_TYPES = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE}


@dataclass(frozen=True, slots=True)
class ImportForm:
    """``file``: a .csv or .xlsx file with the headings of an export, or common Chinese and English ones."""

    file: UploadFile


@post(
    "/imports/{kind:str}",
    **requires("data.import"),
    status_code=200,
    summary="Import a table or try it",
)
async def import_file(
    request: Request[Principal, Signed, State],
    kind: FromPath[str],
    data: Annotated[ImportForm, Body(media_type=RequestEncodingType.MULTI_PART)],
    dry_run: Annotated[bool, QueryParameter(description="false keeps it")] = True,
) -> Summary:
    """Every row is taken or comes back in ``refusals`` with the reason. A file that cannot be read at all is 422
    ``import_failed``."""
    known = _kind(kind)
    name = (data.file.filename or "").lower()
    suffix = next((each for each in (".csv", ".xlsx") if name.endswith(each)), None)
    if suffix is None:
        message = "Must be a .csv or .xlsx file."
        raise Invalid("import_failed", message, errors=(FieldError("file", message),))
    state, principal = request.app.state, request.user
    async with snapshot(state.read_sessions) as session:
        tenant = await tenant_of(session, principal.tenant_id)
    with TemporaryDirectory() as folder:
        path = Path(folder, f"upload{suffix}")
        await asyncio.to_thread(path.write_bytes, await data.file.read())
        actor = Actor(principal.tenant_id, principal.user_id, principal.login)
        report = await run_import(
            state.sessions,
            tenant.code,
            known,
            path,
            dry_run=dry_run,
            actor=actor,
            max_rows=MAX_ROWS,
            max_unpacked=MAX_UNPACKED,
        )
    if report.busy:
        raise Unavailable("busy", report.fatal)
    if report.fatal:
        raise Invalid("import_failed", report.fatal, errors=(FieldError("file", report.fatal),))
    return report.summary()


@get("/exports/{name:str}", **requires("data.export"), summary="Export a table")
async def export_file(name: FromPath[str], session: Session, principal: Who) -> Stream:
    """``name``: products, assortments, partners, price-lists, stock, orders or ledger, with .csv or .xlsx."""
    stem, _, form = name.rpartition(".")
    if form not in _TYPES:
        raise NotFound("unknown_export")
    report = REPORTS.get(stem)
    kind = stem if report is not None else _kind(stem)
    file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed when the answer is sent
    try:
        tenant_id = principal.tenant_id
        table = await (report(session, tenant_id) if report else export_table(session, tenant_id, _kind(stem)))
        await write_table(form, file, table.headers, table.rows, title=kind)
    except BaseException:
        file.close()
        raise
    headers = {"Content-Disposition": f'attachment; filename="{kind}.{form}"', "Cache-Control": "no-store"}
    return Stream(_sent(file), media_type=_TYPES[form], headers=headers)


def _kind(name: str) -> Kind:
    found = next((kind for kind in KINDS if kind == name), None)
    if found is None:
        raise NotFound("unknown_kind", known=list(KINDS))
    return found


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


transfer_router = Router("/api", route_handlers=[import_file, export_file], tags=["import and export"])
