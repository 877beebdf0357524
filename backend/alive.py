"""``python -m backend.alive [worker]``: exit 0 while the server, or the worker, of this machine is alive.

For checks that are made every few seconds: ``qudao health`` says the same of the server and imports all of it first,
which takes a second of processor time. This needs the standard library alone.
"""

import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

_PATIENCE_SECONDS = 5
# Three rounds of ``qudao worker`` as it is started without options.
_ROUNDS_SECONDS = 180.0


def server_fault(port: int) -> str:
    """What keeps the server on ``port`` from serving; empty for nothing."""
    url = f"http://127.0.0.1:{port}/api/health"
    try:
        urllib.request.urlopen(url, timeout=_PATIENCE_SECONDS).close()
    except (urllib.error.URLError, OSError) as error:
        return f"{url}: {error}"
    return ""


def is_healthy(folder: Path, within_seconds: float) -> bool:
    """Whether the worker whose data are in ``folder`` made a round lately."""
    try:
        return time.time() - (folder / "worker.health").stat().st_mtime < within_seconds
    except (FileNotFoundError, NotADirectoryError):
        return False


def main() -> None:
    if sys.argv[1:] == ["worker"]:
        alive = is_healthy(Path(os.environ.get("QUDAO_DATA") or "data"), _ROUNDS_SECONDS)
        sys.exit(None if alive else "no round for three minutes")
    sys.exit(server_fault(int(os.environ.get("PORT") or "8000")) or None)


if __name__ == "__main__":
    main()
