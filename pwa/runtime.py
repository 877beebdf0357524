"""Runs a ReactPy component against a page on the other side of a port.

The page runs ReactPy's own client. Every message is one JSON text with a ``kind``:

page -> here   layout-event (ReactPy's), and whatever ``on_message`` understands (pop, online, visible ...)
here -> page   layout-update (ReactPy's), and what the app sends: navigate, toast ...

Works on the phone and under CPython alike; tests put an in-memory port in place of the page.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from reactpy.config import REACTPY_ASYNC_RENDERING
from reactpy.types import Component

from pwa import effects
from pwa.drawing import Drawing, Shown

logger = logging.getLogger(__name__)
BACK_TARGET = "qudao:back"
UNCHANGED = {"type": "unchanged"}
"""Where a component was rendered and came out as it was: the page may wait for it."""

Message = dict[str, Any]


class Port(Protocol):
    def send(self, message: Message) -> None: ...

    async def receive(self) -> Message | None:
        """The next message, None once the page is gone."""


class _ErrorWatch(logging.Handler):
    """ReactPy logs a component that raised and renders nothing for it; this notes that it happened."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.render_failed = False
        self.on_error: Callable[[str], None] = lambda _text: None
        self.on_failed_deed: Callable[[BaseException | None], None] = lambda _error: None

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if record.msg.startswith("Failed to render"):
            self.render_failed = True
        elif record.msg.startswith("Failed to execute"):
            self.on_failed_deed(error)
        self.on_error(f"{type(error).__name__}: {error}" if error else record.getMessage())


async def run(
    root: Callable[[], Component],
    port: Port,
    *,
    on_message: Callable[[Message], None] = lambda _message: None,
    on_error: Callable[[str], None] = lambda _text: None,
    on_failed_deed: Callable[[BaseException | None], None] = lambda _error: None,
    go_back: Callable[[], None] = lambda: None,
    error_words: Callable[[], tuple[str, str]] = lambda: ("Something went wrong on this screen", "Back"),
) -> None:
    """Mount ``root()`` and serve the page until it is gone.

    A component that raises shows an error box with a way back (``go_back`` is called, then everything is mounted
    afresh); the rest of the app lives on. ``on_error`` hears of every error, ``on_failed_deed`` gets what
    an event handler raised: what the person just did may not have happened.
    """
    # Parallel rendering may deliver a child's older update after its parent's newer one; the queue keeps order.
    REACTPY_ASYNC_RENDERING.current = False
    effects.end_superseded()
    watch = _ErrorWatch()
    watch.on_error = on_error
    watch.on_failed_deed = on_failed_deed
    source = logging.getLogger("reactpy.core.layout")
    source.addHandler(watch)
    try:
        while await _serve(root, port, watch, on_message, error_words):
            go_back()
    finally:
        source.removeHandler(watch)


async def _serve(
    root: Callable[[], Component],
    port: Port,
    watch: _ErrorWatch,
    on_message: Callable[[Message], None],
    error_words: Callable[[], tuple[str, str]],
) -> bool:
    """One life of the layout. True: mount again."""
    async with Drawing(root()) as layout:
        rendering = asyncio.create_task(_render(layout, port, watch, error_words))
        try:
            return await _listen(layout, port, on_message)
        finally:
            rendering.cancel()
            await asyncio.gather(rendering, return_exceptions=True)


async def _render(layout: Drawing, port: Port, watch: _ErrorWatch, error_words: Callable[[], tuple[str, str]]) -> None:
    shown = Shown()
    while True:
        update = await layout.render()
        if watch.render_failed:
            watch.render_failed = False
            update["model"] = _with_error_boxes(update["model"], error_words())
        port.send(dict(shown.take(update) or UNCHANGED))
        _forget_targets(layout)


