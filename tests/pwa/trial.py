"""A small root component that uses everything the runtime offers; the browser tests mount it."""

from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict


@component
def App() -> VdomDict:
    count, set_count = use_state(0)

    def add(_event: Any) -> None:
        set_count(lambda value: value + 1)

    return html.main(
        html.h1("Trial"),
        html.p({"data-testid": "count"}, str(count)),
        html.button({"data-testid": "add", "onClick": add, "type": "button"}, "+1"),
    )
