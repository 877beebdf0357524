"""Barcodes, by the camera or by hand."""

import inspect
import unicodedata
from collections.abc import Callable
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from pwa.components.basics import Button, Child, attributes, calling
from pwa.components.fields import TextField
from pwa.components.media import words
from pwa.components.overlays import Sheet
from pwa.hooks import use_app


@component
def Scanner(
    on_code: Callable[[str], Any],
    *,
    on_close: Callable[[], Any] | None = None,
    done: str = "",
    told: Child = None,
    more: Child = None,
    actions: Child = None,
    testid: str = "scanner",
) -> VdomDict:
    """Reads EAN-13, EAN-8, UPC-A, UPC-E, Code 128 and QR codes with the camera, or as typed by hand.

    ``on_code(text)`` with each code, once while it stays in sight; False: it is of no use, which is heard and felt.
    With ``on_close`` it lies over the screen and stays until that is called; without, it is a part of the screen.
    ``done``: a code that was dealt with just now and may still be in sight. ``told`` stands below the picture in place
    of the last code, ``more`` below the field, ``actions`` at the foot.
    """
    app = use_app()
    last, set_last = use_state("")
    refused, refuse = use_state(0)

    async def found(code: str) -> None:
        set_last(code)
        good = on_code(code)
        if inspect.isawaitable(good):
            good = await good
        if good is False:
            refuse(lambda count: count + 1)

    config = {"part": "scanner", "words": words(app, "scan"), "done": done, "refused": refused}
    view = {"className": "lens lens-scanner", "config": config, "report": found, "data-testid": f"{testid}-view"}
    text = app.t("scan.last", code=last) if last else app.t("scan.next" if done else "scan.hint")
    inner = [
        html.q_part(view),
        html.div({"className": "scan-told", "role": "status", "data-testid": f"{testid}-told"}, told or text),
        CodeByHand(found, testid, key="by-hand"),
        more,
    ]
    if on_close is None:
        return html.div(attributes("scanner", testid), *inner)
    return Sheet(
        app.t("scan.title"),
        html.div({"className": "scanner"}, *inner),
        on_close=on_close,
        actions=actions,
        testid=testid,
    )


@component
def CodeByHand(on_code: Callable[[str], Any], testid: str) -> VdomDict:
    """For a code that no camera reads: typed, and used at a press; the field is empty for the next one then."""
    app = use_app()
    typed, set_typed = use_state("")
    count, set_count = use_state(0)

    async def use(text: str) -> None:
        code = unicodedata.normalize("NFKC", "".join(text.split()))
        if code:
            set_typed("")
            set_count(lambda old: old + 1)
            await calling(on_code, code)()

    return html.div(
        {"className": "scan-by-hand"},
        TextField(
            app.t("scan.by_hand"),
            placeholder=app.t("scan.by_hand_placeholder"),
            on_change=set_typed,
            on_enter=use,
            revision=count,
            testid=f"{testid}-typed",
            max_length=64,
        ),
        Button(
            app.t("scan.use"), calling(use, typed), kind="secondary", testid=f"{testid}-use", disabled=not typed.strip()
        ),
    )
