"""Notices on the phone: found, read and confirmed with no network, told once."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from offline.ids import derived_id
from offline.wire import rows
from offline.wire.commands import Command
from offline.wire.media import MediaView
from offline.wire.notices import Notice, NoticeConfirm, NoticeDelivered, NoticeFileView, NoticeRead, NoticeState
from offline.wire.registry import COMMANDS
from pwa.screens.notices.files import SMALL
from tests.screens.conftest import Start
from tests.screens.world import NOW, REP, Phone, uid

Found = list[tuple[str, rows.Row]]


def letter(name: str, *, opened: int = 0, confirmed: int = 0, delivered: bool = True, **more: Any) -> Found:
    fields: dict[str, Any] = {
        "title": {"zh": f"{name}通知", "en": f"Notice {name}"},
        "text": {"zh": f"**{name}**的内容\n- 第一条\n- 第二条", "en": f"About **{name}**"},
        "sent_at": NOW - timedelta(hours=2),
        "author_name": "王静",
    }
    notice = Notice(id=uid(name), **(fields | more))
    state = NoticeState(
        id=derived_id("notice_state", notice.id, REP), notice=notice.id, addressed_at=notice.sent_at,
        delivered=delivered, opened=opened, confirmed=confirmed,
        confirmed_at=NOW - timedelta(hours=1) if confirmed else None,
    )  # fmt: skip
    return [("notice", notice), ("notice_state", state)]


def commands(phone: Phone) -> list[Command]:
    return [msgspec.json.decode(entry.args, type=COMMANDS[entry.name]) for entry in phone.app.engine.entries()]


async def test_home_shows_what_is_unread_and_urgent_ones_on_top(start: Start) -> None:
    more = [*letter("调价"), *letter("召回", urgent=True), *letter("旧", opened=1)]
    phone = await start("/", more=more)
    assert "调价通知" in phone.text("home-notices")
    assert "召回通知" in phone.text("urgent-notices")
    assert "紧急通知 1 条" in phone.text("urgent-notices")
    assert "旧通知" not in phone.text()
    whole = phone.text()
    assert whole.index("召回通知") < whole.index("调价通知")


async def test_home_says_nothing_when_all_is_read(start: Start) -> None:
    phone = await start("/", more=letter("旧", opened=1))
    assert not phone.has("home-notices")
    assert not phone.has("urgent-notices")


async def test_opening_a_notice_is_told_once_and_without_a_network(start: Start) -> None:
    phone = await start(f"/notices/{uid('调价')}", more=letter("调价"))
    assert commands(phone) == [NoticeRead(notice=uid("调价"), revision=1)]
    text = phone.text("notice-text")
    assert "调价的内容" in text.replace(" ", "")
    await phone.go("/notices")
    node = phone.port.find(f"letter-{uid('调价')}")
    assert node is not None
    assert node["attributes"]["data-unread"] == "false"
    await phone.go(f"/notices/{uid('调价')}")
    assert len(commands(phone)) == 1


async def test_midnight_is_told_as_the_end_of_its_day(start: Start) -> None:
    midnight = datetime(2026, 7, 15, 16, 0, tzinfo=UTC)  # of the 16th in Shanghai
    phone = await start(f"/notices/{uid('窜货')}", more=letter("窜货", confirm=True, due_at=midnight))
    assert "请在7月15日 24:00 前确认" in phone.text()


async def test_confirming_works_without_a_network(start: Start) -> None:
    due = NOW + timedelta(days=1)
    phone = await start(f"/notices/{uid('窜货')}", more=letter("窜货", confirm=True, due_at=due))
    assert "请在明天 09:52前确认" in phone.text()
    await phone.tap("confirm-notice")
    assert commands(phone)[-1] == NoticeConfirm(notice=uid("窜货"), revision=1)
    assert "已确认" in phone.text("notice-confirmed")
    assert not phone.has("confirm-notice")


async def test_what_is_to_be_confirmed_waits_in_tasks(start: Start) -> None:
    more = [*letter("窜货", confirm=True, opened=1, due_at=NOW - timedelta(days=1)), *letter("调价")]
    phone = await start("/tasks", more=more)
    assert "窜货通知" in phone.text("confirm-notices")
    assert "已逾期" in phone.text("confirm-notices")
    assert "调价通知" not in phone.text("confirm-notices")
    assert "1" in phone.text("tab-tasks")
    await phone.go(f"/notices/{uid('窜货')}")
    await phone.tap("confirm-notice")
    await phone.go("/tasks")
    assert "都处理完了" in phone.text("confirm-notices")


async def test_a_correction_that_asks_again_is_unread_again(start: Start) -> None:
    phone = await start(f"/notices/{uid('窜货')}", more=letter("窜货", confirm=True, opened=1, confirmed=1))
    assert phone.has("notice-confirmed")
    corrected = letter(
        "窜货", confirm=True, opened=1, confirmed=1, revision=2, asked=2, note="日期写错了", corrected_at=NOW
    )
    phone.put(corrected)
    await phone.port.settle()
    assert "日期写错了" in phone.text("notice-corrected")
    await phone.tap("confirm-notice")
    assert commands(phone) == [
        NoticeRead(notice=uid("窜货"), revision=2),
        NoticeConfirm(notice=uid("窜货"), revision=2),
    ]


async def test_a_withdrawn_notice_asks_nothing(start: Start) -> None:
    more = letter("促销", confirm=True, status="withdrawn", note="活动取消")
    phone = await start(f"/notices/{uid('促销')}", more=more)
    assert "活动取消" in phone.text("notice-withdrawn")
    assert not phone.has("notice-text")
    assert not phone.has("confirm-notice")
    assert commands(phone) == []
    await phone.go("/")
    assert not phone.has("home-notices")


async def test_what_has_arrived_is_told_with_one_command(start: Start) -> None:
    phone = await start("/", more=[*letter("一", delivered=False), *letter("二", delivered=False), *letter("三")])
    (command,) = commands(phone)
    assert isinstance(command, NoticeDelivered)
    assert set(command.notices) == {uid("一"), uid("二")}
    phone.put(letter("四"))
    await phone.port.settle()
    assert len(commands(phone)) == 1


async def test_the_state_alone_is_not_delivered(start: Start) -> None:
    """The text comes in a scope of its own, perhaps a round later."""
    phone = await start("/", more=letter("一", delivered=False)[1:])
    assert commands(phone) == []


async def test_the_list_filters_and_says_when_there_is_nothing(start: Start) -> None:
    more = [*letter("调价"), *letter("窜货", confirm=True, opened=1), *letter("旧", opened=1)]
    phone = await start("/notices", more=more)
    await phone.tap("filter-unread")
    assert "调价通知" in phone.text("letters")
    assert "旧通知" not in phone.text("letters")
    await phone.tap("filter-to_confirm")
    assert "窜货通知" in phone.text("letters")
    empty = await start("/notices")
    assert "还没有通知" in empty.text("no-notices")


async def test_markup_becomes_elements_and_never_html(start: Start) -> None:
    text = {"zh": "<b>不是标签</b> **粗** [官网](https://example.com/a) [订货](/order) [坏](javascript:alert(1))"}
    phone = await start(f"/notices/{uid('链接')}", more=letter("链接", text=text))
    links = {
        node["attributes"]["href"]: node["attributes"] for node in phone.nodes() if node.get("tagName") == "a"
        and node["attributes"].get("href", "").startswith(("https", "/order", "javascript"))
    }  # fmt: skip
    outside = links["https://example.com/a"]
    assert (outside["target"], outside["rel"]) == ("_blank", "noopener noreferrer")
    assert not any(address.startswith("javascript") for address in links)
    assert "<b>不是标签</b>" in phone.text("notice-text")
    bold = [node for node in phone.nodes() if node.get("tagName") == "strong" and "粗" in str(node.get("children"))]
    assert len(bold) == 1


def attached(*, size: int = 1_500_000, kind: str = "application/pdf") -> NoticeFileView:
    media = MediaView(id=uid("f1"), content_type=kind, size=size, sha256="0" * 64, status="stored")
    return NoticeFileView(name="价目表", media=media)


class Shelf:
    """A browser's store of files; ``fails``: nothing can be fetched."""

    def __init__(self, phone: Phone, *, fails: bool = False) -> None:
        self.held: set[str] = set()
        self.fails = fails
        device = phone.app.device
        device.keep_files, device.held_files, device.drop_files = self.keep, self.which, self.drop

    async def keep(self, urls: Sequence[str]) -> bool:
        self.held |= set() if self.fails else set(urls)
        return not self.fails

    async def which(self, urls: Sequence[str]) -> frozenset[str]:
        return frozenset(self.held & set(urls))

    async def drop(self, urls: Sequence[str]) -> None:
        self.held -= set(urls)


