"""The lines between slices, read from the code."""

import ast
from configparser import ConfigParser
from pathlib import Path

import pytest

BACKEND = Path(__file__).parent.parent / "backend"
SLICES = (
    "identity",
    "partners",
    "catalog",
    "stock",
    "orders",
    "claims",
    "counts",
    "media",
    "jobs",
    "learning",
    "notices",
    "push",
    "sync",
    "visits",
)
# What a slice shows to the others. ``sync`` is the ground that slices register with; routes say by identity's guards
# whom they let in.
OPEN = {"sync": {"commands", "changes", "service"}, "identity": {"service", "guards"}}


def imported_modules(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return names


@pytest.mark.parametrize("slice_name", SLICES)
def test_a_slice_uses_only_the_service_of_another(slice_name: str) -> None:
    wrong = []
    for path in (BACKEND / slice_name).rglob("*.py"):
        for name in imported_modules(path):
            parts = name.split(".")
            if parts[0] != "backend" or len(parts) < 3 or parts[1] == slice_name or parts[1] not in SLICES:
                continue
            if parts[2] not in OPEN.get(parts[1], {"service"}):
                wrong.append(f"{path.relative_to(BACKEND)}: {name}")
    assert not wrong


def test_no_slice_is_forgotten_by_who_watches_them() -> None:
    """A slice keeps something; one that no list names could import whatever it likes."""
    assert {path.parent.name for path in BACKEND.glob("*/models.py")} == set(SLICES)
    contracts = ConfigParser()
    contracts.read(BACKEND.parent / ".importlinter", encoding="utf-8")
    within = set(contracts["importlinter:contract:slices"]["containers"].split())
    # What all slices register with has layers of its own.
    assert within == {f"backend.{name}" for name in SLICES if name != "sync"}
    assert set(contracts["importlinter:contract:app"]["source_modules"].split()) == {
        f"backend.{each}" for each in SLICES
    }


def test_every_folder_of_code_is_a_package() -> None:
    """One that is none works here and is missing where the product is installed."""
    root = BACKEND.parent
    folders = {
        path.parent for top in ("backend", "offline", "i18n", "media", "pwa") for path in (root / top).rglob("*.py")
    }
    assert len(folders) > 40
    # The shell's Python is for the browser, as its scripts are: it is read, never imported.
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == [root / "pwa" / "shell"]


def test_package_inits_stay_empty() -> None:
    """Importing a rule never drags in a database."""
    root = BACKEND.parent
    inits = [
        path for top in ("backend", "offline", "i18n", "media", "pwa") for path in (root / top).rglob("__init__.py")
    ]
    assert len(inits) > 10
    assert [str(path) for path in inits if path.read_text(encoding="utf-8").strip()] == []
