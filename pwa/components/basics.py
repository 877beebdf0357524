"""Small stateless pieces. All are plain functions that return VDOM: call them inside any component.

Conventions for every component of this package: ``testid`` becomes ``data-testid``; ``class_name`` adds classes;
callbacks may be sync or async; ``key`` goes where ReactPy needs one in a list.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from reactpy import html
from reactpy.types import VdomDict

from pwa.components.labels import use_labels

Tone = Literal["neutral", "accent", "warning", "bad", "info"]
Kind = Literal["primary", "secondary", "plain", "danger"]
Handler = Callable[..., Any]
Child = VdomDict | str | None | Any


def classes(*names: str | bool | None) -> str:
    """Join what is truthy: ``classes("card", wide and "card-wide")``."""
    return " ".join(name for name in names if isinstance(name, str) and name)


def calling(function: Handler, *values: Any) -> Callable[..., Awaitable[None]]:
    """An event handler that calls ``function(*values)`` in place of the event, and awaits it if need be."""

    async def handler(*_event: Any) -> None:
        outcome = function(*values)
        if inspect.isawaitable(outcome):
            await outcome

    return handler


def attributes(
    class_name: str = "", testid: str = "", key: Any = None, more: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The attribute dict of an element, without empty entries."""
    made: dict[str, Any] = {"className": class_name, "data-testid": testid, "key": key, **(more or {})}
    return {name: value for name, value in made.items() if value not in ("", None)}


