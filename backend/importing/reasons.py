"""Why something was not taken, in the words of whoever reads it."""

import re
from typing import Any

import msgspec

from backend.sync.commands import Refused
from i18n.translate import has, translate

ENGLISH = "en"
_AREA = "imports.why"
_PATH = re.compile(r"(?:^|\. | - )at `\$\.?(\w*)")
_LENGTH = re.compile(r"of length (<=|>=) (\d+)")
_BOUND = re.compile(r"(?:`\w+`|number) (<=|>=|<|>) (-?\d+)")


class Reason(str):
    """The English text of ``imports.why.<code>`` with ``detail`` filled in: what a log, a terminal and a report say.
    ``said`` has it in another language. A key with a dot is one of another area, as ``error.sku_taken``."""

    __slots__ = ("code", "detail", "key")

    code: str
    detail: dict[str, Any]
    key: str

    def __new__(cls, code: str, /, **detail: Any) -> "Reason":
        key = code if "." in code else f"{_AREA}.{code}"
        made = super().__new__(cls, translate(ENGLISH, key, **detail))
        made.key, made.code, made.detail = key, code.rpartition(".")[2], detail
        return made

    def said(self, locale: str) -> str:
        return translate(locale, self.key, **{name: said(value, locale) for name, value in self.detail.items()})


class Named(str):
    """What a reason names: the field's or the code's own English name, which is called ``chinese`` there."""

    __slots__ = ("chinese",)

    chinese: str

    def __new__(cls, english: str, chinese: str) -> "Named":
        made = super().__new__(cls, english)
        made.chinese = chinese
        return made

    def said(self, locale: str) -> str:
        return self.chinese if locale.startswith("zh") else str(self)


def said(reason: Any, locale: str) -> Any:
    """``reason`` in a language; what has no other words as it is."""
    return reason.said(locale) if isinstance(reason, Reason | Named) else reason


def of_refusal(refused: Refused) -> Reason:
    """What a service refused, as the apps say it; a code nobody has words for with all it names."""
    key = f"error.{refused.code}"
    if has(ENGLISH, key) and refused.code != "invalid":
        return Reason(key, **refused.detail)
    field = str(refused.detail.get("field", ""))
    if refused.code == "invalid" and field:
        return Reason("not_valid", field=field)
    named = ", ".join(f"{name} {value}" for name, value in refused.detail.items())
    return Reason("refused", code=f"{refused.code}: {named}" if named else refused.code)


def of_limit(error: msgspec.ValidationError) -> tuple[Reason, str]:
    """What is beyond the wire's own limits, and the field it is in ("" where none is named)."""
    text = str(error)
    path = _PATH.search(text)
    field = path.group(1) if path else ""
    if length := _LENGTH.search(text):
        least, count = length.group(1) == ">=", int(length.group(2))
        return Reason("too_short" if least else "too_long", count=count), field
    if bound := _BOUND.search(text):
        code = {"<=": "at_most", ">=": "at_least", "<": "below", ">": "above"}[bound.group(1)]
        return Reason(code, number=int(bound.group(2))), field
    return Reason("limit", said=text), field
