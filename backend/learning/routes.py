"""Certificates over HTTP: the PDF for its holder, the page that verifies it for anybody."""

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

from litestar import Request, Response, Router, get
from litestar.params import FromPath, Parameter, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import NotFound
from backend.http.address import public_address
from backend.http.given import Session, Who
from backend.identity.service import brand_of
from backend.learning import queries
from backend.learning.codes import code_from
from backend.learning.models import Certificate
from backend.learning.rows import certificate_row
from backend.learning.service import day_at
from backend.learning.verify_page import POLICY, STYLE, asking_page, found_page, locale_of, unknown_page
from backend.sync.commands import Principal
from offline.rules.marking import certificate_state

AnyRequest = Request[Any, Any, Any]


@get("/certificates/{certificate_id:str}/certificate.pdf", media_type="application/pdf", summary="A certificate as PDF")
async def show_certificate(
    certificate_id: FromPath[str], request: AnyRequest, session: Session, principal: Who
) -> Response[bytes]:
    """For its holder, and for who sees results. The QR code leads to where people reach this server."""
    row = await session.get(Certificate, (principal.tenant_id, certificate_id))
    if row is None or not _may_see(principal, row):
        raise NotFound("certificate_unknown", "There is no such certificate.")
    from backend.learning.certificate_pdf import certificate_pdf  # noqa: PLC0415 - brings a library that draws PDF

    brand = await brand_of(session, principal.tenant_id)
    address = f"{public_address(request)}/verify/{row.code}"
    content = certificate_pdf(certificate_row(row), brand.name, address)
    headers = {"Content-Disposition": f'inline; filename="certificate-{row.code}.pdf"', "Cache-Control": "private"}
    return Response(content, media_type="application/pdf", headers=headers)


def _may_see(principal: Principal, row: Certificate) -> bool:
    return row.user_id == principal.user_id or principal.may("course.results")


@get("/", opt={"public": True}, media_type="text/html", sync_to_thread=False, summary="Ask for a certificate")
def ask_for_certificate(
    request: AnyRequest,
    code: Annotated[str, QueryParameter(max_length=64)] = "",
    lang: Annotated[str, QueryParameter(max_length=16)] = "",
) -> Response[str]:
    """A page with a field for the number; with a number, leads to its page."""
    locale = locale_of(lang, request.headers.get("accept-language", ""))
    if not code.strip():
        return _html(asking_page(locale), 200)
    return Response("", status_code=303, headers={"Location": f"/verify/{quote(code.strip(), safe='')}?lang={locale}"})


@get("/{code:str}", opt={"public": True}, media_type="text/html", summary="Verify a certificate")
async def verify_certificate(
    code: Annotated[str, Parameter(max_length=64)],
    request: AnyRequest,
    session: Session,
    lang: Annotated[str, QueryParameter(max_length=16)] = "",
) -> Response[str]:
    """A page for people. Only who has the code, of 80 random bits, sees the name."""
    locale = locale_of(lang, request.headers.get("accept-language", ""))
    row = await queries.certificate_by_code(session, code_from(code))
    if row is None:
        return _html(unknown_page(locale, code), 404)
    return _html(await _found(session, row, locale), 200)


async def _found(session: AsyncSession, row: Certificate, locale: str) -> str:
    today = await day_at(session, row.tenant_id, datetime.now(UTC))
    view = certificate_row(row)
    brand = await brand_of(session, row.tenant_id)
    return found_page(view, certificate_state(view, today), brand.name, locale)


def _html(text: str, status: int) -> Response[str]:
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Vary": "Accept-Language"}
    return Response(text, media_type="text/html", status_code=status, headers=headers)


@get("/verify.css", opt={"public": True}, media_type="text/css", sync_to_thread=False, summary="The page's style")
def verify_style() -> Response[bytes]:
    return Response(STYLE.read_bytes(), media_type="text/css", headers={"Cache-Control": "public, max-age=86400"})


learning_router = Router("/api", route_handlers=[show_certificate], tags=["courses"])
verify_router = Router(
    "/verify", route_handlers=[verify_style, ask_for_certificate, verify_certificate], tags=["courses"]
)
