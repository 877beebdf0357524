"""What stands above the list of products, of categories and of assortments: the way from one to the others."""

from functools import partial

from reactpy import html
from reactpy.types import VdomDict

from pwa.components.basics import Child, calling
from pwa.components.fields import SegmentedFilter
from pwa.desk.state import DeskState
from pwa.desk.words import Words

TABS = ("products", "categories", "assortments")


def product_tabs(desk: DeskState, words: Words, current: str, *beside: Child) -> VdomDict:
    """``beside``: what is told of the list below."""
    tabs = SegmentedFilter(
        [(name, words(f"nav.{name}")) for name in TABS],
        current,
        lambda name: calling(partial(desk.go, f"/desk/{name}"))({}),
        label=words("nav.products"),
        testid="goods-tab",
    )
    return html.div(
        {"className": "goods-tabs", "key": "tabs"},
        tabs,
        *(html.p({"className": "desk-count", "role": "status"}, each) for each in beside),
    )
