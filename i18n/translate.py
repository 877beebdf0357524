"""Messages by key, in the language of the person.

Catalogues are ``catalogs/<locale>/<area>.json``, nested objects whose path is the key: ``home.greeting.morning``.
A message is text with ``{name}`` and, where a language needs it, ``{count, plural, =0 {none} one {# item} other
{# items}}`` (a part of ICU MessageFormat: ``#`` is the number as it was handed in; forms may hold ``{name}``).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

LOCALES = ("zh-CN", "en")
DEFAULT = "zh-CN"

Part = str | Callable[[str, Mapping[str, Any]], str]


class Faulty(ValueError):
    """A message whose braces do not add up."""


class Opening(str):
    """Words with a capital of their own only where they begin: ``Today 09:55``, but ``updated today 09:55``."""


def _flat(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        key = f"{path}.{name}" if path else name
        if isinstance(value, str):
            yield key, value
        else:
            yield from _flat(value, key)


def read_catalog(locale: str) -> dict[str, str]:
    """All messages of a locale by key, from its files."""
    folder = Path(__file__).parent / "catalogs" / locale
    found: dict[str, str] = {}
    for file in sorted(folder.glob("*.json")):
        found.update(_flat(json.loads(file.read_text(encoding="utf-8"))))
    return found


# Read when imported: the phone starts from a memory snapshot that holds the messages, but not the files.
CATALOGS: Mapping[str, Mapping[str, str]] = {locale: read_catalog(locale) for locale in LOCALES}
_compiled: dict[tuple[str, str], list[Part]] = {}


def has(locale: str, key: str) -> bool:
    return key in CATALOGS.get(locale, {})


def translate(locale: str, key: str, **values: Any) -> str:
    """The message with its values filled in. A key that the locale lacks is looked up in Chinese; one that nobody
    knows comes back as it is, so that a screen never breaks over a word. A missing value shows as its name."""
    parts = _compiled.get((locale, key))
    if parts is None:
        text = CATALOGS.get(locale, {}).get(key, CATALOGS[DEFAULT].get(key))
        if text is None:
            return key
        parts = _compiled[locale, key] = parse(text)
    return _filled(parts, locale, values)


def translated(locale: str, names: Mapping[str, str]) -> str:
    """A row's name in the person's language, else in any it has."""
    language = locale.split("-", maxsplit=1)[0]
    return names.get(language) or names.get("zh") or next(iter(names.values()), "")


def plural_form(locale: str, count: float) -> str:
    """CLDR's category of a number, for the languages we have: ``one`` or ``other``."""
    return "one" if locale.startswith("en") and count == 1 else "other"


def _filled(parts: list[Part], locale: str, values: Mapping[str, Any]) -> str:
    return "".join(part if isinstance(part, str) else part(locale, values) for part in parts)


def parse(text: str) -> list[Part]:
    """The parts of a message; raises ``Faulty``."""
    parts, end = _parse(text, 0, nested=False)
    if end != len(text):
        raise Faulty(text)
    return parts


def _parse(text: str, start: int, *, nested: bool) -> tuple[list[Part], int]:
    parts: list[Part] = []
    at = plain = start
    while at < len(text) and text[at] != "}":
        if text[at] == "{":
            parts.append(text[plain:at])
            part, at = _argument(text, at + 1)
            parts.append(part)
            plain = at
        elif nested and text[at] == "#":
            parts += [text[plain:at], _number]
            at += 1
            plain = at
        else:
            at += 1
    if nested != (at < len(text)):
        raise Faulty(text)
    parts.append(text[plain:at])
    return [part for part in parts if part != ""], at


def _number(_locale: str, values: Mapping[str, Any]) -> str:
    return str(values.get("#", "#"))


def _argument(text: str, start: int) -> tuple[Part, int]:
    """What stands after ``{``; returns it and where its ``}`` ends."""
    stop = min((at for at in (text.find("}", start), text.find(",", start)) if at >= 0), default=-1)
    if stop < 0:
        raise Faulty(text)
    name = text[start:stop].strip()
    if text[stop] == "}":
        return _value(name, begins=start == 1), stop + 1
    kind, _, _ = text[stop + 1 :].partition(",")
    if kind.strip() != "plural":
        raise Faulty(text)
    return _plural(name, text, text.index(",", stop + 1) + 1)


def _value(name: str, *, begins: bool) -> Part:
    def fill(_locale: str, values: Mapping[str, Any]) -> str:
        value = values.get(name, f"{{{name}}}")
        return value[:1].lower() + value[1:] if isinstance(value, Opening) and not begins else str(value)

    return fill


def _plural(name: str, text: str, at: int) -> tuple[Part, int]:
    forms: dict[str, list[Part]] = {}
    while True:
        opening, closing = text.find("{", at), text.find("}", at)
        if closing >= 0 and (opening < 0 or closing < opening):
            break
        if opening < 0:
            raise Faulty(text)
        label = text[at:opening].strip()
        forms[label], end = _parse(text, opening + 1, nested=True)
        at = end + 1
    if "other" not in forms:
        raise Faulty(text)

    def choose(locale: str, values: Mapping[str, Any]) -> str:
        count = values.get(name, 0)
        exact = forms.get(f"={count}")
        form = exact or forms.get(plural_form(locale, _amount(count)), forms["other"])
        return _filled(form, locale, {**values, "#": count})

    return choose, closing + 1


def _amount(count: Any) -> float:
    """A count may come formatted ("1,204"): more than one is all that matters then."""
    try:
        return float(count)
    except ValueError:
        return 2
