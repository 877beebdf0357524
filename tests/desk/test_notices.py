"""Head office writes: drafts, the audience and its count, sending, correcting, reminding."""

import re
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from offline.rules.seen import print_of
from offline.store import Response
from offline.wire.notices import (
    Audience,
    NoticeCorrect,
    NoticePaper,
    NoticeRemind,
    NoticeSave,
    NoticeSend,
    NoticeWithdraw,
)
from pwa.desk.notices import audience
from tests.desk.conftest import Open
from tests.desk.world import NOW, Desk, uid


def paper(name: str = "one", **more: Any) -> tuple[str, NoticePaper]:
    fields: dict[str, Any] = {
        "title": {"zh": "调价通知"},
        "text": {"zh": "**八月**起执行"},
        "audience": Audience(types=("shop",)),
        "author_name": "王静",
        "changed_at": NOW,
    }
    return "notice_paper", NoticePaper(id=uid(name), **(fields | more))


def sent(**more: Any) -> tuple[str, NoticePaper]:
    figures: dict[str, Any] = {"addressed": 40, "delivered": 36, "opened": 30, "confirmed": 12, "counted_at": NOW}
    figures |= {"status": "sent", "sent_at": NOW - timedelta(days=1), "confirm": True}
    return paper(**(figures | more))


def answer(value: Any) -> Response:
    return Response(200, msgspec.json.encode(value))


async def write(desk: Desk, title: str = "放假安排") -> None:
    await desk.type("field-title_zh", title)
    await desk.type("field-text_zh", "国庆期间逢周一发货。")


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting does not wait for the next tick of a box: how long that takes is the machine's business."""
    monkeypatch.setattr(audience, "_PAUSE_SECONDS", 0)


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("path", ["", "/new", f"/{uid('one')}", f"/{uid('one')}?correct=1", "/nobody"])
async def test_every_screen_shows_words(open_desk: Open, path: str, locale: str) -> None:
    desk = await open_desk(f"/desk/notices{path}", more=[sent()], locale=locale)
    assert not re.search(r"\bdesk\.[a-z_]+|\bnotices\.[a-z_]+", desk.text()), desk.text()
    assert not re.search(r"\{[a-z_]+\}", desk.text())


async def test_a_draft_may_be_half_written_and_is_not_sent(open_desk: Open) -> None:
    desk = await open_desk("/desk/notices/new")
    await desk.type("field-title_zh", "放假安排")
    await desk.tap("notice-send")
    assert desk.error_of("field-text_zh") == "请填正文"
    assert not desk.has("send-sheet")
    await desk.tap("notice-save")
    (command,) = desk.commands("notice.save")
    assert isinstance(command, NoticeSave)
    assert (command.title, command.text, command.audience) == ({"zh": "放假安排"}, {}, Audience())
    assert desk.commands("notice.send") == []


async def test_it_is_saved_and_sent_to_whom_was_chosen(open_desk: Open) -> None:
    desk = await open_desk("/desk/notices/new")
    await write(desk)
    await desk.tap("types-shop")
    await desk.tap("field-confirm")
    await desk.tap("notice-send")
    await desk.tap("send-do")
    (saved,) = desk.commands("notice.save")
    (command,) = desk.commands("notice.send")
    assert saved.audience == Audience(types=("shop",))
    assert saved.confirm
    assert command == NoticeSend(notice=saved.notice)
    entries = {entry.name: entry for entry in desk.app.engine.entries()}
    assert entries["notice.send"].after == (entries["notice.save"].id,)


async def test_a_double_click_sends_once(open_desk: Open) -> None:
    desk = await open_desk("/desk/notices/new")
    await write(desk)
    await desk.tap("types-shop")
    await desk.tap("notice-send")
    await desk.double_tap("send-do")
    assert len(desk.commands("notice.send")) == 1


@pytest.mark.usefixtures("no_pause")
async def test_without_a_network_organisations_are_counted_and_people_are_not(open_desk: Open) -> None:
    desk = await open_desk("/desk/notices/new")
    await desk.tap("types-shop")
    assert re.search(r"\d+ 家单位；联网后显示人数", desk.text("reach"))


