"""From a draft to the phones of those it is for."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from backend.identity.models import Role, User
from backend.media.models import Media
from backend.notices import queries, sending
from backend.notices.rows import AUTHORS, notice_scope
from offline.ids import new_id
from offline.wire.media import MediaRef
from offline.wire.notices import (
    Audience,
    NoticeCorrect,
    NoticeDiscard,
    NoticeFile,
    NoticeRemind,
    NoticeSend,
    NoticeUnschedule,
    NoticeWithdraw,
)
from tests.notices.board import Board
from tests.people import World
from tests.shop import writing

READERS = ["rival", "shop", "staff"]


async def test_a_draft_is_the_authors_alone(board: Board) -> None:
    notice = await board.saved(title={"zh": "草稿"}, text={}, audience=Audience())
    paper = await board.paper(notice)
    assert (paper.status, paper.title, paper.text, paper.author_name) == ("draft", {"zh": "草稿"}, {}, "Hq")
    assert await board.notice(notice) is None
    assert await board.scopes("hq") == [AUTHORS]
    assert await board.scopes("desk") == []
    assert await board.begin(notice) is False
    await board.shop.done("hq", NoticeDiscard(notice=notice))
    assert await board.shop.feed("notice_paper", notice, dict) == (None, set())


async def test_sending_asks_for_the_work_and_does_none_of_it(board: Board) -> None:
    notice = await board.saved()
    await board.shop.done("hq", NoticeSend(notice=notice))
    assert (await board.paper(notice)).status == "sending"
    assert await board.readers(notice) == {}


async def test_a_sent_notice_reaches_its_audience_and_nobody_else(board: Board) -> None:
    notice = await board.sent(confirm=True)
    assert sorted(await board.readers(notice)) == READERS
    row = await board.notice(notice)
    assert row is not None
    assert (row.title["en"], row.confirm, row.status, row.sent_at) == ("New prices", True, "sent", board.shop.now)
    for login in board.shop.brand.users:
        held = notice_scope(notice) in await board.scopes(login)
        assert held == (login in READERS), login
        state = await board.state(notice, login)
        assert (state is not None) == (login in READERS), login
    paper = await board.paper(notice)
    assert (paper.status, paper.addressed, paper.organisations) == ("sent", 3, 2)


async def test_the_audience_is_fixed_at_once_and_told_in_parts(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker dies between two parts, a shop closes meanwhile: those addressed are told, each once."""
    monkeypatch.setattr(sending, "PART", 2)
    notice = await board.saved()
    await board.shop.done("hq", NoticeSend(notice=notice))
    assert await board.begin(notice)
    first = await board.tell(notice)
    assert (await board.paper(notice)).status == "sending"
    await board.shop.set_organisation("RIVAL", status="exited")
    assert await board.begin(notice)
    rest = await board.tell(notice)
    assert (len(first), len(rest)) == (2, 1)
    assert sorted(first + rest) == READERS
    assert await board.tell(notice) == []
    assert (await board.paper(notice)).status == "sent"
    assert await board.work(notice) == []


async def test_a_scheduled_notice_waits_for_its_time_and_for_who_is_there_then(board: Board) -> None:
    shop = board.shop
    notice = await board.saved()
    await shop.done("hq", NoticeSend(notice=notice, at=shop.now + timedelta(hours=2)))
    assert (await board.paper(notice)).status == "scheduled"
    assert await board.work(notice) == []
    # Mended while it waits; a partner leaves before it goes out.
    await shop.done("hq", board.draft(notice=notice, title={"en": "Mended"}, text={"en": "Text"}))
    assert (await board.paper(notice)).status == "scheduled"
    await shop.set_organisation("RIVAL", status="exited")
    shop.now += timedelta(hours=2)
    assert await board.work(notice) == ["shop", "staff"]
    row = await board.notice(notice)
    assert row is not None
    assert row.title == {"en": "Mended"}


async def test_a_scheduled_notice_can_be_held_back(board: Board) -> None:
    shop = board.shop
    notice = await board.saved()
    await shop.done("hq", NoticeSend(notice=notice, at=shop.now + timedelta(hours=2)))
    await shop.done("hq", NoticeUnschedule(notice=notice))
    shop.now += timedelta(hours=3)
    assert await board.work(notice) == []
    assert (await board.paper(notice)).status == "draft"


