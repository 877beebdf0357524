"""What readers' phones say, and what the author makes of it."""

from datetime import timedelta

from offline.ids import new_id
from offline.rules.notices import REMIND_EVERY, stage
from offline.wire.notices import (
    NoticeConfirm,
    NoticeCorrect,
    NoticeDelivered,
    NoticeRead,
    NoticeRemind,
    NoticeWithdraw,
)
from tests.notices.board import Board
from tests.shop import checksums


async def test_delivered_opened_confirmed_at_the_phones_own_times(board: Board) -> None:
    shop = board.shop
    notice = await board.sent(confirm=True)
    sent_at = shop.now
    shop.now += timedelta(days=1)
    await shop.done("shop", NoticeDelivered(notices=(notice,)), at=sent_at + timedelta(hours=1))
    await shop.done("shop", NoticeRead(notice=notice, revision=1), at=sent_at + timedelta(hours=2))
    await shop.done("shop", NoticeConfirm(notice=notice, revision=1), at=sent_at + timedelta(hours=3))
    reader = (await board.readers(notice))["shop"]
    assert reader.delivered_at == sent_at + timedelta(hours=1)
    assert reader.opened_at == sent_at + timedelta(hours=2)
    assert reader.confirmed_at == sent_at + timedelta(hours=3)
    state = await board.state(notice, "shop")
    assert state is not None
    assert (state.delivered, state.opened, state.confirmed) == (True, 1, 1)


async def test_said_again_nothing_changes(board: Board) -> None:
    notice = await board.sent(confirm=True)
    said = (NoticeDelivered(notices=(notice,)), NoticeRead(notice=notice, revision=1))
    await board.shop.done("shop", *said, NoticeConfirm(notice=notice, revision=1))
    before = await checksums(board.shop.sessions)
    board.shop.now += timedelta(hours=1)
    await board.shop.done("shop", *said, NoticeConfirm(notice=notice, revision=1))
    assert await checksums(board.shop.sessions) == before


async def test_confirming_alone_means_opened_and_delivered(board: Board) -> None:
    notice = await board.sent(confirm=True)
    await board.shop.done("shop", NoticeConfirm(notice=notice, revision=1))
    reader = (await board.readers(notice))["shop"]
    assert (reader.opened, reader.confirmed) == (1, 1)
    assert reader.delivered_at == reader.opened_at == reader.confirmed_at == board.shop.now


async def test_a_wrong_clock_opens_nothing_before_it_was_sent(board: Board) -> None:
    notice = await board.sent()
    await board.shop.done("shop", NoticeRead(notice=notice, revision=7), at=board.shop.now - timedelta(days=3))
    reader = (await board.readers(notice))["shop"]
    assert (reader.opened, reader.opened_at) == (1, board.shop.now)


async def test_a_confirmation_of_an_older_revision_is_kept_and_not_enough(board: Board) -> None:
    """The shop confirms in a cellar while head office corrects."""
    shop = board.shop
    notice = await board.sent(confirm=True)
    await shop.done(
        "hq", NoticeCorrect(notice=notice, title={"en": "a"}, text={"en": "b"}, confirm=True, ask_again=True)
    )
    await board.work(notice)
    await shop.done("shop", NoticeConfirm(notice=notice, revision=1))
    assert (await board.readers(notice))["shop"].confirmed == 1
    assert await board.count(notice) == (3, 1, 0, 0)
    await shop.done("shop", NoticeConfirm(notice=notice, revision=2))
    assert await board.count(notice) == (3, 1, 1, 1)


async def test_a_confirmation_of_one_withdrawn_meanwhile_is_no_trouble(board: Board) -> None:
    notice = await board.sent(confirm=True)
    await board.shop.done("hq", NoticeWithdraw(notice=notice))
    await board.shop.done("shop", NoticeConfirm(notice=notice, revision=1))
    assert (await board.readers(notice))["shop"].confirmed == 1


