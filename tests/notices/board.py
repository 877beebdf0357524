"""A brand whose head office writes notices, and the worker that sends them, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from backend.notices import sending
from backend.notices.models import NoticeReader
from backend.notices.rows import AUTHORS, notice_scope
from backend.notices.scopes import scopes_of
from offline.ids import derived_id, new_id
from offline.wire.notices import Audience, Notice, NoticePaper, NoticeSave, NoticeSend, NoticeState
from tests.shop import Shop, writing

SHOPS = Audience(types=("shop",))


@dataclass(slots=True)
class Board:
    shop: Shop

    def draft(self, **more: Any) -> NoticeSave:
        values: dict[str, Any] = {
            "notice": new_id(),
            "title": {"zh": "调价通知", "en": "New prices"},
            "text": {"zh": "**八月一日**起执行。", "en": "From **1 August**."},
            "audience": SHOPS,
        }
        return NoticeSave(**(values | more))

    async def saved(self, **more: Any) -> str:
        command = self.draft(**more)
        await self.shop.done("hq", command)
        return command.notice

    async def sent(self, **more: Any) -> str:
        """A notice's id that all its readers have."""
        notice = await self.saved(**more)
        await self.shop.done("hq", NoticeSend(notice=notice))
        await self.work(notice)
        return notice

    async def begin(self, notice: str) -> bool:
        async with writing(self.shop) as (session, changes):
            return await sending.begin(session, changes, self.shop.tenant_id, notice, self.shop.now)

    async def tell(self, notice: str) -> list[str]:
        """Who is told in one part, by login."""
        async with writing(self.shop) as (session, changes):
            _, ids = await sending.tell_part(session, changes, self.shop.tenant_id, notice, self.shop.now)
        return self.logins(ids)

    async def work(self, notice: str) -> list[str]:
        """All that the worker does to send a notice, or to tell of a correction; who was told, by login."""
        told: list[str] = []
        if await self.begin(notice):
            while part := await self.tell(notice):
                told += part
        return told

    async def remind(self, notice: str, at: datetime) -> list[str]:
        reminded: list[str] = []
        while True:
            async with writing(self.shop) as (session, changes):
                _, ids = await sending.remind_part(session, changes, self.shop.tenant_id, notice, at)
            if not ids:
                return reminded
            reminded += self.logins(ids)

    async def count(self, notice: str) -> tuple[int, int, int, int]:
        """Addressed, delivered, opened, confirmed, as the author then sees."""
        async with writing(self.shop) as (session, changes):
            await sending.count(session, changes, self.shop.tenant_id, notice, self.shop.now)
        paper = await self.paper(notice)
        return paper.addressed, paper.delivered, paper.opened, paper.confirmed

    def logins(self, ids: Sequence[str]) -> list[str]:
        names = {user.id: login for login, user in self.shop.brand.users.items()}
        return sorted(names[id_] for id_ in ids)

    async def paper(self, notice: str) -> NoticePaper:
        row, scopes = await self.shop.feed("notice_paper", notice, NoticePaper)
        assert isinstance(row, NoticePaper)
        assert scopes == {AUTHORS}
        return row

    async def notice(self, notice: str) -> Notice | None:
        row, scopes = await self.shop.feed("notice", notice, Notice)
        assert scopes == ({notice_scope(notice)} if row is not None else set())
        return row  # type: ignore[no-any-return]  # ``feed`` decodes any kind

    async def state(self, notice: str, login: str) -> NoticeState | None:
        user = self.shop.brand.users[login].id
        row, scopes = await self.shop.feed("notice_state", derived_id("notice_state", notice, user), NoticeState)
        assert scopes == ({f"user:{user}"} if row is not None else set())
        return row  # type: ignore[no-any-return]  # ``feed`` decodes any kind

    async def scopes(self, login: str) -> list[str]:
        async with self.shop.sessions() as session:
            return await scopes_of(session, await self.shop.principal(login))

    async def readers(self, notice: str) -> dict[str, NoticeReader]:
        """By login."""
        async with self.shop.sessions() as session:
            statement = select(NoticeReader).where(
                NoticeReader.tenant_id == self.shop.tenant_id, NoticeReader.notice_id == notice
            )
            found = {row.user_id: row for row in await session.scalars(statement)}
        return {login: found[user.id] for login, user in self.shop.brand.users.items() if user.id in found}
