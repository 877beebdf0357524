"""Which Python modules go to the phone, and where their source is."""

import ast
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
OURS = ("offline", "i18n", "pwa")
BUILD_ONLY = ("pwa.bundle", "pwa.bundling")
THIRD_PARTY = ("reactpy",)
# Reached by nothing the phone runs.
LEFT_OUT = (
    "reactpy._console", "reactpy.executors.asgi", "reactpy.executors.pyscript", "reactpy.static",
    "reactpy.templatetags", "reactpy.testing",
)  # fmt: skip
STDLIB_SKIP = (
    "__phello__/", "_pyrepl/", "concurrent/futures/process", "concurrent/interpreters/", "ctypes/", "curses/", "dbm/",
    "ensurepip/", "idlelib/", "lib2to3/", "multiprocessing/", "pydoc", "pydoc_data/", "sqlite3/__main__", "test/",
    "tkinter/", "turtle", "turtledemo/", "unittest/", "venv/", "wsgiref/", "xmlrpc/", "pdb", "doctest", "imaplib",
    "mailbox", "smtplib", "poplib", "ftplib", "nntplib", "optparse", "pip/",
)  # fmt: skip

# What ReactPy imports and the phone never calls, or calls one small part of.
STAND_INS = {
    "anyio": (
        True,
        "from asyncio import Semaphore, TaskGroup\n"
        "class _Group(TaskGroup):\n"
        "    def start_soon(self, function, *values):\n"
        "        self.create_task(function(*values))\n"
        "create_task_group = _Group\n",
    ),
    "anyio.abc": (False, "from asyncio import TaskGroup\n"),
    "fastjsonschema": (False, "def compile(schema):\n    return lambda value: value\n"),
    "lxml": (True, "from . import etree, html\n"),
    "lxml.etree": (False, "class _Element: ...\nclass LxmlSyntaxError(Exception): ...\n"),
    "lxml.html": (False, "def fromstring(*_args, **_options):\n    raise NotImplementedError\n"),
    "requests": (False, "class exceptions:\n    class ConnectionError(Exception): ...\n"),
    "reactpy.executors.pyscript": (True, ""),
    "reactpy.executors.pyscript.components": (False, "def pyscript_component(*_args): ...\n"),
}


# Imported while Python starts and not used by the running app: taken out of memory before it is frozen.
FORGOTTEN = (
    "asyncio.base_subprocess", "asyncio.selector_events", "asyncio.sslproto", "asyncio.streams", "asyncio.subprocess",
    "asyncio.unix_events", "bz2", "compression", "email", "filecmp", "ipaddress", "logging.config",
    "logging.handlers", "lzma", "pickle", "socketserver", "ssl", "subprocess", "zipfile",
)  # fmt: skip


@dataclass(frozen=True)
class Module:
    """A module for the phone. ``location`` is its ``__file__`` there."""

    name: str
    is_package: bool
    location: str
    file: Path


def phone_modules(
    stand_ins: Path, wheel_root: Path, extra: tuple[str, ...] = (), without: tuple[str, ...] = ()
) -> list[Module]:
    """All modules, by name. ``stand_ins`` is a folder to write the stand-ins into, ``wheel_root`` the unpacked
    msgspec wheel, ``extra`` dotted names of further modules of this checkout (tests put their trial root here),
    ``without`` packages
    to leave out."""
    found: dict[str, Module] = {}
    for package in THIRD_PARTY:
        found |= {module.name: module for module in _installed(package)}
    found |= {
        module.name: module for module in _tree(wheel_root / "msgspec", "msgspec", "/lib/python3.14/site-packages")
    }
    for package in OURS:
        found |= {module.name: module for module in _tree(PROJECT / package, package, "/app")}
    for name in extra:
        for part in _with_parents(name):
            path = PROJECT / part.replace(".", "/")
            is_package = path.is_dir()
            file = path / "__init__.py" if is_package else path.with_suffix(".py")
            found[part] = Module(part, is_package, f"/app/{file.relative_to(PROJECT)}", file)
    found |= {module.name: module for module in _stand_ins(stand_ins)}
    return [found[name] for name in sorted(found) if not _under(name, without)]


def data_files() -> list[tuple[str, Path]]:
    """Files our packages read by path (message catalogues), with their place on the phone."""
    return [
        (f"/app/{path.relative_to(PROJECT)}", path)
        for package in OURS
        for path in sorted((PROJECT / package).rglob("*.json"))
        if "shell" not in path.parts
    ]


def imported_stdlib(modules: list[Module]) -> list[str]:
    """Every name imported anywhere in our modules, function bodies included, so that a late import of the
    standard library is in the snapshot too."""
    names: set[str] = set()
    for module in modules:
        if module.name.split(".")[0] in OURS:
            names |= set(_imports(ast.parse(module.file.read_text(encoding="utf-8"))))
    ours = {module.name.split(".")[0] for module in modules}
    return sorted(name for name in names if name.split(".")[0] not in ours)


def used_tags(modules: list[Module]) -> list[str]:
    """Every ``html.NAME`` in our modules."""
    found = {
        node.attr
        for module in modules
        if module.name.split(".")[0] in OURS
        for node in ast.walk(ast.parse(module.file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "html"
    }
    return sorted(found)


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _installed(package: str) -> Iterator[Module]:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return
    origin = Path(spec.origin)
    if spec.submodule_search_locations is None:
        yield Module(package, False, f"/lib/python3.14/site-packages/{origin.name}", origin)
    else:
        yield from _tree(origin.parent, package, "/lib/python3.14/site-packages")


def _tree(folder: Path, package: str, place: str) -> Iterator[Module]:
    for file in sorted(folder.rglob("*.py")):
        inner = file.relative_to(folder)
        parts = [package, *inner.with_suffix("").parts]
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        if not _under(name, LEFT_OUT + BUILD_ONLY) and "shell" not in inner.parts:
            yield Module(name, is_package, f"{place}/{package}/{inner.as_posix()}", file)


def _under(name: str, roots: tuple[str, ...]) -> bool:
    return any(name == root or name.startswith(root + ".") for root in roots)


def _with_parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[: count + 1]) for count in range(len(parts))]


def _stand_ins(folder: Path) -> Iterator[Module]:
    for name, (is_package, source) in STAND_INS.items():
        file = folder / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text() != source:
            file.write_text(source)
        ending = "/__init__.py" if is_package else ".py"
        yield Module(name, is_package, f"/lib/python3.14/site-packages/{name.replace('.', '/')}{ending}", file)
