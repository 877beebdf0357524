"""Claims: filed, checked, reviewed, settled."""

import csv
import io
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from PIL import Image

from backend.claims import queries
from backend.media.models import Media
from media.examining import examine
from offline.ids import new_id
from offline.wire.claims import (
    ClaimAmend,
    ClaimApprove,
    ClaimAsk,
    ClaimRefuse,
    ClaimReview,
    ClaimWithdraw,
    ReceiptDecision,
)
from offline.wire.media import Position
from tests.claims.world import Funds, picture
from tests.people import World
from tests.shop import open_shop

sqlite_only = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


async def test_a_claim_waits_for_its_pictures(funds: Funds) -> None:
    activity = await funds.approved(await funds.fund())
    command = funds.file(activity, funds.receipt("300.50", picture(), picture()))
    await funds.shop.done("shop", command)
    row = await funds.claim(command.claim)
    assert (row.number, row.status, row.total) == ("CL-2026-07-0001", "media_pending", Decimal("300.50"))
    assert {each.status for each in (*row.receipts[0].pictures, *row.display)} == {"expected"}
    refs = [*command.receipts[0].pictures, *command.display]
    await funds.arrive(*refs[:2])
    assert (await funds.claim(command.claim)).status == "media_pending"
    await funds.arrive(*refs[2:])
    row = await funds.claim(command.claim)
    assert (row.status, row.display[0].status) == ("submitted", "stored")
    assert await funds.findings(command.claim) == []


@sqlite_only
async def test_a_refused_claim_stays_one_when_its_pictures_come(funds: Funds) -> None:
    command = funds.file(await funds.approved(await funds.fund()))
    await funds.shop.done("shop", command)
    await funds.shop.done("finance", ClaimRefuse(claim=command.claim, reason="no"))
    await funds.arrive(*command.receipts[0].pictures, *command.display)
    row = await funds.claim(command.claim)
    assert (row.status, row.display[0].status) == ("refused", "stored")


async def test_pictures_may_come_first(funds: Funds) -> None:
    """The file is uploaded by itself; the paper names it later. Here: withdrawn, and named again by the next claim."""
    activity = await funds.approved(await funds.fund())
    first = funds.file(activity)
    await funds.filed(first)
    await funds.shop.done("shop", ClaimWithdraw(claim=first.claim, reason="填错了"))
    again = msgspec.structs.replace(first, claim=new_id())
    await funds.shop.done("shop", again)
    row = await funds.claim(again.claim)
    assert (row.status, row.number) == ("submitted", "CL-2026-07-0002")
    # Seen before, but in a claim that was taken back: to be looked at.
    levels = {level for check, level, _ in await funds.findings(again.claim) if check in ("same_file", "same_receipt")}
    assert levels == {"review"}
    # Now it is in one that stands: a third is blocked, whichever came first.
    (seen,) = first.display
    third = funds.file(await funds.approved(await funds.fund()), display=(picture(sha256=seen.sha256, size=seen.size),))
    await funds.filed(third)
    assert (await funds.claim(third.claim)).status == "blocked"


@sqlite_only
async def test_another_brands_claims_are_nothing_to_ours(funds: Funds, world: World) -> None:
    """Brands share customers, and so receipts: none hears of the other's."""
    theirs = Funds(await open_shop(funds.shop.sessions, world, world.other))
    fields = {"seller": "Home Master", "on": funds.today}
    for each in (theirs, funds):
        activity = await each.approved(await each.fund())
        claim = await each.filed(each.file(activity, each.receipt("15.90", picture("one receipt"), **fields)))
        assert (await each.claim(claim)).status == "submitted"
        assert await each.findings(claim) == []


