"""What a database holds, as checksums: two equal ones mean that nothing was changed."""

from collections.abc import Set as AbstractSet
from functools import cache
from hashlib import blake2b

from sqlalchemy import text

from backend.database import Sessions, snapshot
from backend.db import Base

_CHECKSUM = {
    "sqlite": "SELECT '{name}', group_concat(row, char(10)) FROM (SELECT {row} AS row FROM {name} {where} ORDER BY 1)",
    "postgresql": "SELECT '{name}', md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {name} t {where}",
}


@cache
def _statement(engine: str, without: frozenset[str], *, of_tenant: bool) -> str:
    """One for all tables, because tests ask often: it answers (table, what it holds)."""
    parts = []
    for name, table in sorted(Base.metadata.tables.items()):
        if name not in without:
            column = "id" if name == "tenants" else "tenant_id"
            row = " || '|' || ".join(f"quote({each.name})" for each in table.columns)
            where = f"WHERE {column} = :tenant" if of_tenant else ""
            parts.append(_CHECKSUM[engine].format(name=name, row=row, where=where))
    return " UNION ALL ".join(parts)


async def content(sessions: Sessions, tenant_id: str = "", *, without: AbstractSet[str]) -> dict[str, str]:
    """A checksum by table, of one tenant's rows or of all; tables in ``without`` are not looked at."""
    async with snapshot(sessions) as session:
        statement = _statement(session.get_bind().dialect.name, frozenset(without), of_tenant=bool(tenant_id))
        found = await session.execute(text(statement), {"tenant": tenant_id} if tenant_id else {})
        return {name: blake2b((rows or "").encode(), digest_size=16).hexdigest() for name, rows in found}
