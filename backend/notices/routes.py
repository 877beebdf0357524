"""What the desk asks about notices online: whom a draft would reach, and who has done what. Head office's alone."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, tzinfo
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated
from zoneinfo import ZoneInfo

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from backend.http.given import Session, Who
from backend.identity.guards import requires
from backend.identity.service import Signed, tenant_of
from backend.importing.tables import Cell
from backend.importing.writing import XLSX_TYPE, write_table
from backend.notices.schemas import ReachAsked, ReachFound, Reader, ReaderPage
from backend.notices.service import reach_of, read_readers, reader_rows
from i18n.translate import translate, translated
from offline.rules.notices import Stage

_IN_MEMORY = 4 << 20
_CHUNK = 1 << 16
_COLUMNS = (
    "code",
    "organisation",
    "territory",
    "rep",
    "person",
    "stage",
    "delivered",
    "opened",
    "confirmed",
    "reminded",
)
ReadSession = NamedDependency[AsyncSession]
_MISSING = "Only those who have not come that far"


@post(
    "/reach",
    **requires("notice.write", whole_brand=True),
    status_code=200,
    summary="Count whom an audience reaches now",
)
async def count_reach(data: JSONBody[ReachAsked], read_session: ReadSession, principal: Who) -> ReachFound:
    """By the rule that sending follows."""
    found = await reach_of(read_session, principal.tenant_id, data.audience)
    return ReachFound(
        people=len(found.people), organisations=len(found.organisations - found.silent), silent=len(found.silent)
    )


@get("/{notice_id:str}/readers", **requires("notice.write", whole_brand=True), summary="List the readers of a notice")
async def list_readers(  # noqa: PLR0917 - Litestar gives them by name
    notice_id: FromPath[str],
    session: Session,
    principal: Who,
    reached: Annotated[Stage | None, QueryParameter(description="Only those who have come this far")] = None,
    missing: Annotated[Stage | None, QueryParameter(description=_MISSING)] = None,
    cursor: Annotated[str, QueryParameter(max_length=100, description="From the answer before")] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 100,
) -> ReaderPage:
    """By organisation."""
    return await read_readers(
        session, principal.tenant_id, notice_id, reached=reached, missing=missing, cursor=cursor, limit=limit
    )


@get(
    "/{notice_id:str}/readers.xlsx",
    **requires("notice.write", whole_brand=True),
    summary="The readers of a notice as a spreadsheet",
)
async def export_readers(
    notice_id: FromPath[str],
    session: Session,
    principal: Who,
    signed: NamedDependency[Signed],
    missing: Annotated[Stage | None, QueryParameter(description=_MISSING)] = None,
) -> Stream:
    """In the language of who asks; times are the brand's."""
    zone = ZoneInfo((await tenant_of(session, principal.tenant_id)).time_zone)
    readers = await reader_rows(session, principal.tenant_id, notice_id, missing=missing)
    headers = [translate(signed.locale, f"notices.column.{name}") for name in _COLUMNS]
    title = translate(signed.locale, "notices.readers")
    file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed when the answer is sent
    try:
        await write_table("xlsx", file, headers, _lines(readers, signed.locale, zone), title=title)
    except BaseException:
        file.close()
        raise
    sent = {"Content-Disposition": 'attachment; filename="readers.xlsx"', "Cache-Control": "no-store"}
    return Stream(_sent(file), media_type=XLSX_TYPE, headers=sent)


async def _lines(readers: AsyncIterator[Reader], locale: str, zone: tzinfo) -> AsyncIterator[Sequence[Cell]]:
    def local(at: datetime | None) -> datetime | None:
        """A spreadsheet's times have no zone."""
        return at.astimezone(zone).replace(tzinfo=None, microsecond=0) if at is not None else None

    async for each in readers:
        yield (
            each.organisation_code,
            translated(locale, each.organisation_name),
            each.territory,
            each.rep_name,
            each.name,
            translate(locale, f"notices.stage.{each.stage}"),
            *map(local, (each.delivered_at, each.opened_at, each.confirmed_at, each.reminded_at)),
        )


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


notices_router = Router("/api/notices", route_handlers=[count_reach, list_readers, export_readers], tags=["notices"])
