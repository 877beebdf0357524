"""Look-alikes are found by a worker, some seconds after the pictures: both engines, through the real queue."""

from datetime import UTC, datetime

import pytest
from litestar import Litestar
from PIL import Image

from backend.claims import comparing
from media.evidence import look_of
from offline.wire.claims import ClaimAmend, ClaimAsk, ClaimFile, ClaimReview
from tests.claims.world import Funds, picture


def look(seed: int) -> str:
    return look_of(Image.linear_gradient("L").rotate(seed * 37).resize((240, 320)))


async def claimed(funds: Funds, fund: str, seen: str, content: str = "") -> tuple[ClaimFile, str]:
    """A claim with one picture that looks so, and the picture's id."""
    ref = picture(content)
    command = funds.file(await funds.approved(fund), funds.receipt("300", ref), display=())
    await funds.shop.done("shop", command)
    await funds.arrive(ref, looks={ref.id: seen})
    return command, ref.id


async def alike(funds: Funds, claim: str) -> list[tuple[str, str]]:
    """(picture of the claim, the other's claim)."""
    review, _ = await funds.shop.feed("claim_review", claim, ClaimReview)
    return [(each.subject, each.claim) for each in review.findings if each.check == "look_alike"]


async def test_a_worker_hints_at_pictures_that_look_the_same(
    app: Litestar, funds: Funds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "PART", 1)
    funds.shop.now = datetime.now(UTC)
    fund = await funds.fund(needs=())
    first, _ = await claimed(funds, fund, look(1))
    other, _ = await claimed(funds, fund, look(2))
    second, mine = await claimed(funds, fund, look(1))
    # Nobody waits for it.
    assert (await funds.claim(second.claim)).status == "submitted"
    assert await alike(funds, second.claim) == []
    await app.state.runner.drain()
    assert await alike(funds, second.claim) == [(mine, first.claim)]
    # The one that was there first is not asked, nor is who looks like nobody.
    assert await alike(funds, first.claim) == await alike(funds, other.claim) == []
    assert (await funds.claim(second.claim)).status == "submitted"


async def test_a_blocked_claim_is_hinted_at_too(app: Litestar, funds: Funds) -> None:
    """Of the one whose bytes it has nothing more is said; of another that looks the same it is."""
    funds.shop.now = datetime.now(UTC)
    fund = await funds.fund(needs=())
    await claimed(funds, fund, look(1), "a receipt")
    other, _ = await claimed(funds, fund, look(1))
    copy, mine = await claimed(funds, fund, look(1), "a receipt")
    await app.state.runner.drain()
    assert (await funds.claim(copy.claim)).status == "blocked"
    assert await alike(funds, copy.claim) == [(mine, other.claim)]


async def test_what_was_found_stays_with_the_claim_and_a_decided_one_is_left_alone(app: Litestar, funds: Funds) -> None:
    funds.shop.now = datetime.now(UTC)
    fund = await funds.fund(needs=())
    first, _ = await claimed(funds, fund, look(1))
    second, mine = await claimed(funds, fund, look(1))
    await app.state.runner.drain()
    # Shown again in an amended claim, beside one that is still on its way.
    old, late = second.receipts[0], funds.receipt("20")
    await funds.shop.done("hq", ClaimAsk(claim=second.claim, question="还有一张小票吗？"))
    await funds.shop.done("shop", ClaimAmend(claim=second.claim, receipts=(old, late), note="补一张"))
    assert (await funds.claim(second.claim)).status == "media_pending"
    assert await alike(funds, second.claim) == [(mine, first.claim)]

    third, _ = await claimed(funds, fund, look(1))
    await funds.shop.done("hq", funds.approve(await funds.claim(third.claim)))
    await app.state.runner.drain()
    assert await alike(funds, third.claim) == []