async def test_a_correction_is_a_new_revision_in_the_same_place(board: Board) -> None:
    notice = await board.sent()
    board.shop.now += timedelta(hours=1)
    correct = NoticeCorrect(notice=notice, title={"en": "Right"}, text={"en": "Right text"}, note="A wrong date")
    await board.shop.done("hq", correct)
    row = await board.notice(notice)
    assert row is not None
    assert (row.title, row.revision, row.asked, row.note) == ({"en": "Right"}, 2, 1, "A wrong date")
    assert row.corrected_at == board.shop.now
    assert await board.work(notice) == []


async def test_a_correction_that_asks_again_tells_everybody_again(board: Board) -> None:
    notice = await board.sent()
    correct = NoticeCorrect(notice=notice, title={"en": "Right"}, text={"en": "Right text"}, ask_again=True)
    await board.shop.done("hq", correct)
    assert await board.work(notice) == READERS
    row = await board.notice(notice)
    assert row is not None
    assert (row.revision, row.asked) == (2, 2)


async def test_a_correction_before_the_sending_is_what_is_sent(board: Board) -> None:
    notice = await board.saved()
    await board.shop.done("hq", NoticeSend(notice=notice))
    correct = NoticeCorrect(notice=notice, title={"en": "Right"}, text={"en": "Right text"}, ask_again=True)
    await board.shop.done("hq", correct)
    assert await board.work(notice) == READERS
    row = await board.notice(notice)
    assert row is not None
    assert row.title == {"en": "Right"}


async def test_a_withdrawn_notice_says_why_and_nothing_more(board: Board) -> None:
    notice = await board.sent(confirm=True)
    await board.shop.done("hq", NoticeWithdraw(notice=notice, note="Postponed"))
    row = await board.notice(notice)
    assert row is not None
    assert (row.status, row.text, row.note, row.title["en"]) == ("withdrawn", {}, "Postponed", "New prices")
    paper = await board.paper(notice)
    assert (paper.status, paper.text["en"]) == ("withdrawn", "From **1 August**.")


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_files_go_when_no_notice_shows_them(board: Board) -> None:
    """Left out of a draft, discarded with it, or withdrawn."""
    shop = board.shop
    refs = [MediaRef(id=new_id(), sha256=f"{n:02}" * 32, size=9, content_type="application/pdf") for n in range(3)]
    files = [NoticeFile(media=ref, name="价目表.pdf") for ref in refs]

    async def kept() -> list[bool]:
        async with shop.sessions() as session:
            rows = [await session.get_one(Media, (shop.tenant_id, ref.id)) for ref in refs]
        return [row.expires_at is None for row in rows]

    notice = await board.saved(files=tuple(files[:2]))
    out = await board.sent(files=tuple(files[2:]))
    assert await kept() == [True, True, True]
    await shop.done("hq", board.draft(notice=notice, files=tuple(files[1:2])))
    assert await kept() == [False, True, True]
    await shop.done("hq", NoticeDiscard(notice=notice))
    assert await kept() == [False, False, True]
    row = await board.notice(out)
    assert row is not None
    assert [file.name for file in row.files] == ["价目表.pdf"]
    await shop.done("hq", NoticeWithdraw(notice=out))
    row = await board.notice(out)
    assert row is not None
    assert row.files == ()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
async def test_a_phone_holds_the_latest_notices(board: Board) -> None:
    user, tenant_id = board.shop.brand.users["shop"].id, board.shop.tenant_id
    ids = sorted(new_id() for _ in range(queries.MOST_HELD + 1))
    async with board.shop.sessions.begin() as session:
        for notice in ids:
            await queries.add_readers(session, tenant_id, notice, {user: "house"}, board.shop.now)
    assert await board.scopes("shop") == [notice_scope(notice) for notice in reversed(ids[1:])]


async def test_one_withdrawn_while_it_is_told_goes_no_further(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "PART", 1)
    notice = await board.saved()
    await board.shop.done("hq", NoticeSend(notice=notice))
    await board.begin(notice)
    assert len(await board.tell(notice)) == 1
    await board.shop.done("hq", NoticeWithdraw(notice=notice))
    assert await board.work(notice) == []
    reminded = await board.sent()
    await board.shop.done("hq", NoticeRemind(notice=reminded), NoticeWithdraw(notice=reminded))
    assert await board.remind(reminded, board.shop.now) == []


