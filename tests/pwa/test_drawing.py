"""What is rendered of what changed, and what of it the page is sent."""

from collections.abc import Callable
from typing import Any

import pytest
from reactpy import component, create_context, html, use_context, use_state
from reactpy.types import VdomDict

from pwa.drawing import Shown
from pwa.runtime import UNCHANGED, MemoryPort
from tests.pwa.mounted import mounted


def element(*children: Any, key: str = "", **attributes: Any) -> dict[str, Any]:
    more = {"key": key} if key else {}
    return {"tagName": "p", "attributes": attributes | more, "children": list(children)}


BEFORE = element(element("one", key="a"), element(element("two"), element("three"), key="b"))
CHANGES = {
    "nothing": (BEFORE, None, None),
    "one text": (
        element(element("one", key="a"), element(element("2"), element("three"), key="b")),
        "/children/1/children/0",
        element("2"),
    ),
    "two texts of one element": (
        element(element("one", key="a"), element(element("2"), element("3"), key="b")),
        "/children/1",
        element(element("2"), element("3"), key="b"),
    ),
    "an attribute": (
        element(element("one", key="a", role="note"), element(element("two"), element("three"), key="b")),
        "/children/0",
        element("one", key="a", role="note"),
    ),
    "a child more": (
        element(element("one", key="a"), element(element("two"), element("three"), element("four"), key="b")),
        "/children/1",
        element(element("two"), element("three"), element("four"), key="b"),
    ),
    "another key": (
        element(element("one", key="c"), BEFORE["children"][1]),
        "",
        element(element("one", key="c"), BEFORE["children"][1]),
    ),
    "another order": (element(*BEFORE["children"][::-1]), "", element(*BEFORE["children"][::-1])),
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_update_begins_at_the_smallest_element_that_holds_all_that_is_different(change: str) -> None:
    after, path, model = CHANGES[change]
    shown = Shown()
    assert shown.take({"type": "layout-update", "path": "", "model": BEFORE}) is not None
    found = shown.take({"type": "layout-update", "path": "", "model": after})
    assert found == (None if path is None else {"type": "layout-update", "path": path, "model": model})


def test_what_a_part_was_changed_to_is_known_when_the_whole_comes_again() -> None:
    shown = Shown()
    shown.take({"type": "layout-update", "path": "", "model": BEFORE})
    shown.take({"type": "layout-update", "path": "/children/0", "model": element("1", key="a")})
    assert BEFORE["children"][0] == element("one", key="a"), "ReactPy's own tree is left as it is"
    found = shown.take({"type": "layout-update", "path": "", "model": BEFORE})
    assert found == {"type": "layout-update", "path": "/children/0", "model": element("one", key="a")}


class Pages:
    """A screen of one line, both of which draw ``value``; how often each was rendered."""

    def __init__(self) -> None:
        self.rendered: list[str] = []
        self.setters: dict[str, Callable[[str], None]] = {}

    def root(self) -> Any:
        return self._screen()

    @property
    def _screen(self) -> Any:
        @component
        def Line() -> VdomDict:
            value, self.setters["line"] = use_state("before")
            self.rendered.append("line")
            return html.b({"data-testid": "line"}, value)

        @component
        def Screen() -> VdomDict:
            value, self.setters["screen"] = use_state("before")
            self.rendered.append("screen")
            return html.div(html.i({"data-testid": "screen"}, value), Line())

        return Screen


async def test_what_is_above_renders_what_is_below_once() -> None:
    pages, port = Pages(), MemoryPort()
    async with mounted(pages.root, port):
        pages.rendered.clear()
        for name in ("line", "screen"):
            pages.setters[name]("after")
        await port.settle()
        assert pages.rendered == ["screen", "line"]
        assert [port.text(port.find(name)) for name in ("screen", "line")] == ["after", "after"]


async def test_what_changes_while_it_is_rendered_is_rendered_again() -> None:
    later: list[Callable[[], None]] = []

    @component
    def Line() -> VdomDict:
        value, set_value = use_state(0)
        if later:
            later.pop()()
        elif value == 0:
            later.append(lambda: set_value(2))
        return html.b({"data-testid": "line"}, str(value))

    setters: list[Callable[[str], None]] = []

    @component
    def Screen() -> VdomDict:
        value, set_value = use_state("before")
        setters[:] = [set_value]
        return html.div(value, Line())

    port = MemoryPort()
    async with mounted(Screen, port):
        setters[0]("after")
        await port.settle()
        assert port.text() == "after2"


async def test_a_rendering_that_changed_nothing_is_told_without_its_tree() -> None:
    context = create_context(0)
    setters: list[Callable[[int], None]] = []

    @component
    def Line() -> VdomDict:
        return html.b("the same" if use_context(context) else "another")

    @component
    def Screen() -> VdomDict:
        value, set_value = use_state(1)
        setters[:] = [set_value]
        return html.div(context(Line(), value=value))

    port = MemoryPort()
    async with mounted(Screen, port):
        port.sent.clear()
        setters[0](2)
        await port.settle()
        assert port.sent == [UNCHANGED]
