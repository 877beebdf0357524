"""The desk's pure pieces."""

import asyncio
from decimal import Decimal

import pytest
from reactpy import component
from reactpy.types import Component

from pwa.desk.app import Place, place_of
from pwa.desk.chart import Bar, bar_chart, scale_of
from pwa.desk.grid import UNSORTED, Field, Grid, Look, Order, rows_of, spans
from pwa.runtime import MemoryPort, run
from tests.desk.conftest import Open


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/", Place("overview", "", {})),
        ("/desk", Place("overview", "", {})),
        ("/desk/orders/018f?tab=all", Place("orders", "018f", {"tab": "all"})),
        ("/orders/018f", Place("orders", "018f", {})),
        ("/claims/018f", Place("claims", "018f", {})),
        ("/activities/018f", Place("claims", "018f", {"filter": "activities"})),
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


def test_a_press_on_a_head_sorts_a_second_turns_it_a_third_takes_it_back() -> None:
    once = UNSORTED.pressed("Amount")
    twice = once.pressed("Amount")
    assert (once.descending, twice.descending) == (False, True)
    assert twice.pressed("Amount") == UNSORTED
    assert twice.pressed("Number") == Order("Number")


@pytest.mark.parametrize(
    ("place", "drawn"),
    [
        (None, [(20, 46)]),
        (30, [(20, 46)]),
        (3, [(2, 5), (20, 46)]),
        (0, [(0, 2), (20, 46)]),
        (20, [(19, 20), (20, 46)]),
        (45, [(20, 46), (46, 47)]),
        (99, [(20, 46), (98, 100)]),
        (100, [(20, 46), (99, 100)]),  # the last one, which has left the list
    ],
)
def test_the_open_row_and_its_neighbours_are_drawn_wherever_they_are(
    place: int | None, drawn: list[tuple[int, int]]
) -> None:
    assert spans(20, 46, 100, place) == drawn


@component
def Amounts() -> Component:
    fields = (
        Field("Name", lambda item: item[0]),
        Field("Amount", lambda item: str(item[1]), numeric=True, rank=lambda item: item[1]),
    )
    look = Look(fields, key=lambda item: item[0], label="amounts", row_testid=lambda item: f"row-{item[0]}")
    return Grid(look, len(AMOUNTS), rows_of(AMOUNTS))


AMOUNTS = [("a", 3), ("b", None), ("c", 20), ("d", 1)]


async def test_a_grid_is_sorted_by_its_heads_and_what_has_no_rank_stays_last() -> None:
    port = MemoryPort()
    running = asyncio.create_task(run(Amounts, port))
    await port.settle()
    seen = [_names(port)]
    for _ in range(3):
        head = next(node for node in port.elements() if node.get("tagName") == "button")
        port.post({"type": "layout-event", "target": head["eventHandlers"]["onClick"]["target"], "data": [{}]})
        await port.settle()
        seen.append(_names(port))
    port.post(None)
    await running
    assert seen == ["abcd", "dacb", "cadb", "abcd"]


def _names(port: MemoryPort) -> str:
    rows = [node["attributes"].get("data-testid", "") for node in port.elements() if "attributes" in node]
    return "".join(name.removeprefix("row-") for name in rows if name.startswith("row-"))


async def test_enter_takes_the_first_that_was_found(open_desk: Open) -> None:
    desk = await open_desk("/desk/funds/new")
    await desk.tap("field-organisations-open")
    await desk.enter("field-organisations", "没有这家")
    assert "没有找到“没有这家”" in desk.text("fund-form")
    await desk.enter("field-organisations", " ")
    assert not desk.has("field-shared"), "nothing was typed, so nobody was meant"
    for code in ("D0001", "S0009"):
        await desk.enter("field-organisations", code)
        assert desk.value_of("field-organisations") == ""
    assert desk.has("field-shared"), "two partners are chosen"
    assert "华东商贸" in desk.text("fund-form")
    assert "阳光小卖部" in desk.text("fund-form")
