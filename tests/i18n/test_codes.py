"""Every code that the server may answer with has words in both languages: whoever writes against the API shows them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import backend.errors as errors
from i18n.translate import CATALOGS, LOCALES

PROJECT = Path(__file__).parents[2]
RULES = Path("offline/rules")


def _kinds(kind: type[errors.Problem]) -> Iterator[type[errors.Problem]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _kinds(each)


PROBLEMS = {kind.__name__: kind.code for kind in _kinds(errors.Problem)}
ANSWERS = {*PROBLEMS, "Refused"}
# Where a code is handed on in a variable, and where it comes from: (file, expression) -> the call or generator that
# is given it as a literal. What has no name here is itself one of ``ANSWERS``.
HANDED_ON = {
    ("backend/errors.py", "error.code"): "",
    ("backend/errors.py", "code"): "",
    ("backend/orders/cutting.py", "problem.code"): "",
    ("backend/orders/pricing.py", "code"): "",
    ("backend/orders/settling.py", "problem.code"): "",
    ("backend/orders/reading.py", "f'bad_{field}'"): "_bad",
    ("offline/rules/checks.py", "code"): "_find_obstacles",
}


def _sources() -> Iterator[tuple[Path, ast.Module]]:
    for folder in ("backend", "offline", "media"):
        for path in sorted((PROJECT / folder).rglob("*.py")):
            yield path.relative_to(PROJECT), ast.parse(path.read_text(encoding="utf-8"))


def _name(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def _calls(tree: ast.AST, names: set[str]) -> Iterator[ast.expr]:
    """The first argument of each call of one of ``names`` that has any."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node) in names:
            first = [*node.args, *(each.value for each in node.keywords if each.arg == "code")][:1]
            yield from first


def _words(expression: ast.expr) -> list[str]:
    """The texts an expression may be; none, if that is not to be seen."""
    parts = (expression.body, expression.orelse) if isinstance(expression, ast.IfExp) else (expression,)
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def _yielded(tree: ast.AST, name: str) -> set[str]:
    """The codes that a generator of (code, detail) gives."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name]
    pairs = [node.value for each in functions for node in ast.walk(each) if isinstance(node, ast.Yield)]
    return {word for pair in pairs if isinstance(pair, ast.Tuple) for word in _words(pair.elts[0])}


def _codes(path: Path, tree: ast.Module) -> Iterator[str]:
    # A rule's own exceptions may bear the same names; its ``Problem`` becomes a refusal.
    for first in _calls(tree, {"Problem"} if path.is_relative_to(RULES) else ANSWERS):
        if found := _words(first):
            yield from found
            continue
        origin = HANDED_ON[path.as_posix(), ast.unparse(first)]
        if origin.startswith("_bad"):
            yield from (f"bad_{word}" for each in _calls(tree, {origin}) for word in _words(each))
        elif origin:
            yield from _yielded(tree, origin)


def _all() -> dict[str, str]:
    """Each code with a place it stands at."""
    found = dict.fromkeys([*PROBLEMS.values(), *errors._CODES.values()], "backend/errors.py")
    for path, tree in _sources():
        found |= dict.fromkeys(_codes(path, tree), str(path))
    return found


@pytest.mark.parametrize("locale", LOCALES)
def test_every_code_has_words(locale: str) -> None:
    codes = _all()
    # Of each way to find them one that is known to be there.
    assert codes.keys() >= {
        "unknown_user",
        "withdrawn",
        "media_not_here",
        "bad_cursor",
        "not_acceptable",
        "stock_short",
    }
    assert {code: place for code, place in codes.items() if f"error.{code}" not in CATALOGS[locale]} == {}
