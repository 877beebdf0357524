"""Tables that are only read: no import takes them back."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.claims.models import Fund, LedgerEntry
from backend.importing.exporting import Export
from backend.importing.tables import Cell
from backend.partners.models import Organisation
from i18n.translate import translate
from offline.money import quantise

_HEADERS = (
    *("fund", "number", "at", "kind", "partner", "amount", "currency"),
    *("paper", "reference", "reason", "by"),
)


async def ledger(session: AsyncSession, tenant_id: str, words: str = "") -> Export:
    """Every entry of every fund, in the order they were booked. ``amount`` goes one step on, as
    ``offline.rules.ledger`` says. ``words``: the language of headings and kinds."""
    headers = tuple(translate(words, f"ledger.{name}") for name in _HEADERS) if words else _HEADERS
    return Export(headers, _entries(session, tenant_id, words))


async def _entries(session: AsyncSession, tenant_id: str, words: str) -> AsyncIterator[Sequence[Cell]]:
    partners = select(Organisation.id, Organisation.code).where(Organisation.tenant_id == tenant_id)
    codes = {row[0]: row[1] for row in await session.execute(partners)}

    def kind(code: str) -> str:
        return translate(words, f"desk.funds.kind_{code}") if words else code

    statement = (
        select(Fund.code, LedgerEntry)
        .join(Fund, (Fund.tenant_id == LedgerEntry.tenant_id) & (Fund.id == LedgerEntry.fund_id))
        .where(LedgerEntry.tenant_id == tenant_id)
        .order_by(Fund.code, LedgerEntry.number)
    )
    for fund, entry in await session.execute(statement):
        yield (
            *(fund, entry.number, entry.at, kind(entry.kind), codes.get(entry.organisation_id)),
            *(quantise(entry.amount, entry.currency), entry.currency),
            *(entry.paper, entry.reference, entry.reason, entry.actor_name),
        )


REPORTS: dict[str, Callable[[AsyncSession, str, str], Awaitable[Export]]] = {"ledger": ledger}
