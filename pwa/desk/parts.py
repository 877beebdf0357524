"""The desk's own pieces beside ``pwa.components``: page head, panel, choices."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from reactpy import component, event, html
from reactpy.types import VdomDict

from i18n.translate import has
from offline.store import Entry
from pwa.components.basics import Child, EmptyState, Icon, IconButton, Skeleton, attributes, calling, classes
from pwa.components.fields import Select
from pwa.components.labels import use_labels
from pwa.components.overlays import Confirm
from pwa.desk.state import DeskState, use_desk
from pwa.desk.words import Words
from pwa.hooks import never_synced, use_sync

# One of several, in the browser's own list.
select = Select


def link(desk: DeskState, to: str, *children: Child, class_name: str = "", testid: str = "", **more: Any) -> VdomDict:
    """An anchor inside the desk that asks before unsaved changes are lost. ``more``: further attributes."""

    @event(prevent_default=True)
    def follow(_event: Any) -> None:
        desk.go(to)

    return html.a(attributes(class_name, testid, more={"href": to, "onClick": follow, **more}), *children)


def page(title: str, *children: Child, tools: Sequence[Child] = (), panel: Child = None, testid: str = "") -> VdomDict:
    """A screen: head with search and actions, content, and the panel at its right."""
    return html.div(
        attributes(classes("desk-page", panel is not None and "desk-page-split"), testid),
        html.main(
            {"className": "desk-main", "id": "desk-main", "tabIndex": -1},
            html.header(
                {"className": "desk-head"},
                html.h1({"className": "desk-title"}, title),
                html.div({"className": classes("desk-tools", len(tools) > 3 and "desk-tools-many")}, *tools),
            ),
            *children,
        ),
        panel,
    )


@component
def Nothing(icon: str, title: str, text: str = "", action: Child = None, testid: str = "") -> VdomDict:
    """An empty list; grey bones while the rows are still on their way for the first time."""
    if use_sync(lambda status: never_synced(status) and status.state != "problem"):
        return Skeleton("line", 8)
    return EmptyState(icon, title, text, action, testid=testid)


def panel(
    title: str,
    *children: Child,
    on_close: Callable[[], Any],
    over: Child = None,
    subtitle: Child = None,
    actions: Child = None,
    key: str = "",
    testid: str = "",
    wide: bool = False,
) -> VdomDict:
    """What stands at the right of a list: head, content that scrolls, actions at the lower edge."""
    return html.aside(
        attributes(classes("desk-panel", wide and "desk-panel-wide"), testid, key or None, {"aria-label": title}),
        html.header(
            {"className": "panel-head"},
            html.div(
                {"className": "panel-titles"},
                html.div({"className": "panel-over"}, over) if over is not None else None,
                html.h2({"className": "panel-title"}, title),
                html.div({"className": "panel-subtitle"}, subtitle) if subtitle is not None else None,
            ),
            IconButton("x", use_labels()["close"], calling(on_close), testid="panel-close"),
        ),
        html.div(
            {"className": "panel-body", "key": "body", "tabIndex": 0, "role": "group", "aria-label": title}, *children
        ),
        html.footer({"className": "panel-actions"}, actions) if actions is not None else None,
    )


def block(title: str, *children: Child, testid: str = "", key: str = "", on_page: bool = False) -> VdomDict:
    """A card of a panel with its heading; ``on_page``: of the page itself, whose title is one level higher."""
    tag = html.h2 if on_page else html.h3
    heading = tag({"className": "block-title"}, title) if title else None
    return html.section(attributes("block", testid, key or None), heading, *children)


def pair(label: Child, value: Child, *, tone: str = "", testid: str = "", strong: bool = False) -> VdomDict:
    """Label at the left, value at the right."""
    style = classes("pair", tone and f"pair-{tone}", strong and "pair-strong")
    return html.div(
        attributes(style, testid),
        html.span({"className": "pair-label"}, label),
        html.span({"className": "pair-value number"}, value),
    )


def more_note(words: Words, count: int, shown: int) -> Child:
    """Below a list that is cut off: how many more there are. None where all of them are there."""
    return html.p({"className": "block-note"}, words("form.more", count=count - shown)) if count > shown else None


def last_question(
    words: Words, key: str, on_confirm: Callable[[], Any], on_cancel: Callable[[], Any], *, testid: str
) -> VdomDict:
    """Before what cannot be taken back: ``<key>_title``, ``<key>_text``, and ``<key>`` on the button."""
    return Confirm(
        words(f"{key}_title"),
        words(f"{key}_text"),
        confirm=words(key),
        on_confirm=on_confirm,
        on_cancel=on_cancel,
        danger=True,
        testid=testid,
    )


def address_of(screen: str, row_id: str = "", **query: str) -> str:
    """``/desk/customers/<id>?status=active``; what is empty is left out."""
    tail = urlencode({name: value for name, value in query.items() if value})
    return f"/desk/{screen}{'/' + row_id if row_id else ''}{'?' + tail if tail else ''}"


def columns(*children: Child) -> VdomDict:
    """Fields side by side."""
    return html.div({"className": "field-columns"}, *children)


def export_address(desk: DeskState, kind: str) -> str:
    """Of a table as a spreadsheet, in the reader's words."""
    return f"/api/exports/{kind}.xlsx?words={desk.app.locale}"


