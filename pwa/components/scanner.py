"""Barcodes, by the camera or by hand."""

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
    more: Child = None,
    testid: str = "scanner",
) -> VdomDict:
    """Reads EAN-13, EAN-8, UPC-A, UPC-E, Code 128 and QR codes with the camera, or as typed by hand.

    ``on_code(text)`` with each code, once while it stays in sight. With ``on_close`` it lies over the screen and
    stays until that is called; without, it is a part of the screen. ``more`` stands below.
    """
    app = use_app()
    last, set_last = use_state("")

    async def found(code: str) -> None:
        set_last(code)
        await calling(on_code, code)()

    config = {"part": "scanner", "words": words(app, "scan")}
    view = {"className": "lens lens-scanner", "config": config, "report": found, "data-testid": f"{testid}-view"}
    told = app.t("scan.last", code=last) if last else app.t("scan.hint")
    inner = [
        html.q_part(view),
        html.p({"className": "scan-told", "role": "status", "data-testid": f"{testid}-told"}, told),
        CodeByHand(found, testid, key="by-hand"),
        more,
    ]
    if on_close is None:
        return html.div(attributes("scanner", testid), *inner)
    return Sheet(app.t("scan.title"), html.div({"className": "scanner"}, *inner), on_close=on_close, testid=testid)


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
