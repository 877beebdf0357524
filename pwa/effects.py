"""Lets ReactPy give up effects that a later one took the place of.

ReactPy 2.0 keeps a task for each effect that ever ran in a component, and a stop event for each of its renders, until
the component is gone. The bar at the top, the toasts and what waits for notices are never gone: an hour's use left a
thousand tasks with all that they held, and a desk is open for days.
"""

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

from reactpy.core._life_cycle_hook import LifeCycleHook

# Of each component: its effects that still have a task, the oldest first. Each with its place in the component (the
# reference in which ReactPy keeps how to clean up after it), its task and its stop event.
_Effect = tuple[object, asyncio.Task[None], asyncio.Event]
_effects: WeakKeyDictionary[LifeCycleHook, list[_Effect]] = WeakKeyDictionary()
_start_effects = LifeCycleHook.affect_layout_did_render


def end_superseded() -> None:
    """From now on, in every component of this process."""
    LifeCycleHook.affect_layout_did_render = _did_render  # type: ignore[method-assign]  # it has no hook of its own


async def _did_render(self: LifeCycleHook) -> None:
    if not self._effect_funcs:
        return  # nor is a stop event needed
    places = [_place(effect) for effect in self._effect_funcs]
    before = len(self._effect_tasks)
    await _start_effects(self)
    stop = self._effect_stops[-1]
    started = zip(places, self._effect_tasks[before:], strict=True)
    _effects[self] = _living(_effects.get(self, []) + [(place, task, stop) for place, task in started])
    self._effect_tasks[:] = [task for _, task, _ in _effects[self]]
    self._effect_stops[:] = dict.fromkeys(stop for _, _, stop in _effects[self])


def _living(effects: list[_Effect]) -> list[_Effect]:
    """All but those that wait for their end only, where a later one has their place: that one cleans up after them
    when it begins."""
    kept: list[_Effect] = []
    taken: set[int] = set()
    for effect in reversed(effects):
        place, task, _ = effect
        if id(place) in taken and _rests(task):
            task.cancel()
        else:
            kept.append(effect)
        taken.add(id(place))
    return kept[::-1]


def _place(effect: Any) -> object:
    """What is the same each time an effect runs, and another's in no other place."""
    held = dict(zip(effect.__code__.co_freevars, effect.__closure__, strict=True))
    return held["cleanup_func"].cell_contents


def _rests(task: asyncio.Task[None]) -> bool:
    """Whether an effect has done what it does and waits for its stop event. One that is cancelled earlier would lose
    how to clean up after it."""
    waiting = getattr(task.get_coro(), "cr_await", None)
    return getattr(waiting, "__qualname__", "") == asyncio.Event.wait.__qualname__
