"""Runs inside the phone's interpreter before anything else: imports modules out of one marshalled dict.

The pack is ``marshal.dumps({name: (is_package, path, marshalled code)})``. One dict in memory spares the import
system a few hundred file look-ups. No name of ours can be imported yet, so this file stands alone.
"""

import marshal
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourcelessFileLoader
from importlib.util import spec_from_file_location
from types import CodeType, ModuleType
from typing import Any


class PackLoader(SourcelessFileLoader):
    def __init__(self, fullname: str, path: str, code: bytes) -> None:
        super().__init__(fullname, path)
        self.code = code

    def get_code(self, fullname: str) -> CodeType:
        code = marshal.loads(self.code)  # noqa: S302  our own build's output
        assert isinstance(code, CodeType)
        return code


class PackFinder(MetaPathFinder):
    def __init__(self, modules: dict[str, tuple[bool, str, bytes]]) -> None:
        self.modules = modules

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        entry = self.modules.get(fullname)
        if entry is None:
            return None
        is_package, location, code = entry
        folder = [location.rpartition("/")[0]] if is_package else None
        return spec_from_file_location(
            fullname, location, loader=PackLoader(fullname, location, code), submodule_search_locations=folder
        )


def install_pack(pack: bytes) -> None:
    sys.meta_path.insert(0, PackFinder(marshal.loads(pack)))  # noqa: S302  our own build's output
