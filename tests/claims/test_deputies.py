"""A deputy sees and decides what waits for somebody who is away: that, no more, and no longer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from backend.claims import telling
from backend.claims.deputies import renew_deputies
from backend.claims.mandates import deputy_scope
from backend.claims.models import Delegation as DelegationRow
from backend.claims.scopes import deputy_scopes
from backend.database import transaction
from backend.identity.models import User
from offline.ids import new_id
from offline.rules.approvals import Step
from offline.wire.activities import (
    Activity,
    ActivityCancel,
    ActivityDecide,
    ApprovalDelegate,
    ApprovalRecall,
    ApprovalSave,
    Delegation,
)
from tests.claims.world import Funds
from tests.shop import Shop

WEEK = timedelta(days=7)


@pytest.fixture
async def away(funds: Funds) -> tuple[Funds, ApprovalDelegate, str]:
    """Finance approves, is away for a week from tomorrow on, and the rep, who does not look after RIVAL, stands in.
    With a fund for RIVAL."""
    shop = funds.shop
    await shop.done("hq", ApprovalSave(steps=(Step(role="finance"),)))
    fund = await funds.fund("RIVAL")
    since = shop.now + timedelta(days=1)
    deputy = shop.brand.users["rep"].id
    command = ApprovalDelegate(delegation=new_id(), deputy=deputy, since=since, until=since + WEEK)
    await shop.done("finance", command)
    return funds, command, fund


async def renew(shop: Shop) -> int:
    async with transaction(shop.sessions) as session:
        return await renew_deputies(session, shop.tenant_id, shop.now)


async def applied(funds: Funds, fund: str, code: str = "RIVAL") -> str:
    command = funds.apply(fund, code=code)
    await funds.shop.done(code.lower(), command)
    return command.activity


async def scopes(shop: Shop, activity: str) -> set[str]:
    """Beside the organisation's and the desk's."""
    row, found = await shop.feed("activity", activity, Activity)
    return found - {"desk", f"org:{row.organisation}"}


def accept(activity: str, step: int = 0) -> ActivityDecide:
    return ActivityDecide(activity=activity, step=step, accept=True)


async def held_by(shop: Shop, login: str) -> list[str]:
    principal = await shop.principal(login)
    async with shop.sessions() as session:
        return await deputy_scopes(session, principal, shop.now)


Away = tuple[Funds, ApprovalDelegate, str]


async def test_what_waits_reaches_the_deputy_from_the_first_day_to_the_last(away: Away) -> None:
    funds, command, fund = away
    shop, scope = funds.shop, deputy_scope(command.delegation)
    before = await applied(funds, fund)
    # Tomorrow: the scope is there, so that an open app hears when it fills, and has nothing.
    assert await held_by(shop, "rep") == [scope]
    assert await renew(shop) == 0
    assert await scopes(shop, before) == set()
    await shop.refused("rep", accept(before), "activity_unknown")
    shop.now = command.since
    await renew(shop)
    assert await scopes(shop, before) == {scope}
    later = await applied(funds, fund)
    assert await scopes(shop, later) == {scope}
    for login in ("hq", "finance", "shop", "rival"):
        assert await held_by(shop, login) == []
    await shop.done("rep", accept(before))
    step = (await shop.feed("activity", before, Activity))[0].steps[0]
    assert (step.decided_by_name, step.on_behalf_of_name) == ("Rep", "Finance")
    event = (await shop.feed("activity", before, Activity))[0].events[-1]
    assert (event.actor_name, event.data["on_behalf_of"]) == ("Rep", "Finance")
    # What one has decided can be looked up as long as one stands in.
    assert await scopes(shop, before) == {scope}
    shop.now = command.until
    assert await held_by(shop, "rep") == []
    await shop.refused("rep", accept(later), "activity_unknown")
    assert await renew(shop) == 1
    assert [await scopes(shop, each) for each in (before, later)] == [set(), set()]
    assert (await shop.feed("delegation", command.delegation, Delegation)) == (None, set())
    assert await renew(shop) == 0


async def test_who_is_back_takes_it_back_at_once(away: Away) -> None:
    funds, command, fund = away
    shop = funds.shop
    shop.now = command.since + timedelta(hours=1)
    activity = await applied(funds, fund)
    recall = ApprovalRecall(delegation=command.delegation)
    await shop.done("finance", recall)
    assert await held_by(shop, "rep") == []
    await shop.refused("rep", accept(activity), "activity_unknown")
    await shop.refused("finance", recall, "delegation_unknown")
    assert await renew(shop) == 1
    assert await scopes(shop, activity) == set()


async def test_a_deputy_gets_no_more_than_what_waits_for_the_other(away: Away) -> None:
    """Nor does it go beyond deciding."""
    funds, command, fund = away
    shop = funds.shop
    shop.now = command.since
    await shop.done("hq", ApprovalSave(steps=(Step(role="head_office"),)))
    not_theirs = await applied(funds, fund)
    await shop.done("hq", ApprovalSave(steps=(Step(role="finance"),)))
    decided, called_off = await applied(funds, fund), await applied(funds, fund)
    await shop.done("finance", accept(decided))
    await shop.done("rival", ActivityCancel(activity=called_off))
    await renew(shop)
    assert [await scopes(shop, each) for each in (not_theirs, decided, called_off)] == [set()] * 3
    await shop.refused("rep", accept(not_theirs), "approval_not_yours")
    assert await shop.refused("rep", accept(decided), "activity_status") == {"status": "approved"}
    waiting = await applied(funds, fund)
    await shop.refused("rep", ActivityCancel(activity=waiting), "activity_unknown")
    await shop.refused("rep", funds.file(waiting), "activity_unknown")


async def test_a_step_of_anybody_is_not_the_deputys_own(away: Away) -> None:
    """The rep may approve what their partners apply for; RIVAL's only for finance, and in finance's name."""
    funds, command, fund = away
    shop = funds.shop
    shop.now = command.since
    await shop.done("hq", ApprovalSave(steps=(Step(),)))
    activity = await applied(funds, fund)
    await shop.done("rep", accept(activity))
    assert (await shop.feed("activity", activity, Activity))[0].steps[0].on_behalf_of_name == "Finance"


async def test_nobody_decides_for_a_rep_what_that_rep_does_not_see(funds: Funds) -> None:
    shop = funds.shop
    await shop.done("hq", ApprovalSave(steps=(Step(role="rep"),)))
    deputy = shop.brand.users["finance"].id
    command = ApprovalDelegate(delegation=new_id(), deputy=deputy, since=shop.now, until=shop.now + WEEK)
    await shop.done("rep", command)
    mine, other = await funds.fund("SHOP"), await funds.fund("RIVAL")
    seen, unseen = await applied(funds, mine, "SHOP"), await applied(funds, other)
    assert await scopes(shop, seen) == {deputy_scope(command.delegation)}
    assert await scopes(shop, unseen) == set()
    assert await shop.refused("finance", accept(unseen), "approval_not_yours") == {"why": "not_you"}
    await shop.done("finance", accept(seen))


async def test_the_partners_of_a_rep_who_is_away_change(funds: Funds) -> None:
    shop = funds.shop
    await shop.done("hq", ApprovalSave(steps=(Step(role="rep"),)))
    deputy = shop.brand.users["finance"].id
    command = ApprovalDelegate(delegation=new_id(), deputy=deputy, since=shop.now, until=shop.now + WEEK)
    await shop.done("rep", command)
    activity = await applied(funds, await funds.fund("SHOP"), "SHOP")
    await shop.set_organisation("SHOP", rep=None)
    await renew(shop)
    assert await scopes(shop, activity) == set()
    await shop.set_organisation("SHOP", rep=shop.brand.users["rep"].id)
    await renew(shop)
    assert await scopes(shop, activity) == {deputy_scope(command.delegation)}


@pytest.mark.parametrize(("who", "change"), [("finance", {"active": False}), ("rep", {"role": "trainer"})])
async def test_who_may_not_approve_any_more_ends_it(away: Away, who: str, change: dict[str, Any]) -> None:
    funds, command, fund = away
    shop = funds.shop
    shop.now = command.since
    activity = await applied(funds, fund)
    async with shop.sessions.begin() as session:
        await session.execute(update(User).where(User.id == shop.brand.users[who].id).values(**change))
    assert await held_by(shop, "rep") == []
    await renew(shop)
    assert await scopes(shop, activity) == set()


async def test_the_deputy_is_told(away: Away, monkeypatch: pytest.MonkeyPatch) -> None:
    funds, command, fund = away
    shop = funds.shop
    told: list[set[str]] = []
    logins = {user.id: login for login, user in shop.brand.users.items()}

    async def notify(_session: Any, _tenant: str, people: set[str], *about: Any) -> None:
        told.append({logins[id_] for id_ in people})

    monkeypatch.setattr(telling, "notify", notify)
    await applied(funds, fund)
    shop.now = command.since
    await applied(funds, fund)
    assert told == [{"finance"}, {"finance", "rep"}]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_another_brand_hears_nothing(away: Away) -> None:
    """A scope's name is an id, and asking for it is not holding it."""
    funds, command, _fund = away
    funds.shop.now = datetime.now(UTC)
    async with transaction(funds.shop.sessions) as session:
        row = await session.get(DelegationRow, (funds.shop.tenant_id, command.delegation))
        assert row is not None
        row.since, row.until = funds.shop.now, funds.shop.now + WEEK
    scope = deputy_scope(command.delegation)
    assert scope in await funds.shop.may_hold("rep")
    for login in ("hq", "finance", "desk", "shop", "rival", "trainer"):
        assert scope not in await funds.shop.may_hold(login)
