"""The frame around screens: top bar, bottom bar (side bar from 1024 px), screen body."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from reactpy import component, event, html
from reactpy.types import VdomDict

from pwa.components.basics import Child, Icon, attributes, classes
from pwa.components.labels import use_labels
from pwa.router import use_router

MOST_COUNTED = 99  # what the icon has room for
SyncState = Literal["synced", "pending", "offline", "problem"]


@dataclass(frozen=True)
class Tab:
    """``name`` gives the test id ``tab-{name}``. ``count`` > 0 shows a small number on the icon."""

    name: str
    label: str
    icon: str
    path: str
    count: int = 0


@component
def TabBar(tabs: Sequence[Tab], current: str, *, brand: str = "Qudao", footer: Child = None) -> VdomDict:
    """The bar at the bottom with at most five tabs; from 1024 px a side bar with ``brand`` and ``footer``.
    ``current`` is the name of the tab that is on."""
    router = use_router()

    def link(tab: Tab) -> VdomDict:
        @event(prevent_default=True)
        def follow(_event: Any) -> None:
            router.navigate(tab.path)

        more: dict[str, Any] = {"href": tab.path, "onClick": follow}
        if tab.name == current:
            more["aria-current"] = "page"
        shown = str(tab.count) if tab.count <= MOST_COUNTED else f"{MOST_COUNTED}+"
        count = html.span({"className": "tab-count number"}, shown) if tab.count else None
        return html.a(
            attributes(classes("tab", tab.name == current and "tab-current"), f"tab-{tab.name}", tab.name, more),
            html.span({"className": "tab-icon"}, Icon(tab.icon, size=22), count),
            html.span({"className": "tab-label"}, tab.label),
        )

    return html.nav(
        {"className": "tab-bar", "aria-label": use_labels()["navigation"]},
        html.div({"className": "tab-brand"}, brand),
        html.div({"className": "tab-list"}, *(link(tab) for tab in tabs)),
        html.div({"className": "tab-footer"}, footer) if footer is not None else None,
    )


@component
def TopBar(
    title: str,
    subtitle: Child = "",
    *,
    back: str = "",
    on_back: Callable[[], Any] | None = None,
    trailing: Child = None,
    large: bool = False,
    testid: str = "",
) -> VdomDict:
    """Title, second line, back arrow on the left, slot on the right (the sync badge).

    ``back`` is where the arrow leads when there is no history (a deep link); without it there is no arrow.
    ``large`` is for the five root screens. It sticks to the upper edge.
    """
    router = use_router()

    def go_back(_event: Any) -> None:
        if on_back is not None:
            on_back()
        else:
            router.back(back)

    arrow = (
        html.button(
            {
                "className": "top-back",
                "type": "button",
                "aria-label": use_labels()["back"],
                "data-testid": "back",
                "onClick": go_back,
            },
            Icon("chevron-left", size=26),
        )
        if back or on_back is not None
        else None
    )
    return html.header(
        attributes(classes("top-bar", large and "top-bar-large"), testid),
        arrow,
        html.div(
            {"className": "top-titles"},
            html.h1({"className": "top-title"}, title),
            html.p({"className": "top-subtitle"}, subtitle) if subtitle else None,
        ),
        html.div({"className": "top-trailing"}, trailing) if trailing is not None else None,
    )


def SyncBadge(
    state: SyncState, text: str, pending: int, *, href: str = "/sync", on_press: Callable[..., Any] | None = None
) -> VdomDict:
    """Always on screen: a dot and a word. ``pending`` is the number of commands not yet decided."""
    more: dict[str, Any] = {"data-state": state, "data-pending": str(pending), "href": href}
    if on_press is not None:
        more["onClick"] = event(on_press, prevent_default=True)
    return html.a(
        attributes(f"sync-badge sync-{state}", "sync-badge", more=more),
        html.span({"className": "sync-dot", "aria-hidden": "true"}),
        html.span({"className": "sync-text"}, text),
    )


def Screen(
    bar: Child, *children: Child, actions: Child = None, wide: bool = False, testid: str = "", key: Any = None
) -> VdomDict:
    """One screen: ``bar`` (a TopBar), content, and ``actions`` that stick above the bottom bar (total and the
    primary button). ``wide`` lets the desk use the whole width."""
    return html.div(
        attributes(
            classes("screen", wide and "screen-wide", actions is not None and "screen-with-actions"), testid, key
        ),
        bar,
        html.main({"className": "screen-body"}, *children),
        html.div({"className": "action-bar"}, actions) if actions is not None else None,
    )


def AppFrame(tab_bar: Child, screen: Child, *overlays: Child, notice: Child = None) -> VdomDict:
    """The whole page. ``notice`` is a bar at the very top ("a new version is ready", "you are signed out")."""
    return html.div(
        {"className": "app-frame"}, notice, html.div({"className": "app-screen"}, screen), tab_bar, *overlays
    )


def NoticeBar(text: str, action: Child = None, *, tone: str = "info", icon: str = "info", testid: str = "") -> VdomDict:
    """One line across the top with one action."""
    return html.div(
        attributes(f"notice-bar notice-bar-{tone}", testid, more={"role": "status"}),
        Icon(icon, size=18),
        html.span({"className": "notice-bar-text"}, text),
        action,
    )