async def test_the_same_bytes_block(funds: Funds) -> None:
    shop = funds.shop
    fund = await funds.fund("SHOP", "RIVAL", shared=True)
    first = funds.file(await funds.approved(fund), funds.receipt("300", picture("the receipt")))
    await funds.filed(first)
    rival = await funds.approved(fund, login="rival", code="RIVAL")
    copy = funds.file(rival, funds.receipt("120", picture("the receipt")))
    await funds.filed(copy, "rival")
    row = await funds.claim(copy.claim)
    shot = copy.receipts[0].pictures[0].id
    assert (row.status, row.used_before) == ("blocked", (shot,))
    assert await funds.findings(copy.claim) == [("same_file", "block", shot)]
    assert (await funds.claim(first.claim)).status == "submitted"
    # What head office alone knows: where it was seen.
    review, _ = await shop.feed("claim_review", copy.claim, ClaimReview)
    found = review.findings[0]
    assert (found.number, found.picture) == ("CL-2026-07-0001", first.receipts[0].pictures[0].id)
    await shop.refused("finance", funds.approve(row), "claim_status")
    # With a picture of its own it goes on; nobody needs the other one.
    mended = ClaimAmend(claim=copy.claim, receipts=(funds.receipt("120"),), display=copy.display)
    await funds.filed(mended, "rival")
    assert (await funds.claim(copy.claim)).status == "submitted"
    async with shop.sessions() as session:
        files = [await session.get_one(Media, (shop.tenant_id, id_)) for id_ in (shot, mended.display[0].id)]
    assert [file.expires_at is not None for file in files] == [True, False]


async def test_a_copy_that_comes_first_does_not_block_the_one_that_was_there(funds: Funds) -> None:
    """A claim that is amended keeps the time at which it showed what it shows."""
    fund = await funds.fund("SHOP", "RIVAL", shared=True)
    command = funds.file(await funds.approved(fund), funds.receipt("300", picture("a receipt")))
    claim = await funds.filed(command)
    await funds.shop.done("finance", ClaimAsk(claim=claim, question="请补拍全景"))
    funds.shop.now += timedelta(hours=1)
    (receipt,) = command.receipts
    copy = msgspec.structs.replace(receipt, id=new_id(), pictures=(picture("a receipt"),))
    rival = funds.file(await funds.approved(fund, login="rival", code="RIVAL"), copy)
    await funds.filed(rival, "rival")
    funds.shop.now += timedelta(hours=1)
    more = ClaimAmend(claim=claim, receipts=command.receipts, display=(*command.display, picture()))
    await funds.filed(more)
    assert [(await funds.claim(each)).status for each in (claim, rival.claim)] == ["submitted", "blocked"]
    # Nor has the one that was there its fields from the copy.
    assert not any(check == "same_receipt" for check, _, _ in await funds.findings(claim))
    assert ("same_receipt", "review", copy.id) in await funds.findings(rival.claim)


