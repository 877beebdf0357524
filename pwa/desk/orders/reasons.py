"""The reason that a sheet of the order desk asks for."""

from collections.abc import Callable
from dataclasses import dataclass

from reactpy import use_state
from reactpy.types import VdomDict

from pwa.components.fields import TextField
from pwa.components.jotting import use_jotted
from pwa.desk.words import Words


@dataclass(frozen=True, slots=True)
class Reason:
    """``field(words, kind)`` asks for it. ``given()`` is what was typed; None where one is needed and there is none,
    which the field then says. ``drop()`` when it has been sent."""

    field: Callable[[Words, str], VdomDict]
    given: Callable[[], str | None]
    drop: Callable[[], None]


def use_reason(key: str, *, needed: bool) -> Reason:
    """Kept under ``key``: whoever closes the sheet to look something up comes back to it."""
    jotted = use_jotted(key)
    missing, set_missing = use_state(False)

    def typed(text: str) -> None:
        jotted.put("reason", text)
        set_missing(False)

    def given() -> str | None:
        reason = jotted["reason"].strip()
        if needed and not reason:
            set_missing(True)
            return None
        return reason

    def field(words: Words, kind: str) -> VdomDict:
        return TextField(
            words("orders.reason_needed" if needed else "orders.reason"),
            rows=2,
            value=jotted["reason"],
            on_change=typed,
            error=words("orders.reason_missing") if missing else "",
            hint=words(f"orders.reason_hint.{kind}"),
            required=needed,
            max_length=2000,
            testid="reason",
            key="reason",
        )

    return Reason(field, given, jotted.drop)
