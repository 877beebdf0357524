"""Runs inside the phone's interpreter before anything else: imports modules out of one file.

The pack is ``marshal.dumps({name: (is_package, location, offset, length)})``, its length in 4 bytes before it, then
the modules' marshalled code. One index in memory spares the import system a few hundred file look-ups, and the code
stays outside the interpreter's memory until it is wanted. No name of ours can be imported yet, so this stands alone.
"""

import marshal
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourcelessFileLoader
from importlib.util import spec_from_file_location
from types import CodeType, ModuleType
from typing import Any


class PackLoader(SourcelessFileLoader):
    def __init__(self, fullname: str, path: str, pack: str, offset: int, length: int) -> None:
        super().__init__(fullname, path)
        self.place = (pack, offset, length)

    def get_code(self, fullname: str) -> CodeType:
        pack, offset, length = self.place
        with open(pack, "rb") as file:
            file.seek(offset)
            code = marshal.loads(file.read(length))  # noqa: S302  our own build's output
        assert isinstance(code, CodeType)
        return code


class PackFinder(MetaPathFinder):
    def __init__(self, pack: str) -> None:
        self.pack = pack
        with open(pack, "rb") as file:
            self.start = 4 + int.from_bytes(file.read(4), "little")
            self.modules = marshal.loads(file.read(self.start - 4))  # noqa: S302  our own build's output

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        entry = self.modules.get(fullname)
        if entry is None:
            return None
        is_package, location, offset, length = entry
        folder = [location.rpartition("/")[0]] if is_package else None
        loader = PackLoader(fullname, location, self.pack, self.start + offset, length)
        return spec_from_file_location(fullname, location, loader=loader, submodule_search_locations=folder)


def install_pack(pack: str) -> None:
    sys.meta_path.insert(0, PackFinder(pack))


def remove_pack() -> None:
    """Everything is imported: forget the index and where code was."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, PackFinder)]
    for module in list(sys.modules.values()):
        spec = getattr(module, "__spec__", None)
        if spec is not None and isinstance(spec.loader, PackLoader):
            spec.loader.place = ("", 0, 0)
