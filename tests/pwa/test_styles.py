"""A stylesheet of a slice is for that slice's screens: a class of the same name elsewhere would get its looks."""

import re
from pathlib import Path

import pytest

PWA = Path(__file__).parents[2] / "pwa"
# A slice's stylesheet -> where its screens are, beside pwa/components.
SLICES = {
    "account": ("screens/account", "desk/account.py"),
    "claims": ("screens/claims", "desk/claims", "desk/funds"),
    "counts": ("screens/counts", "desk/counts"),
    "learning": ("screens/learning", "desk/courses"),
    "notices": ("screens/notices", "desk/notices"),
    "visits": ("screens/visits", "desk/visits"),
}


def base_classes(css: str) -> set[str]:
    """Classes with a rule of their own (``.name { ... }``), which meets them wherever they are."""
    rules = re.findall(r"([^{}]+)\{", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))
    alone = (re.fullmatch(r"\.([a-z][\w-]*)(?:::?[\w-]+)*", each.strip()) for rule in rules for each in rule.split(","))
    return {found[1] for found in alone if found}


def worn(source: str) -> set[str]:
    """The classes that a module gives its elements."""
    said = re.findall(r'(?:className": |class_name=)f?"([^"\n]*)"', source)
    said += [text for call in re.findall(r"classes\(([^)]*)\)", source) for text in re.findall(r'"([^"]*)"', call)]
    return {word for text in said for word in text.split()}


@pytest.mark.parametrize("slice_name", SLICES)
def test_no_other_screen_wears_a_class_of_this_slice(slice_name: str) -> None:
    classes = base_classes((PWA / "shell" / f"{slice_name}.css").read_text(encoding="utf-8"))
    assert classes
    own = tuple(PWA / folder for folder in (*SLICES[slice_name], "components"))
    others = [path for path in PWA.rglob("*.py") if not any(path.is_relative_to(folder) for folder in own)]
    borrowed = {
        f"{path.relative_to(PWA)}: {name}"
        for path in others
        for name in worn(path.read_text(encoding="utf-8")) & classes
    }
    assert not borrowed
