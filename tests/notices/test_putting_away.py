"""Old notices leave the phones, and much later the database, with all that was noted of their readers."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from litestar import Litestar
from sqlalchemy import delete, func, select, update

from backend.database import transaction
from backend.housekeeping import Lease
from backend.jobs.chores import duties_of
from backend.jobs.models import QueuedJob
from backend.notices import putting_away, queries
from backend.notices.models import Notice, NoticeReader, NoticeRevision
from backend.notices.planning import BRING_BACK
from offline.rules.notices import duty
from offline.wire.notices import NoticeConfirm, NoticeCorrect, NoticeWithdraw
from tests.notices.board import Board

((_, look),) = duties_of(putting_away.CHORES)


async def an_hour_later(app: Litestar, board: Board) -> None:
    """The next time the duty looks, and what it asked for is done."""
    async with transaction(board.shop.sessions) as session:
        await session.execute(update(Lease).values(until=datetime.now(UTC)))
        await look(session, datetime.now(UTC))
    await app.state.runner.drain()


async def aged(board: Board, days: int, **more: Any) -> str:
    """A notice that was sent so long ago."""
    board.shop.now = datetime.now(UTC) - timedelta(days=days)
    return await board.sent(confirm=True, **more)


async def on_phones(board: Board, notice: str) -> tuple[bool, bool]:
    """Whether readers hold it, and whether the shop's person holds their state."""
    return await board.notice(notice) is not None, await board.state(notice, "shop") is not None


async def test_an_old_notice_leaves_the_phones_and_stays_at_the_desk(
    app: Litestar, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(putting_away, "PART", 2)
    old, fresh, pinned = await aged(board, 366), await aged(board, 364), await aged(board, 366, pinned=True)
    await an_hour_later(app, board)
    assert await on_phones(board, old) == (False, False)
    assert await on_phones(board, fresh) == (True, True)
    assert await on_phones(board, pinned) == (True, True)
    assert (await board.paper(old)).status == "sent"
    assert sorted(await board.readers(old)) == ["rival", "shop", "staff"]
    # A phone that was away for so long still confirms what its person read: authors count it.
    board.shop.now = datetime.now(UTC) - timedelta(days=1)
    await board.shop.done("shop", NoticeConfirm(notice=old, revision=1))
    await app.state.runner.drain()
    assert (await board.readers(old))["shop"].confirmed == 1
    assert (await board.paper(old)).confirmed == 1
    assert await board.notice(old) is None


async def test_what_was_said_of_it_since_counts(app: Litestar, board: Board) -> None:
    notice, due = await aged(board, 400), await aged(board, 400, due_at=datetime.now(UTC) - timedelta(days=300))
    board.shop.now = datetime.now(UTC) - timedelta(days=300)
    await board.shop.done("hq", NoticeCorrect(notice=notice, title={"en": "a"}, text={"en": "b"}))
    await an_hour_later(app, board)
    assert await board.notice(notice) is not None
    # So does the day by which it was to be confirmed.
    assert await board.notice(due) is not None


async def test_a_correction_brings_an_old_notice_back_without_a_noise(
    app: Litestar, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(putting_away, "PART", 2)
    notice = await aged(board, 366)
    await board.shop.done("shop", NoticeConfirm(notice=notice, revision=1))
    await an_hour_later(app, board)
    assert await on_phones(board, notice) == (False, False)
    board.shop.now = datetime.now(UTC)
    correction = NoticeCorrect(notice=notice, title={"en": "a"}, text={"en": "b"}, confirm=True)
    await board.shop.done("hq", correction)
    await app.state.runner.drain()
    row = await board.notice(notice)
    states = {login: await board.state(notice, login) for login in ("rival", "shop", "staff")}
    assert row is not None
    assert (row.text, row.asked) == ({"en": "b"}, 1)
    # Who had dealt with it has; who had not finds it as it was left.
    assert {login: state and duty(row, state) for login, state in states.items()} == {
        "rival": "confirm", "shop": "none", "staff": "confirm",
    }  # fmt: skip
    assert {reader.told for reader in (await board.readers(notice)).values()} == {1}
    await an_hour_later(app, board)
    assert await on_phones(board, notice) == (True, True)
    # Corrected again while it is there, it is one row.
    await board.shop.done("hq", correction)
    async with transaction(board.shop.sessions) as session:
        kinds = set(await session.scalars(select(QueuedJob.kind)))
    assert BRING_BACK not in kinds


async def test_what_is_corrected_while_it_is_put_away_stays(
    app: Litestar, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = await aged(board, 1200)
    old_ids = queries.old_ids

    async def found_and_then_corrected(*args: Any, **more: Any) -> Sequence[str]:
        found = await old_ids(*args, **more)
        if found:
            board.shop.now = datetime.now(UTC)
            await board.shop.done("hq", NoticeCorrect(notice=notice, title={"en": "a"}, text={"en": "b"}))
            monkeypatch.undo()
        return found

    monkeypatch.setattr(queries, "old_ids", found_and_then_corrected)
    await an_hour_later(app, board)
    assert await on_phones(board, notice) == (True, True)
    assert sorted(await board.readers(notice)) == ["rival", "shop", "staff"]


async def test_a_withdrawn_notice_goes_after_a_month_pinned_or_not(app: Litestar, board: Board) -> None:
    notice, lately = await aged(board, 60, pinned=True), await aged(board, 60)
    board.shop.now = datetime.now(UTC) - timedelta(days=31)
    await board.shop.done("hq", NoticeWithdraw(notice=notice))
    board.shop.now = datetime.now(UTC) - timedelta(days=29)
    await board.shop.done("hq", NoticeWithdraw(notice=lately))
    await an_hour_later(app, board)
    assert await on_phones(board, notice) == (False, False)
    assert await on_phones(board, lately) == (True, True)


async def test_in_the_end_it_leaves_the_database(app: Litestar, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(putting_away, "PART", 2)
    old, other = await aged(board, 1101), await aged(board, 1099)
    await an_hour_later(app, board)
    async with board.shop.sessions() as session:
        for kind, column in ((Notice, Notice.id), (NoticeRevision, NoticeRevision.notice_id)):
            assert list(await session.scalars(select(column))) == [other], kind
        assert await session.scalar(select(func.count()).where(NoticeReader.notice_id == old)) == 0
        assert await session.scalar(select(func.count()).where(NoticeReader.notice_id == other)) == 3
    assert await board.shop.feed("notice_paper", old, dict) == (None, set())
    assert await on_phones(board, old) == (False, False)
    assert (await board.paper(other)).id == other


async def test_the_duty_looks_once_an_hour(board: Board) -> None:
    await aged(board, 400)
    now = datetime.now(UTC)
    asked = []
    for minutes in (0, 59, 61):
        async with transaction(board.shop.sessions) as session:
            assert await look(session, now + timedelta(minutes=minutes)) == 0
            ours = delete(QueuedJob).where(QueuedJob.kind == putting_away.PUT_AWAY).returning(QueuedJob.tenant_id)
            asked.append(list(await session.scalars(ours)))
    assert asked == [[board.shop.tenant_id], [], [board.shop.tenant_id]]
