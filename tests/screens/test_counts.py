"""Counting at a shop, with no network: from the tasks to the outbox."""

from datetime import date

import msgspec
import pytest

from offline.ids import derived_id
from offline.wire import counts as wire
from offline.wire import rows
from pwa.screens.barcodes import by_barcode
from pwa.screens.counts.taking import pack_kind
from tests.screens.conftest import Start
from tests.screens.world import BISCUIT, BRAND, JUICE, NOW, REP, SHOP, SHOPKEEPER, SODA, Phone, order, product, uid


def stock(product: str, on_hand: int, seq: int = 1) -> tuple[str, wire.PartnerStock]:
    row_id = derived_id("partner_stock", SHOP, product)
    return "partner_stock", wire.PartnerStock(
        id=row_id, organisation=SHOP, product=product, on_hand=on_hand, seq=seq, as_of=NOW, opened=True
    )


def handed_in(phone: Phone) -> list[wire.CountSubmit]:
    entries = [entry for entry in phone.app.engine.entries() if entry.name == "count.submit"]
    return [msgspec.json.decode(entry.args, type=wire.CountSubmit) for entry in entries]


def asked(state: wire.LineState = "wanted", **more: object) -> tuple[str, wire.Count]:
    counters = ("somebody",) if state == "recount" else ()
    line = wire.CountLine(product=SODA, state=state, counters=counters)
    fields = {
        "id": uid("count"),
        "organisation": SHOP,
        "organisation_name": {"zh": "好邻居便利店"},
        "status": "wanted" if state == "wanted" else "recount_wanted",
        "lines": (line,),
        **more,
    }
    return "count", msgspec.convert(msgspec.to_builtins(fields), wire.Count)


async def test_cartons_and_pieces_in_two_places_add_up_and_go_into_the_outbox(start: Start) -> None:
    phone = await start(f"/counts/new?organisation={SHOP}&visit={uid('visit')}", [stock(SODA, 40, 7), stock(JUICE, 3)])
    assert "剩 2" in phone.text("count-tally")
    await phone.tap("count-row-QS-0450")
    assert "40" in phone.text("count-book")
    await phone.type("count-case", "3")
    await phone.type("count-unit", "5")
    await phone.tap("count-keep")
    # On to the next that is not counted yet.
    await phone.tap("count-none")
    assert "41" in phone.text("counted-QS-0450")
    await phone.tap("count-row-QS-0450")
    await phone.type("count-unit", "2")
    await phone.tap("count-keep")
    assert "43" in phone.text("counted-QS-0450")
    assert "已盘 2" in phone.text("count-tally")
    await phone.tap("count-hand-in")
    (sent,) = handed_in(phone)
    lines = {line.product: line for line in sent.lines}
    assert (sent.organisation, sent.visit) == (SHOP, uid("visit"))
    soda = lines[SODA]
    assert (soda.observed, soda.base_seq, soda.counted_at) == (43, 7, NOW)
    assert soda.parts == (wire.CountedPart(packs={"case": 3, "": 7}),)
    assert lines[JUICE].observed == 0
    assert "待发送" in phone.text("count-status")


async def test_what_is_not_counted_is_asked_about_and_never_taken_for_nothing(start: Start) -> None:
    phone = await start(f"/counts/new?organisation={SHOP}", [stock(SODA, 40), stock(JUICE, 3)])
    await phone.tap("count-row-QS-0450")
    await phone.type("count-unit", "5")
    await phone.tap("count-keep")
    await phone.tap("count-hand-in")
    assert handed_in(phone) == []
    await phone.tap("count-left-yes")
    (sent,) = handed_in(phone)
    assert [line.product for line in sent.lines] == [SODA]


async def test_search_finds_what_is_on_no_list_by_pinyin(start: Start) -> None:
    phone = await start(f"/counts/new?organisation={SHOP}")
    await phone.type("count-search", "qqsds")
    await phone.tap("count-row-QS-0450")
    await phone.type("count-unit", "1,2")
    await phone.tap("count-keep")
    assert "12" in phone.text("counted-QS-0450")
    # The only one found is counted: the field is empty for the next words, the list is back.
    emptied = phone.field("count-search")["attributes"]["config"]
    assert (emptied.get("value", ""), emptied["revision"]) == ("", "1")


