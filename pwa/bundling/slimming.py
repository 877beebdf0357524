"""Takes out of Pyodide's exports what nothing here asks for.

Pyodide is linked so that any package's C code can be loaded into it, and so it exports all it has: 8,560 functions and
objects. At every start the browser makes an object of each, and Emscripten's script a property, a global and a place in
the table of functions: a tenth of a cold start, and a third of that script's length. Here msgspec's extension alone is
loaded. What that imports, what the script or ours names, and what the interpreter asks the linker for stays: some 440.
The code itself stays as it is.

Formats: https://webassembly.github.io/spec/core/binary/modules.html; ``assignWasmExports`` and the two names of an
import by address, ``GOT.func`` and ``GOT.mem``, are Emscripten's.
"""

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

_IMPORTS, _EXPORTS = 2, 7  # sections
_FUNCTION, _GLOBAL = 0, 3  # kinds of exports
_HEAD = "function assignWasmExports(wasmExports){"
_WORD = re.compile(r"[\w$]+")
_ASSIGNED = re.compile(r'^([\w$]+)=.*wasmExports\["([^"]+)"\]')


class NotUnderstood(Exception):
    """A script that is put together in another way than this knows."""


class _Reader:
    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self.at = at

    def byte(self) -> int:
        self.at += 1
        return self._data[self.at - 1]

    def number(self) -> int:
        """Unsigned LEB128."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def text(self) -> str:
        length = self.number()
        self.at += length
        return self._data[self.at - length : self.at].decode()

    def limits(self) -> None:
        flags = self.byte()
        self.number()
        if flags & 1:
            self.number()


def slimmed(wasm: bytes, script: str, extension: bytes, others: Iterable[str]) -> tuple[bytes, str]:
    """``pyodide.asm.wasm`` and ``pyodide.asm.mjs`` with the exports that ``extension`` (a side module), the script
    itself, or ``others`` (more scripts) can ask for. Raises ``NotUnderstood``."""
    parts = _parted(script)
    words = {word for text in (parts.before, parts.after, *others) for word in _WORD.findall(text)}
    wanted = words | {name for variable, name in parts.assigned() if variable in words}
    wanted |= {name for module, name in _imports(wasm) if module.startswith("GOT.")}
    wanted |= {name for _module, name in _imports(extension)}
    slim, left = _exporting(wasm, wanted)
    return slim, parts.without({variable for variable, name in parts.assigned() if name not in left})


@dataclass(frozen=True)
class _Parts:
    """``declared`` are the variables of the exports, ``filled`` the statements that fill them."""

    before: str
    declared: list[str]
    filled: list[str]
    after: str

    def assigned(self) -> Iterator[tuple[str, str]]:
        """(variable, export)."""
        for statement in self.filled:
            found = _ASSIGNED.match(statement)
            if found is None:
                raise NotUnderstood(statement[:200])
            yield found[1], found[2]

    def without(self, variables: Container[str]) -> str:
        declared = ",".join(name for name in self.declared if name not in variables)
        filled = (statement for statement in self.filled if statement.partition("=")[0] not in variables)
        return f"{self.before}var {declared};{_HEAD}{';'.join(filled)}{self.after}"


def _parted(script: str) -> _Parts:
    if script.count(_HEAD) != 1:
        raise NotUnderstood(_HEAD)
    head = script.index(_HEAD)
    start, end = script.rindex("var ", 0, head), script.index("}", head)
    declared = script[start + len("var ") : head].removesuffix(";").split(",")
    if not all(_WORD.fullmatch(name) for name in declared):
        raise NotUnderstood(script[start : start + 200])
    return _Parts(script[:start], declared, script[head + len(_HEAD) : end].split(";"), script[end:])


def _sections(wasm: bytes) -> Iterator[tuple[int, int, _Reader, int]]:
    """(kind, where its head begins, a reader at its content, where it ends)."""
    at = 8  # after "\0asm" and the version
    while at < len(wasm):
        reader = _Reader(wasm, at)
        kind, length = reader.byte(), reader.number()
        end = reader.at + length
        yield kind, at, reader, end
        at = end


def _imports(wasm: bytes) -> Iterator[tuple[str, str]]:
    """(module, name)."""
    for kind, _at, reader, _end in _sections(wasm):
        if kind == _IMPORTS:
            for _ in range(reader.number()):
                yield reader.text(), reader.text()
                _skip_type(reader)


def _skip_type(reader: _Reader) -> None:
    match reader.byte():
        case 0:  # function: its type
            reader.number()
        case 1:  # table: type of its elements
            reader.byte()
            reader.limits()
        case 2:  # memory
            reader.limits()
        case 3:  # global: type, whether it may change
            reader.byte()
            reader.byte()
        case 4:  # tag: attribute, type
            reader.byte()
            reader.number()
        case kind:
            raise NotUnderstood(f"import of kind {kind}")


def _exporting(wasm: bytes, wanted: Container[str]) -> tuple[bytes, set[str]]:
    """The file with only these functions and objects exported, and the names of all that it exports."""
    for kind, at, reader, end in _sections(wasm):
        if kind != _EXPORTS:
            continue
        entries: dict[str, bytes] = {}
        for _ in range(reader.number()):
            start = reader.at
            name, what, _index = reader.text(), reader.byte(), reader.number()
            if name in wanted or what not in (_FUNCTION, _GLOBAL):
                entries[name] = wasm[start : reader.at]
        content = _leb128(len(entries)) + b"".join(entries.values())
        return wasm[:at] + bytes([_EXPORTS]) + _leb128(len(content)) + content + wasm[end:], set(entries)
    raise NotUnderstood("no exports")


def _leb128(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*made, value])
