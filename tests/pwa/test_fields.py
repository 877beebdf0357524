"""What a person types as a number, by hand or through an IME."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pwa.components.fields import parse_number, parse_whole


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("48", "48"),
        ("４８", "48"),
        ("１２．５", "12.5"),
        ("12。5", "12.5"),
        ("1,200", "1200"),
        ("１，２００", "1200"),
        (" 7 ", "7"),
        ("1 000", "1000"),
        ("-3", "-3"),
        ("+3", "3"),
        (".5", "0.5"),
        ("1,234.50 ", "1234.5"),
        ("1,0000", "10000"),
        ("￥１，２３４．５０", "1234.5"),
        ("¥ 8.1", "8.1"),
        ("8 元", "8"),
    ],
)
def test_reads_numbers_as_people_type_them(typed: str, number: str) -> None:
    assert parse_number(typed) == Decimal(number)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "abc",
        "1e12",
        "１２箱",
        "1.2.3",
        "--1",
        "NaN",
        "inf",
        "٤٨",
        "1" * 20,
        "十二",
        "8,1",
        "1.234,50",
        "1,2,3",
        "¥",
    ],
)
def test_refuses_what_is_no_number(typed: str) -> None:
    assert parse_number(typed) is None


@pytest.mark.parametrize(("typed", "quantity"), [("48", 48), ("48.0", 48), ("0", 0), ("００１２", 12)])
def test_reads_whole_quantities(typed: str, quantity: int) -> None:
    assert parse_whole(typed) == quantity


@pytest.mark.parametrize("typed", ["-1", "1.5", "", "x", "1" * 16])
def test_refuses_quantities_that_are_not_whole(typed: str) -> None:
    assert parse_whole(typed) is None


@given(st.integers(0, 10**14))
def test_grouped_full_width_numbers_come_back(quantity: int) -> None:
    full_width = f"{quantity:,}".translate(str.maketrans("0123456789,", "０１２３４５６７８９，"))
    assert parse_whole(full_width) == quantity


@given(st.text())
def test_never_raises(text: str) -> None:
    number = parse_number(text)
    assert number is None or number.is_finite()