async def online(phone: Phone) -> None:
    """A round of sync came to its end."""
    phone.app.engine._last_synced_at = phone.clock.now()
    phone.app.engine._offline = False
    phone.app.engine._tell()
    await phone.port.settle()


async def test_files_say_whether_they_can_be_had(start: Start) -> None:
    coming = MediaView(id=uid("f2"), content_type="image/jpeg", size=10, sha256="1" * 64)
    files = (attached(), NoticeFileView(name="陈列.jpg", media=coming))
    phone = await start(f"/notices/{uid('附件')}", more=letter("附件", files=files))
    assert "价目表" in phone.text(f"file-{uid('f1')}")
    assert "1.5 MB" in phone.text(f"file-{uid('f1')}")
    assert "正在上传" in phone.text("notice-files")


async def test_small_files_of_new_notices_are_kept_and_go_with_them(start: Start) -> None:
    files = (attached(),)
    phone = await start("/")
    shelf = Shelf(phone)
    await online(phone)
    phone.put(letter("附件", files=files))
    await phone.port.settle()
    assert shelf.held == {f"/api/media/{uid('f1')}/original"}
    await phone.go(f"/notices/{uid('附件')}")
    assert "已存到本机" in phone.text(f"file-{uid('f1')}")
    await phone.tap(f"open-{uid('f1')}")
    opened = [message for message in phone.port.sent if message.get("type") == "open-file"]
    assert [(each["url"], each["name"]) for each in opened] == [(f"/api/media/{uid('f1')}/original", "价目表.pdf")]
    phone.put(letter("附件", status="withdrawn", text={}))
    await phone.port.settle()
    assert shelf.held == set()


