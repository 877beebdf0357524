"""A desk in another time zone than its brand's, or with a wrong clock: days and times are the brand's, by the server's
clock."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from offline.wire.notices import NoticeSend
from tests.desk.conftest import Open
from tests.desk.world import NOW, Desk

# 18:52 on the 13th, where it is 09:52 on the 14th at the brand.
LOS_ANGELES = ZoneInfo("America/Los_Angeles")


@pytest.fixture
async def far_desk() -> AsyncIterator[Open]:
    desks: list[Desk] = []

    async def begin(path: str = "/desk", more: Any = (), **options: Any) -> Desk:
        desk = Desk(**options)
        desk.zone = LOS_ANGELES
        desks.append(desk)
        return await desk.start(path, more)

    yield begin
    for desk in desks:
        await desk.killed()


async def test_the_overviews_date_is_that_of_its_figures(far_desk: Open) -> None:
    desk = await far_desk("/desk")
    assert "7月14日" in desk.text("desk-overview")
    assert "早上好" in desk.text("desk-overview")
    assert "今日订货¥2,3336 单" in desk.text("turnover")


async def test_whose_times_they_are_is_said_only_elsewhere(far_desk: Open, open_desk: Open) -> None:
    assert (await far_desk("/desk/orders?tab=all")).text("brand-clock") == "Shanghai 时间"
    assert not (await open_desk("/desk/orders?tab=all")).has("brand-clock")


async def test_orders_show_the_brands_hours(far_desk: Open) -> None:
    desk = await far_desk("/desk/orders?tab=all")
    assert "07:52" in desk.text("desk-orders")
    assert "16:52" not in desk.text("desk-orders")


async def test_a_notice_goes_out_at_the_brands_hour(far_desk: Open) -> None:
    desk = await far_desk("/desk/notices/new")
    await desk.type("field-title_zh", "放假安排")
    await desk.type("field-text_zh", "国庆期间逢周一发货。")
    await desk.tap("types-shop")
    await desk.tap("notice-send")
    await desk.tap("send-when-later")
    await desk.type("send-day", "2026-07-15")
    assert "Asia/Shanghai" in desk.text("send-sheet")
    await desk.tap("send-do")
    (command,) = desk.commands("notice.send")
    assert isinstance(command, NoticeSend)
    assert command.at == datetime(2026, 7, 15, 1, 0, tzinfo=UTC)


async def test_a_computer_that_is_a_day_behind_shows_the_servers_day(open_desk: Open) -> None:
    desk = await open_desk("/desk")
    desk.clock.at = NOW - timedelta(days=1)
    desk.app.engine.exchange.offset_ms = 24 * 3600 * 1000
    desk.app.router.navigate("/desk/orders")
    await desk.port.settle()
    desk.app.router.navigate("/desk")
    await desk.port.settle()
    assert "7月14日" in desk.text("desk-overview")
    assert "今日订货¥2,3336 单" in desk.text("turnover")