async def test_who_joins_later_gets_it_if_the_author_wants_that(board: Board) -> None:
    shop = board.shop
    closed = await board.sent()
    opened = await board.sent(joiners=True)

    async def joined(at: datetime) -> int:
        async with writing(shop) as (session, changes):
            due = await sending.awaiting_joiners(session, shop.tenant_id, at)
            return await sending.take_in_joiners(session, changes, shop.tenant_id, due, at)

    async def joins(login: str) -> None:
        async with shop.sessions.begin() as session:
            newcomer = await session.get_one(User, (shop.tenant_id, shop.brand.users[login].id))
            newcomer.organisation_id = shop.organisation("SHOP")

    await joins("trainer")
    assert await joined(shop.now) == 1
    # Who is still to hear of it is not reminded of it.
    await shop.done("hq", NoticeRemind(notice=opened))
    assert await board.remind(opened, shop.now) == READERS
    assert await board.work(opened) == ["trainer"]
    assert await board.work(closed) == []
    assert (await board.paper(opened)).addressed == 4
    # Until its time for that is over.
    await joins("finance")
    assert await joined(shop.now + sending.JOINING) == 0
    assert await joined(shop.now + sending.JOINING - timedelta(seconds=1)) == 1


async def test_what_a_notice_is_refused_for(board: Board, world: World) -> None:
    shop = board.shop
    empty = await board.saved(title={"zh": "题"}, text={}, audience=Audience(roles=("shop",)))
    detail = await shop.refused("hq", NoticeSend(notice=empty), "notice_incomplete")
    assert detail == {"fields": ["text.zh", "audience"]}
    late = await board.saved(due_at=shop.now + timedelta(hours=1))
    at = shop.now + timedelta(hours=2)
    assert await shop.refused("hq", NoticeSend(notice=late, at=at), "notice_incomplete") == {"fields": ["due_at"]}
    # At once is now, whatever time that has gone by is named.
    over = await board.saved(due_at=shop.now - timedelta(minutes=30))
    past = NoticeSend(notice=over, at=shop.now - timedelta(hours=1))
    assert await shop.refused("hq", past, "notice_incomplete") == {"fields": ["due_at"]}
    far = shop.now + timedelta(days=400)
    plain = await board.saved()
    assert await shop.refused("hq", NoticeSend(notice=plain, at=far), "invalid") == {"field": "at"}
    nowhere = far.replace(tzinfo=None)
    assert await shop.refused("hq", NoticeSend(notice=plain, at=nowhere), "invalid") == {"field": "at"}
    long = board.draft(title={"zh": "长" * 121})
    assert await shop.refused("hq", long, "invalid") == {"field": "title.zh"}
    await shop.refused("hq", NoticeSend(notice=new_id()), "notice_unknown")
    sent = await board.sent()
    for command in (board.draft(notice=sent), NoticeSend(notice=sent), NoticeUnschedule(notice=sent)):
        assert await shop.refused("hq", command, "notice_status") == {"status": "sent"}
    assert await shop.refused("hq", NoticeDiscard(notice=sent), "notice_status") == {"status": "sent"}
    correct = NoticeCorrect(notice=plain, title={"en": "a"}, text={"en": "b"})
    assert await shop.refused("hq", correct, "notice_status") == {"status": "draft"}
    half = NoticeCorrect(notice=sent, title={"en": "a"}, text={})
    assert await shop.refused("hq", half, "notice_incomplete") == {"fields": ["text.en"]}


async def test_only_head_office_writes(board: Board, world: World) -> None:
    shop = board.shop
    notice = await board.sent()
    draft = board.draft()
    commands = (draft, NoticeSend(notice=notice), NoticeWithdraw(notice=notice))
    for login in shop.brand.users:
        if login != "hq":
            for command in commands:
                await shop.refused(login, command, "forbidden")


async def test_a_partners_role_with_the_permission_is_refused_too(board: Board) -> None:
    shop = board.shop
    async with shop.sessions.begin() as session:
        statement = select(Role).where(Role.tenant_id == shop.tenant_id, Role.name == "dealer")
        role = (await session.scalars(statement)).one()
        role.permissions = [*role.permissions, "notice.write"]
    await shop.refused("dealer", board.draft(), "forbidden")
    assert await board.scopes("dealer") == []
