"""What routes are given by name: ``async def show(session: Session, principal: Who) -> ...``.

``session``         the request's one transaction, committed before the answer; for GET and HEAD it only reads
``read_session``    one snapshot, for a POST that only reads
``principal``       who asks
"""

from litestar.di import NamedDependency
from sqlalchemy.ext.asyncio import AsyncSession

from backend.sync.commands import Principal

Session = NamedDependency[AsyncSession]
Who = NamedDependency[Principal]