async def test_only_readers_may_say_anything(board: Board) -> None:
    notice = await board.sent(confirm=True)
    for login in ("hq", "dealer", "rep", "trainer"):
        await board.shop.refused(login, NoticeDelivered(notices=(notice,)), "notice_unknown")
        await board.shop.refused(login, NoticeRead(notice=notice, revision=1), "notice_unknown")
        await board.shop.refused(login, NoticeConfirm(notice=notice, revision=1), "notice_unknown")
    # One of several is enough: a phone may hold what the server has let go of.
    await board.shop.done("shop", NoticeDelivered(notices=(new_id(), notice)))


async def test_the_authors_figures_follow_the_readers(board: Board) -> None:
    shop = board.shop
    notice = await board.sent(confirm=True)
    assert await board.count(notice) == (3, 0, 0, 0)
    await shop.done("shop", NoticeDelivered(notices=(notice,)))
    await shop.done("staff", NoticeRead(notice=notice, revision=1))
    await shop.done("rival", NoticeConfirm(notice=notice, revision=1))
    assert await board.count(notice) == (3, 3, 2, 1)
    assert (await board.paper(notice)).counted_at == shop.now


async def test_the_figures_are_the_rules(board: Board) -> None:
    """SQL counts what ``offline.rules.notices.stage`` says of each reader."""

    class Seen:
        def __init__(self, delivered: bool, opened: int, confirmed: int) -> None:
            self.delivered, self.opened, self.confirmed = delivered, opened, confirmed

    shop = board.shop
    notice = await board.sent(confirm=True)
    await shop.done("shop", NoticeConfirm(notice=notice, revision=1))
    await shop.done("staff", NoticeRead(notice=notice, revision=1))
    for _ in range(3):
        counted = await board.count(notice)
        paper = await board.paper(notice)
        stages = [
            stage(paper.asked, Seen(row.delivered_at is not None, row.opened, row.confirmed))
            for row in (await board.readers(notice)).values()
        ]
        order = ["addressed", "delivered", "opened", "confirmed"]
        assert list(counted) == [sum(order.index(each) >= least for each in stages) for least in range(4)]
        again = NoticeCorrect(notice=notice, title={"en": "a"}, text={"en": "b"}, confirm=True, ask_again=True)
        await shop.done("hq", again)
        await shop.done("rival", NoticeRead(notice=notice, revision=paper.revision + 1))


async def test_only_those_who_owe_something_are_reminded(board: Board) -> None:
    shop = board.shop
    notice = await board.sent(confirm=True)
    await shop.done("shop", NoticeConfirm(notice=notice, revision=1))
    await shop.done("staff", NoticeRead(notice=notice, revision=1))
    shop.now += timedelta(hours=1)
    await shop.done("hq", NoticeRemind(notice=notice))
    assert await board.remind(notice, shop.now) == ["rival", "staff"]
    assert await board.remind(notice, shop.now) == []
    state = await board.state(notice, "rival")
    assert state is not None
    assert state.reminded_at == shop.now
    done = await board.state(notice, "shop")
    assert done is not None
    assert done.reminded_at is None


async def test_reminders_are_limited(board: Board) -> None:
    shop = board.shop
    notice = await board.sent(confirm=True)
    await shop.done("hq", NoticeRemind(notice=notice))
    shop.now += REMIND_EVERY - timedelta(seconds=1)
    assert await shop.refused("hq", NoticeRemind(notice=notice), "notice_reminded") == {"hours": 12}
    shop.now += timedelta(seconds=1)
    await shop.done("hq", NoticeRemind(notice=notice))
    # What is asked anew may be reminded of anew.
    again = NoticeCorrect(notice=notice, title={"en": "a"}, text={"en": "b"}, confirm=True, ask_again=True)
    await shop.done("hq", again, NoticeRemind(notice=notice))


async def test_without_a_confirmation_those_who_have_not_opened_are_reminded(board: Board) -> None:
    notice = await board.sent()
    await board.shop.done("shop", NoticeRead(notice=notice, revision=1))
    await board.shop.done("hq", NoticeRemind(notice=notice))
    assert await board.remind(notice, board.shop.now) == ["rival", "staff"]
