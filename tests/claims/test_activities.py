"""Activities: applied for, approved in steps, called off, expired."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from backend.claims import queries, telling
from backend.claims.applying import expire_activities
from backend.database import transaction
from backend.identity.models import User
from offline.ids import new_id
from offline.rules.approvals import Step
from offline.wire.activities import (
    ActivityCancel,
    ActivityDecide,
    ApprovalDelegate,
    ApprovalRecall,
    ApprovalSave,
    Colleague,
    Delegation,
    Place,
)
from offline.wire.claims import ClaimAsk, ClaimRefuse
from offline.wire.funds import LedgerEntry
from tests.claims.world import Funds

THREE = (Step(role="rep", limit=Decimal(500)), Step(role="finance", limit=Decimal(5000)), Step(role="head_office"))


def decide(activity: str, step: int = 0, *, accept: bool = True, reason: str = "") -> ActivityDecide:
    return ActivityDecide(activity=activity, step=step, accept=accept, reason=reason)


async def test_applying_reserves(funds: Funds) -> None:
    fund = await funds.fund(budget="1500")
    command = funds.apply(fund, "1000")
    await funds.shop.done("shop", command)
    row = await funds.activity(command.activity)
    assert (row.number, row.status, row.left, row.claim_until) == (
        "AC-2026-07-0001", "applied", Decimal(1000), command.ends_on + timedelta(days=30),
    )  # fmt: skip
    assert (await funds.balance(fund))[1:3] == ("500.00", "1000.00")
    assert [event.kind for event in row.events] == ["applied"]
    assert await funds.shop.refused("shop", funds.apply(fund, "500.01"), "fund_short") == {"left": "500.00"}
    entry = [each for each in await _entries(funds) if each.kind == "reserve"]
    assert [(each.paper, each.amount) for each in entry] == [("AC-2026-07-0001", Decimal(1000))]
    await funds.check_ledger()


async def _entries(funds: Funds) -> list[LedgerEntry]:
    async with funds.shop.sessions() as session:
        ids = [entry.id for entry in await queries.entries(session, funds.shop.tenant_id)]
    return [(await funds.shop.feed("ledger_entry", id_, LedgerEntry))[0] for id_ in ids]


async def test_steps_by_amount(funds: Funds) -> None:
    shop = funds.shop
    await shop.done("hq", ApprovalSave(steps=THREE))
    fund = await funds.fund()
    small, large = funds.apply(fund, "500"), funds.apply(fund, "5000.01")
    await shop.done("shop", small, large)
    assert len((await funds.activity(small.activity)).steps) == 1
    await shop.done("rep", decide(small.activity))
    assert (await funds.activity(small.activity)).status == "approved"
    # In order, each by its role.
    assert await shop.refused("finance", decide(large.activity), "approval_not_yours") == {"why": "not_you"}
    await shop.done("rep", decide(large.activity))
    assert await shop.refused("rep", decide(large.activity), "step_decided") == {"name": "Rep"}
    await shop.done("finance", decide(large.activity, 1))
    row = await funds.activity(large.activity)
    assert (row.status, [step.decided_by_name for step in row.steps]) == ("applied", ["Rep", "Finance", ""])
    await shop.done("hq", decide(large.activity, 2))
    row = await funds.activity(large.activity)
    assert (row.status, [event.kind for event in row.events]) == (
        "approved", ["applied", "step_approved", "step_approved", "approved"],
    )  # fmt: skip


async def test_a_change_of_the_definition_leaves_what_is_under_way(funds: Funds) -> None:
    fund = await funds.fund()
    command = funds.apply(fund)
    await funds.shop.done("shop", command)
    await funds.shop.done("hq", ApprovalSave(steps=THREE))
    await funds.shop.done("finance", decide(command.activity))
    assert (await funds.activity(command.activity)).status == "approved"


async def test_declining_releases(funds: Funds) -> None:
    fund = await funds.fund(budget="1000")
    command = funds.apply(fund, "1000")
    await funds.shop.done("shop", command)
    await funds.shop.refused("rep", decide(command.activity, accept=False, reason=" "), "reason_needed")
    await funds.shop.done("rep", decide(command.activity, accept=False, reason="档期已满"))
    row = await funds.activity(command.activity)
    assert (row.status, row.left, row.events[-1].reason) == ("refused", Decimal(0), "档期已满")
    assert (await funds.balance(fund))[1:3] == ("1000.00", "0.00")
    await funds.shop.refused("hq", decide(command.activity), "activity_status")
    await funds.check_ledger()


async def test_four_eyes(funds: Funds) -> None:
    """Nobody decides on their own paper, and nobody twice."""
    shop = funds.shop
    fund = await funds.fund()
    own = funds.apply(fund)
    await shop.done("rep", own)
    assert await shop.refused("rep", decide(own.activity), "approval_not_yours") == {"why": "own"}
    await shop.done("hq", ApprovalSave(steps=(Step(limit=Decimal(1)), Step())))
    two = funds.apply(fund)
    await shop.done("shop", two)
    await shop.done("hq", decide(two.activity))
    assert await shop.refused("hq", decide(two.activity, 1), "approval_not_yours") == {"why": "twice"}
    await shop.done("rep", decide(two.activity, 1))


async def test_a_deputy_while_away(funds: Funds) -> None:
    shop = funds.shop
    await shop.done("hq", ApprovalSave(steps=(Step(person=shop.brand.users["finance"].id),)))
    fund = await funds.fund()
    command = funds.apply(fund)
    await shop.done("shop", command)
    row = await funds.activity(command.activity)
    assert row.steps[0].person_name == "Finance"
    away = ApprovalDelegate(
        delegation=new_id(),
        deputy=shop.brand.users["rep"].id,
        since=shop.now + timedelta(hours=1),
        until=shop.now + timedelta(days=7),
    )
    await shop.done("finance", away)
    _, scopes = await shop.feed("delegation", away.delegation, Delegation)
    assert scopes == {"desk", *(f"user:{shop.brand.users[login].id}" for login in ("finance", "rep"))}
    await shop.refused("rep", decide(command.activity), "approval_not_yours")
    shop.now += timedelta(hours=2)
    await shop.done("rep", decide(command.activity))
    step = (await funds.activity(command.activity)).steps[0]
    assert (step.decided_by_name, step.on_behalf_of_name) == ("Rep", "Finance")
    await shop.refused("rep", ApprovalRecall(delegation=away.delegation), "delegation_unknown")
    await shop.done("finance", ApprovalRecall(delegation=away.delegation))
    other = funds.apply(fund)
    await shop.done("shop", other)
    await shop.refused("rep", decide(other.activity), "approval_not_yours")


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("change", [{"active": False}, {"role": "head_office"}])
async def test_nobody_stands_in_for_who_left_or_has_another_part(funds: Funds, change: dict[str, Any]) -> None:
    shop = funds.shop
    finance = shop.brand.users["finance"].id
    await shop.done("hq", ApprovalSave(steps=(Step(role="finance"),)))
    command = funds.apply(await funds.fund())
    await shop.done("shop", command)
    deputy, until = shop.brand.users["rep"].id, shop.now + timedelta(days=7)
    await shop.done("finance", ApprovalDelegate(delegation=new_id(), deputy=deputy, since=shop.now, until=until))
    async with shop.sessions.begin() as session:
        await session.execute(update(User).where(User.id == finance).values(**change))
    assert await shop.refused("rep", decide(command.activity), "approval_not_yours") == {"why": "not_you"}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_limits_say_nothing_of_another_currency(funds: Funds) -> None:
    """500 CNY end with the rep; 400 JPY are no less than that for all anybody knows, and take all steps."""
    await funds.shop.done("hq", ApprovalSave(steps=THREE))
    command = funds.apply(await funds.fund(currency="JPY"), "400")
    await funds.shop.done("shop", command)
    assert len((await funds.activity(command.activity)).steps) == len(THREE)


async def test_what_delegating_is_refused_for(funds: Funds) -> None:
    shop = funds.shop
    sound = ApprovalDelegate(
        delegation=new_id(),
        deputy=shop.brand.users["rep"].id,
        since=shop.now,
        until=shop.now + timedelta(days=7),
    )
    me = msgspec.structs.replace(sound, deputy=shop.brand.users["finance"].id)
    assert await shop.refused("finance", me, "invalid") == {"field": "deputy"}
    over = msgspec.structs.replace(sound, since=shop.now - timedelta(days=9), until=shop.now - timedelta(days=1))
    assert await shop.refused("finance", over, "invalid") == {"field": "until"}
    long = msgspec.structs.replace(sound, until=shop.now + timedelta(days=367))
    assert await shop.refused("finance", long, "invalid") == {"field": "until"}
    shopkeeper = msgspec.structs.replace(sound, deputy=shop.brand.users["shop"].id)
    await shop.refused("finance", shopkeeper, "approver_unknown")
    await shop.done("finance", sound)
    await shop.refused("finance", sound, "delegation_exists")


async def test_a_definition_must_hold(funds: Funds) -> None:
    shop = funds.shop
    bad = ApprovalSave(steps=(Step(role="rep", limit=Decimal(5)),))
    assert await shop.refused("hq", bad, "approval_steps") == {"faults": ["last"]}
    await shop.refused("hq", ApprovalSave(steps=(Step(role="shop"),)), "approver_unknown")
    await shop.refused("hq", ApprovalSave(steps=(Step(person=new_id()),)), "approver_unknown")
    await shop.done("hq", ApprovalSave(steps=THREE))
    colleague, scopes = await shop.feed("colleague", shop.brand.users["rep"].id, Colleague)
    assert (colleague.name, scopes) == ("Rep", {"approvers"})


async def test_what_an_application_is_refused_for(funds: Funds) -> None:
    shop, fund = funds.shop, await funds.fund()
    for changes, code in (
        ({"amount": Decimal("0.005")}, "invalid"),
        ({"amount": Decimal(0)}, "invalid"),
        ({"title": "  "}, "invalid"),
        ({"ends_on": funds.today - timedelta(days=1)}, "invalid"),
        ({"ends_on": funds.today + timedelta(days=301)}, "fund_period"),
        ({"starts_on": funds.today - timedelta(days=31)}, "fund_period"),
        ({"fund": new_id()}, "fund_unknown"),
        ({"organisation": shop.organisation("RIVAL")}, "organisation_unknown"),
        ({"place": Place(organisation=shop.organisation("RIVAL"))}, "organisation_unknown"),
        ({"place": Place(latitude=1.0)}, "invalid"),
    ):
        await shop.refused("shop", msgspec.structs.replace(funds.apply(fund), **changes), code)
    await shop.refused("rival", funds.apply(fund, code="RIVAL"), "fund_unknown")
    await shop.set_organisation("SHOP", status="blocked", blocked_reason="欠款")
    await shop.refused("shop", funds.apply(fund), "organisation_blocked")
    await shop.set_organisation("SHOP", status="prospect")
    await shop.done("shop", funds.apply(fund))
    await shop.set_organisation("SHOP")
    done = funds.apply(fund)
    await shop.done("shop", done)
    await shop.refused("shop", msgspec.structs.replace(done, title="again"), "activity_exists")
    save = funds.fund_save(fund=fund, code="F1", status="closed")
    await shop.done("hq", save)
    await shop.refused("shop", funds.apply(fund), "fund_closed")


async def test_calling_off_and_expiring_give_back(funds: Funds) -> None:
    fund = await funds.fund(budget="4000")
    shop = funds.shop
    called_off, late, claimed = [await funds.approved(fund, "1000") for _ in range(3)]
    waiting = funds.apply(fund, "1000")
    await shop.done("shop", waiting)
    await shop.done("shop", ActivityCancel(activity=called_off, reason="改期"))
    assert (await funds.activity(called_off)).status == "cancelled"
    await funds.filed(funds.file(claimed))
    assert await shop.refused("shop", ActivityCancel(activity=claimed), "claim_open") == {"number": "CL-2026-07-0001"}
    # Until midnight at the brand of the last day on which it may be claimed; one that nobody decided on as well.
    over = datetime(2026, 8, 15, 16, tzinfo=UTC)
    for shop.now, expired in ((over - timedelta(seconds=1), 0), (over, 2)):
        async with transaction(shop.sessions) as session:
            assert await expire_activities(session, shop.tenant_id, shop.now) == expired
    statuses = [(await funds.activity(id_)).status for id_ in (late, waiting.activity, claimed)]
    assert statuses == ["expired", "expired", "approved"]
    assert (await funds.balance(fund))[1:3] == ("3000.00", "1000.00")
    async with transaction(shop.sessions) as session:
        assert await expire_activities(session, shop.tenant_id, shop.now + timedelta(hours=2)) == 0
    await funds.check_ledger()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_called_off_after_a_part_was_paid_it_is_closed(funds: Funds) -> None:
    """What was approved stays, and nobody reads that nothing took place."""
    fund = await funds.fund(budget="1000")
    activity = await funds.approved(fund, "1000")
    claim = await funds.claim(await funds.filed(funds.file(activity)))
    await funds.shop.done("finance", funds.approve(claim, release=False))
    await funds.shop.done("shop", ActivityCancel(activity=activity, reason="雨天"))
    assert (await funds.activity(activity)).status == "closed"
    assert await funds.balance(fund) == ("1000.00", "700.00", "0.00", "300.00", "0.00")
    await funds.check_ledger()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_who_is_told_on_their_devices(funds: Funds, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever the open step names, then the applicant; nobody what they did themselves."""
    told: list[tuple[set[str], str]] = []
    logins = {user.id: login for login, user in funds.shop.brand.users.items()}

    async def notify(_session: Any, _tenant: str, people: set[str], *about: Any) -> None:
        told.append(({logins[id_] for id_ in people}, about[1]))

    monkeypatch.setattr(telling, "notify", notify)
    await funds.shop.done("hq", ApprovalSave(steps=(Step(role="rep", limit=Decimal(1)), Step(role="finance"))))
    fund = await funds.fund("SHOP", "RIVAL", shared=True)
    command = funds.apply(fund)
    await funds.shop.done("shop", command)
    await funds.shop.done("rep", decide(command.activity))
    await funds.shop.done("finance", decide(command.activity, 1))
    # No rep looks after RIVAL: there is nobody to tell.
    await funds.shop.done("rival", funds.apply(fund, code="RIVAL"))
    assert told == [
        ({"rep"}, "push.activity.applied"),
        ({"finance"}, "push.activity.applied"),
        ({"shop"}, "push.activity.approved"),
    ]
    told.clear()
    funds.shop.now += timedelta(minutes=1)
    # Of a claim its filer hears, and not once more that the activity was approved.
    refused = await funds.filed(funds.file(command.activity))
    await funds.shop.done("finance", ClaimAsk(claim=refused, question="?"))
    await funds.shop.done("finance", ClaimRefuse(claim=refused, reason="no"))
    paid = await funds.filed(funds.file(command.activity))
    await funds.shop.done("finance", funds.approve(await funds.claim(paid), release=False))
    await funds.shop.done("finance", funds.settle(paid, "100"))
    await funds.shop.done("finance", funds.settle(paid, "200"))
    assert told == [
        ({"shop"}, f"push.claim.{said}")
        for said in ("more_wanted", "refused", "approved", "settled_in_part", "settled")
    ]
    told.clear()
    # Nor that an application of one's own waits for oneself.
    await funds.shop.done("hq", ApprovalSave(steps=(Step(role="rep", limit=Decimal(1)), Step(role="head_office"))))
    own = funds.apply(fund)
    await funds.shop.done("hq", own)
    await funds.shop.done("rep", decide(own.activity))
    assert told == [({"rep"}, "push.activity.applied")]
