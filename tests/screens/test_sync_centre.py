"""What waits, what was refused and the ways on; storage, updates, signing in again."""

import asyncio
import json
from datetime import timedelta

import msgspec
import pytest

from offline.engine import Engine
from offline.media import Taken
from offline.setbacks import Needs
from offline.store import Response
from offline.wire.commands import OrderPlace
from pwa import hooks
from pwa.context import Storage
from pwa.screens.page import with_files
from tests.screens.conftest import Start
from tests.screens.test_ordering import placed
from tests.screens.world import JUICE, NOW, SHOP, Phone


class Hanging:
    async def request(self, _method: str, _path: str, _body: bytes | None = None) -> Response:
        await asyncio.sleep(60)
        return Response(503, b"")


async def refused(start: Start, code: str = "withdrawn", **detail: object) -> Phone:
    """A two-line order that came back refused because of the juice."""
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    await phone.press("XG-1000", 1)
    await phone.tap("review-order")
    await phone.tap("submit-order")
    line = next(line for line in placed(phone)[0].lines if line.product == JUICE)
    said = {"sku": "XG-1000", "lines": [line.id], "codes": [code], "products": ["XG-1000"], "names": ["鲜果橙汁"]}
    await phone.refuse(code, **{**said, **detail})
    juice = phone.app.engine.replica.one("product", JUICE)
    assert juice is not None
    phone.put([("product", msgspec.structs.replace(juice, status="withdrawn"))])
    await phone.go("/sync")
    return phone


async def test_a_refusal_names_the_product_the_reason_and_that_the_rest_is_fine(start: Start) -> None:
    phone = await refused(start, withdrawn_at=(NOW - timedelta(hours=1)).isoformat())
    entry = phone.app.engine.entries()[0]
    card = phone.text(f"refused-{entry.id}")
    for said in ("未接受", "订单 · 好邻居便利店 · ¥113.50", "“鲜果橙汁”：今天 08:52 起停售", "其余 1 行没有问题"):
        assert said in card, said
    badge = phone.port.find("sync-badge")
    assert badge is not None
    assert badge["attributes"]["data-state"] == "problem"
    assert phone.text("sync-badge") == "1 项需处理"


async def test_one_tap_sends_the_order_without_the_line_at_fault(start: Start) -> None:
    phone = await refused(start)
    old = phone.app.engine.entries()[0]
    assert phone.text(f"mend-{old.id}") == "去掉该行并提交"
    await phone.tap(f"mend-{old.id}")
    (entry,) = phone.app.engine.entries()
    assert (entry.state, entry.replaces) == ("waiting", old.id)
    command = msgspec.json.decode(entry.args, type=OrderPlace)
    assert [str(line.net) for line in command.lines] == ["102.00"]
    assert str(command.total) == "102.00"
    assert phone.app.drafts.all() == []


async def test_open_to_edit_keeps_the_command_until_the_mended_one_is_submitted(start: Start) -> None:
    phone = await refused(start)
    (old,) = phone.app.engine.entries()
    await phone.tap(f"edit-{old.id}")
    assert "有 1 行暂时不能订" in phone.text()
    assert phone.app.engine.entries() == [old]
    await phone.tap("remove-broken")
    await phone.tap("submit-order")
    (entry,) = phone.app.engine.entries()
    assert (entry.state, entry.replaces) == ("waiting", old.id)


async def test_who_asks_for_sync_need_not_wait_for_the_time_the_server_named(start: Start) -> None:
    phone = await start("/sync")
    pace = phone.app.engine._pace
    pace.failed(3600.0)
    phone.app.sync_now()
    assert not pace._asked.is_set()
    await phone.tap("sync-now")
    assert pace._asked.is_set()


async def test_a_round_that_gets_no_answer_for_a_while_can_be_begun_anew(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "LONG_SECONDS", 0.2)
    phone = await start("/sync")
    engine = phone.app.engine
    monkeypatch.setattr(engine.exchange, "_transport", Hanging())
    round_ = asyncio.create_task(engine.sync())
    await phone.port.settle()
    now = phone.port.find("sync-now")
    assert now is not None
    assert now["attributes"]["disabled"]
    assert phone.text("sync-now") == "同步中…"
    await phone.port.settle(0.4)
    assert phone.text("sync-now") == "没有回应，再试一次"
    engine._pace.begin()
    await phone.tap("sync-now")
    assert engine._pace._asked.is_set()
    round_.cancel()
    await asyncio.gather(round_, return_exceptions=True)


async def test_retrying_sends_the_same_again_with_a_new_id(start: Start) -> None:
    phone = await refused(start, code="customer_blocked", lines=[""], codes=["customer_blocked"], names=[""])
    (old,) = phone.app.engine.entries()
    assert "客户已停用" in phone.text(f"refused-{old.id}")
    await phone.tap(f"retry-{old.id}")
    (entry,) = phone.app.engine.entries()
    assert entry.id != old.id
    assert entry.args == old.args


