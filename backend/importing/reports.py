"""Tables that are only read: no import takes them back."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.claims.models import Activity, Claim, Fund, LedgerEntry
from backend.importing.exporting import Export
from backend.importing.tables import Cell
from backend.learning.models import Certificate, Course, Enrolment
from backend.partners.models import Organisation
from backend.visits.models import Visit
from i18n.translate import DEFAULT, translate, translated
from offline.money import quantise

_AT_ONCE = 500
# By report, as a program knows its columns; people's are ``report.<name>``.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "ledger": ("fund", "number", "at", "kind", "partner", "amount", "currency", "paper", "reference", "reason", "by"),
    "claims": (
        *("claim", "activity", "title", "starts_on", "ends_on", "fund", "partner", "partner_name", "status"),
        *("filed_at", "filed_by", "reserved", "claimed", "approved", "settled", "currency", "note"),
    ),
    "visits": (
        *("day", "rep", "partner", "partner_name", "planned", "status", "check_in", "check_out", "minutes", "where"),
        *("metres", "why", "orders", "note", "left_open", "cancelled_for"),
    ),
    "results": (
        *("course", "person", "organisation", "tries", "best", "passed_at", "last_at", "certificate", "expires_on"),
    ),
}


class Wording:
    """Headings and codes in the language of ``locale``; where that is empty, the fields' own."""

    def __init__(self, locale: str) -> None:
        self._locale = locale

    def headings(self, report: str) -> tuple[str, ...]:
        return tuple(self.code("report.", name) for name in COLUMNS[report])

    def code(self, family: str, code: str) -> str:
        """``family``: what the keys of such codes begin with."""
        return translate(self._locale, f"{family}{code}") if self._locale and code else code

    def name(self, names: dict[str, str]) -> str:
        return translated(self._locale or DEFAULT, names)

    def whether(self, is_so: bool) -> str:
        return self.code("report.", "yes" if is_so else "no")


async def ledger(session: AsyncSession, tenant_id: str, locale: str = "") -> Export:
    """Every entry of every fund, in the order they were booked. ``amount`` goes one step on, as
    ``offline.rules.ledger`` says."""
    wording = Wording(locale)
    return Export(wording.headings("ledger"), _entries(session, tenant_id, wording))


async def _entries(session: AsyncSession, tenant_id: str, wording: Wording) -> AsyncIterator[Sequence[Cell]]:
    partners = select(Organisation.id, Organisation.code).where(Organisation.tenant_id == tenant_id)
    codes = {row[0]: row[1] for row in await session.execute(partners)}
    statement = (
        select(Fund.code, LedgerEntry)
        .join(Fund, (Fund.tenant_id == LedgerEntry.tenant_id) & (Fund.id == LedgerEntry.fund_id))
        .where(LedgerEntry.tenant_id == tenant_id)
        .order_by(Fund.code, LedgerEntry.number)
    )
    for fund, entry in await session.execute(statement):
        yield (
            *(
                fund,
                entry.number,
                entry.at,
                wording.code("desk.funds.kind_", entry.kind),
                codes.get(entry.organisation_id),
            ),
            *(quantise(entry.amount, entry.currency), entry.currency),
            *(entry.paper, entry.reference, entry.reason, entry.actor_name),
        )


async def claims(session: AsyncSession, tenant_id: str, locale: str = "") -> Export:
    """Every claim with the activity it is for, oldest first."""
    wording = Wording(locale)
    return Export(wording.headings("claims"), _claims(session, tenant_id, wording))


async def _claims(session: AsyncSession, tenant_id: str, wording: Wording) -> AsyncIterator[Sequence[Cell]]:
    statement = (
        select(Claim, Activity)
        .join(Activity, (Activity.tenant_id == Claim.tenant_id) & (Activity.id == Claim.activity_id))
        .where(Claim.tenant_id == tenant_id)
        .order_by(Claim.filed_at, Claim.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    async for claim, activity in await session.stream(statement):
        money = [activity.amount, claim.total, claim.approved, claim.settled]
        yield (
            *(claim.number, activity.number, activity.title, activity.starts_on, activity.ends_on, activity.fund_code),
            *(activity.organisation_code, wording.name(activity.organisation_name)),
            *(wording.code("claims.status.", claim.status), claim.filed_at, claim.filed_by_name),
            *(quantise(amount, claim.currency) if amount is not None else None for amount in money),
            *(claim.currency, claim.note),
        )


async def visits(session: AsyncSession, tenant_id: str, locale: str = "") -> Export:
    """Every visit that is kept, by day and rep."""
    wording = Wording(locale)
    return Export(wording.headings("visits"), _visits(session, tenant_id, wording))


async def _visits(session: AsyncSession, tenant_id: str, wording: Wording) -> AsyncIterator[Sequence[Cell]]:
    statement = (
        select(Visit)
        .where(Visit.tenant_id == tenant_id)
        .order_by(Visit.day, Visit.rep_name, Visit.rank, Visit.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    async for row in await session.stream_scalars(statement):
        came, left = row.check_in or {}, row.check_out or {}
        yield (
            *(row.day, row.rep_name, row.organisation_code, wording.name(row.organisation_name)),
            *(wording.whether(row.planned), wording.code("visit.status.", row.status), _at(came), _at(left)),
            *(row.minutes, wording.code("visit.verdict.", came.get("verdict", "")), came.get("distance")),
            *(came.get("reason"), len(row.orders), row.note, row.left_open, row.cancelled_for),
        )


def _at(mark: dict[str, str]) -> datetime | None:
    return datetime.fromisoformat(mark["at"]) if "at" in mark else None


async def results(session: AsyncSession, tenant_id: str, locale: str = "") -> Export:
    """How everybody who began a course stands in it."""
    wording = Wording(locale)
    return Export(wording.headings("results"), _results(session, tenant_id, wording))


async def _results(session: AsyncSession, tenant_id: str, wording: Wording) -> AsyncIterator[Sequence[Cell]]:
    courses = select(Course.id, Course.doc).where(Course.tenant_id == tenant_id)
    titles = {row[0]: wording.name(row[1]["title"]) for row in await session.execute(courses)}
    held = select(Certificate).where(Certificate.tenant_id == tenant_id, Certificate.revoked_on.is_(None))
    certificates = {(row.course_id, row.user_id): row for row in await session.scalars(held.order_by(Certificate.id))}
    statement = (
        select(Enrolment)
        .where(Enrolment.tenant_id == tenant_id)
        .order_by(Enrolment.course_id, Enrolment.user_name, Enrolment.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    async for row in await session.stream_scalars(statement):
        certificate = certificates.get((row.course_id, row.user_id))
        yield (
            *(titles.get(row.course_id), row.user_name, wording.name(row.organisation_name), row.tries, row.best),
            *(row.passed_at, row.last_at),
            *((certificate.code, certificate.expires_on) if certificate else (None, None)),
        )


REPORTS: dict[str, Callable[[AsyncSession, str, str], Awaitable[Export]]] = {
    "ledger": ledger,
    "claims": claims,
    "visits": visits,
    "results": results,
}
