"""Finding goods while an order is taken: what a search and a filter show, and what they say where there is nothing."""

from offline.wire import rows
from pwa.runtime import Message
from tests.screens.conftest import Start
from tests.screens.world import SHOP, uid


async def test_what_may_not_be_bought_is_found_says_why_and_cannot_be_added(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    assert not phone.has("product-LT-0505")
    await phone.type("product-search", "lt-0505")
    assert "未获授权" in phone.text("product-LT-0505")
    assert "quantity-LT-0505" not in phone.fields()
    # After what may be bought.
    await phone.type("product-search", "0")
    skus = [str(node.get("attributes", {}).get("data-testid")) for node in phone.nodes()]
    found = [testid for testid in skus if testid.startswith("product-") and testid[8:].isupper()]
    assert (found[-1], len(found)) == ("product-LT-0505", 5)
    assert "quantity-QS-0450" in phone.fields()


async def test_search_by_sku_barcode_and_pinyin_initials(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    for words, sku in (
        ("qqsds", "QS-0450"), ("6901234567892", "XG-1000"), ("mt-20", "MT-2001"), ("洗手", "JR-0500"),
        ("ＱＳ－０４５０", "QS-0450"), ("６９０１２３４５６７８９２", "XG-1000"),
    ):  # fmt: skip
        await phone.type("product-search", words)
        assert phone.has(f"product-{sku}"), words
        assert not phone.has("product-LT-0505"), words


async def test_a_filter_that_finds_nothing_says_where_there_is_something(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.tap("chip-promoted")
    await phone.type("product-search", "苏打")
    assert "“促销”里没有" in phone.text()
    assert "全部商品里有 1 个" in phone.text()
    await phone.tap("look-everywhere")
    assert phone.has("product-QS-0450")
    await phone.type("product-search", "没有这个")
    assert not phone.has("near")
    assert "没有找到这个商品" in phone.text()


async def test_a_search_that_looks_everywhere_says_so_on_its_chip(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.press("QS-0450", 1)
    await phone.tap("chip-chosen")
    pressed = [node["attributes"]["data-testid"] for node in phone.nodes() if _is_pressed(node)]
    assert pressed == ["chip-chosen"]
    await phone.type("product-search", "饼干")
    assert phone.has("product-MT-2001")
    pressed = [node["attributes"]["data-testid"] for node in phone.nodes() if _is_pressed(node)]
    assert pressed == ["chip-all"]


def _is_pressed(node: Message) -> bool:
    return bool(node.get("attributes", {}).get("aria-pressed") == "true")


async def test_the_filter_is_kept_in_the_address(start: Start) -> None:
    phone = await start(f"/order/{SHOP}")
    await phone.tap("chip-promoted")
    path = phone.app.router.path
    assert phone.asked("navigate")[-1]["replace"]
    await phone.press("XG-1000", 1)
    await phone.tap("review-order")
    await phone.go(path)
    assert not phone.has("product-QS-0450")
    await phone.killed()
    await phone.start(path)
    assert phone.has("product-XG-1000")
    assert not phone.has("product-QS-0450")


async def test_a_slip_in_a_name_finds_what_is_near_and_says_so(start: Start) -> None:
    phone = await start(f"/order/{SHOP}", locale="en")
    await phone.type("product-search", "biscit")
    assert phone.text("near") == "Nothing for “biscit”. Near it:"
    assert phone.has("product-MT-2001")
    await phone.type("product-search", "biscuit")
    assert not phone.has("near")
    assert phone.has("product-MT-2001")
    await phone.type("product-search", "noodels")  # what this customer may not buy is shown as such
    assert phone.has("near")
    assert phone.has("product-LT-0505")
    assert not phone.has("add-LT-0505")
    await phone.go("/order")
    await phone.type("customer-search", "好邻据便利店")
    assert phone.has("near")
    assert phone.has("customer-S0001")
    assert not phone.has("customer-S0002")


async def test_what_is_exact_elsewhere_is_told_before_what_is_near_here(start: Start) -> None:
    toys = [("category", rows.Category(id=uid("toys"), name={"zh": "玩具", "en": "Toys"}))]
    phone = await start(f"/order/{SHOP}?chip={uid('toys')}", locale="en", more=toys)
    await phone.type("product-search", "soda")
    assert not phone.has("near")
    assert phone.has("look-everywhere")
