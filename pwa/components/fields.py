"""Fields that own their text.

A field reports what was typed; it is never told its text back while the person types in it (a controlled field
loses characters and breaks Chinese composition). ``value`` is the text to start from; a later, different ``value``
is taken over only while the field is not being typed in. To force a text, change ``revision``.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from reactpy import html
from reactpy.types import VdomDict

from pwa.components.basics import Icon, attributes, calling, classes
from pwa.components.labels import use_labels

Typed = Callable[[str], Any]
_SEPARATORS = str.maketrans("", "", ",\u00a0\u202f '_")
# A comma that is not followed by a group of three digits, or four as in 1,0000, or that comes behind the point.
_NO_GROUP = re.compile(r",(?!\d{3,4}(?!\d))|\..*,")


def parse_whole(text: str) -> int | None:
    """A quantity as typed by hand or by an IME: full-width digits, grouping commas and blanks are fine.
    None when it is no whole number; negative numbers are None."""
    number = _number(_plain(text))
    if number is None or number < 0 or number != number.to_integral_value():
        return None
    return int(number)


def parse_number(text: str) -> Decimal | None:
    """A decimal number as typed or pasted: "１２．５", "1,200", "。" as a point, "¥1,234.50", "8 元". None when it is
    none, or not finite, or has more than 15 digits before the point; "8,1" might be 8.1 or 81, so it is none."""
    plain = _plain(text)
    if _NO_GROUP.search(plain):
        return None
    return _number(plain.removesuffix("元").strip().lstrip("¥$€£").strip())


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("。", ".").strip()


def _number(text: str) -> Decimal | None:
    plain = text.translate(_SEPARATORS)
    if not plain or not plain.isascii() or set(plain) - set("0123456789.-+"):
        return None
    try:
        number = Decimal(plain)
    except InvalidOperation:
        return None
    return number if number.is_finite() and number.adjusted() < 15 else None


def _field(
    config: dict[str, Any],
    *,
    report: Typed | None,
    commit: Typed | None,
    key: Any,
    class_name: str,
    enter: Typed | None = None,
) -> VdomDict:
    made: dict[str, Any] = {"config": {name: value for name, value in config.items() if value not in (None, "", False)}}
    made |= {"className": class_name, "key": key} if key is not None else {"className": class_name}
    if report is not None:
        made["report"] = report
    if commit is not None:
        made["commit"] = commit
    if enter is not None:
        made["enter"] = enter
    return html.q_field(made)


def TextField(
    label: str,
    *,
    value: str = "",
    on_change: Typed | None = None,
    on_commit: Typed | None = None,
    on_enter: Typed | None = None,
    kind: Literal["text", "password", "email", "tel", "url", "date"] = "text",
    rows: int = 0,
    placeholder: str = "",
    hint: str = "",
    error: str = "",
    required: bool = False,
    disabled: bool = False,
    max_length: int = 0,
    autocomplete: str = "off",
    onward: bool = False,
    reveal: bool = False,
    testid: str = "",
    revision: int | str = 0,
    key: Any = None,
) -> VdomDict:
    """A labelled text field; ``rows`` makes it a text area that grows. ``onward`` as for ``NumberField``; ``reveal``
    gives a password a button that shows it, ``{testid}-show``.

    ``on_change(text)`` with every change outside an IME composition, ``on_commit(text)`` when the field is left or
    Enter is pressed, ``on_enter(text)`` at Enter alone. ``error`` shows in red below, is read out and marks the field.
    """
    config: dict[str, Any] = {
        "kind": kind, "rows": rows, "label": label, "value": value, "placeholder": placeholder, "hint": hint,
        "error": error, "required": required, "disabled": disabled, "maxLength": max_length,
        "autocomplete": autocomplete, "onward": onward, "testid": testid, "revision": str(revision),
    }  # fmt: skip
    if reveal:
        words = use_labels()
        config["reveal"] = [words["show_password"], words["hide_password"]]
    return _field(config, report=on_change, commit=on_commit, enter=on_enter, key=key, class_name="field")


def NumberField(
    label: str,
    *,
    value: str = "",
    on_change: Typed | None = None,
    on_commit: Typed | None = None,
    on_enter: Typed | None = None,
    decimals: bool = False,
    unit: str = "",
    before: str = "",
    placeholder: str = "",
    hint: str = "",
    error: str = "",
    disabled: bool = False,
    autofocus: bool = False,
    onward: bool = False,
    testid: str = "",
    revision: int | str = 0,
    key: Any = None,
) -> VdomDict:
    """A text field with the number pad. Reports the raw text: use ``parse_whole`` or ``parse_number`` on it.
    ``on_enter(text)``: Enter does more than to leave the field, after ``on_change`` and ``on_commit``.
    ``unit`` stands behind the number, ``before`` in front of it: a currency's symbol.
    ``onward``: Enter leads to the next such field of the sheet, from the last one to its first button."""
    config = {
        "kind": "text", "inputmode": "decimal" if decimals else "numeric", "label": label, "value": value,
        "unit": unit, "before": before, "placeholder": placeholder, "hint": hint, "error": error, "disabled": disabled,
        "autocomplete": "off", "testid": testid, "revision": str(revision), "numeric": True, "autofocus": autofocus,
        "onward": onward,
    }  # fmt: skip
    return _field(config, report=on_change, commit=on_commit, enter=on_enter, key=key, class_name="field")


def SearchField(
    placeholder: str,
    *,
    value: str = "",
    on_change: Typed | None = None,
    on_enter: Typed | None = None,
    on_scan: Callable[..., Any] | None = None,
    scan_label: str = "",
    testid: str = "",
    autofocus: bool = False,
    revision: int | str = 0,
    key: Any = None,
) -> VdomDict:
    """A search box with a clear button. ``on_change(text)`` comes 80 ms after the last change, never inside a
    composition. ``on_enter(text)``: Enter does something with what is found, and the field keeps the focus (without it
    the keyboard goes away). ``autofocus``: also when a new ``revision`` took what had the focus from the page.
    ``on_scan`` adds a barcode button."""
    config = {
        "kind": "search", "value": value, "placeholder": placeholder, "testid": testid, "delay": 80,
        "clear": use_labels()["clear"], "autofocus": autofocus, "autocomplete": "off", "revision": str(revision),
    }  # fmt: skip
    scan = (
        html.button(
            {"className": "search-scan", "type": "button", "aria-label": scan_label, "onClick": on_scan},
            Icon("scan-barcode", size=22),
        )
        if on_scan is not None
        else None
    )
    return html.div(
        attributes(classes("search", on_scan is not None and "search-with-scan"), key=key, more={"role": "search"}),
        Icon("search", class_name="search-icon"),
        _field(config, report=on_change, commit=None, enter=on_enter, key=None, class_name="search-field"),
        scan,
    )


def Stepper(
    value: int,
    *,
    label: str,
    on_step: Callable[[int], Any],
    on_type: Typed,
    on_commit: Typed | None = None,
    up: int | None = None,
    down: int | None = None,
    disabled: bool = False,
    error: bool = False,
    testid: str = "",
    plus_testid: str = "",
    minus_testid: str = "",
    revision: int | str = 0,
    focus: int = 0,
    key: Any = None,
) -> VdomDict:
    """``−  48  +`` with 44 px targets.

    ``on_step(+1 | -1)`` for the buttons, ``on_type(text)`` as the person types (raw: see ``parse_whole``),
    ``on_commit(text)`` when the field is left: round the quantity then. ``up`` and ``down`` are the quantities the
    next press leads to (by the ordering rules): the field shows them at once, before Python answers; ``down=None``
    disables "−", ``up=None`` leaves "+" enabled but without that preview.
    ``label`` names the product for screen readers. ``testid`` is on the input itself. A changed ``focus`` (but 0) leads
    to the field, for who came to it otherwise than by a tap.
    """
    words = use_labels()
    config = {
        "value": str(value) if value else "0", "label": label, "up": _text(up), "down": _text(down),
        "canStepDown": down is not None, "disabled": disabled, "error": error, "testid": testid,
        "plusTestid": plus_testid, "minusTestid": minus_testid, "revision": str(revision), "focus": focus,
        "more": f"{words['more']}: {label}", "less": f"{words['less']}: {label}",
    }  # fmt: skip
    made: dict[str, Any] = {"config": config, "className": "stepper", "step": on_step, "report": on_type}
    if on_commit is not None:
        made["commit"] = on_commit
    if key is not None:
        made["key"] = key
    return html.q_stepper(made)


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def SegmentedFilter(
    options: Sequence[tuple[str, str]], selected: str, on_select: Callable[[Any], Any], *, label: str, testid: str = ""
) -> VdomDict:
    """Two to four exclusive choices in one bar. ``options``: (value, text). Each has testid ``{testid}-{value}``."""

    # As of any group of radio buttons one is in the tab order; the arrow keys lead to the others (``elements.js``).
    stop = next((value for value, _ in options if value == selected), options[0][0])

    def button(value: str, text: str) -> VdomDict:
        more = {
            "type": "button", "role": "radio", "aria-checked": "true" if value == selected else "false",
            "tabIndex": 0 if value == stop else -1, "onClick": calling(on_select, value),
        }  # fmt: skip
        style = classes("segment", value == selected and "segment-selected")
        return html.button(attributes(style, testid and f"{testid}-{value}", value, more), text)

    group = {"role": "radiogroup", "aria-label": label}
    return html.div(attributes("segments", testid, more=group), *(button(value, text) for value, text in options))


def Select(
    label: str,
    options: Sequence[tuple[str, str]],
    value: str,
    on_change: Callable[[str], Any],
    *,
    hint: str = "",
    error: str = "",
    testid: str = "",
    disabled: bool = False,
    bare: bool = False,
    key: str = "",
) -> VdomDict:
    """The browser's own list of choices, (value, text) each. ``bare`` hides the label, for tool bars."""

    config: dict[str, Any] = {
        "options": [list(option) for option in options],
        "value": value,
        "label": label,
        "testid": testid,
    }
    config |= {"disabled": True} if disabled else {}
    box = html.q_select({"className": "choice", "config": config, "report": on_change})
    if bare:
        return html.span(attributes("select-bare", key=key or None), box, Icon("chevron-down", size=16))
    note = error or hint
    return html.div(
        attributes(classes("field", error and "field-invalid"), key=key or None),
        html.span({"className": "field-label", "aria-hidden": "true"}, label),
        html.span({"className": "input-box select-box"}, box, Icon("chevron-down", size=16)),
        html.p({"className": classes("field-note", error and "field-error")}, note) if note else None,
    )


def Checkbox(
    label: str,
    checked: bool,
    on_change: Callable[[bool], Any],
    *,
    testid: str = "",
    disabled: bool = False,
    key: Any = None,
) -> VdomDict:
    """A switch with its label, 44 px high; ``on_change`` gets the new state."""
    more = {
        "type": "button", "role": "switch", "aria-checked": "true" if checked else "false",
        "disabled": disabled or None,
        "onClick": calling(on_change, not checked),
    }  # fmt: skip
    return html.button(
        attributes("switch", testid, key, more),
        html.span({"className": "switch-label"}, label),
        html.span({"className": "switch-track"}, html.span({"className": "switch-thumb"})),
    )