@pytest.mark.usefixtures("no_pause")
async def test_people_are_counted_by_the_server(open_desk: Open) -> None:
    desk = await open_desk("/desk/notices/new")
    desk.answers = [answer({"people": 128, "organisations": 46, "silent": 3})]
    await desk.tap("types-shop")
    assert "将送达 128 人，46 家单位" in desk.text("reach")
    assert "3 家单位没有可接收的账号" in desk.text("reach")
    assert desk.requests == [("POST", "/api/notices/reach")]


@pytest.mark.usefixtures("no_pause")
async def test_an_audience_with_nobody_in_it_is_told(open_desk: Open) -> None:
    desk = await open_desk("/desk/notices/new")
    desk.answers = [answer({"people": 0, "organisations": 0, "silent": 1})]
    await desk.tap("types-shop")
    assert desk.text("reach").startswith("目前没有人会收到")
    node = desk.port.find("reach")
    assert node is not None
    assert "reach-nobody" in node["attributes"]["className"]


async def test_the_funnel_names_who_is_missing_and_reminds_only_them(open_desk: Open) -> None:
    reader = {
        "id": uid("reader"), "name": "赵佳怡", "organisation_code": "S0001", "organisation_name": {"zh": "好邻居"},
        "territory": "华东一区", "rep_name": "林晓", "stage": "opened", "opened_at": NOW.isoformat(),
    }  # fmt: skip
    desk = await open_desk("/desk/notices", more=[sent()])
    desk.answers = [answer({"readers": [reader], "cursor": ""})]
    await desk.tap(f"paper-{uid('one')}")
    node = desk.port.find("funnel-confirmed")
    assert node is not None
    assert node["attributes"]["data-count"] == "12"
    assert "赵佳怡" in desk.text("reader-S0001")
    assert "林晓" in desk.text("reader-S0001")
    assert desk.requests[-1][1].endswith("missing=confirmed")
    assert "催办 28 人" in desk.text("notice-remind")
    await desk.tap("notice-remind")
    await desk.tap("remind-yes")
    assert desk.commands("notice.remind") == [NoticeRemind(notice=uid("one"))]
    assert "后可再催办" in desk.text("notice-remind")


async def test_without_a_network_the_funnel_shows_its_figures(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/notices/{uid('one')}", more=[sent()])
    assert "现在连不上服务器" in desk.text("notice-readers")
    assert desk.has("funnel-opened")


async def test_a_correction_says_what_changed_and_asks_again(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/notices/{uid('one')}?correct=1", more=[sent()])
    await desk.type("field-text_zh", "九月起执行")
    await desk.type("field-note", "日期更正")
    await desk.tap("field-ask_again")
    await desk.tap("notice-correct")
    assert desk.commands("notice.correct") == [
        NoticeCorrect(
            notice=uid("one"), title={"zh": "调价通知"}, text={"zh": "九月起执行"}, confirm=True, note="日期更正",
            ask_again=True, seen=print_of(sent()[1], NoticeCorrect),
        )
    ]  # fmt: skip


async def test_withdrawing_takes_a_reason(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/notices/{uid('one')}", more=[sent()])
    await desk.tap("notice-withdraw")
    await desk.type("withdraw-note", "活动取消")
    await desk.tap("withdraw-do")
    assert desk.commands("notice.withdraw") == [NoticeWithdraw(notice=uid("one"), note="活动取消")]
    assert "已撤回" in desk.text("notice-funnel")


async def test_a_withdrawn_one_is_shown_as_readers_see_it_and_says_why(open_desk: Open) -> None:
    gone = sent(status="withdrawn", note="活动取消", text={"zh": "满减照旧"})
    desk = await open_desk(f"/desk/notices/{uid('one')}", more=[gone])
    assert "活动取消" in desk.text("notice-note")
    shown = desk.text("preview")
    assert "活动取消" in shown
    assert "满减照旧" not in shown
    assert "我已阅读并确认" not in shown


async def test_a_role_alone_reaches_nobody_and_what_lacks_is_named(open_desk: Open) -> None:
    desk = await open_desk("/desk/notices/new")
    await desk.tap("roles-rep")
    assert "还没选单位：请选区域、类型或客户组" in desk.text("notice-editor")