async def test_a_scanned_code_is_found_however_many_digits_it_is_written_with(start: Start) -> None:
    """UPC-A of 12 digits is an EAN-13 that begins with 0, and both are GTIN-14s; a carton has its own."""
    phone = await start(f"/counts/new?organisation={SHOP}")
    packs = (rows.Pack("CASE", {"zh": "箱"}, 24, barcode="16901234567899"),)
    phone.put([("product", product("juice", "XG-1000", "鲜果橙汁", "Juice", barcodes=("036000291452",), packs=packs))])
    for code in ("036000291452", "0036000291452", "00036000291452"):
        assert by_barcode(phone.app, code) == (phone.app.engine.replica.one("product", JUICE), "")
    assert by_barcode(phone.app, "16901234567899") == (phone.app.engine.replica.one("product", JUICE), "CASE")
    assert by_barcode(phone.app, "36000291452") is None


async def test_an_upc_e_is_its_upc_a_without_the_zeros(start: Start) -> None:
    phone = await start(f"/counts/new?organisation={SHOP}")
    juice = product("juice", "XG-1000", "鲜果橙汁", "Juice", barcodes=("042100005264",))
    # Written down as it is printed, and a shop's own number of 8 digits that could be an UPC-E.
    biscuit = product("biscuit", "MT-2001", "麦田饼干", "Biscuit", barcodes=("01234565", "00000284"))
    phone.put([("product", juice), ("product", biscuit)])
    assert by_barcode(phone.app, "04252614") == (juice, "")
    for code in ("01234565", "012345000065", "0012345000065", "00000284"):
        assert by_barcode(phone.app, code) == (biscuit, "")
    assert by_barcode(phone.app, "04252615") is None


async def test_nonsense_is_told_and_changes_nothing(start: Start) -> None:
    phone = await start(f"/counts/new?organisation={SHOP}", [stock(SODA, 40)])
    await phone.tap("count-row-QS-0450")
    await phone.tap("count-keep")
    assert "请输入数量" in phone.text("count-entry")
    await phone.type("count-unit", "many")
    await phone.tap("count-keep")
    assert "请输入整数" in phone.text("count-entry")
    await phone.type("count-unit", "99999999")
    await phone.tap("count-keep")
    assert "数量太大" in phone.text("count-entry")
    assert phone.app.tallies.all() == []


async def test_a_count_survives_a_kill(start: Start) -> None:
    phone = await start(f"/counts/new?organisation={SHOP}", [stock(SODA, 40)])
    await phone.tap("count-row-QS-0450")
    await phone.type("count-unit", "38")
    await phone.app.jottings.settled()
    await phone.killed()
    await phone.start(f"/counts/new?organisation={SHOP}")
    await phone.tap("count-row-QS-0450")
    await phone.tap("count-keep")
    await phone.app.tallies.settled()
    await phone.killed()
    await phone.start("/tasks")
    (tally,) = phone.app.tallies.all()
    await phone.tap(f"count-draft-{tally.id}")
    assert "38" in phone.text("counted-QS-0450")


async def test_a_blind_count_shows_no_book(start: Start) -> None:
    settings = ("count_settings", wire.CountSettings(id=BRAND, blind=True))
    phone = await start(f"/counts/new?organisation={SHOP}", [stock(SODA, 40), settings])
    assert phone.has("count-blind")
    await phone.tap("count-row-QS-0450")
    assert not phone.has("count-book")


async def test_a_list_of_head_office_counts_what_is_on_it(start: Start) -> None:
    chosen = wire.CountList(id=uid("list"), name={"zh": "冰柜"}, products=(BISCUIT,), types=("shop",))
    elsewhere = wire.CountList(id=uid("other"), name={"zh": "仓库"}, sold=True, types=("dealer",))
    rows = [("count_list", chosen), ("count_list", elsewhere), stock(SODA, 4)]
    phone = await start(f"/counts/new?organisation={SHOP}", rows)
    assert not phone.has(f"count-list-{uid('other')}")
    await phone.tap(f"count-list-{uid('list')}")
    assert phone.has("count-row-MT-2001")
    assert not phone.has("count-row-QS-0450")


async def test_lots_are_taken_where_the_product_has_them(start: Start) -> None:
    phone = await start(f"/counts/new?organisation={SHOP}", [stock(SODA, 40)])
    soda = phone.app.engine.replica.one("product", SODA)
    assert soda is not None
    phone.put([("product", msgspec.structs.replace(soda, lot_tracked=True))])
    await phone.port.settle()
    for lot, count in (("L1", "4"), ("L2", "6")):
        await phone.tap("count-row-QS-0450")
        await phone.type("count-unit", count)
        await phone.type("count-lot", lot)
        await phone.type("count-expiry", "2027-01-31")
        await phone.tap("count-keep")
    assert "批号 L1 × 4，2027年1月31日到期" in phone.text("count-row-QS-0450")
    await phone.tap("count-row-QS-0450")
    assert "批号 L2 × 6" in phone.text("count-so-far")
    await phone.tap("count-hand-in")
    assert "批号 L2 × 6，2027年1月31日到期" in phone.text("count-line-QS-0450")
    (sent,) = handed_in(phone)
    assert [(part.lot, part.expires_on, part.packs) for part in sent.lines[0].parts] == [
        ("L1", date(2027, 1, 31), {"": 4}),
        ("L2", date(2027, 1, 31), {"": 6}),
    ]


