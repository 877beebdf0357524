"""Joins the shell's modules into one file each for page and worker, so that a start asks for one file and not six.

Understood is what the shell uses: ``import "/x.js"``, ``import * as x from "/x.js"``, ``import { a, b as c } from
"/x.js"``, each on a line of its own, and ``export const|function|async function|class``. Anything else is refused.
"""

import re
from pathlib import Path

_IMPORT = re.compile(r'^import (?:(?P<what>[^"]+) from )?"/(?P<name>[\w-]+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|function|async function|class) (?P<name>\w+))", re.MULTILINE)
_LEFT = re.compile(r'^(?:export |import .*from |import ")', re.MULTILINE)


class NotUnderstood(Exception):
    """A module that imports or exports in a way this does not know."""


def joined(name: str, folder: Path) -> str:
    """``folder/name.js`` with every module it reaches by static imports, each once, in the order they would run."""
    parts: dict[str, str] = {}
    entry = _body(name, folder, parts)
    return "\n".join([*parts.values(), entry])


def _body(name: str, folder: Path, parts: dict[str, str]) -> str:
    """The module's text with its imports as local names; what it imports is put into ``parts`` first."""
    source = (folder / f"{name}.js").read_text(encoding="utf-8")
    for found in _IMPORT.finditer(source):
        if found["name"] not in parts:
            parts[found["name"]] = _wrapped(found["name"], folder, parts)
    text = _IMPORT.sub(_local_names, source)
    left = _LEFT.search(_EXPORT.sub("", text))
    if left:
        raise NotUnderstood(f"{name}.js: {left[0]!r}")
    return text


def _wrapped(name: str, folder: Path, parts: dict[str, str]) -> str:
    text = _body(name, folder, parts)
    exported = [found["name"] for found in _EXPORT.finditer(text)]
    return f"const {_variable(name)} = (() => {{\n{_EXPORT.sub('', text)}\nreturn {{ {', '.join(exported)} }};\n}})();"


def _local_names(found: re.Match[str]) -> str:
    what, module = found["what"], _variable(found["name"])
    if what is None:
        return ""
    if what.startswith("* as "):
        return f"const {what.removeprefix('* as ')} = {module};"
    return f"const {what.replace(' as ', ': ')} = {module};"


def _variable(name: str) -> str:
    return f"${name.replace('-', '_')}"
