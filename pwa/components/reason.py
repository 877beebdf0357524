"""A sheet that asks why before something is done."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from reactpy import component, html, use_state
from reactpy.types import VdomDict

from pwa.components.basics import Button, calling
from pwa.components.fields import TextField
from pwa.components.jotting import use_jotting
from pwa.components.overlays import Sheet


@dataclass(frozen=True)
class Why:
    """What is said: ``field`` is the reason's label, ``missing`` what stands there without one where it is ``needed``,
    ``button`` the deed."""

    title: str
    text: str
    field: str
    missing: str
    button: str
    hint: str = ""
    grave: bool = True
    needed: bool = True


@component
def ReasonSheet(deed: str, about: str, why: Why, do: Callable[[str], Any], close: Callable[[], Any]) -> VdomDict:
    """``do(reason)``, where one is needed once there is one. What was begun is kept until then, by the ``deed`` and the
    id of what it is ``about``. Test ids: ``{deed}-sheet``, ``reason``, ``{deed}-yes``."""
    values, put, drop = use_jotting(f"{deed}.{about}")
    tried, set_tried = use_state(False)

    async def go() -> None:
        reason = values.get("reason", "").strip()
        if why.needed and not reason:
            set_tried(True)
            return
        close()
        await calling(do, reason)()
        drop()

    reason = values.get("reason", "")
    return Sheet(
        why.title,
        html.p({"className": "sheet-text"}, why.text),
        TextField(
            why.field,
            rows=2,
            max_length=500,
            required=why.needed,
            placeholder=why.hint,
            error=why.missing if tried and not reason.strip() else "",
            value=reason,
            on_change=partial(put, "reason"),
            testid="reason",
        ),
        on_close=close,
        testid=f"{deed}-sheet",
        actions=Button(
            why.button, calling(go), kind="danger" if why.grave else "primary", wide=True, testid=f"{deed}-yes"
        ),
    )