async def test_what_is_more_than_one_count_takes_goes_into_several(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pwa.screens.counts.taking.MAX_LINES", 1)
    phone = await start(f"/counts/new?organisation={SHOP}", [stock(SODA, 40), stock(JUICE, 3)])
    for sku in ("QS-0450", "XG-1000"):
        await phone.go(f"/counts/new?organisation={SHOP}")
        await phone.tap(f"count-row-{sku}")
        await phone.type("count-unit", "2")
        await phone.tap("count-keep")
    await phone.go(f"/counts/new?organisation={SHOP}")
    await phone.tap("count-hand-in")
    sent = handed_in(phone)
    assert [len(each.lines) for each in sent] == [1, 1]
    assert {each.lines[0].product for each in sent} == {SODA, JUICE}
    assert len({each.count for each in sent}) == 2
    assert phone.app.tallies.all() == []


async def test_what_was_asked_for_waits_among_the_tasks(start: Start) -> None:
    phone = await start("/tasks", [asked(due_on=date(2026, 7, 20), note="月底盘点")])
    assert "月底盘点" in phone.text("counts-card")
    await phone.tap(f"count-task-{uid('count')}")
    await phone.tap("count-row-QS-0450")
    await phone.type("count-unit", "9")
    await phone.tap("count-keep")
    await phone.tap("count-hand-in")
    assert handed_in(phone)[0].count == uid("count")


async def test_a_count_that_was_begun_says_so_among_the_tasks(start: Start) -> None:
    phone = await start("/tasks", [asked()])
    assert "1 个商品" in phone.text(f"count-task-{uid('count')}")
    await phone.tap(f"count-task-{uid('count')}")
    await phone.tap("count-row-QS-0450")
    await phone.type("count-unit", "5")
    await phone.tap("count-keep")
    await phone.go("/tasks")
    assert "已盘 1，共 1 个商品" in phone.text(f"count-task-{uid('count')}")


async def test_a_second_count_is_for_somebody_else(start: Start) -> None:
    mine = wire.CountLine(product=SODA, state="recount", counters=(REP,))
    phone = await start("/tasks", [asked("recount")])
    assert phone.has(f"count-task-{uid('count')}")
    phone.put([asked("recount", lines=(mine,))])
    await phone.port.settle()
    assert not phone.has(f"count-task-{uid('count')}")
    await phone.go(f"/counts/{uid('count')}")
    assert phone.has("count-waits")
    assert not phone.has("count-screen")


async def test_the_shop_counts_its_own_shelf_without_choosing(start: Start) -> None:
    phone = await start("/tasks", [("order", order("1")), stock(SODA, 4)], user=SHOPKEEPER)
    await phone.tap("count-start")
    assert phone.app.router.path == f"/counts/new?organisation={SHOP}"
    assert phone.has("count-row-QS-0450")


async def test_a_settled_count_tells_its_figures_and_what_moved_since(start: Start) -> None:
    line = wire.CountLine(
        product=SODA, state="settled", observed=37, parts=(wire.CountedPart(packs={"case": 3, "": 1}),),
        counted_at=NOW, expected=40, adjustment=-3, later=24, on_hand=61,
    )  # fmt: skip
    events = (wire.CountEvent(kind="counted", at=NOW, actor_name="林晓", lines=1),)
    phone = await start(f"/counts/{uid('count')}", [asked(status="settled", lines=(line,), events=events)])
    said = phone.text("count-line-QS-0450")
    for each in ("37", "−3", "账面 40", "+24", "61", "3 箱"):
        assert each in said, each
    assert "林晓" in phone.text("count-detail")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("12 瓶/箱", "箱"), ("6 瓶/中包", "中包"), ("Case of 12 (bottle)", "case"), ("箱", "箱"), ("Outer", "Outer")],
)
def test_a_pack_is_told_by_its_kind(name: str, kind: str) -> None:
    assert pack_kind(name) == kind


async def test_a_double_tap_hands_in_once(start: Start) -> None:
    phone = await start(f"/counts/new?organisation={SHOP}", [stock(SODA, 40)])
    await phone.tap("count-row-QS-0450")
    await phone.type("count-unit", "5")
    await phone.tap("count-keep")
    await phone.double_tap("count-hand-in")
    assert len(handed_in(phone)) == 1
