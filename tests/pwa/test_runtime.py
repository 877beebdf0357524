"""The loop between a component and its page, without a browser."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
from reactpy import component, html, use_async_effect, use_effect, use_state
from reactpy.types import VdomDict

from pwa.components.overlays import ToastHost, Toasts, ToastsContext
from pwa.runtime import BACK_TARGET, MemoryPort, Message
from tests.pwa.mounted import mounted


@component
def Counter() -> VdomDict:
    count, set_count = use_state(0)

    def add(_event: Any) -> None:
        set_count(lambda value: value + 1)

    return html.div(html.b({"data-testid": "count"}, str(count)), html.button({"data-testid": "add", "onClick": add}))


async def test_events_reach_the_component_and_updates_the_page() -> None:
    port = MemoryPort()
    async with mounted(Counter, port):
        assert port.text(port.find("count")) == "0"
        await port.fire("add", "onClick")
        await port.fire("add", "onClick")
        assert port.text(port.find("count")) == "2"


async def test_events_posted_in_a_burst_are_all_counted() -> None:
    port = MemoryPort()
    async with mounted(Counter, port):
        add = port.find("add")
        assert add is not None
        for _ in range(50):
            port.post({"type": "layout-event", "target": add["eventHandlers"]["onClick"]["target"], "data": [{}]})
        await port.settle()
        assert port.text(port.find("count")) == "50"


async def test_nothing_is_kept_of_elements_that_are_gone() -> None:
    port = MemoryPort()

    @component
    def Pages() -> VdomDict:
        page, set_page = use_state(0)
        turn = {"data-testid": "turn", "key": str(page), "onClick": lambda _event: set_page(page + 1)}
        return html.div({"key": str(page)}, html.button(turn, str(page)))

    async with mounted(Pages, port):
        await port.fire("turn", "onClick")
        tasks = len(asyncio.all_tasks())
        for _ in range(20):
            await port.fire("turn", "onClick")
        assert port.text(port.find("turn")) == "21"
        assert len(asyncio.all_tasks()) == tasks


async def test_other_messages_go_to_the_app() -> None:
    port = MemoryPort()
    heard: list[Message] = []
    async with mounted(Counter, port, on_message=heard.append):
        port.post({"type": "online", "value": False})
        await port.settle()
    assert heard == [{"type": "online", "value": False}]


@component
def Fragile(failing: bool, mend: Callable[[], None]) -> VdomDict:
    if failing:
        raise ValueError("broken on purpose")
    return html.p({"data-testid": "fine"}, "fine")


async def test_a_component_that_raises_shows_a_box_with_a_way_back(caplog: pytest.LogCaptureFixture) -> None:
    port = MemoryPort()
    failing = [True]
    errors: list[str] = []

    def mend() -> None:
        failing[0] = False

    @component
    def Root() -> VdomDict:
        return html.div(Counter(), Fragile(failing[0], mend))

    with caplog.at_level(logging.CRITICAL):
        async with mounted(Root, port, on_error=errors.append, go_back=mend):
            assert "Something went wrong" in port.text()
            assert errors == ["ValueError: broken on purpose"]
            # The rest of the screen works on.
            await port.fire("add", "onClick")
            assert port.text(port.find("count")) == "1"
            port.post({"type": "layout-event", "target": BACK_TARGET, "data": []})
            await port.settle()
            assert port.find("fine") is not None
            assert "Something went wrong" not in port.text()


async def test_a_handler_that_raises_is_told_and_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    port = MemoryPort()
    errors: list[str] = []

    def fail(_event: Any) -> None:
        raise KeyError("missing")

    @component
    def Root() -> VdomDict:
        return html.div(Counter(), html.button({"data-testid": "fail", "onClick": fail}))

    with caplog.at_level(logging.CRITICAL):
        failed: list[bool] = []
        async with mounted(
            Root, port, on_error=errors.append, on_failed_deed=lambda error: failed.append(error is not None)
        ):
            await port.fire("fail", "onClick")
            assert (errors, failed) == (["KeyError: 'missing'"], [True])
            await port.fire("add", "onClick")
            assert port.text(port.find("count")) == "1"


async def test_updates_arrive_in_order_when_parent_and_child_change_at_once() -> None:
    """ReactPy's parallel rendering may hand out a child's older update after its parent's newer one."""
    port = MemoryPort()
    setters: dict[str, Any] = {}

    @component
    def Child(given: int) -> VdomDict:
        own, setters["child"] = use_state(0)
        return html.i({"data-testid": "child"}, f"{given}/{own}")

    @component
    def Parent() -> VdomDict:
        value, setters["parent"] = use_state(0)
        return html.div(Child(value))

    async with mounted(Parent, port):
        for step in range(1, 60):
            setters["child"](step)
            setters["parent"](step)
            setters["child"](step * 10)
            if step % 7 == 0:
                await asyncio.sleep(0)
        await port.settle()
        assert port.text(port.find("child")) == "59/590"


