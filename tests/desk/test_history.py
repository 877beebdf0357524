"""Who changed a promotion, a product, a customer, a price list, and what: in words, from the audit trail."""

from typing import Any

import msgspec
import pytest

from backend.identity.audit import _DERIVED
from i18n.translate import LOCALES, has
from offline.store import Response
from offline.wire import rows
from pwa.desk.history import _UNSAID, TEXTS, Detail, label_of, said_of
from pwa.desk.state import DeskState
from tests.desk.conftest import Open
from tests.desk.world import NOW, SODA, uid
from tests.screens.world import D

PROMOTION = uid("deal")


def deal() -> rows.Promotion:
    reward = rows.PromotionReward(percent=D(10), threshold=D(100))
    return rows.Promotion(id=PROMOTION, code="P1", name={"zh": "满百九折"}, kind="threshold", reward=reward)


def change(name: str, deed: str, before: dict[str, Any], after: dict[str, Any], who: str = "王静") -> dict[str, Any]:
    return {
        "id": uid(name), "at": NOW, "actor": "hq@demo", "actor_name": who, "action": f"promotion.{deed}",
        "subject": PROMOTION, "address": "", "agent": "", "request_id": "",
        "detail": {"before": before, "after": after},
    }  # fmt: skip


async def test_a_promotion_says_who_changed_what(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/promotions/{PROMOTION}", more=[("promotion", deal())])
    before = {"reward": {"percent": "10", "threshold": "100"}, "active": True, "products": [], "valid_until": None}
    after = {
        "reward": {"percent": "15", "threshold": "100"},
        "active": False,
        "products": [SODA],
        "valid_until": "2026-07-31T16:00:00Z",
    }
    told = [change("later", "changed", before, after), change("first", "created", {}, {"code": "P1"}, "")]
    desk.answers = [Response(200, msgspec.json.encode(told))]
    await desk.tap("history-show")
    assert desk.requests == [("GET", f"/api/audit?subject={PROMOTION}&before=&limit=20")]
    said = desk.text(f"change-{uid('later')}")
    assert "修改" in said
    assert "王静" in said
    for line in ("折扣：10% → 15%", "启用：是 → 否", "参与商品：加上 清泉苏打水", "结束日期：无 → 7月31日"):
        assert line in said, said
    # What stayed is not told, nor is what a new one began with.
    assert "金额门槛" not in said
    assert desk.text(f"change-{uid('first')}").startswith("新建hq@demo")
    assert not desk.has("history-more")


async def test_earlier_changes_come_when_asked_for_and_no_network_loses_none(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/promotions/{PROMOTION}", more=[("promotion", deal())])
    await desk.tap("history-show")
    assert "连不上服务器" in desk.text("history")
    page = [change(str(place), "changed", {"priority": place}, {"priority": place + 1}) for place in range(20)]
    desk.answers = [Response(200, msgspec.json.encode(page))]
    await desk.tap("history-show")
    await desk.tap("history-more")
    assert desk.has(f"change-{uid('19')}")
    desk.answers = [Response(200, b"[]")]
    await desk.tap("history-more")
    assert desk.requests[-1][1].endswith(f"&before={uid('19')}&limit=20")
    assert not desk.has("history-more")


async def test_who_may_not_see_the_trail_is_not_offered_it(open_desk: Open) -> None:
    desk = await open_desk(f"/desk/promotions/{PROMOTION}", user=uid("clerk"), more=[("promotion", deal())])
    assert desk.has("promotion-panel")
    assert not desk.has("history")


@pytest.mark.parametrize("locale", LOCALES)
async def test_every_field_of_what_is_kept_track_of_has_a_name_and_words(open_desk: Open, locale: str) -> None:
    desk = await open_desk("/desk/promotions", locale=locale)
    state = DeskState(desk.app)
    words = state.words()
    samples: dict[str, list[rows.Row]] = {
        "promotion": [deal()],
        "product": [row for row in desk.app.engine.replica.all("product") if isinstance(row, rows.Product)],
        "price_list": [row for row in desk.app.engine.replica.all("price_list") if isinstance(row, rows.PriceList)],
        "price": [row for row in desk.app.engine.replica.all("price") if isinstance(row, rows.Price)],
        "organisation": state.reads.organisations,  # type: ignore[dict-item]  # each is a row
    }
    for entity, held in samples.items():
        assert held, entity
        for row in held:
            fields: dict[str, Any] = {
                name: msgspec.json.decode(msgspec.json.encode(getattr(row, name)))
                for name in row.__struct_fields__
                if name not in _DERIVED
            }
            lines = said_of(state, words, entity, Detail(before={}, after=fields))
            assert lines
            assert not any("{" in line for line in lines), lines
        flat = {"name_zh", "name_en"} | set(fields) - {"name", "unit", "spec", "reward"} - _UNSAID
        for name in flat - ({"product"} if entity == "price" else set()):
            label = label_of(words, TEXTS[entity], name)
            assert label != name or has(locale, f"desk.{name}"), (entity, name)


async def test_the_terms_of_a_price_are_told_whole(open_desk: Open) -> None:
    desk = await open_desk("/desk")
    state = DeskState(desk.app)
    before = {"tiers": [{"quantity": 1, "unit_price": "9"}]}
    after = {"tiers": [{"quantity": 1, "unit_price": "9"}, {"quantity": 48, "unit_price": "8.10"}]}
    (line,) = said_of(state, state.words(), "price", Detail(before=before, after=after))
    assert line.replace("\u00a0", " ") == "价格：满 1 ¥9.00 → 满 1 ¥9.00、满 48 ¥8.10"