async def test_of_two_filed_at_one_moment_the_later_is_found_when_it_is_approved(
    funds: Funds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither saw the other when it was filed: each was in a transaction of its own."""

    async def nothing(*_: Any) -> list[Any]:
        return []

    claims = []
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(queries, "files_elsewhere", nothing)
        for _ in range(2):
            receipt = funds.receipt("300", picture("one receipt"))
            claims.append(await funds.filed(funds.file(await funds.approved(await funds.fund()), receipt)))
            funds.shop.now += timedelta(seconds=1)
    first, second = [await funds.claim(claim) for claim in claims]
    assert (first.status, second.status) == ("submitted", "submitted")
    await funds.shop.refused("finance", funds.approve(second), "claim_blocked")
    await funds.shop.done("finance", funds.approve(first))


async def test_the_same_fields_are_reviewed(funds: Funds) -> None:
    fund = await funds.fund()
    fields = {"seller": "Home Master Hardware & Electrical", "on": funds.today}
    first = funds.file(await funds.approved(fund), funds.receipt("15.90", **fields))
    await funds.filed(first)
    fields["seller"] = "HOME-MASTER HARDWARE ELECTRICAL SDN. BHD."
    again = funds.receipt("15.9", **fields)
    claim = await funds.filed(funds.file(await funds.approved(fund), again))
    assert (await funds.claim(claim)).status == "submitted"
    assert await funds.findings(claim) == [("same_receipt", "review", again.id)]
    other = funds.receipt("15.91", **fields)
    claim = await funds.filed(funds.file(await funds.approved(fund), other))
    assert await funds.findings(claim) == []


@sqlite_only
async def test_period_place_and_budget_are_looked_at(funds: Funds) -> None:
    activity = await funds.approved(await funds.fund(), "500")
    at = Position(latitude=31.33, longitude=121.47, accuracy=30, at=funds.shop.now)
    early = funds.receipt("501", on=funds.today - timedelta(days=1))
    far, nowhere = picture(position=at), picture(taken_at=funds.shop.now - timedelta(days=3))
    claim = await funds.filed(funds.file(activity, early, display=(far, nowhere)))
    assert await funds.findings(claim) == [
        ("receipt_outside_period", "review", early.id),
        ("picture_outside_period", "review", nowhere.id),
        ("over_reserved", "review", ""),
        ("far_away", "review", far.id),
        ("no_position", "hint", nowhere.id),
    ]
    review, _ = await funds.shop.feed("claim_review", claim, ClaimReview)
    assert [each.metres for each in review.pictures] == [None, 11120, None]


async def test_what_the_files_themselves_say_is_a_hint(funds: Funds, tmp_path: Path) -> None:
    """Two files with EXIF, looked into as the media slice does: one agrees with nobody, one stands in for the phone."""
    activity = await funds.approved(await funds.fund())
    at = Position(latitude=31.23, longitude=121.47, accuracy=0, at=funds.shop.now)
    liar, silent = picture(position=at, taken_at=funds.shop.now), picture()
    command = funds.file(activity, display=(liar, silent))
    await funds.shop.done("shop", command)
    told = {
        liar.id: said_by_file(tmp_path, "2026:06:01 09:30:00", (31.0, 19.0, 48.0)),
        silent.id: said_by_file(tmp_path, f"{funds.today:%Y:%m:%d} 10:00:00", (31.0, 13.0, 48.0)),
    }
    await funds.arrive(*command.receipts[0].pictures, liar, silent, exif=told)
    assert (await funds.claim(command.claim)).status == "submitted"
    days = (funds.today - date(2026, 6, 1)).days
    review, _ = await funds.shop.feed("claim_review", command.claim, ClaimReview)
    assert [(each.check, each.level, each.subject, each.detail) for each in review.findings] == [
        ("exif_outside_period", "hint", liar.id, {"on": "2026-06-01"}),
        ("exif_time_differs", "hint", liar.id, {"hours": review.findings[1].detail["hours"]}),
        ("exif_far_away", "hint", liar.id, {"metres": "11120"}),
        ("exif_place_differs", "hint", liar.id, {"metres": "11120"}),
    ]
    assert (days - 2) * 24 < int(review.findings[1].detail["hours"]) < (days + 1) * 24
    facts = {each.picture: each for each in review.pictures}
    # A radius nobody told is no radius of 0.
    assert (facts[liar.id].metres, facts[liar.id].accuracy, facts[liar.id].exif_metres) == (0, 100, 11120)
    assert facts[liar.id].exif_taken_at == datetime(2026, 6, 1, 1, 30, tzinfo=UTC)
    assert (facts[silent.id].exif, facts[silent.id].metres, facts[silent.id].exif_metres) == (True, None, 0)
    assert not facts[command.receipts[0].pictures[0].id].exif


def said_by_file(folder: Path, taken: str, latitude: tuple[float, float, float]) -> dict[str, Any]:
    """As the media slice keeps it, of a JPEG with this EXIF."""
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = taken
    exif.get_ifd(0x8825).update({1: "N", 2: latitude, 3: "E", 4: (121.0, 28.0, 12.0)})
    Image.new("RGB", (64, 48), "red").save(folder / "picture.jpg", exif=exif)
    found = examine(folder / "picture.jpg", folder)
    assert found.exif is not None
    return asdict(found.exif)


@sqlite_only
async def test_evidence_that_is_missing_is_told(funds: Funds) -> None:
    activity = await funds.approved(await funds.fund())
    bare = msgspec.structs.replace(funds.receipt(), pictures=())
    command = funds.file(activity, bare, display=())
    await funds.shop.done("shop", command)
    assert (await funds.claim(command.claim)).status == "submitted"
    assert await funds.findings(command.claim) == [
        ("missing_picture", "review", bare.id),
        ("missing_display", "review", ""),
    ]


async def test_approved_in_part_and_settled(funds: Funds) -> None:
    shop, fund = funds.shop, await funds.fund(budget="1000")
    activity = await funds.approved(fund, "800")
    claim = await funds.filed(funds.file(activity, funds.receipt("300"), funds.receipt("200.55")))
    row = await funds.claim(claim)
    await shop.done("finance", funds.approve(row, "300", "120.50", note="按陈列标准核减"))
    row = await funds.claim(claim)
    assert (row.status, row.approved, [each.approved for each in row.receipts]) == (
        "approved", Decimal("420.50"), [Decimal("300.00"), Decimal("120.50")],
    )  # fmt: skip
    assert row.receipts[1].reason == "按标准"
    assert await funds.balance(fund) == ("1000.00", "579.50", "0.00", "420.50", "0.00")
    applied = await funds.activity(activity)
    assert (applied.status, applied.spent, applied.left) == ("closed", Decimal("420.50"), Decimal(0))
    over = funds.settle(claim, "420.51")
    assert await shop.refused("finance", over, "over_payable") == {"left": "420.50"}
    part = funds.settle(claim, "400")
    await shop.done("finance", part)
    assert (await funds.claim(claim)).status == "approved"
    await shop.refused("finance", part, "settlement_exists")
    await shop.done("finance", funds.settle(claim, "20.50", kind="payment", reference="PAY-7"))
    row = await funds.claim(claim)
    assert (row.status, row.settled, [each.reference for each in row.settlements]) == (
        "settled", Decimal("420.50"), ["CN-1", "PAY-7"],
    )  # fmt: skip
    assert await funds.balance(fund) == ("1000.00", "579.50", "0.00", "0.00", "420.50")
    assert await funds.check_ledger() == [
        "fund", "allocate", "reserve", "consume", "release", "settle", "settle",
    ]  # fmt: skip
    assert [event.kind for event in row.events] == ["filed", "approved", "settled", "settled"]


@sqlite_only
async def test_a_receipt_in_another_currency_counts_for_what_finance_says(funds: Funds) -> None:
    """Its total is none of the fund's: nothing is claimed by it, and what is approved of it has a reason."""
    activity = await funds.approved(await funds.fund(), "1000")
    foreign = funds.receipt("40", currency="USD")
    claim = await funds.filed(funds.file(activity, funds.receipt("300"), foreign))
    row = await funds.claim(claim)
    assert row.total == Decimal(300)
    assert ("other_currency", "review", foreign.id) in await funds.findings(claim)
    command = funds.approve(row, "300", "280")
    bare = msgspec.structs.replace(command.receipts[foreign.id], reason=" ")
    silent = msgspec.structs.replace(command, receipts={**command.receipts, foreign.id: bare})
    assert await funds.shop.refused("finance", silent, "reason_needed") == {"receipt": foreign.id}
    await funds.shop.done("finance", command)
    assert (await funds.claim(claim)).approved == Decimal(580)
    await funds.check_ledger()


async def test_what_is_left_may_be_claimed_later(funds: Funds) -> None:
    shop, fund = funds.shop, await funds.fund(budget="1000")
    activity = await funds.approved(fund, "800")
    first = await funds.filed(funds.file(activity, funds.receipt("300")))
    assert await shop.refused("shop", funds.file(activity), "claim_open") == {"number": "CL-2026-07-0001"}
    await shop.done("finance", funds.approve(await funds.claim(first), release=False))
    assert ((await funds.activity(activity)).status, (await funds.balance(fund))[2]) == ("approved", "500.00")
    second = await funds.filed(funds.file(activity, funds.receipt("500.01")))
    row = await funds.claim(second)
    assert await shop.refused("finance", funds.approve(row), "over_reserved") == {"left": "500.00"}
    await shop.done("finance", funds.approve(row, "500", release=False))
    assert (await funds.activity(activity)).status == "closed"
    assert await funds.balance(fund) == ("1000.00", "200.00", "0.00", "800.00", "0.00")
    await funds.check_ledger()


async def test_more_is_asked_for_and_refused(funds: Funds) -> None:
    shop, fund = funds.shop, await funds.fund(budget="1000")
    activity = await funds.approved(fund, "800")
    command = funds.file(activity)
    claim = await funds.filed(command)
    await shop.done("finance", ClaimAsk(claim=claim, question="请补拍堆头全景"))
    row = await funds.claim(claim)
    assert (row.status, row.question) == ("more_wanted", "请补拍堆头全景")
    more = picture()
    amended = ClaimAmend(claim=claim, receipts=command.receipts, display=(*command.display, more), note="已补")
    await funds.filed(amended)
    row = await funds.claim(claim)
    assert (row.status, row.question, len(row.display)) == ("submitted", "", 2)
    await shop.done("finance", ClaimRefuse(claim=claim, reason="陈列不达标"))
    row = await funds.claim(claim)
    assert (row.status, row.events[-1].reason) == ("refused", "陈列不达标")
    # The reservation stays: the partner may claim anew while there is time, or finance releases it.
    assert (await funds.balance(fund))[2] == "800.00"
    second = await funds.filed(funds.file(activity))
    await shop.done("finance", ClaimAsk(claim=second, question="还有吗？"))
    await shop.done("finance", ClaimRefuse(claim=second, reason="过期", release=True))
    # Nobody is asked any more.
    assert (await funds.claim(second)).question == ""
    assert ((await funds.activity(activity)).status, (await funds.balance(fund))[1]) == ("closed", "1000.00")
    await funds.check_ledger()


async def test_nobody_reviews_their_own_claim(funds: Funds) -> None:
    activity = await funds.approved(await funds.fund(), "800")
    claim = await funds.filed(funds.file(activity), "hq")
    row = await funds.claim(claim)
    for command in (
        funds.approve(row),
        ClaimAsk(claim=claim, question="?"),
        ClaimRefuse(claim=claim, reason="no"),
    ):
        await funds.shop.refused("hq", command, "own_paper")
    await funds.shop.done("finance", funds.approve(row))


@sqlite_only
async def test_nobody_reviews_what_they_amended(funds: Funds) -> None:
    """Or head office would write what it then approves into a partner's claim."""
    command = funds.file(await funds.approved(await funds.fund(), "800"))
    claim = await funds.filed(command)
    await funds.shop.done("finance", ClaimAsk(claim=claim, question="?"))
    await funds.filed(ClaimAmend(claim=claim, receipts=(funds.receipt("700"),), display=command.display), "hq")
    row = await funds.claim(claim)
    await funds.shop.refused("hq", funds.approve(row), "own_paper")
    await funds.shop.done("finance", funds.approve(row))


async def test_what_a_claim_is_refused_for(funds: Funds) -> None:
    shop, fund = funds.shop, await funds.fund()
    activity = await funds.approved(fund)
    sound = funds.file(activity)
    receipt = sound.receipts[0]
    for changes, code in (
        ({"activity": new_id()}, "activity_unknown"),
        ({"receipts": (receipt, receipt)}, "invalid"),
        ({"receipts": (msgspec.structs.replace(receipt, total=Decimal(-1)),)}, "invalid"),
        ({"receipts": (msgspec.structs.replace(receipt, seller=" "),)}, "invalid"),
        ({"receipts": (msgspec.structs.replace(receipt, total=Decimal("NaN")),)}, "invalid"),
        ({"display": receipt.pictures}, "invalid"),
    ):
        await shop.refused("shop", msgspec.structs.replace(sound, **changes), code)
    await shop.refused("rival", sound, "activity_unknown")
    early = await funds.approved(fund, starts_on=funds.today + timedelta(days=2))
    await shop.refused("shop", funds.file(early), "claim_too_early")
    waiting = funds.apply(fund)
    await shop.done("shop", waiting)
    assert await shop.refused("shop", funds.file(waiting.activity), "activity_status") == {"status": "applied"}
    await shop.done("shop", sound)
    await shop.refused("shop", msgspec.structs.replace(sound, note="again"), "claim_exists")
    row = await funds.claim(sound.claim)
    for command, code in (
        (funds.approve(row), "claim_status"),
        (ClaimAsk(claim=sound.claim, question="?"), "claim_status"),
        (funds.settle(sound.claim, "1"), "claim_status"),
        (ClaimRefuse(claim=new_id(), reason="x"), "claim_unknown"),
    ):
        await shop.refused("finance", command, code)
    await funds.arrive(*receipt.pictures, *sound.display)
    less = {receipt.id: ReceiptDecision(amount=Decimal(1))}
    await shop.refused("finance", ClaimApprove(claim=sound.claim, receipts=less), "reason_needed")
    await shop.refused("finance", funds.approve(row, "0"), "nothing_approved")
    await shop.refused("finance", funds.approve(row, "300.01"), "invalid")
    await shop.refused("finance", ClaimApprove(claim=sound.claim, receipts={new_id(): less[receipt.id]}), "invalid")
    shop.now += timedelta(days=60)
    await shop.refused("shop", funds.file(early), "claim_too_late")


@sqlite_only
async def test_it_is_claimed_from_its_first_day_to_its_last(funds: Funds) -> None:
    """Days and months are the brand's, which begin eight hours before those of UTC."""
    shop, second = funds.shop, timedelta(seconds=1)
    fund = await funds.fund(claim_days=22)
    activity = await funds.approved(fund, starts_on=date(2026, 7, 8), ends_on=date(2026, 7, 10))
    begins, over = datetime(2026, 7, 7, 16, tzinfo=UTC), datetime(2026, 8, 1, 16, tzinfo=UTC)
    shop.now = begins - second
    await shop.refused("shop", funds.file(activity), "claim_too_early")
    numbers = []
    for shop.now in (begins, datetime(2026, 7, 31, 16, tzinfo=UTC), over - second):
        command = funds.file(activity)
        await shop.done("shop", command)
        numbers.append((await funds.claim(command.claim)).number)
        await shop.done("shop", ClaimWithdraw(claim=command.claim))
    assert numbers == ["CL-2026-07-0001", "CL-2026-08-0001", "CL-2026-08-0002"]
    shop.now = over
    await shop.refused("shop", funds.file(activity), "claim_too_late")


@sqlite_only
async def test_the_ledger_goes_into_a_spreadsheet(funds: Funds, client: httpx.AsyncClient) -> None:
    fund = await funds.fund(budget="1000")
    claim = await funds.filed(funds.file(await funds.approved(fund, "800"), funds.receipt("300.50")))
    await funds.shop.done("finance", funds.approve(await funds.claim(claim)))
    await funds.shop.done("finance", funds.settle(claim, "300.50"))
    answer = await client.get("/api/exports/ledger.csv", headers=funds.shop.brand.bearer("finance"))
    assert answer.status_code == 200
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["kind"], row["amount"], row["paper"]) for row in rows][2:] == [
        ("reserve", "800.00", "AC-2026-07-0001"),
        ("consume", "300.50", "CL-2026-07-0001"),
        ("release", "499.50", "AC-2026-07-0001"),
        ("settle", "300.50", "CL-2026-07-0001"),
    ]
    assert {row["partner"] for row in rows[2:]} == {"SHOP"}
    listed = await client.get("/api/exports/claims.csv?words=en", headers=funds.shop.brand.bearer("finance"))
    (row,) = csv.DictReader(io.StringIO(listed.content.decode("utf-8-sig")))
    assert (row["Claim"], row["Status"]) == ("CL-2026-07-0001", "Settled")
    assert [row[name] for name in ("Planned cost", "Claimed", "Approved", "Settled")] == [
        "800.00", "300.50", "300.50", "300.50",
    ]  # fmt: skip
    told = await client.get("/api/exports/ledger.csv?words=zh-CN", headers=funds.shop.brand.bearer("finance"))
    words = list(csv.DictReader(io.StringIO(told.content.decode("utf-8-sig"))))
    assert [(row["事项"], row["金额"]) for row in words][2:] == [
        ("预留", "800.00"), ("核销", "300.50"), ("退回", "499.50"), ("结算", "300.50"),
    ]  # fmt: skip