def _forget_targets(layout: Drawing) -> None:
    """ReactPy keeps a queue and a task, with the handler it ran last, for every element that ever had an event. Those
    of elements that are gone go too, unless a handler is still at work: what it holds is a whole screen's rows."""
    for target in layout._event_queues.keys() - layout._event_handlers.keys():
        queue: Any = layout._event_queues[target]
        if queue.empty() and queue._getters:
            layout._event_processing_tasks.pop(target).cancel()
            del layout._event_queues[target]
            layout._last_event_seq_by_target.pop(target, None)


async def _listen(layout: Drawing, port: Port, on_message: Callable[[Message], None]) -> bool:
    while (message := await port.receive()) is not None:
        if message.get("type") != "layout-event":
            on_message(message)
        elif message["target"] == BACK_TARGET:
            return True
        else:
            await layout.deliver(message)
    return False


def _with_error_boxes(model: Any, words: tuple[str, str]) -> Any:
    """A copy of the VDOM in which a failed component is a readable box."""
    if not isinstance(model, dict):
        return model
    if "error" in model:
        return _error_box(*words)
    if "children" not in model:
        return model
    return {**model, "children": [_with_error_boxes(child, words) for child in model["children"]]}


def _error_box(text: str, back: str) -> Message:
    handler = {"target": BACK_TARGET, "preventDefault": False, "stopPropagation": False}
    button = {
        "tagName": "button",
        "attributes": {"className": "button button-primary", "data-testid": "error-back", "type": "button"},
        "eventHandlers": {"onClick": handler},
        "children": [back],
    }
    return {
        "tagName": "div",
        "attributes": {"className": "error-box", "role": "alert"},
        "children": [{"tagName": "p", "children": [text]}, button],
    }


class MemoryPort:
    """A port without a page, for tests: ``sent`` is what the app sent, ``model`` the page's picture of the VDOM."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.model: Message = {"tagName": ""}
        self._inbox: asyncio.Queue[Message | None] = asyncio.Queue()
        self._changed = asyncio.Event()

    def send(self, message: Message) -> None:
        message = json.loads(json.dumps(message))
        self.sent.append(message)
        if message.get("type") == "layout-update":
            self._apply(message["path"], message["model"])
        self._changed.set()

    async def receive(self) -> Message | None:
        return await self._inbox.get()

    def post(self, message: Message | None) -> None:
        """As if the page sent it; None closes."""
        self._inbox.put_nowait(message)

    async def settle(self, seconds: float = 0.02) -> None:
        """Wait until nothing was sent for ``seconds``."""
        while True:
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), seconds)
            except TimeoutError:
                return

    def find(self, testid: str) -> Message | None:
        """The element with this ``data-testid``."""
        return next((node for node in self.elements() if node.get("attributes", {}).get("data-testid") == testid), None)

    def elements(self) -> Iterator[Message]:
        """All of them, as they stand in the document."""
        left: list[Any] = [self.model]
        while left:
            node = left.pop()
            if isinstance(node, dict):
                yield node
                left += reversed(node.get("children", ()))

    def text(self, node: Message | None = None) -> str:
        """All text below ``node`` (default: everything)."""
        return "".join(_texts(self.model if node is None else node))

    async def fire(self, testid: str, event: str, *data: Any) -> None:
        """Call the handler ``event`` ("onClick", "report") of an element and wait for the outcome."""
        node = self.find(testid)
        assert node is not None, f"no element {testid!r}"
        target = node["eventHandlers"][event]["target"]
        self.post({"type": "layout-event", "target": target, "data": list(data) or [{}]})
        await self.settle()

    def _apply(self, path: str, model: Message) -> None:
        if not path:
            self.model = model
            return
        node: Any = self.model
        *parents, last = path.strip("/").split("/")
        for part in parents:
            node = node[int(part)] if isinstance(node, list) else node[part]
        node[int(last)] = model


def _texts(node: Any) -> list[str]:
    if isinstance(node, str):
        return [node]
    return [text for child in node.get("children", []) for text in _texts(child)]
