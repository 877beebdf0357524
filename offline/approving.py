"""Whether the person on this phone may take an activity's open step, and for whom: from the rows it holds."""

from collections.abc import Sequence
from datetime import datetime

from offline.projection import Rows
from offline.rules.approvals import Approver, Chain, Decided, Deputy, Standing, Step, standing
from offline.wire.activities import Activity, Delegation, StepView
from offline.wire.rows import Me, Organisation


def chain_of(steps: Sequence[StepView], applicant: str) -> Chain:
    """As the rule knows it."""
    return Chain(
        steps=tuple(
            Step(role=each.role, person=each.person, limit=each.limit, same_person=each.same_person) for each in steps
        ),
        decided=tuple(
            Decided(person=each.decided_by, on_behalf_of=each.on_behalf_of) for each in steps if each.outcome
        ),
        applicants=(applicant,),
    )


def own_standing(rows: Rows, me: Me, activity: Activity, at: datetime) -> Standing:
    """The server says the same with the same rule."""
    partner = rows.base("organisation", activity.organisation)
    deputies = [
        Deputy(person=each.person, role=each.role, deputy=each.deputy, since=each.since, until=each.until)
        for each in rows.all("delegation")
        if isinstance(each, Delegation) and _sees(each, partner)
    ]
    # Of a partner that is not the person's own the phone has no row: the activity came for somebody who is away.
    approver = Approver(person=me.id, role=me.role, sees=partner is not None)
    return standing(chain_of(activity.steps, activity.applied_by), approver, deputies, at)


def _sees(delegation: Delegation, partner: object) -> bool:
    """Whether the paper is among those of the person who is away: a rep's are those of the partners looked after.
    Where the partner is not known here, the server chose what it sent."""
    return not isinstance(partner, Organisation) or delegation.role != "rep" or partner.rep == delegation.person
