"""Imports and exports over HTTP, for the desk. What is larger than a request may be goes through the command line."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import SpooledTemporaryFile, TemporaryDirectory
from typing import IO, Annotated, Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Router, get, post
from litestar.datastructures import State, UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import snapshot, transaction
from backend.errors import FieldError, Forbidden, Invalid, NotFound, Unavailable
from backend.http.given import Session, Who
from backend.identity.guards import requires
from backend.identity.service import Actor, Signed, audit, tenant_of
from backend.importing.exporting import Export, export_table
from backend.importing.headings import field_choices, readable
from backend.importing.mapping import KINDS, Kind
from backend.importing.reasons import said
from backend.importing.reports import REPORTS
from backend.importing.running import run_import
from backend.importing.writing import CSV_TYPE, XLSX_TYPE, write_table
from backend.sync.commands import Principal
from i18n.translate import translate
from offline.wire.importing import ImportSummary

MAX_ROWS = 20_000
# Some three times what so many rows take: others are served meanwhile.
MAX_UNPACKED = 64 << 20
_IN_MEMORY = 4 << 20
_CHUNK = 1 << 16
_WORDS = "In this language, for people: names of columns and codes; else the fields' own. An import reads all of them"
_TYPES = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE}
# What phones ask for beside, too: where people were, and how they did. All else who exports has at the desk anyway.
_NEEDED = {"visits": "visit.see_all", "results": "course.results"}


@dataclass(frozen=True, slots=True)
class ImportForm:
    """``file``: a .csv or .xlsx file with the headings of an export, or common Chinese and English ones. ``columns``:
    a JSON object of field -> heading of the file, for a file with other headings; only those are read then."""

    file: UploadFile
    columns: str = ""


@post(
    "/imports/{kind:str}",
    **requires("data.import", whole_brand=True),
    status_code=200,
    summary="Import a table or try it",
)
async def import_file(
    request: Request[Principal, Signed, State],
    kind: FromPath[str],
    data: Annotated[ImportForm, Body(media_type=RequestEncodingType.MULTI_PART)],
    dry_run: Annotated[bool, QueryParameter(description="false keeps it")] = True,
    words: Annotated[Literal["zh-CN", "en"], QueryParameter(description="The language of reasons and notes")] = "en",
) -> ImportSummary:
    """Every row is taken or comes back in ``refusals`` with the reason. A file that cannot be read at all is 422
    ``import_failed``; where it has been read as a table, ``params`` hold its ``columns`` and what they may be read as,
    ``fields``."""
    known, chosen = _kind(kind), _chosen(data.columns)
    name = (data.file.filename or "").lower()
    suffix = next((each for each in (".csv", ".xlsx") if name.endswith(each)), None)
    if suffix is None:
        message = translate(words, "imports.why.file_name_here")
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
            columns=chosen,
        )
    fields = field_choices(known, words, report.columns)
    fatal = str(said(report.fatal, words))
    if report.busy:
        raise Unavailable("busy", fatal)
    if fatal:
        table: dict[str, Any] = {"columns": report.columns, "fields": fields} if report.columns else {}
        raise Invalid("import_failed", fatal, errors=(FieldError("file", fatal),), **table)
    return report.summary(words, fields)


def _chosen(columns: str) -> Mapping[str, str] | None:
    """None where the mapping's own columns count."""
    if not columns:
        return None
    try:
        return msgspec.json.decode(columns.encode(), type=dict[str, str])
    except msgspec.DecodeError as error:
        raise Invalid(errors=(FieldError("columns", str(error)),)) from error


@get("/exports/{name:str}", **requires("data.export", whole_brand=True), summary="Export a table")
async def export_file(  # noqa: PLR0917 - Litestar gives them by name
    name: FromPath[str],
    session: Session,
    principal: Who,
    state: State,
    words: Annotated[Literal["", "zh-CN", "en"], QueryParameter(description=_WORDS)] = "",
    empty: Annotated[bool, QueryParameter(description="The headings alone, to be filled in")] = False,
) -> Stream:
    """``name``: products, assortments, partners, price-lists, stock or orders, which an import takes back; ledger,
    claims, visits or results of courses (these two for who may see them); with .csv or .xlsx. The times of an .xlsx are
    the brand's."""
    stem, _, form = name.rpartition(".")
    if form not in _TYPES:
        raise NotFound("unknown_export")
    needed = _NEEDED.get(stem)
    if needed is not None and not principal.may(needed):
        raise Forbidden(detail="This needs a permission you do not have.", permission=needed)
    tenant_id = principal.tenant_id
    zone = ZoneInfo((await tenant_of(session, tenant_id)).time_zone)
    file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed when the answer is sent
    try:
        table = await _table(session, tenant_id, stem, words)
        table = table.emptied() if empty else table
        title = translate(words, f"desk.export_{stem}") if words else stem
        rows = await write_table(form, file, table.headers, table.rows, title=title, zone=zone)
        if not empty:
            # All of a brand's customers on a stick: somebody may ask one day who took them along.
            async with transaction(state.sessions) as writing:
                audit(writing, principal, "data.exported", stem, {"form": form, "rows": rows})
    except BaseException:
        file.close()
        raise
    today = f" {datetime.now(zone).date()}" if words else ""
    headers = {"Content-Disposition": _attachment(f"{title}{today}.{form}", f"{stem}.{form}")}
    return Stream(_sent(file), media_type=_TYPES[form], headers={**headers, "Cache-Control": "no-store"})


async def _table(session: AsyncSession, tenant_id: str, name: str, words: str) -> Export:
    report = REPORTS.get(name)
    if report is not None:
        return await report(session, tenant_id, words)
    kind = _kind(name)
    table = await export_table(session, tenant_id, kind)
    return readable(table, kind, words) if words else table


def _attachment(name: str, plain: str) -> str:
    """``plain`` is for what cannot read other letters (RFC 6266)."""
    told = f'attachment; filename="{plain}"'
    return told if name == plain else f"{told}; filename*=UTF-8''{quote(name)}"


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
