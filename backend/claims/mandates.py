"""Who stands in for whom, and for which activities: those that wait for the person who is away, among those that
person sees. A deputy's own sight does not count, and does not grow.

Each delegation has a scope of its own, which its deputy holds as long as it may count: it fills when it begins and
nobody holds it when it is over. What the deputy has decided stays in it until then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from backend.claims import queries
from backend.claims.models import Activity, Delegation
from backend.claims.rows import steps_of
from backend.identity import service as identity
from backend.partners.service import reach
from offline.approving import chain_of
from offline.rules.approvals import Approver, Deputy, standing
from offline.wire.activities import StepView

PERMISSION = "activity.approve"


def deputy_scope(delegation_id: str) -> str:
    return f"deputy:{delegation_id}"


@dataclass(frozen=True, slots=True)
class Mandate:
    """Of people who may both approve. ``sees``: the organisations of the one who is away, None for all."""

    id: str
    person_name: str
    deputy: Deputy
    sees: frozenset[str] | None

    def runs(self, at: datetime) -> bool:
        return self.deputy.since <= at < self.deputy.until

    def reaches(self, activity: Activity) -> bool:
        return self.sees is None or activity.organisation_id in self.sees

    def waits(self, activity: Activity, at: datetime) -> bool:
        """Whether the deputy may take the open step for who is away."""
        if activity.status != "applied" or not self.reaches(activity):
            return False
        approver = Approver(person=self.deputy.deputy, role="", sees=False)
        return standing(chain_of(steps_of(activity), activity.applied_by), approver, (self.deputy,), at).may

    def holds(self, activity: Activity, at: datetime) -> bool:
        """Whether the scope has it: it waits, or was decided by this deputy."""
        return self.runs(at) and (self.waits(activity, at) or any(map(self._decided, steps_of(activity))))

    def _decided(self, step: StepView) -> bool:
        acted = (step.decided_by, step.on_behalf_of) == (self.deputy.deputy, self.deputy.person)
        return acted and step.at is not None and step.at >= self.deputy.since


async def mandates(session: AsyncSession, tenant_id: str, rows: Sequence[Delegation]) -> list[Mandate]:
    """Whoever left, or may not approve any more, has nothing to delegate and stands in for nobody."""
    if not rows:
        return []
    people = {user.id: user for user in await identity.people_who_may(session, tenant_id, PERMISSION)}
    counted = [row for row in rows if row.person_id in people and row.deputy_id in people]
    sees = {id_: await reach(session, people[id_]) for id_ in sorted({row.person_id for row in counted})}
    return [
        Mandate(
            row.id,
            row.person_name,
            Deputy(
                person=row.person_id,
                role=people[row.person_id].role,
                deputy=row.deputy_id,
                since=row.since,
                until=row.until,
            ),
            sees[row.person_id],
        )
        for row in counted
    ]


async def running_mandates(session: AsyncSession, tenant_id: str, at: datetime) -> list[Mandate]:
    return await mandates(session, tenant_id, await queries.delegations(session, tenant_id, at))


async def mandates_to(session: AsyncSession, tenant_id: str, deputy_id: str, at: datetime) -> list[Mandate]:
    """Those that count for the deputy at ``at``."""
    return await mandates(session, tenant_id, await queries.delegations(session, tenant_id, at, deputy_id))