def export_link(desk: DeskState, kind: str) -> Child:
    """The whole table as a spreadsheet, as it is at the server: needs the network. None for who may not."""
    if not desk.reads.may("data.export"):
        return None
    label = desk.words()("export", what=desk.words()(f"export_{kind}"))
    more = {"href": export_address(desk, kind), "download": f"{kind}.xlsx", "aria-label": label, "title": label}
    return html.a(
        attributes("icon-button icon-button-outline", f"export-{kind}", "export", more), Icon("file-down", size=20)
    )


def import_link(desk: DeskState, kind: str) -> Child:
    """To where a table is taken in. None for who may not."""
    if not desk.reads.may("data.import"):
        return None
    label = desk.words()("imports.open", what=desk.words()(f"export_{kind}"))
    more = {"aria-label": label, "title": label, "key": "import"}
    return link(
        desk,
        f"/desk/imports/{kind}",
        Icon("file-up", size=20),
        class_name="icon-button icon-button-outline tool-minor",
        testid=f"import-{kind}",
        **more,
    )


def text_button(label: str, on_press: Callable[[], Any], *, testid: str = "", key: str = "") -> VdomDict:
    """A button that looks like a link, for small things inside a text."""
    more = {"type": "button", "onClick": calling(on_press)}
    return html.button(attributes("text-button", testid, key or None, more), label)


@component
def UnsavedBar(dirty: bool, on_reset: Callable[[], Any]) -> VdomDict:
    """Says that a form is not saved, and takes it back."""
    words = use_desk().words()
    if not dirty:
        return html.div({"className": "unsaved", "hidden": True})
    return html.div(
        {"className": "unsaved unsaved-on", "role": "status", "data-testid": "unsaved"},
        Icon("pencil", size=16),
        html.span(words("unsaved.note")),
        text_button(words("unsaved.reset"), on_reset, testid="unsaved-reset"),
    )


def _deed(desk: DeskState, words: Words, name: str) -> str:
    """What a command does, as the desk says it, else as the phone does."""
    key = f"command.{name}"
    return words(key) if has(words.locale, f"desk.{key}") else desk.app.t(key)


def refusal(desk: DeskState, entry: Entry, *, retry: bool = True, more: Sequence[Child] = ()) -> VdomDict:
    """A refused command beside the thing it is about: why, what ``more`` there is to it, and what can be done."""
    words = desk.words()

    async def again() -> None:
        await desk.app.submitting.retry(entry.id)

    async def discard() -> None:
        await desk.app.submitting.discard(entry.id)

    told = {"role": "alert", "data-code": entry.code}
    return html.div(
        attributes("notice notice-bad", "refusal", entry.id, told),
        Icon("circle-alert", class_name="notice-icon"),
        html.div(
            {"className": "notice-body"},
            html.strong({"className": "notice-title"}, words("refusal.title", what=_deed(desk, words, entry.name))),
            html.p({"className": "notice-text"}, desk.why(entry)),
            *more,
            html.div(
                {"className": "notice-actions"},
                text_button(words("refusal.retry"), again, testid="refusal-retry") if retry else None,
                text_button(words("refusal.discard"), discard, testid="refusal-discard"),
            ),
        ),
    )