async def test_discarding_asks_first(start: Start) -> None:
    phone = await refused(start)
    (old,) = phone.app.engine.entries()
    await phone.tap(f"discard-{old.id}")
    await phone.tap("discard-no")
    assert phone.app.engine.entries() == [old]
    await phone.tap(f"discard-{old.id}")
    await phone.tap("discard-yes")
    assert phone.app.engine.entries() == []
    assert "都发出去了" in phone.text()


async def test_an_unknown_code_still_says_that_the_work_is_kept(start: Start) -> None:
    phone = await refused(start, code="solar_flare", codes=[], lines=[], names=[])
    (entry,) = phone.app.engine.entries()
    assert "solar_flare" in phone.text(f"refused-{entry.id}")


async def test_the_queue_shows_the_age_of_the_oldest_and_can_be_exported(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    await phone.tap("review-order")
    await phone.tap("submit-order")
    phone.clock.at = NOW + timedelta(hours=3)
    await phone.go("/sync")
    assert "最久已等：3 小时" in phone.text("queue")
    assert "好邻居便利店 · ¥102.00" in phone.text("queue")
    await phone.tap("export")
    (download,) = phone.asked("download")
    exported = json.loads(download["text"])
    assert exported["commands"][0]["args"]["total"] == "102.00"


async def test_it_counts_what_the_phone_holds_and_how_fresh_that_is(start: Start) -> None:
    phone = await start("/sync")
    holdings = phone.text("holdings")
    for said in ("商品5", "价目表更新今天 09:52", "库存更新今天 09:52"):
        assert said in holdings, said


async def test_a_phone_nearly_full_warns(start: Start) -> None:
    phone = await start("/me")
    phone.storage = Storage(usage=480_000_000, quota=500_000_000)
    await phone.go("/sync")
    assert phone.has("storage-warning")
    assert "480.0 MB / 500.0 MB" in phone.text("holdings")


async def test_room_enough_is_no_warning(start: Start) -> None:
    phone = await start("/me")
    phone.storage = Storage(usage=34_600_000, quota=10_700_000_000)
    await phone.go("/sync")
    assert "34.6 MB / 10.7 GB" in phone.text("holdings")
    assert not phone.has("storage-warning")


async def test_a_new_version_is_offered_everywhere_and_taken_over_on_request(start: Start) -> None:
    phone = await start("/")
    phone.app.offer_update()
    await phone.port.settle()
    assert "新版本已就绪" in phone.text("notice")
    await phone.tap("notice-action")
    assert phone.asked("activate")
    button = phone.port.find("notice-action")
    assert button is not None
    assert button["attributes"]["aria-busy"] == "true"
    phone.app.update_failed()
    await phone.port.settle()
    assert "没有下载成功" in phone.text()
    await phone.tap("notice-action")


def needing(engine: Engine, what: Needs) -> None:
    engine._needs = what
    engine.show()


async def test_signed_out_says_so_and_keeps_working(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    needing(phone.app.engine, "sign_in")
    await phone.port.settle()
    assert "登录已失效" in phone.text("notice")
    await phone.press("QS-0450", 1)
    await phone.tap("review-order")
    await phone.tap("submit-order")
    assert len(placed(phone)) == 1
    await phone.go("/sync")
    assert phone.has("needs-sign-in")
    await phone.tap("sign-in-again")
    assert phone.asked("sign-in-again")


async def test_an_app_too_old_says_so(start: Start) -> None:
    phone = await start("/sync")
    needing(phone.app.engine, "update")
    await phone.port.settle()
    assert phone.has("needs-update")
    assert phone.text("sync-badge") == "请更新应用"


async def test_a_quantity_that_is_refused_is_mended_with_one_tap(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.type("quantity-XG-1000", "30")
    await phone.tap("review-order")
    await phone.tap("submit-order")
    old = await phone.refuse("quantity_rule", lower=24, upper=48)
    juice = phone.app.engine.replica.one("product", JUICE)
    assert juice is not None
    phone.put([("product", msgspec.structs.replace(juice, minimum=24, multiple=24))])
    await phone.go("/sync")
    assert phone.text(f"round-{old.id}") == "改为 48 并提交"
    await phone.tap(f"round-{old.id}")
    (entry,) = phone.app.engine.entries()
    assert (entry.state, entry.replaces) == ("waiting", old.id)
    assert [line.quantity for line in placed(phone)[0].lines] == [48]


async def test_other_faults_offer_no_other_quantity(start: Start) -> None:
    phone = await refused(start)
    (old,) = phone.app.engine.entries()
    assert not phone.has(f"round-{old.id}")


async def test_a_phone_with_little_room_says_so_at_the_start(start: Start) -> None:
    phone = await start("/")
    phone.storage = Storage(usage=480_000_000, quota=500_000_000)
    await phone.app.look_for_room()
    await phone.port.settle()
    assert "手机空间快满了" in phone.text("notice")
    await phone.tap("notice-action")
    assert phone.has("storage-warning")


async def test_what_did_not_fit_is_told_until_something_fits(start: Start) -> None:
    phone = await start("/")
    phone.app.set_room(True)
    await phone.port.settle()
    assert not phone.has("notice")
    phone.app.set_room(False)
    await phone.port.settle()
    assert "手机存储已满" in phone.text("notice")
    phone.app.set_room(True)
    await phone.port.settle()
    assert "手机空间快满了" in phone.text("notice")


async def test_pictures_that_wait_are_told_with_their_size_and_how_far_they_came(start: Start) -> None:
    phone = await start("/sync")
    assert not phone.has("uploads")
    queue = phone.app.media.queue
    ref = await queue.add(b"x" * 400_000, Taken(content_type="image/jpeg", source="camera"))
    paper = await queue.add(b"y" * 600_000, Taken(content_type="application/pdf", source="file", name="合同.pdf"))
    half = queue.find(ref.id)
    assert half is not None
    await queue._write(msgspec.structs.replace(half, sent=200_000))
    await phone.port.settle()
    card = phone.text("uploads")
    for said in ("2 个待上传 · 1.0 MB", "已上传 0.2 MB / 1.0 MB", "照片", "50%", "合同.pdf", "iPhone"):
        assert said in card, said
    bar = phone.port.find("upload-progress")
    assert bar is not None
    assert bar["attributes"]["aria-valuenow"] == "20"
    assert "2 个 · 1.0 MB" in phone.text("holdings")
    assert with_files(phone.app, queue.status, "synced", "已同步") == ("pending", "照片待传 2")
    assert with_files(phone.app, queue.status, "offline", "离线") == ("offline", "离线")
    # The person asks for it with no network: nothing is lost, and the reason is told.
    await queue.upload()
    await phone.port.settle()
    assert "联网后自动继续" in phone.text("upload-told")
    queue._busy = True  # its store is away, say
    queue._tell()
    await phone.port.settle()
    assert "服务器暂时收不了文件" in phone.text("upload-told")
    assert [file.id for file in queue.files()] == [ref.id, paper.id]


async def test_a_refused_picture_says_why_and_can_be_sent_again_or_removed(start: Start) -> None:
    phone = await start("/sync")
    queue = phone.app.media.queue
    ref = await queue.add(b"x", Taken(content_type="image/jpeg", source="gallery"))
    file = queue.find(ref.id)
    assert file is not None
    await queue._write(msgspec.structs.replace(file, state="refused", code="media_lost"))
    await phone.port.settle()
    assert "请重新拍摄或选择" in phone.text("uploads")
    badge = phone.port.find("sync-badge")
    assert badge is not None
    assert badge["attributes"]["data-state"] == "problem"
    await phone.tap(f"upload-retry-{ref.id}")
    assert [each.state for each in queue.files()] == ["waiting"]
    await queue._write(msgspec.structs.replace(file, state="refused", code="media_lost"))
    await phone.port.settle()
    await phone.tap(f"upload-remove-{ref.id}")
    assert queue.files() != []
    await phone.tap("upload-remove-yes")
    assert queue.files() == []
    assert not phone.has("uploads")


async def test_the_meter_shows_how_full_the_phone_is(start: Start) -> None:
    phone = await start("/")
    phone.storage = Storage(250_000_000, 1_000_000_000)
    await phone.go("/sync")
    meter = phone.port.find("storage-meter")
    assert meter is not None
    assert meter["attributes"]["aria-valuenow"] == "25"


@pytest.mark.parametrize("path", ["/", "/order", f"/order/{SHOP}", "/orders", "/me", "/notices"])
async def test_a_round_that_changes_nothing_draws_nothing(start: Start, path: str) -> None:
    """Without a signal there is one every few seconds, between a finger's taps."""
    phone = await start(path)
    await phone.app.engine.sync()  # from "never tried" to "offline"
    await phone.port.settle()
    drawn = len(phone.asked("layout-update"))
    for _ in range(3):
        await phone.app.engine.sync()
        await phone.port.settle()
    assert phone.app.engine.status.state == "offline"
    assert len(phone.asked("layout-update")) == drawn


@pytest.mark.parametrize(("busy", "said"), [(True, "Server busy"), (False, "Offline")])
async def test_a_server_that_cannot_now_is_not_taken_for_a_network_that_is_missing(
    start: Start, busy: bool, said: str
) -> None:
    phone = await start("/sync", locale="en")
    engine = phone.app.engine
    engine._offline, engine._busy = True, busy
    engine.show()
    await phone.port.settle()
    assert phone.text("sync-badge") == said