@pytest.mark.parametrize(
    "more",
    [
        {"files": (attached(size=SMALL + 1),)},
        {"files": (attached(),), "sent_at": NOW - timedelta(days=31), "opened": 1},
    ],
    ids=["large", "old and read"],
)
async def test_other_files_are_kept_when_asked_for(start: Start, more: dict[str, Any]) -> None:
    phone = await start("/")
    shelf = Shelf(phone)
    await online(phone)
    phone.put(letter("附件", **more))
    await phone.port.settle()
    assert shelf.held == set()
    await phone.go(f"/notices/{uid('附件')}")
    assert "未存到本机" in phone.text(f"file-{uid('f1')}")
    shelf.fails = True
    await phone.tap(f"keep-{uid('f1')}")
    assert "没有存下来" in phone.text("toast")
    shelf.fails = False
    await phone.tap(f"keep-{uid('f1')}")
    assert "已存到本机" in phone.text(f"file-{uid('f1')}")
    assert not phone.has(f"keep-{uid('f1')}")


async def test_a_paper_that_is_opened_is_fetched_where_it_can_be_seen_and_stays(start: Start) -> None:
    phone = await start("/")
    shelf = Shelf(phone, fails=True)
    await online(phone)
    phone.put(letter("附件", files=(attached(size=SMALL + 1),)))
    await phone.go(f"/notices/{uid('附件')}")
    await phone.tap(f"open-{uid('f1')}")
    assert "没有存下来" in phone.text("toast")
    assert not [message for message in phone.port.sent if message.get("type") == "open-file"]
    shelf.fails = False
    await phone.tap(f"open-{uid('f1')}")
    assert "已存到本机" in phone.text(f"file-{uid('f1')}")
    assert [message for message in phone.port.sent if message.get("type") == "open-file"]


async def test_without_a_network_what_is_not_here_says_so_and_cannot_be_opened(start: Start) -> None:
    phone = await start("/")
    Shelf(phone, fails=True)
    phone.put(letter("附件", files=(attached(),)))
    phone.app.engine._offline = True
    phone.app.engine._tell()
    await phone.go(f"/notices/{uid('附件')}")
    assert "联网后可看" in phone.text(f"file-{uid('f1')}")
    assert not phone.has(f"open-{uid('f1')}")
    assert not phone.has(f"keep-{uid('f1')}")


async def test_a_picture_is_shown_on_the_spot(start: Start) -> None:
    phone = await start("/")
    shelf = Shelf(phone)
    await online(phone)
    phone.put(letter("附件", files=(attached(kind="image/jpeg"),)))
    await phone.go(f"/notices/{uid('附件')}")
    assert shelf.held == {f"/api/media/{uid('f1')}/{variant}" for variant in ("320", "1600")}
    await phone.tap(f"open-{uid('f1')}")
    assert phone.has("file-picture")


async def test_a_notice_that_is_not_here_says_so(start: Start) -> None:
    phone = await start(f"/notices/{uid('不在')}")
    assert "找不到这条通知" in phone.text("notice-screen")
    assert commands(phone) == []
