"""Who is told on their devices that an activity or a claim waits for them, or was decided."""

from collections.abc import Collection

from backend.claims.mandates import PERMISSION, running_mandates
from backend.claims.models import Activity, Claim
from backend.claims.rows import steps_of
from backend.claims.sitting import Sitting
from backend.identity import service as identity
from backend.partners.service import reach
from backend.push.service import notify
from backend.sync.commands import Context

_DECIDED = frozenset({"approved", "refused"})
_CLAIM_TOLD = frozenset({"blocked", "more_wanted", "approved", "refused", "settled"})


async def tell_people(context: Context, sitting: Sitting, touched: Collection[tuple[str, str]]) -> None:
    """``touched``: (kind, id) of the papers that this push changed. Nobody is told what they did themselves, and no
    amounts are told: they would stand on locked screens."""
    for kind, row_id in touched:
        if kind == "activity" and (activity := sitting.activities[row_id]) is not None:
            # A claim that is decided changes what its activity has left, and nothing that was said of it.
            if activity.changed_at != context.now:
                continue
            if activity.status == "applied":
                people = await _approvers(context, activity)
                await _tell(
                    context, people, f"activity:{row_id}", "activity.applied", activity, f"/activities/{row_id}"
                )
            elif activity.status in _DECIDED:
                text = f"activity.{activity.status}"
                await _tell(
                    context, {activity.applied_by}, f"activity:{row_id}", text, activity, f"/activities/{row_id}"
                )
        elif kind == "claim" and (held := sitting.claims[row_id]) is not None and held.claim.status in _CLAIM_TOLD:
            activity = sitting.activity(held.claim.activity_id)
            await _tell_filer(context, held.claim, activity)


async def _tell_filer(context: Context, claim: Claim, activity: Activity) -> None:
    said = "settled_in_part" if claim.status == "approved" and claim.settled else claim.status
    await _tell(context, {claim.filed_by}, f"claim:{claim.id}", f"claim.{said}", activity, f"/claims/{claim.id}")


async def _approvers(context: Context, activity: Activity) -> set[str]:
    """Who may take the open step, as far as role or name says it, and who stands in for them."""
    step = next((each for each in steps_of(activity) if not each.outcome), None)
    if step is None:
        return set()
    found = set()
    for user in await identity.people_who_may(context.session, context.principal.tenant_id, PERMISSION):
        named = user.id == step.person if step.person else step.role in ("", user.role)
        if named and user.id != activity.applied_by:
            sees = await reach(context.session, user)
            if sees is None or activity.organisation_id in sees:
                found.add(user.id)
    acting = await running_mandates(context.session, context.principal.tenant_id, context.now)
    return found | {each.deputy.deputy for each in acting if each.waits(activity, context.now)}


async def _tell(  # noqa: PLR0917 - who, about what, in which words, leading where: all are always given
    context: Context, people: set[str], subject: str, text: str, activity: Activity, url: str
) -> None:
    told = people - {context.principal.user_id, ""}
    if told:
        values = {"title": activity.title, "organisation": activity.organisation_name}
        await notify(context.session, context.principal.tenant_id, told, subject, f"push.{text}", values, url)
