"""Figures and times as both languages write them, with and without the browser's Intl."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from i18n.format import Format
from i18n.translate import translate

SHANGHAI = timezone(timedelta(hours=8))
NOW = datetime(2026, 7, 14, 2, 0, tzinfo=UTC)
ZH = Format("zh-CN", SHANGHAI)
EN = Format("en", SHANGHAI)


def test_money_keeps_the_digits_of_its_currency() -> None:
    assert ZH.money(Decimal("12650.00"), "CNY") == "¥12,650.00"
    assert ZH.money(Decimal("-3.50"), "CNY") == "−¥3.50"
    assert ZH.money(Decimal(1200), "JPY") == "¥1,200"
    assert EN.money(Decimal("1.250"), "KWD") == "KWD\u00a01.250"


def test_unit_prices_show_two_digits_or_what_the_list_gives() -> None:
    assert ZH.price(Decimal("8.1"), "CNY") == "¥8.10"
    assert ZH.price(Decimal(8), "CNY") == "¥8.00"
    assert ZH.price(Decimal("0.0850"), "CNY") == "¥0.085"
    assert ZH.price(Decimal("1E+2"), "CNY") == "¥100.00"
    assert ZH.price(Decimal(120), "JPY") == "¥120"


def test_days_and_moments() -> None:
    yesterday = NOW - timedelta(days=1)
    assert ZH.moment(NOW, NOW) == "今天 10:00"
    assert EN.moment(yesterday, NOW) == "Yesterday 10:00"
    assert ZH.moment(NOW - timedelta(days=9), NOW) == "7月5日 10:00"
    assert ZH.day(date(2025, 12, 31), NOW) == "2025年12月31日"
    assert EN.day(date(2025, 12, 31), NOW) == "Dec 31, 2025"
    assert ZH.near_day(date(2026, 7, 15), NOW) == "明天"


def test_today_has_its_capital_only_where_it_begins() -> None:
    moment = EN.moment(NOW, NOW)
    assert moment == "Today 10:00"
    assert translate("en", "sync.updated", at=moment) == "updated today 10:00"
    assert translate("en", "product.stock.expected", day=EN.near_day(date(2026, 7, 15), NOW)).endswith("due tomorrow")
    assert translate("en", "held.text", name="Ann", when=moment, reason="", more="").startswith("Ann, today 10:00")
    assert translate("en", "desk.overview.bar", day=moment, count=1, amount="").startswith("Today 10:00")
    assert translate("en", "sync.updated", at=EN.moment(NOW - timedelta(days=9), NOW)) == "updated Jul 5 10:00"


def test_the_local_day_is_the_persons() -> None:
    late = datetime(2026, 7, 13, 17, 0, tzinfo=UTC)  # 01:00 of the 14th in Shanghai
    assert ZH.moment(late, NOW) == "今天 01:00"


def test_ago_never_speaks_of_the_future() -> None:
    assert ZH.ago(NOW + timedelta(hours=1), NOW) == "刚刚"
    assert EN.ago(NOW - timedelta(minutes=3), NOW) == "3 min ago"
    assert EN.since(NOW - timedelta(hours=1), NOW) == "1 hour"


def test_intl_is_asked_once_per_value_and_may_refuse() -> None:
    asked: list[tuple[str, str, Mapping[str, Any]]] = []

    def intl(kind: str, locale: str, value: str, options: Mapping[str, Any]) -> str:
        asked.append((kind, value, options))
        if options.get("currency") == "???":
            raise ValueError("no such currency")
        return f"<{value}>"

    text = Format("en", SHANGHAI, intl)
    assert [text.money(Decimal("1.50"), "CNY") for _ in range(3)] == ["<1.50>"] * 3
    assert len(asked) == 1
    assert asked[0][2]["minimumFractionDigits"] == 2
    assert text.money(Decimal("1.50"), "???") == "???\u00a01.50"
