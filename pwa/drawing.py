"""What is drawn, and what of it the page need not hear of.

ReactPy renders a component for each time it was asked to, children before the parent that renders them again, and sends
all that a component rendered. On a phone each update costs the page style and layout as well: what is on the screen
already is not sent.
"""

from collections.abc import Mapping
from typing import Any

from reactpy.core.layout import Layout
from reactpy.types import LayoutUpdateMessage

Model = Mapping[str, Any]


class Drawing(Layout):
    """A layout that renders what changed at once from the top down, each component once."""

    _due: list[Any]

    async def __aenter__(self) -> "Drawing":
        self._due = []
        await super().__aenter__()
        return self

    async def _serial_render(self) -> LayoutUpdateMessage:
        states = self._model_states_by_life_cycle_state_id
        while True:
            if not self._due:
                self._due = await self._asked()
                self._due.sort(key=lambda each: len(states[each].patch_path) if each in states else 0, reverse=True)
            asked = self._due.pop()
            if asked in states and _waits(states[asked].life_cycle_state.hook):
                return await self._create_layout_update(states[asked])

    async def _asked(self) -> list[Any]:
        found = [await self._rendering_queue.get()]
        while not self._rendering_queue._queue.empty():
            found.append(await self._rendering_queue.get())
        return found


def _waits(hook: Any) -> bool:
    """Not rendered since it was asked to be: what is above it may have done so."""
    return bool(hook._scheduled_render) or not hook._rendered_atleast_once


class Shown:
    """The page's picture of the tree."""

    def __init__(self) -> None:
        self._model: Model = {}

    def take(self, update: LayoutUpdateMessage) -> LayoutUpdateMessage | None:
        """The same update from the smallest element on that holds all that is different; None: nothing is."""
        steps = [int(step) for step in update["path"].split("/")[2::2]]
        old, new = self._at(steps), update["model"]
        self._model = _with(self._model, steps, new)
        if old == new:
            return None
        while (step := _only_difference(old, new)) is not None:
            old, new = old["children"][step], new["children"][step]
            steps.append(step)
        return {"type": "layout-update", "path": "".join(f"/children/{step}" for step in steps), "model": new}

    def _at(self, steps: list[int]) -> Any:
        node: Any = self._model
        for step in steps:
            node = node["children"][step]
        return node


def _with(node: Any, steps: list[int], model: Any) -> Any:
    if not steps:
        return model
    step, *further = steps
    children = list(node["children"])
    children[step] = _with(children[step], further, model)
    return {**node, "children": children}


def _only_difference(old: Any, new: Any) -> int | None:
    """Which child is different, where but for it the two are the same element and the child is an element too."""
    if {**old, "children": None} != {**new, "children": None}:
        return None
    before, after = old.get("children", []), new.get("children", [])
    if len(before) != len(after):
        return None
    found = [index for index, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
    if len(found) != 1:
        return None
    one, other = before[found[0]], after[found[0]]
    same = isinstance(one, dict) and isinstance(other, dict) and _key(one) == _key(other)
    return found[0] if same else None


def _key(model: Model) -> Any:
    return model.get("attributes", {}).get("key")
