"""Names are sorted as people look them up."""

from msgspec.structs import replace

from backend.search import search_text
from pwa.desk.ranks import name_rank
from tests.desk.conftest import Open
from tests.desk.world import Desk
from tests.screens.world import product


def ranked(locale: str, names: list[dict[str, str]]) -> list[dict[str, str]]:
    """Sorted by what the server's own search text says."""
    return sorted(names, key=lambda each: name_rank(locale, each, search_text(each.values(), "SKU-1")) or (9, "", ""))


def test_chinese_names_stand_by_their_pinyin_behind_digits_and_letters() -> None:
    names = [
        {"zh": name}
        for name in ("重庆小面", "爱心糕", "（特价）芝麻糊", "7喜 330ml", "重量级啤酒", "可口可乐", "AD钙奶")
    ]
    assert [each["zh"] for each in ranked("zh-CN", names)] == [
        "（特价）芝麻糊", "7喜 330ml", "AD钙奶", "爱心糕", "重庆小面", "可口可乐", "重量级啤酒",
    ]  # fmt: skip


def test_an_english_desk_sorts_by_the_english_names() -> None:
    names = [{"zh": "苏打水", "en": "Soda"}, {"zh": "果汁", "en": "juice"}, {"zh": "饼干", "en": "Biscuit"}]
    assert [each["en"] for each in ranked("en", names)] == ["Biscuit", "juice", "Soda"]
    assert [each["zh"] for each in ranked("zh-CN", names)] == ["饼干", "果汁", "苏打水"]


def test_a_name_the_server_has_not_seen_yet_stands_behind_and_none_has_no_rank() -> None:
    known = name_rank("zh-CN", {"zh": "醉虾"}, search_text(["醉虾"]))
    fresh = name_rank("zh-CN", {"zh": "阿胶"}, "")
    assert known
    assert fresh
    assert known < fresh
    assert name_rank("zh-CN", {}, "") is None


async def test_a_press_on_the_name_sorts_the_products(open_desk: Open) -> None:
    names = {"P-1": "重庆小面", "P-2": "爱心糕", "P-3": "可口可乐"}
    more = [
        ("product", replace(product(sku, sku, name, sku), search=search_text([name, sku], sku)))
        for sku, name in names.items()
    ]
    desk = await open_desk("/desk/products?q=P-", more=more)
    assert shown(desk) == ["P-1", "P-2", "P-3"]
    await press_head(desk, "名称")
    assert shown(desk) == ["P-2", "P-1", "P-3"]
    await press_head(desk, "名称")
    assert shown(desk) == ["P-3", "P-1", "P-2"]


def shown(desk: Desk) -> list[str]:
    found = (str(node.get("attributes", {}).get("data-testid", "")) for node in desk.nodes())
    return [testid.removeprefix("product-") for testid in found if testid.startswith("product-P-")]


async def press_head(desk: Desk, title: str) -> None:
    heads = [node for node in desk.nodes() if node.get("attributes", {}).get("className") == "grid-sort"]
    (head,) = [node for node in heads if desk.port.text(node) == title]
    await desk._event(head["eventHandlers"]["onClick"]["target"], {})
