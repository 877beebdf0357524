"""The worker's side through the real queue: sending, telling again, reminding, counting."""

import asyncio
from datetime import UTC, datetime

import pytest
from litestar import Litestar
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.identity.service import active_people
from backend.jobs.models import QueuedJob
from backend.jobs.service import DUE, enqueue
from backend.notices import sending
from offline.rules.audiences import Person
from offline.wire.notices import NoticeConfirm, NoticeCorrect, NoticeRead, NoticeRemind, NoticeSend
from tests.notices.board import Board
from tests.shop import writing

pytestmark = pytest.mark.usefixtures("present")


@pytest.fixture
def present(board: Board) -> None:
    """Jobs go by the server's own clock."""
    board.shop.now = datetime.now(UTC)


async def drain(app: Litestar, board: Board) -> int:
    board.shop.now = datetime.now(UTC)
    return int(await app.state.runner.drain())


async def kinds(board: Board) -> list[str]:
    async with board.shop.sessions() as session:
        return list(await session.scalars(select(QueuedJob.kind).order_by(QueuedJob.kind)))


async def test_a_notice_goes_out_by_itself(app: Litestar, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "PART", 2)
    notice = await board.saved(confirm=True)
    await board.shop.done("hq", NoticeSend(notice=notice))
    assert await board.readers(notice) == {}
    await drain(app, board)
    assert sorted(await board.readers(notice)) == ["rival", "shop", "staff"]
    assert (await board.paper(notice)).status == "sent"
    assert all(reader.told == 1 for reader in (await board.readers(notice)).values())


async def test_readers_deeds_are_counted_once_a_moment(app: Litestar, board: Board) -> None:
    notice = await board.sent(confirm=True)
    await drain(app, board)
    await board.shop.done("shop", NoticeRead(notice=notice, revision=1), NoticeConfirm(notice=notice, revision=1))
    await board.shop.done("staff", NoticeConfirm(notice=notice, revision=1))
    assert await kinds(board) == ["notice.count"]
    async with writing(board.shop) as (session, _):
        job = (await session.scalars(select(QueuedJob))).one()
        job.due_at = datetime.now(UTC)
    await drain(app, board)
    paper = await board.paper(notice)
    assert (paper.addressed, paper.opened, paper.confirmed) == (3, 2, 2)


async def test_reminders_and_corrections_reach_whom_they_must(app: Litestar, board: Board) -> None:
    notice = await board.sent(confirm=True)
    await board.shop.done("shop", NoticeConfirm(notice=notice, revision=1))
    await board.shop.done("hq", NoticeRemind(notice=notice))
    await drain(app, board)
    readers = await board.readers(notice)
    assert [login for login, reader in readers.items() if reader.reminded_at] == ["rival", "staff"]
    again = NoticeCorrect(notice=notice, title={"en": "a"}, text={"en": "b"}, confirm=True, ask_again=True)
    async with writing(board.shop) as (session, _):
        await session.execute(delete(QueuedJob))
    await board.shop.done("hq", again)
    await drain(app, board)
    # Nobody has confirmed what it says now, and the author's figures are to say so.
    assert await kinds(board) == ["notice.count"]
    assert all(reader.told == 2 for reader in (await board.readers(notice)).values())


async def test_housekeeping_takes_in_joiners(app: Litestar, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole audiences are compared for it, which takes a while: a write goes through in the midst of it."""
    notice = await board.sent(joiners=True)
    async with board.shop.sessions.begin() as session:
        reader = (await board.readers(notice))["staff"]
        await session.delete(await session.merge(reader))
    written: list[str] = []

    async def slowly(session: AsyncSession, tenant_id: str) -> list[Person]:
        if not written:
            written.append(await board.saved())
        return await active_people(session, tenant_id)

    monkeypatch.setattr(sending, "active_people", slowly)
    async with writing(board.shop) as (session, _):
        await enqueue(session, "notice.joiners", {}, tenant_id=board.shop.tenant_id, key=DUE)
    async with asyncio.timeout(20):
        await drain(app, board)
    assert (await board.readers(notice))["staff"].told == 1
    assert (await board.paper(written[0])).status == "draft"


async def test_devices_are_told_in_parts_and_lead_to_the_notice(
    app: Litestar, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[list[str], str, str, bool]] = []

    async def notify(
        _session: object,
        _tenant: str,
        people: list[str],
        subject: str,
        key: str,
        values: dict[str, object],
        url: str,
        *,
        urgent: bool,
    ) -> None:
        assert subject == f"notice:{url.rpartition('/')[2]}"
        assert values == {"title": {"zh": "调价通知", "en": "New prices"}}
        told.append((board.logins(people), key, url, urgent))

    monkeypatch.setattr("backend.notices.jobs.notify", notify)
    monkeypatch.setattr(sending, "PART", 2)
    notice = await board.saved(confirm=True, urgent=True)
    await board.shop.done("hq", NoticeSend(notice=notice))
    await drain(app, board)
    assert sorted(login for each in told for login in each[0]) == ["rival", "shop", "staff"]
    assert [len(each[0]) for each in told] == [2, 1]
    assert {each[1:] for each in told} == {("push.notice.urgent", f"/notices/{notice}", True)}
    told.clear()
    await board.shop.done("shop", NoticeConfirm(notice=notice, revision=1))
    await board.shop.done("hq", NoticeRemind(notice=notice))
    await drain(app, board)
    assert told == [(["rival", "staff"], "push.notice.reminder", f"/notices/{notice}", True)]
