"""Pyodide without the exports that nobody asks for, looked at by another reader of WebAssembly: Node's."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pwa.bundle import PYODIDE, PYODIDE_FILES
from pwa.bundling.slimming import NotUnderstood, slimmed

NODE = Path(sys.executable).parent / "node"
LIST = """
const fs = require("node:fs");
const listed = (file) => {
  const module = new WebAssembly.Module(fs.readFileSync(file));
  return { imports: WebAssembly.Module.imports(module), exports: WebAssembly.Module.exports(module) };
};
console.log(JSON.stringify(process.argv.slice(1).map(listed)));
"""


def test_what_is_asked_for_stays_as_it_was_and_little_else(trial_build: Path) -> None:
    (slim,) = trial_build.glob("assets/py-*/pyodide.asm.wasm")
    (extension,) = trial_build.glob("assets/msgspec.*.wasm")
    files = [PYODIDE / "pyodide.asm.wasm", slim, extension]
    printed = subprocess.run([NODE, "-e", LIST, *files], capture_output=True, text=True, check=True).stdout
    before, after, side = json.loads(printed)
    names_before, names_after = ({each["name"] for each in found["exports"]} for found in (before, after))
    assert [each for each in before["exports"] if each["name"] in names_after] == after["exports"]
    assert before["imports"] == after["imports"]
    asked = {each["name"] for each in side["imports"]}
    asked |= {each["name"] for each in before["imports"] if each["module"].startswith("GOT.")}
    assert asked & names_before <= names_after
    assert {"memory", "malloc", "__indirect_function_table"} <= names_after
    assert len(names_after) < len(names_before) / 10
    assert slim.with_name("pyodide.asm.mjs").stat().st_size < files[0].with_name("pyodide.asm.mjs").stat().st_size * 0.7


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("function assignWasmExports(wasmExports){", "function assign(wasmExports){"),
        ('=wasmExports["malloc"]', '=wasmExports("malloc")'),
        (",wasmTable,wasmMemory;", ",wasmTable,wasmMemory=null;"),
    ],
)
def test_a_script_put_together_in_another_way_is_refused(old: str, new: str) -> None:
    _launcher, script, wasm = (PYODIDE / name for name in PYODIDE_FILES)
    text = script.read_text(encoding="utf-8")
    assert text.count(old) == 1
    with pytest.raises(NotUnderstood):
        slimmed(wasm.read_bytes(), text.replace(old, new), b"", [])
