"""Joining the shell's modules into one file."""

import subprocess
import sys
from pathlib import Path

import pytest

from pwa.bundle import SCRIPTS, SHELL
from pwa.bundling.scripts import NotUnderstood, joined

NODE = Path(sys.executable).parent / "node"


def write(folder: Path, **modules: str) -> None:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text)


def test_each_module_runs_once_in_its_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        base='console.log("base");\nconst hidden = 1;\nexport const one = hidden;\nexport async function two() {}\n',
        middle='import { one as first } from "/base.js";\nexport const sum = first + 1;\nconsole.log("middle");\n',
        entry='import "/base.js";\nimport * as base from "/base.js";\nimport { sum } from "/middle.js";\n'
        "console.log(base.one, typeof base.two, sum, typeof hidden);\n",
    )
    script = tmp_path / "out.mjs"
    script.write_text(joined("entry", tmp_path))
    printed = subprocess.run([NODE, script], capture_output=True, text=True, check=True).stdout
    assert printed.split("\n") == ["base", "middle", "1 function 2 undefined", ""]


@pytest.mark.parametrize("line", ["export default 1;", "export { one };", 'import one from "./base.js";'])
def test_what_it_does_not_know_is_refused(tmp_path: Path, line: str) -> None:
    write(tmp_path, entry=f"const one = 1;\n{line}\n")
    with pytest.raises(NotUnderstood):
        joined("entry", tmp_path)


def test_nothing_is_left_to_import_at_a_start() -> None:
    for name in SCRIPTS:
        assert 'from "/' not in joined(name, SHELL)


def test_a_zones_clock_is_told_by_its_own_summer_time(tmp_path: Path) -> None:
    script = tmp_path / "network.mjs"
    script.write_text(
        f"{joined('network', SHELL)}\nconst at = (day) => Date.parse(`${{day}}T12:00:00Z`);\n"
        'const zones = ["Asia/Shanghai", "America/New_York", "Asia/Kathmandu", "Mars/Phobos"];\n'
        "console.log(JSON.stringify(zones.map((zone) => "
        '[offsetAt(at("2026-01-15"), zone), offsetAt(at("2026-07-15"), zone)])));\n'
        'console.log(offsetAt(at("2026-01-15")));\n'
    )
    printed = subprocess.run(
        [NODE, script], capture_output=True, text=True, check=True, env={"TZ": "Asia/Tokyo"}
    ).stdout
    assert printed.split("\n") == ["[[480,480],[-300,-240],[345,345],[0,0]]", "540", ""]
