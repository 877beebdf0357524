"""The desk's pure pieces."""

from decimal import Decimal

import pytest

from pwa.desk.app import Place, place_of
from pwa.desk.chart import Bar, bar_chart, scale_of


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/", Place("overview", "", {})),
        ("/desk", Place("overview", "", {})),
        ("/desk/orders/018f?tab=all", Place("orders", "018f", {"tab": "all"})),
        ("/orders/018f", Place("orders", "018f", {})),
        ("/sync", Place("sync", "", {})),
        ("/order/018f", Place("overview", "", {})),
    ],
)
def test_a_path_is_taken_apart(path: str, place: Place) -> None:
    assert place_of(path) == place


def test_the_chart_is_scaled_to_usual_days() -> None:
    usual = [Decimal(100)] * 29
    assert scale_of([*usual, Decimal(100_000)]) == 300
    assert scale_of([*usual, Decimal(250)]) == 250
    assert scale_of([]) == 1
    assert scale_of([Decimal(0)] * 30) == 1
    assert scale_of([Decimal(0)] * 29 + [Decimal(7)]) == 7


def test_a_bar_beyond_the_scale_is_notched_and_tells_its_value() -> None:
    bars = [Bar(str(day), f"day {day}", Decimal(100)) for day in range(29)]
    chart = str(bar_chart([*bars, Bar("29", "the huge day", Decimal(9999), current=True)], label="30 days"))
    assert chart.count("chart-notch") == 1
    assert "the huge day" in chart
