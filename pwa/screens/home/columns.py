"""The home's two halves: below each other on a phone, side by side on a wide page."""

from collections.abc import Sequence

from reactpy import html
from reactpy.types import VdomDict

from pwa.components.basics import Child


def columns(todo: Sequence[Child], known: Sequence[Child]) -> VdomDict:
    """``todo`` is what a person came for, ``known`` what is good to know."""
    return html.div(
        {"className": "home-columns"},
        html.div({"className": "stack-12"}, *todo),
        html.div({"className": "stack-12"}, *known),
    )
