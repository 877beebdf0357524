"""Checks from outside find a customer, a product, a line or an order on the phone by how its test id begins: nothing
else may begin so."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PHONE = Path(__file__).parents[2] / "pwa"
FOLDERS = ("screens", "components")
# What is followed by a code, a SKU or an id, and the names that stand for themselves.
BEGINNINGS = ("customer-", "product-", "add-", "quantity-", "line-total-", "order-", "tab-")
KNOWN = {"customer-search", "product-search", "order-total"}


def _texts(call: ast.AST) -> Iterator[ast.expr]:
    """The expressions of test ids in a call or in a dictionary of attributes."""
    if isinstance(call, ast.Call):
        yield from (given.value for given in call.keywords if given.arg and given.arg.endswith("testid"))
    if isinstance(call, ast.Dict):
        for key, value in zip(call.keys, call.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "data-testid":
                yield value


def _names(path: Path) -> set[str]:
    found = (text for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) for text in _texts(node))
    return {text.value for text in found if isinstance(text, ast.Constant) and isinstance(text.value, str)}


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_name_that_stands_for_itself_does_not_begin_like_one_with_a_code(folder: str) -> None:
    names = {name for path in (PHONE / folder).rglob("*.py") for name in _names(path)}

    assert len(names) > 5
    assert {name for name in names if name.startswith(BEGINNINGS)} <= KNOWN
