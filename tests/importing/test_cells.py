"""Cells as people write them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.importing.cells import BadCell, as_day, as_decimal, as_flag, as_list, as_moment, as_rate, as_text, as_whole
from backend.importing.tables import Uncomputed

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1,234.50", "1234.50"),
        ("１２３．５", "123.5"),
        (" ¥8.10 ", "8.10"),
        ("￥1，234", "1234"),
        ("8.10元", "8.10"),
        ("(12.5)", "-12.5"),
        ("\u22124", "-4"),
        ("+3", "3"),
        ("1 234", "1234"),
        (0.1, "0.1"),
        (2.5500000000000003, "2.5500000000000003"),
        (7, "7"),
        ("1e3", "1000"),
        (".5", "0.5"),
    ],
)
def test_numbers(cell: object, number: str) -> None:
    if number.startswith("2.55000"):
        with pytest.raises(BadCell, match="six digits"):
            as_decimal(cell)
    else:
        assert as_decimal(cell) == Decimal(number)


@pytest.mark.parametrize(
    "cell", ["", "abc", "1,23", "12,34,567", "1.2.3", "NaN", "inf", True, "1e400", "1" * 20, "--1", "0x10", "1_000"]
)
def test_what_is_no_number_is_refused(cell: object) -> None:
    with pytest.raises(BadCell):
        as_decimal(cell)


def test_the_decimal_point_is_the_mappings() -> None:
    assert as_decimal("1.234,56", ",") == Decimal("1234.56")
    assert as_decimal("0,5", ",") == Decimal("0.5")
    with pytest.raises(BadCell):
        as_decimal("0,5")
    with pytest.raises(BadCell):
        as_decimal("0.5", ",")


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=4))
def test_written_with_separators_a_number_stays_itself(number: Decimal) -> None:
    assert as_decimal(f"{number:,f}") == number
    full_width = f"{number:f}".translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"})
    assert as_decimal(full_width) == number


def test_whole_numbers() -> None:
    assert as_whole("48.0") == 48
    assert as_whole(48.0) == 48
    with pytest.raises(BadCell, match="whole"):
        as_whole("4.5")


def test_rates() -> None:
    assert as_rate("13%") == as_rate("１３％") == as_rate(13) == as_rate("0.13") == as_rate(0.13) == Decimal("0.13")


@pytest.mark.parametrize(
    "cell",
    [
        "2026-03-01",
        "2026/3/1",
        "2026.3.1",
        "2026年3月1日",
        "２０２６－０３－０１",
        "20260301",
        date(2026, 3, 1),
        datetime(2026, 3, 1),  # noqa: DTZ001 - a cell has no zone
        46082,
        46082.0,
    ],
)
def test_days(cell: object) -> None:
    assert as_day(cell, SHANGHAI) == date(2026, 3, 1)


@pytest.mark.parametrize("cell", ["01/03/2026", "2026-13-01", "2026-02-30", "soon", 12, True, "26-03-01"])
def test_what_is_no_day_or_could_be_two_is_refused(cell: object) -> None:
    with pytest.raises(BadCell):
        as_day(cell, SHANGHAI)


def test_moments_have_the_brands_zone_unless_they_say_one() -> None:
    assert as_moment("2026-03-01 08:30", SHANGHAI) == datetime(2026, 3, 1, 0, 30, tzinfo=UTC)
    assert as_moment("2026-03-01T08:30:15.5Z", SHANGHAI) == datetime(2026, 3, 1, 8, 30, 15, 500000, tzinfo=UTC)
    assert as_moment("2026-03-01T08:30:00+02:00", SHANGHAI) == datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
    assert as_moment(46082.5, SHANGHAI) == datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


def test_texts() -> None:
    assert as_text(421.0) == "421"
    assert as_text("　全角空格 \u200b") == "全角空格"
    assert as_text(datetime(2026, 3, 1)) == "2026-03-01"  # noqa: DTZ001 - a cell has no zone
    with pytest.raises(BadCell, match="damaged"):
        as_text("half \ufffd")
    with pytest.raises(BadCell, match="formula"):
        as_text(Uncomputed("=A1*2"))


def test_flags_and_lists() -> None:
    assert [as_flag(cell) for cell in ("是", "Y", True, "否", 0)] == [True, True, True, False, False]
    assert as_list("a; b；c\na") == ("a", "b", "c")
    with pytest.raises(BadCell):
        as_flag("maybe")