async def test_effects_end_when_the_page_is_gone() -> None:
    ended: list[bool] = []

    @component
    def Root() -> VdomDict:
        @use_effect(dependencies=[])
        def follow() -> Callable[[], None]:
            return lambda: ended.append(True)

        return html.p("here")

    async with mounted(Root, MemoryPort()):
        assert ended == []
    assert ended == [True]


async def test_a_toast_offers_to_undo_and_goes_away() -> None:
    port = MemoryPort()
    toasts = Toasts()
    undone: list[bool] = []
    async with mounted(lambda: ToastsContext(ToastHost(), value=toasts), port):
        toasts.show("Line removed", undo=lambda: undone.append(True))
        await port.settle()
        assert "Line removed" in port.text()
        await port.fire("toast-undo", "onClick")
        assert undone == [True]
        assert port.find("toast") is None
        toasts.show("Saved", seconds=0.05)
        await port.settle()
        await asyncio.sleep(0.1)
        await port.settle()
        assert port.find("toast") is None


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_an_effect_that_ran_again_leaves_nothing_of_its_earlier_runs(kind: str) -> None:
    log: list[str] = []
    port = MemoryPort()

    @component
    def Root() -> VdomDict:
        count, set_count = use_state(0)

        def begin() -> Callable[[], None]:
            log.append(f"begun {count}")
            return lambda: log.append(f"ended {count}")

        async def begin_later() -> Callable[[], None]:
            await asyncio.sleep(0)
            return begin()

        if kind == "sync":
            use_effect(begin, [count])
        else:
            use_async_effect(begin_later, [count])
        use_effect(lambda: None, [count])  # has a place of its own
        attributes = {"data-testid": "more", "onClick": lambda _event: set_count(count + 1)}
        return html.button(attributes, str(count))

    async with mounted(Root, port):
        await port.settle()
        before = len(asyncio.all_tasks())
        for _ in range(20):
            await port.fire("more", "onClick")
            await port.settle()
        assert port.text() == "20"
        assert len(asyncio.all_tasks()) <= before + 4
        turns = [said for number in range(20) for said in (f"begun {number}", f"ended {number}")]
        assert log == [*turns, "begun 20"]
    assert log == [*turns, "begun 20", "ended 20"]


async def test_an_effect_at_work_is_not_cut_off_by_the_next_one() -> None:
    log: list[str] = []
    go_on = asyncio.Event()
    port = MemoryPort()

    @component
    def Root() -> VdomDict:
        count, set_count = use_state(0)

        async def work() -> None:
            log.append(f"begun {count}")
            await go_on.wait()
            log.append(f"done {count}")

        use_async_effect(work, [count], shield=True)
        return html.button({"data-testid": "more", "onClick": lambda _event: set_count(count + 1)}, str(count))

    async with mounted(Root, port):
        for _ in range(3):
            await port.fire("more", "onClick")
            await port.settle()
        assert log == ["begun 0"]
        go_on.set()
        await port.settle()
    assert log == [f"{what} {number}" for number in range(4) for what in ("begun", "done")]