def Icon(name: str, *, size: int = 20, class_name: str = "", label: str = "") -> VdomDict:
    """A lucide icon (https://lucide.dev/icons) in the text's colour.

    The build finds the name as a string literal anywhere in ``pwa`` and puts it in the sprite; nothing else to do.
    Decorative unless ``label`` is given.
    """
    look: dict[str, Any] = {"className": classes("icon", class_name), "width": size, "height": size}
    look |= {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    return html.svg(look, html.svg.use({"href": f"#i-{name}"}))


def Button(
    label: str,
    on_press: Handler | None = None,
    *,
    kind: Kind = "primary",
    icon: str = "",
    wide: bool = False,
    small: bool = False,
    busy: bool = False,
    disabled: bool = False,
    submit: bool = False,
    testid: str = "",
    class_name: str = "",
    key: Any = None,
    data: Mapping[str, str] | None = None,
) -> VdomDict:
    """At least 44 px high. ``kind``: one ``primary`` per screen, ``danger`` only for what can't be undone.
    ``busy`` shows a spinner, keeps the width and ignores presses. ``data`` becomes ``data-*`` attributes.
    ``on_press`` gets the click event."""
    style = classes(
        "button", f"button-{kind}", wide and "button-wide", small and "button-small", busy and "button-busy", class_name
    )
    more: dict[str, Any] = {"type": "submit" if submit else "button", "disabled": disabled or busy or None}
    more |= {f"data-{name}": value for name, value in (data or {}).items()}
    if busy:
        more["aria-busy"] = "true"
    if on_press is not None and not (disabled or busy):
        more["onClick"] = on_press
    content = [Icon(icon)] if icon else []
    return html.button(attributes(style, testid, key, more), *content, html.span({"className": "button-text"}, label))


def IconButton(
    icon: str,
    label: str,
    on_press: Handler | None = None,
    *,
    tone: Literal["plain", "soft", "solid"] = "plain",
    disabled: bool = False,
    testid: str = "",
    class_name: str = "",
    key: Any = None,
) -> VdomDict:
    """A 44 x 44 px target with an icon. ``label`` is read out and shown as a tooltip. ``soft`` is the green "+"."""
    more: dict[str, Any] = {"type": "button", "aria-label": label, "title": label, "disabled": disabled or None}
    if on_press is not None and not disabled:
        more["onClick"] = on_press
    return html.button(
        attributes(classes("icon-button", f"icon-button-{tone}", class_name), testid, key, more), Icon(icon, size=22)
    )


def Badge(
    text: str, tone: Tone = "neutral", *, testid: str = "", key: Any = None, data: Mapping[str, str] | None = None
) -> VdomDict:
    """A word on a soft ground: a status, a promotion, "from 48: 8.10"."""
    more = {f"data-{name}": value for name, value in (data or {}).items()}
    return html.span(attributes(f"badge badge-{tone}", testid, key, more), text)


def Chip(
    label: str,
    on_press: Handler | None = None,
    *,
    selected: bool = False,
    count: int | None = None,
    icon: str = "",
    testid: str = "",
    key: Any = None,
) -> VdomDict:
    """A filter in a row of filters (put them in ``ChipRow``). 36 px to see, 44 px to hit."""
    more: dict[str, Any] = {"type": "button", "aria-pressed": "true" if selected else "false"}
    if on_press is not None:
        more["onClick"] = on_press
    content: list[Child] = [Icon(icon, size=16)] if icon else []
    content.append(label)
    if count is not None:
        content.append(html.span({"className": "chip-count number"}, str(count)))
    return html.button(attributes(classes("chip", selected and "chip-selected"), testid, key, more), *content)


def ChipRow(*chips: Child, label: str = "") -> VdomDict:
    """Chips in one line that scrolls sideways."""
    return html.div(attributes("chip-row", more={"role": "group", "aria-label": label}), *chips)


def Card(*children: Child, class_name: str = "", testid: str = "", key: Any = None) -> VdomDict:
    """A white rounded surface with padding. Rows inside: ``Row``."""
    return html.section(attributes(classes("card", class_name), testid, key), *children)


def Row(
    title: Child,
    detail: Child = None,
    *,
    leading: Child = None,
    trailing: Child = None,
    on_press: Handler | None = None,
    chevron: bool = False,
    testid: str = "",
    key: Any = None,
    data: Mapping[str, str] | None = None,
    class_name: str = "",
) -> VdomDict:
    """One line of a list: title and second line, something before (icon, picture) and after (amount, badge).
    With ``on_press`` the whole row is a button. Rows in a card are divided by hairlines."""
    more: dict[str, Any] = {f"data-{name}": value for name, value in (data or {}).items()}
    if on_press is not None:
        more |= {"onClick": on_press, "type": "button"}
    inner: list[Child] = []
    if leading is not None:
        inner.append(html.span({"className": "row-leading"}, leading))
    body = [html.span({"className": "row-title"}, title)]
    if detail is not None:
        body.append(html.span({"className": "row-detail"}, detail))
    inner.append(html.span({"className": "row-body"}, *body))
    if trailing is not None:
        inner.append(html.span({"className": "row-trailing"}, trailing))
    if chevron:
        inner.append(Icon("chevron-right", size=18, class_name="row-chevron"))
    element = html.button if on_press is not None else html.div
    return element(
        attributes(classes("row", on_press is not None and "row-press", class_name), testid, key, more), *inner
    )


def Pieces(*parts: Child) -> VdomDict:
    """Facts in a line, told apart by dots; "" and None are left out. One that does not fit goes to the next line as a
    whole, and no line begins or ends with a dot."""
    said = [part for part in parts if part]
    return html.span(
        {"className": "pieces"},
        *(
            html.span({"key": str(place)}, html.span({"className": "pieces-dot"}, " · ") if place else None, part)
            for place, part in enumerate(said)
        ),
    )


def Amount(
    text: str, *, strong: bool = False, struck: bool = False, size: Literal["", "large", "huge"] = "", testid: str = ""
) -> VdomDict:
    """A number in tabular figures, already formatted. ``struck`` for a price that no longer holds."""
    style = classes("number", strong and "number-strong", struck and "number-struck", size and f"number-{size}")
    return html.span(attributes(style, testid), text)


def Progress(share: float | None, *, label: str = "", testid: str = "") -> VdomDict:
    """A bar; ``share`` from 0 to 1, None while the end is unknown."""
    more: dict[str, Any] = {"role": "progressbar", "aria-label": label, "aria-valuemin": "0", "aria-valuemax": "100"}
    if share is None:
        return html.div(
            attributes("progress progress-unknown", testid, more=more), html.div({"className": "progress-bar"})
        )
    share = min(1.0, max(0.0, share))
    more["aria-valuenow"] = str(round(share * 100))
    bar = {"className": "progress-bar", "style": {"transform": f"scaleX({share:.4f})"}}
    return html.div(attributes("progress", testid, more=more), html.div(bar))


def Skeleton(kind: Literal["title", "line", "card", "picture", "figure", "words"] = "line", count: int = 1) -> VdomDict:
    """Grey bones in place of content that is on its way. Never a spinner."""
    bones = [html.div({"className": f"skeleton skeleton-{kind}", "key": str(index)}) for index in range(count)]
    look = {"className": "skeletons", "role": "status", "aria-busy": "true", "aria-label": use_labels()["loading"]}
    return html.div(look, *bones)


def EmptyState(icon: str, title: str, text: str = "", action: Child = None, *, testid: str = "") -> VdomDict:
    """What to say when there is nothing: why, and what to do next (``action`` is a Button)."""
    return html.div(
        attributes("empty", testid),
        html.div({"className": "empty-icon"}, Icon(icon, size=28)),
        html.h2({"className": "empty-title"}, title),
        html.p({"className": "empty-text"}, text) if text else None,
        action,
    )


def ErrorBox(title: str, text: str = "", *actions: Child, tone: Tone = "bad", testid: str = "") -> VdomDict:
    """Says what went wrong, what is safe, and what to do (``actions``: Buttons). ``warning`` for what can wait."""
    return html.div(
        attributes(f"notice notice-{tone}", testid, more={"role": "alert"}),
        Icon("circle-alert", class_name="notice-icon"),
        html.div(
            {"className": "notice-body"},
            html.strong({"className": "notice-title"}, title),
            html.p({"className": "notice-text"}, text) if text else None,
            html.div({"className": "notice-actions"}, *actions) if actions else None,
        ),
    )


def Picture(url: str, *, fallback: str = "package", label: str = "", size: int = 56, key: Any = None) -> VdomDict:
    """A square picture; without ``url``, or when it fails to load offline, the ``fallback`` icon shows."""
    inner: list[Child] = [Icon(fallback, size=size // 2)]
    if url:
        look = {"src": url, "alt": label, "loading": "lazy", "decoding": "async", "width": size, "height": size}
        inner.append(html.img({**look, "key": url}))
    box = {"style": {"width": f"{size}px", "height": f"{size}px"}}
    return html.span(attributes("picture", key=key, more=box), *inner)
