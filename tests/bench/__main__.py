"""``make bench``: every ``tests/bench/bench_*.py`` has ``measure() -> {name: figure}``; all go to build/bench.json.

A figure is ``{"value", "unit"}`` and, where it is held against something measured in the same run, ``"ratio"``,
``"against"`` and ``"bound"`` (lower is better). Exit code 1 when a ratio is above its bound, 2 when a part failed.

    python -m tests.bench [part ...]
"""

import importlib
import json
import sys
import time
import traceback
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REPORT = HERE.parent.parent / "build" / "bench.json"


def parts(names: list[str]) -> list[str]:
    known = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    unknown = set(names) - set(known)
    if unknown:
        raise SystemExit(f"no such part: {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    return names or known


def show(name: str, figure: dict[str, Any]) -> bool:
    """Print one figure; returns whether it is within its bound."""
    text = f"{name:44} {figure['value']:>12,.2f} {figure['unit']:6}"
    if "ratio" not in figure:
        print(text)
        return True
    within = bool(figure["ratio"] <= figure["bound"])
    mark = "" if within else "  ABOVE"
    print(f"{text} {figure['ratio']:8.3f} of {figure['against']} (bound {figure['bound']}){mark}")
    return within


def main() -> int:
    figures: dict[str, dict[str, Any]] = {}
    failed, above = [], []
    for part in parts(sys.argv[1:]):
        began = time.monotonic()
        print(f"-- {part}", flush=True)
        try:
            measured = importlib.import_module(f"tests.bench.bench_{part}").measure()
        except Exception:
            traceback.print_exc()
            failed.append(part)
            continue
        above += [name for name, figure in measured.items() if not show(name, figure)]
        figures |= measured
        print(f"   ({time.monotonic() - began:.0f} s)", flush=True)
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    if above:
        print("above their bound:", ", ".join(above))
    if failed:
        print("failed:", ", ".join(failed))
    return 2 if failed else bool(above)


if __name__ == "__main__":
    sys.exit(main())
